/** Many hosts: how fast the events of a host get to a hub, and those of a hub to a reader. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalWriter } from '../lib/journal/journal-writer';
import { nodeFiles } from '../lib/journal/node-files';
import { type Benchmark, type Contestant, compare, judge, percentile, scaled, toFigures } from './harness';
import { STREAM } from './nats-client';
import { byClient, clientArgs } from './nats-peer';
import { type NatsServer, startNatsServer, startServer } from './nats-server';
import { sampleEvents, sampleType } from './sample-events';

// As it is published: the program of its child is a file there.
const dist = join(__dirname, '..', '..', 'dist');
const { addEventHandler, deliverEvents, openConnection } = require(dist) as typeof import('../lib/index');
const { publishEvents } = require(join(dist, 'forwarder', 'index.js')) as typeof import('../lib/forwarder/index');

/** So many rounds are enough: each takes a while, and there is little to warm up. */
const ROUNDS = 5;

const BATCH = 100;

/** How many events a reader finds in the stream. */
const STORED = 30_000;

/** How many events a waiting reader is given one by one, and how long after one another, in milliseconds. */
const AWAITED = 1500;
const PAUSE = 2;

/** For how many milliseconds nothing may come. */
const PATIENCE = 10_000;

const samples = sampleEvents(BATCH);

const now = () => Number(process.hrtime.bigint());

/** The library: a journal's events, each published when the one before is acknowledged. */
function forwarder(folder: string, { address }: NatsServer): Contestant {
  mkdirSync(folder);
  const journal = join(folder, 'journal');
  const writer = JournalWriter.open(nodeFiles, journal, { host: 'kvm-17', boot: 'bench', now: Date.now });
  const conn = openConnection(`journal:${journal}?reader=nats`);
  const publication = publishEvents(conn, `nats://${address}/${STREAM}`, { create: true });
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

const plainClient = 'floor: the client alone';

/** The official client alone: the same messages, each when the one before is acknowledged. */
function client(server: NatsServer): Contestant {
  let elapsed = 0;
  let number = 0;
  return {
    name: plainClient,
    run(operations) {
      number += 1;
      elapsed = byClient<number>('publish', server, operations, `plain-${number}`);
      return operations;
    },
    elapsed: () => elapsed,
    release: () => server.stop(),
  };
}

/** Opens a reader at the stream's beginning, and says how long it takes, in nanoseconds, until it was given so many events. */
function timeOfReading({ address }: NatsServer, reader: string, count: number): number {
  const conn = openConnection(`nats://${address}/${STREAM}?reader=${reader}`);
  let left = count;
  addEventHandler(conn, "transition/@to = 'paused'", () => {
    left -= 1;
  });
  const start = now();
  while (left > 0) {
    if (deliverEvents(conn, { waitMs: PATIENCE }).events === 0) {
      throw new Error(`no event has come within ${PATIENCE} ms`);
    }
  }
  const elapsed = now() - start;
  conn.close();
  return elapsed;
}

const oneReader = 'nats:, with a bookmark';
const plainReader = 'floor: the client alone, messages counted';

const reading: Benchmark = {
  id: 'nats/read',
  title: "A stream's events to a handler that is chosen by an expression, by one reader",
  measure(effort) {
    const server = startServer();
    try {
      const count = scaled(effort, STORED);
      byClient('fill', server, count);
      const rounds = Array.from({ length: Math.min(effort.rounds, ROUNDS) }, (_, round) => [
        timeOfReading(server, `r${round}`, count) / count,
        byClient<number>('read', server, count) / count,
      ]);
      const figures = toFigures([oneReader, plainReader], rounds);
      const goal = {
        text: '15,000 events a second or more',
        isMet: (figure: (name: string) => { readonly value: number }) => figure(oneReader).value <= 1e9 / 15_000,
      };
      return { unit: 'ns', per: 'event', bytes: undefined, figures, goals: judge([goal], figures) };
    } finally {
      server.stop();
    }
  },
};

/** How long it takes for each of so many events from its publication to the handler of a reader that waits, in nanoseconds. */
function latencies(server: NatsServer, count: number): number[] {
  const conn = openConnection(`nats://${server.address}/${STREAM}?reader=waits&from=newest`);
  const found: number[] = [];
  addEventHandler(conn, [sampleType], (_, event) => {
    found.push(now() - Number(event.string('@at')));
  });
  const publisher = spawn(process.execPath, clientArgs('drip', server, count, [PAUSE]), { stdio: 'ignore' });
  while (found.length < count) {
    if (deliverEvents(conn, { waitMs: PATIENCE }).events === 0) {
      throw new Error(`no event has come within ${PATIENCE} ms`);
    }
  }
  publisher.unref();
  conn.close();
  return found;
}

const waiting: Benchmark = {
  id: 'nats/latency',
  title: 'From the publication of an event to the handler of it, in a delivery that waits',
  measure({ rounds }) {
    const server = startServer();
    try {
      byClient('fill', server, 0);
      const count = rounds === 1 ? 10 : AWAITED;
      const measured = [
        ['handler', latencies(server, count)],
        ['floor: the client alone', byClient<number[]>('watch', server, count, PAUSE)],
      ] as const;
      const figures = [0.5, 0.99].flatMap((fraction) =>
        measured.map(([name, times]) => ({ name: `${name}, ${fraction * 100} %`, value: percentile(times, fraction) })),
      );
      const withRatios = figures.map((figure) => ({ ...figure, spread: 0, ratio: figure.value / figures[0]!.value }));
      const goals = [50, 99].map((percent) => ({
        text: `${percent} % of the events: within 5 ms`,
        isMet: (figure: (name: string) => { readonly value: number }) => figure(`handler, ${percent} %`).value <= 5e6,
      }));
      return { unit: 'ns', per: 'event', bytes: undefined, figures: withRatios, goals: judge(goals, withRatios) };
    } finally {
      server.stop();
    }
  },
};

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
    goals: [
      { text: '2,500 events a second or more', isMet: (figure) => figure('publishEvents').value <= 1e9 / 2500 },
      { text: 'at least 0.9 times as fast as the client alone', isMet: (figure) => figure(plainClient).ratio >= 0.9 },
    ],
  }),
  reading,
  waiting,
];
