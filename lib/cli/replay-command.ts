import { openRecording } from '../testing/index';
import { readArguments, readNumber, requireAtMost, UsageError } from './command-line';
import { notesOf, QUIET_OPTION } from './connection-messages';
import type { Output } from './output';
import { refuseOwnInput } from './own-input';
import { followEvents, printer, readChoice, readFormat, SHOW_OPTIONS } from './show-events';

/** `virdeliver replay`: the events of a recording, with the pauses that were between them. */
export async function replayCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...SHOW_OPTIONS,
    speed: { type: 'string', default: '1' },
    'at-once': { type: 'boolean', default: false },
    ...QUIET_OPTION,
  });
  requireAtMost(positionals, 1);
  const [file] = positionals;
  if (file === undefined) {
    throw new UsageError('no file given');
  }
  const format = readFormat(values.format);
  const notes = notesOf(values, messages);
  const choice = readChoice(values, notes);
  const speed = readNumber('speed', values.speed, { whole: false });
  if (speed === 0) {
    throw new UsageError('--speed takes a number above 0; for no pauses at all there is --at-once');
  }
  const conn = openRecording(file, { speed: values['at-once'] ? undefined : speed });
  refuseOwnInput(conn);
  return followEvents(conn, choice, printer(format, output), 'shown', output, notes);
}
