import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** The range from which the system takes ports for outgoing connections. */
const OUTGOING_PORTS = '/proc/sys/net/ipv4/ip_local_port_range';
const LOWEST = 12_000;

/** The ports that were given out, each once. */
const given = new Set<number>();

/**
 * A port of the loopback interface that nobody has, and that nobody comes to have by connecting somewhere.
 *
 * The system's own choice for a listener (port 0) is from the ports of outgoing connections. One that such a connection has had
 * cannot be listened on for a minute after, so that a test that opens thousands of them takes a daemon's port away before the
 * daemon listens, or while it starts again.
 */
export async function freePort(): Promise<number> {
  const outgoing = Number(/\d+/.exec(readFileSync(OUTGOING_PORTS, 'latin1'))?.[0]);
  const end = outgoing > 2 * LOWEST ? outgoing : 32_768;
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (end - LOWEST));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
