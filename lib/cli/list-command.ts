import { type Connection, closeConnection, listDomains, openConnectionAsync } from '../index';
import { DEFAULT_URI, readArguments, readWord, requireAtMost } from './command-line';
import { statePiece } from './event-lines';
import type { Output } from './output';
import { refuseOwnInput } from './own-input';
import { printable, printableJson } from './printable';

/** `virdeliver list`: the domains of a connection and their states. */
export async function listCommand(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = readArguments(args, {
    format: { type: 'string', default: 'text' },
    'read-only': { type: 'boolean', default: false },
  });
  requireAtMost(positionals, 1);
  const format = readWord('format', values.format, ['text', 'json']);
  const conn = await openConnectionAsync(positionals[0] ?? DEFAULT_URI, { readOnly: values['read-only'] });
  refuseOwnInput(conn);
  try {
    printDomains(conn, format, output);
  } finally {
    closeConnection(conn);
  }
  return 0;
}

/** Prints the domains: as a table of number, name and state, or as a JSON object a line. */
export function printDomains(conn: Connection, format: 'text' | 'json', output: Output): void {
  const listed = listDomains(conn);
  if (format === 'json') {
    for (const domain of listed) {
      output.line(printableJson(domain));
    }
    return;
  }
  const domains = listed.map(({ id, name, state }) => ({
    id: id < 0 ? '-' : String(id),
    name: printable(name),
    state,
  }));
  const idWidth = Math.max(2, ...domains.map(({ id }) => id.length));
  const nameWidth = Math.max(4, ...domains.map(({ name }) => name.length));
  output.line([`${'Id'.padStart(idWidth)}  ${'Name'.padEnd(nameWidth)}  State`, 'bold']);
  for (const { id, name, state } of domains) {
    output.line(`${id.padStart(idWidth)}  ${name.padEnd(nameWidth)}  `, statePiece(state));
  }
}
