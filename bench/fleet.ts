/** Very many hosts, simulated, through one hub to readers that share them. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { type HostsOrder, type HostsReport, type ShareReport, SLOWNESS } from './fleet-protocol';
import { type Benchmark, type Effort, type Figure, judge, percentile, scaled } from './harness';
import { STREAM } from './nats-client';
import { byClient } from './nats-peer';
import { type NatsServer, startServer } from './nats-server';

const HOSTS = 1000;

/** How many readers share them, a process each with the client's beside it. */
const SHARES = 8;

/** How many events each journal has when publishing begins. */
const BACKLOG = 10;

/** For how long the fleet lives before the hub goes away, in milliseconds. */
const LIFE = 6000;

/** For how long it may take until what was published has come, in milliseconds. */
const PATIENCE = 120_000;

/** The hosts, in a process of their own. */
class Hosts {
  readonly #child: ChildProcess = fork(join(__dirname, 'fleet-hosts.js'), { execArgv: [] });

  async ask(order: HostsOrder): Promise<HostsReport> {
    const report = once(this.#child, 'message');
    this.#child.send(order);
    return (await report)[0] as HostsReport;
  }

  end(): void {
    this.#child.disconnect();
  }
}

/** The readers, each in a process of its own. */
class Shares {
  readonly #children: ChildProcess[] = [];
  #ready = 0;
  /** How many events they were given. */
  events = 0;
  /** When those were made, and when they came, that are none of the backlog. */
  readonly times: (readonly [number, number])[] = [];

  constructor({ address }: NatsServer, shares: number) {
    for (let share = 1; share <= shares; share += 1) {
      const uri = `nats://${address}/${STREAM}?reader=fleet&share=${share}/${shares}`;
      const child = spawn(process.execPath, [join(__dirname, 'fleet-share.js'), uri], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      createInterface(child.stdout).on('line', (line) => {
        if (line === 'ready') {
          this.#ready += 1;
        } else {
          const { events, times } = JSON.parse(line) as ShareReport;
          this.events += events;
          this.times.push(...times);
        }
      });
      this.#children.push(child);
    }
  }

  get areReady(): boolean {
    return this.#ready === this.#children.length;
  }

  end(): void {
    for (const child of this.#children) {
      child.kill();
    }
  }
}

/** Waits until something is so; says how long that took, in milliseconds. */
async function until(what: string, isSo: () => boolean): Promise<number> {
  const start = performance.now();
  while (!isSo()) {
    const waited = performance.now() - start;
    if (waited > PATIENCE) {
      throw new Error(`${what}: not within ${PATIENCE} ms`);
    }
    await pause(5);
  }
  return performance.now() - start;
}

/** What was measured, in milliseconds. */
interface Measured {
  /** For one event of the backlog, from the first being published until the last is handled. */
  readonly perEvent: number;
  /** From the change to the handler. */
  readonly latencies: readonly number[];
  /** From the hub's return until all is handled that had happened by then, and how many events that was. */
  readonly catchUp: number;
  readonly missed: number;
}

async function run(server: NatsServer, effort: Effort): Promise<Measured> {
  byClient('fill', server, 0);
  const count = Math.max(scaled(effort, HOSTS), SHARES);
  const hosts = new Hosts();
  const shares = new Shares(server, Math.min(count, SHARES));
  try {
    await hosts.ask({ do: 'open', hosts: count });
    const { written } = await hosts.ask({ do: 'write', events: BACKLOG });
    await until('the readers', () => shares.areReady);
    await hosts.ask({ do: 'connect', address: server.address });
    const start = performance.now();
    void hosts.ask({ do: 'publish' });
    await until('the backlog', () => shares.events >= written);
    const perEvent = (performance.now() - start) / written;

    const { began = 0 } = await hosts.ask({ do: 'live' });
    await pause(scaled(effort, LIFE));
    await until('an event', () => shares.times.length > 0);
    const latencies = shares.times.map(([made, came]) => came - (began + made * SLOWNESS));

    server.kill();
    const seen = shares.events;
    await pause(effort.outageMs);
    server.start();
    const { written: happened } = await hosts.ask({ do: 'report' });
    const catchUp = await until('what has happened meanwhile', () => shares.events >= happened);
    const { written: all } = await hosts.ask({ do: 'stop' });
    await until('the end', () => shares.events >= all);
    if (shares.events > all) {
      throw new Error(`${shares.events} events have come of ${all}`);
    }
    return { perEvent, latencies, catchUp, missed: Math.max(1, happened - seen) };
  } finally {
    shares.end();
    hosts.end();
  }
}

const through = `events of ${HOSTS.toLocaleString('en')} journals to ${SHARES} shares`;

export const fleet: readonly Benchmark[] = [
  {
    id: 'nats/fleet',
    title: `A simulated fleet of ${HOSTS.toLocaleString('en')} hosts, by one server to ${SHARES} readers that share them`,
    async measure(effort) {
      const server = startServer();
      try {
        const { perEvent, latencies, catchUp, missed } = await run(server, effort);
        const rows = [
          [through, perEvent],
          ['from the change to the handler, 50 %', percentile(latencies, 0.5)],
          ['from the change to the handler, 99 %', percentile(latencies, 0.99)],
          [`caught up after ${effort.outageMs / 1000} s without the hub, for each event`, catchUp / missed],
          ['the same, for all of them', catchUp],
        ] as const;
        const figures = rows.map(([name, ms]) => ({ name, value: ms * 1e6, spread: 0, ratio: ms / perEvent }));
        const goals = [
          {
            text: 'caught up in less time than the hub was away',
            isMet: () => catchUp < effort.outageMs,
          },
        ];
        return { unit: 'ns', per: 'event', bytes: undefined, figures, goals: judge(goals, figures as Figure[]) };
      } finally {
        server.stop();
      }
    },
  },
];
