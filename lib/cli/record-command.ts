import { InvalidArgumentError } from '../index';
import { type Recording, recordEvents } from '../testing/index';
import { readArguments, requireAtMost, UsageError } from './command-line';
import { notesOf, reportConnection } from './connection-messages';
import { CONNECTION_OPTIONS, openSource } from './connection-options';
import type { Output } from './output';
import { CHOICE_OPTIONS, followEvents, readChoice } from './show-events';

/** `virdeliver record`: the events of a connection, and the pauses between them, into a file. */
export async function recordCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, { ...CHOICE_OPTIONS, ...CONNECTION_OPTIONS });
  requireAtMost(positionals, 2);
  const [uri, file] = positionals;
  if (uri === undefined || file === undefined) {
    throw new UsageError('a URI and a file are needed');
  }
  if (file === '-') {
    throw new UsageError(
      "a recording is a file, which '-' isn't: name one (./- for one of that name), or print events with watch --format xml",
    );
  }
  const notes = notesOf(values, messages);
  const choice = readChoice(values, notes);
  const conn = await openSource(uri, values, notes, choice.filter);
  reportConnection(conn, uri, notes);
  let recording: Recording;
  try {
    recording = recordEvents(conn, file, { filter: choice.filter });
  } catch (error) {
    conn[Symbol.dispose]();
    if (error instanceof InvalidArgumentError && error.argument === 'path') {
      throw new UsageError(error.message.replace(/^path /, 'FILE '));
    }
    throw error;
  }
  let offered = 0;
  const isRecorded = () => {
    offered += 1;
    return recording.events === offered;
  };
  const status = await followEvents(conn, choice, isRecorded, 'recorded', output, notes);
  if (status === 0) {
    notes.line(`${recording.events} ${recording.events === 1 ? 'event' : 'events'} recorded in ${recording.path}`);
  }
  return status;
}
