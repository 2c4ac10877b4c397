import { DEFAULT_URI, readArguments, requireAtMost } from './command-line';
import { notesOf, reportConnection } from './connection-messages';
import { CONNECTION_OPTIONS, openSource } from './connection-options';
import { printDomains } from './list-command';
import type { Output } from './output';
import { followEvents, printer, readChoice, readFormat, SHOW_OPTIONS } from './show-events';

/** `virdeliver watch`: the events of a connection as they come. */
export async function watchCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...SHOW_OPTIONS,
    ...CONNECTION_OPTIONS,
    state: { type: 'boolean', default: false },
  });
  requireAtMost(positionals, 1);
  const format = readFormat(values.format);
  const notes = notesOf(values, messages);
  const choice = readChoice(values, notes);
  const uri = positionals[0] ?? DEFAULT_URI;
  const conn = await openSource(uri, values, notes, choice.filter);
  reportConnection(conn, uri, notes);
  if (values.state) {
    // A stream of events has no place for a table: it is a message then.
    printDomains(conn, format === 'json' ? 'json' : 'text', format === 'xml' ? messages : output);
  }
  return followEvents(conn, choice, printer(format, output), 'shown', output, notes);
}
