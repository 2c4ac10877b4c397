import { openConnectionAsync } from '../index';
import { recordEvents } from '../testing/index';
import { readArguments, readNumber, requireAtMost, UsageError } from './command-line';
import type { Output } from './output';
import { CHOICE_OPTIONS, followEvents, readChoice } from './show-events';
import { CONNECTION_OPTIONS } from './watch-command';

/** `virdeliver record`: the events of a connection, and the pauses between them, into a file. */
export async function recordCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, { ...CHOICE_OPTIONS, ...CONNECTION_OPTIONS });
  requireAtMost(positionals, 2);
  const [uri, file] = positionals;
  if (uri === undefined || file === undefined) {
    throw new UsageError('a URI and a file are needed');
  }
  const choice = readChoice(values);
  const conn = await openConnectionAsync(uri, {
    seed: readNumber('seed', values.seed, { whole: true }),
    events: values.events,
    readOnly: values['read-only'],
    reconnect: !values['no-reconnect'],
  });
  const recording = recordEvents(conn, file, { filter: choice.filter });
  const status = await followEvents(conn, choice, () => {}, 'recorded', output, messages);
  if (status === 0) {
    messages.line(`${recording.events} ${recording.events === 1 ? 'event' : 'events'} recorded in ${recording.path}`);
  }
  return status;
}
