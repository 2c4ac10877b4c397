import { openConnectionAsync } from '../index';
import { DEFAULT_URI, readArguments, readNumber, requireAtMost } from './command-line';
import { printDomains } from './list-command';
import type { Output } from './output';
import { followEvents, printer, readChoice, readFormat, SHOW_OPTIONS } from './show-events';

/** The options that say how a connection is opened. */
export const CONNECTION_OPTIONS = {
  seed: { type: 'string' },
  events: { type: 'string', multiple: true },
  'read-only': { type: 'boolean', default: false },
  'no-reconnect': { type: 'boolean', default: false },
} as const;

/** `virdeliver watch`: the events of a connection as they come. */
export async function watchCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...SHOW_OPTIONS,
    ...CONNECTION_OPTIONS,
    state: { type: 'boolean', default: false },
  });
  requireAtMost(positionals, 1);
  const format = readFormat(values.format);
  const choice = readChoice(values);
  const conn = await openConnectionAsync(positionals[0] ?? DEFAULT_URI, {
    seed: readNumber('seed', values.seed, { whole: true }),
    events: values.events,
    readOnly: values['read-only'],
    reconnect: !values['no-reconnect'],
  });
  if (values.state) {
    printDomains(conn, output);
  }
  return followEvents(conn, choice, printer(format, output), 'shown', output, messages);
}
