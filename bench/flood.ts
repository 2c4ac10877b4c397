/** Events of a daemon that has nothing else to do: how many of them the library takes in a second. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/clock';
import { RpcChannel } from '../lib/drivers/remote/rpc/rpc-channel';
import { SocketTransport } from '../lib/drivers/remote/transport/socket-transport';
import { addEventHandler, deliverEvents, openConnection } from '../lib/index';
import { type Benchmark, type Contestant, compare } from './harness';
import { testUri } from './libvirtd';

/** For how many milliseconds nothing may come. */
const PATIENCE = 10_000;

/** So many events are asked for at a time: about as many as a socket and a reader's buffer hold. */
const BATCH = 2000;

/** Asks for events, and receives them. */
interface Receiver {
  /** Takes what is there, or waits for it; returns how many events have been received since it was made. */
  receive(): number;
  close(): void;
}

/** The library, with so many connections; the events come to the last one, in a delivery on all of them. */
export function library(socket: string, connections = 1): Receiver {
  let handled = 0;
  const conns = Array.from({ length: connections }, () => {
    const conn = openConnection(testUri(socket), { events: ['domain-state-transition'] });
    addEventHandler(conn, ['domain-state-transition'], () => {
      handled += 1;
    });
    return conn;
  });
  const covered = connections === 1 ? conns[0]! : conns;
  return {
    receive: () => {
      deliverEvents(covered, { waitMs: PATIENCE });
      return handled;
    },
    close: () => {
      for (const conn of conns) {
        conn.close();
      }
    },
  };
}

function counter(socket: string): Receiver {
  let counted = 0;
  const channel = new RpcChannel(SocketTransport.toPath(socket), {
    clock: systemClock,
    mayRead: () => true,
    onMessage: () => {
      counted += 1;
    },
    onFailure: () => {},
  });
  return {
    receive: () => {
      channel.wait(PATIENCE);
      channel.pump();
      return counted;
    },
    close: () => channel.close(),
  };
}

/** Lets a daemon of its own send events, batch after batch of an even number of them. */
export async function flooded(
  name: string,
  connect: (socket: string) => Receiver,
  batchSize: number = BATCH,
): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), 'virdeliver-flood-'));
  const socket = join(folder, 'socket');
  const daemon = fork(join(__dirname, 'flooding-daemon.js'), [socket], { execArgv: [] });
  await once(daemon, 'message');
  const receiver = connect(socket);
  let asked = 0;
  return {
    name,
    run(operations) {
      const end = asked + operations + (operations % 2);
      let received = asked;
      while (received < end) {
        if (received === asked) {
          const batch = Math.min(batchSize, end - asked);
          daemon.send(batch);
          asked += batch;
        }
        const before = received;
        received = receiver.receive();
        if (received === before) {
          throw new Error(`no event has come within ${PATIENCE} ms`);
        }
      }
      return received === end ? operations : 0;
    },
    release() {
      receiver.close();
      daemon.disconnect();
      rmSync(folder, { recursive: true });
    },
  };
}

export const flood: readonly Benchmark[] = [
  compare({
    id: 'remote/flood',
    title:
      'An event of a program that does nothing but write them, from its socket to a handler that is chosen by type',
    per: 'event',
    contestants: async () => [
      await flooded('from socket to handler', (socket) => library(socket)),
      await flooded('floor: packets counted', counter),
    ],
    goals: [
      {
        text: '250,000 events a second or more',
        isMet: (figure) => figure('from socket to handler').value <= 4000,
      },
    ],
  }),
];
