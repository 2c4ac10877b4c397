/** Many hosts: how fast the events of a host get to a hub. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalWriter } from '../lib/journal/journal-writer';
import { nodeFiles } from '../lib/journal/node-files';
import { type Benchmark, type Contestant, compare } from './harness';
import { type NatsServer, startNatsServer } from './nats-server';
import { sampleEvents } from './sample-events';

// As it is published: the program of its child is a file there.
const dist = join(__dirname, '..', '..', 'dist');
const { deliverEvents, openConnection } = require(dist) as typeof import('../lib/index');
const { publishEvents } = require(join(dist, 'forwarder', 'index.js')) as typeof import('../lib/forwarder/index');

/** So many rounds are enough: each takes a while, and there is little to warm up. */
const ROUNDS = 5;

const BATCH = 100;

const samples = sampleEvents(BATCH);

const now = () => Number(process.hrtime.bigint());

/** The library: a journal's events, each published when the one before is acknowledged. */
function forwarder(folder: string, { address }: NatsServer): Contestant {
  mkdirSync(folder);
  const journal = join(folder, 'journal');
  const writer = JournalWriter.open(nodeFiles, journal, { host: 'kvm-17', boot: 'bench', now: Date.now });
  const conn = openConnection(`journal:${journal}?reader=nats`);
  const publication = publishEvents(conn, `nats://${address}/EVENTS`, { create: true });
  let elapsed = 0;
  return {
    name: 'publishEvents',
    run(operations) {
      for (let event = 0; event < operations; event += 1) {
        writer.append(samples[event % BATCH] as string);
      }
      const before = publication.published;
      const start = now();
      while (publication.published < before + operations) {
        deliverEvents(conn, { waitMs: 1000 });
      }
      elapsed = now() - start;
      return publication.published - before;
    },
    elapsed: () => elapsed,
    release() {
      conn.close();
      writer.close();
    },
  };
}

/** The official client alone, in its own event loop: messages of the same size, each when the one before is acknowledged. */
function client(server: NatsServer): Contestant {
  let elapsed = 0;
  let number = 0;
  const program = (operations: number) => `
    const { connect } = require('@nats-io/transport-node');
    const { jetstream } = require('@nats-io/jetstream');
    (async () => {
      const connection = await connect({ servers: ${JSON.stringify(server.address)}, noAsyncTraces: true });
      const stream = jetstream(connection);
      const body = ${JSON.stringify(samples[0])};
      const start = process.hrtime.bigint();
      for (let event = 0; event < ${operations}; event += 1) {
        await stream.publish('virdeliver.5.plain.t', body, { msgID: 'plain-${number}-' + event });
      }
      console.log(Number(process.hrtime.bigint() - start));
      await connection.close();
    })();`;
  return {
    name: 'floor: the client alone',
    run(operations) {
      number += 1;
      const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program(operations)], {
        cwd: join(dist, '..'),
        encoding: 'utf8',
      });
      if (status !== 0) {
        throw new Error(`the client: status ${status}\n${stderr}`);
      }
      elapsed = Number(stdout);
      return operations;
    },
    elapsed: () => elapsed,
    release: () => server.stop(),
  };
}

export const nats: readonly Benchmark[] = [
  compare({
    id: 'nats/forward',
    title: "A journal's events published to a NATS stream, each when the one before is acknowledged",
    per: 'event',
    mostRounds: ROUNDS,
    contestants() {
      const folder = mkdtempSync(join(tmpdir(), 'virdeliver-bench-'));
      const server = startNatsServer(folder);
      return [forwarder(join(folder, 'host'), server), client(server)];
    },
    goals: [{ text: '2,500 events a second or more', isMet: (figure) => figure('publishEvents').value <= 1e9 / 2500 }],
  }),
];
