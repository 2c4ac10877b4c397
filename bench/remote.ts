/** Events of a real libvirtd: how soon they reach a handler, and how fast a backlog does. */
import { systemClock } from '../lib/clock';
import { calls, type Procedure, program } from '../lib/drivers/remote/protocol';
import { noPayload, RpcChannel } from '../lib/drivers/remote/rpc-channel';
import { UnixTransport } from '../lib/drivers/remote/unix-transport';
import { XdrReader } from '../lib/drivers/remote/xdr-reader';
import { XdrWriter } from '../lib/drivers/remote/xdr-writer';
import { addEventHandler, deliverEvents, openConnection } from '../lib/index';
import { type Benchmark, type Figure, judge, toFigures } from './harness';
import { testUri, withLibvirtd } from './libvirtd';

/** For how many milliseconds the daemon may work at anything that is asked of it. */
const PATIENCE = 10_000;

/** In so many calls at once the backlog is made. */
const BATCH = 1000;

const suspend: Procedure = { program: program.remote, number: 34, name: 'domain_suspend' };
const resume: Procedure = { program: program.remote, number: 28, name: 'domain_resume' };

/** Another client of the daemon, in the protocol itself: it makes the events, or reads them without making much of them. */
class RawClient {
  readonly #channel: RpcChannel;
  readonly #domain: Uint8Array;
  /** How many events have come. */
  events = 0;

  constructor(socket: string) {
    this.#channel = new RpcChannel(new UnixTransport(socket), {
      clock: systemClock,
      mayRead: () => true,
      onMessage: () => {
        this.events += 1;
      },
      onFailure: () => {},
    });
    this.#call(calls.authList, noPayload);
    const name = new XdrWriter().optional('test:///default', (writer, uri) => writer.string(uri)).uint(0);
    this.#call(calls.connectOpen, name.finish());
    const list = this.#call(calls.listAllDomains, new XdrWriter().int(1).uint(0).finish());
    list.uint('count');
    const writer = new XdrWriter().string(list.string('name')).uuid(list.uuid('uuid')).int(list.int('id'));
    this.#domain = writer.finish();
  }

  /** Asks for the lifecycle events. */
  listen(): void {
    this.#call({ program: program.remote, number: 316, name: 'register' }, new XdrWriter().int(0).bool(false).finish());
  }

  /**
   * Suspends and resumes the domain until so many events have come of it, or one more.
   *
   * @returns How many have: the daemon works on several calls at once, in any order, and refuses to suspend what is.
   */
  toggle(least: number): number {
    const both = [suspend, resume].map((procedure) => ({ procedure, payload: this.#domain }));
    const batch = Array.from({ length: BATCH }, (_, place) => both[place % 2]!);
    let done = 0;
    while (done < least) {
      const answers = this.#channel.callAll(batch.slice(0, least - done + 1), PATIENCE);
      done += answers.filter((answer) => !(answer instanceof Error)).length;
    }
    return done;
  }

  /** Does one of the two, and returns when the daemon has done it. */
  do(procedure: Procedure): void {
    this.#call(procedure, this.#domain);
  }

  /** Reads until so many events have come. */
  readUntil(events: number): void {
    while (this.events < events) {
      const before = this.events;
      this.#channel.wait(PATIENCE);
      this.#channel.pump(() => true);
      requireProgress(this.events - before);
    }
  }

  close(): void {
    this.#channel.close();
  }

  #call(procedure: Procedure, payload: Uint8Array): XdrReader {
    return new XdrReader(this.#channel.call(procedure, payload, PATIENCE), procedure.name);
  }
}

/** Gives up where nothing has come in all the time that there was. */
function requireProgress(events: number): void {
  if (events === 0) {
    throw new Error(`no event has come within ${PATIENCE} ms`);
  }
}

const now = () => Number(process.hrtime.bigint());

/** The time of some work, for each of so many events, in nanoseconds. */
function timePerEvent(events: number, work: () => void): number {
  const start = now();
  work();
  return (now() - start) / events;
}

function drain(socket: string, events: number, rounds: number): number[][] {
  const source = new RawClient(socket);
  const plain = new RawClient(socket);
  plain.listen();
  using conn = openConnection(testUri(socket), { events: ['domain-state-transition'] });
  let handled = 0;
  addEventHandler(conn, ['domain-state-transition'], () => {
    handled += 1;
  });
  const figures: number[][] = [];
  let made = 0;
  for (let round = 0; round < rounds; round += 1) {
    const backlog = source.toggle(events);
    made += backlog;
    const library = timePerEvent(backlog, () => {
      while (handled < made) {
        requireProgress(deliverEvents(conn, { waitMs: PATIENCE }).events);
      }
    });
    figures.push([library, timePerEvent(backlog, () => plain.readUntil(made))]);
  }
  source.close();
  plain.close();
  return figures;
}

function latencies(socket: string, samples: number): [library: number, call: number][] {
  const source = new RawClient(socket);
  using conn = openConnection(testUri(socket), { events: ['domain-state-transition'] });
  let handledAt = 0;
  addEventHandler(conn, null, () => {
    handledAt = now();
  });
  const found: [number, number][] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    handledAt = 0;
    const start = now();
    source.do(sample % 2 === 0 ? suspend : resume);
    const called = now();
    while (handledAt === 0) {
      requireProgress(deliverEvents(conn, { waitMs: PATIENCE }).events);
    }
    found.push([handledAt - start, called - start]);
  }
  source.close();
  return found;
}

function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(Math.floor(sorted.length * fraction), sorted.length - 1)]!;
}

/** What is measured of a real daemon; each measurement has one of its own. */
export const remote: readonly Benchmark[] = [
  {
    id: 'remote/drain',
    title: 'An event of a backlog at a libvirtd, from its socket to a handler that is chosen by type',
    measure({ rounds, queuedEvents }) {
      // With a much longer backlog the daemon becomes the slower, the longer it is.
      const events = Math.min(queuedEvents, 10_000);
      const measured = withLibvirtd((socket) => drain(socket, events, Math.min(rounds, 5)));
      const figures = toFigures(['from socket to handler', 'floor: packets counted'], measured);
      const goals = [
        {
          text: '100,000 events in under 3 s',
          isMet: (figure: (name: string) => Figure) => figure('from socket to handler').value < 30_000,
        },
      ];
      return { unit: 'ns', per: 'event', bytes: undefined, figures, goals: judge(goals, figures) };
    },
  },
  {
    id: 'remote/latency',
    title: 'From the call that suspends a domain to the handler of the event, while a delivery waits',
    measure({ rounds }) {
      const measured = withLibvirtd((socket) => latencies(socket, rounds === 1 ? 10 : 2000));
      const figures = [0.5, 0.95, 0.99].flatMap((fraction) => [
        {
          name: `handler, ${fraction * 100} %`,
          value: percentile(
            measured.map(([library]) => library),
            fraction,
          ),
        },
        {
          name: `floor: the call alone, ${fraction * 100} %`,
          value: percentile(
            measured.map(([, call]) => call),
            fraction,
          ),
        },
      ]);
      const [first] = figures;
      return {
        unit: 'ns',
        per: 'event',
        bytes: undefined,
        figures: figures.map((figure) => ({ ...figure, spread: 0, ratio: figure.value / first!.value })),
        goals: [],
      };
    },
  },
];
