import { type Connection, closeConnection, listDomains, openConnectionAsync } from '../index';
import { DEFAULT_URI, readArguments, readWord, requireAtMost } from './command-line';
import { EventText, printable } from './event-text';
import type { Output } from './output';

/** `virdeliver list`: the domains of a connection and their states. */
export async function listCommand(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = readArguments(args, {
    format: { type: 'string', default: 'text' },
    'read-only': { type: 'boolean', default: false },
  });
  requireAtMost(positionals, 1);
  const format = readWord('format', values.format, ['text', 'json']);
  const conn = await openConnectionAsync(positionals[0] ?? DEFAULT_URI, { readOnly: values['read-only'] });
  try {
    if (format === 'text') {
      printDomains(conn, output);
    } else {
      for (const domain of listDomains(conn)) {
        output.line(JSON.stringify(domain));
      }
    }
  } finally {
    closeConnection(conn);
  }
  return 0;
}

/** Prints a table of the domains: number, name, state. */
export function printDomains(conn: Connection, output: Output): void {
  const text = new EventText(output);
  const domains = listDomains(conn).map((domain) => ({
    id: domain.id < 0 ? '-' : String(domain.id),
    name: printable(domain.name),
    state: text.state(domain.state),
  }));
  const idWidth = Math.max(2, ...domains.map(({ id }) => id.length));
  const nameWidth = Math.max(4, ...domains.map(({ name }) => name.length));
  output.line(output.style('bold', `${'Id'.padStart(idWidth)}  ${'Name'.padEnd(nameWidth)}  State`));
  for (const { id, name, state } of domains) {
    output.line(`${id.padStart(idWidth)}  ${name.padEnd(nameWidth)}  ${state}`);
  }
}
