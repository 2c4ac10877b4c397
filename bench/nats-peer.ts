/** The official client alone, beside which the library is measured. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ClientWork } from './nats-client';
import type { NatsServer } from './nats-server';

/** How a process is started that does something by the official client. */
export const clientArgs = (
  what: ClientWork,
  { address }: NatsServer,
  count: number,
  more: readonly unknown[],
): string[] => [join(__dirname, 'nats-client.js'), ...[what, address, count, ...more].map(String)];

/** Has the official client do something in a process of its own; returns what it says. */
export function byClient<Said>(what: ClientWork, server: NatsServer, count: number, ...more: readonly unknown[]): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, clientArgs(what, server, count, more), {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`the client: status ${status}\n${stderr}`);
  }
  return JSON.parse(stdout) as Said;
}
