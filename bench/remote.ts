/** Events of a real libvirtd: how soon they reach a handler, and how fast a backlog does. */
import { connect, type Socket } from 'node:net';
import { systemClock } from '../lib/clock';
import { runNow } from '../lib/drivers/io/dialogue';
import { Conversation } from '../lib/drivers/remote/rpc/conversation';
import { Deframer } from '../lib/drivers/remote/rpc/deframer';
import { encodePacket, noPayload } from '../lib/drivers/remote/rpc/packet';
import { calls, type Procedure, packetType, program } from '../lib/drivers/remote/rpc/protocol';
import { RpcChannel } from '../lib/drivers/remote/rpc/rpc-channel';
import type { XdrReader } from '../lib/drivers/remote/rpc/xdr-reader';
import { XdrWriter } from '../lib/drivers/remote/rpc/xdr-writer';
import { SocketTransport } from '../lib/drivers/remote/transport/socket-transport';
import { addEventHandler, deliverEvents, openConnection } from '../lib/index';
import { type Benchmark, type Figure, judge, percentile, scaled, toFigures } from './harness';
import { testUri, withLibvirtd } from './libvirtd';

/** For how many milliseconds the daemon may work at anything that is asked of it. */
const PATIENCE = 10_000;

/** In so many calls at once the backlog is made. */
const BATCH = 1000;

const suspend: Procedure = { program: program.remote, number: 34, name: 'domain_suspend' };
const register: Procedure = {
  program: program.remote,
  number: 316,
  name: 'connect_domain_event_callback_register_any',
};
const resume: Procedure = { program: program.remote, number: 28, name: 'domain_resume' };

/** Another client of the daemon, in the protocol itself: it makes the events, or reads them without making much of them. */
class RawClient {
  readonly #channel: RpcChannel;
  readonly #domain: Uint8Array;
  /** How many events have come. */
  events = 0;

  constructor(socket: string) {
    this.#channel = new RpcChannel(SocketTransport.toPath(socket), {
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
    this.#call(register, new XdrWriter().int(0).bool(false).finish());
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
      const answers = runNow(this.#channel.callAll(batch.slice(0, least - done + 1), PATIENCE));
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
    return runNow(new Conversation(this.#channel, PATIENCE).call(procedure, payload, PATIENCE));
  }
}

/** Gives up if nothing has come in all the time that there was. */
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

/** A reader as one writes it in an event loop: it asks for lifecycle events, and looks at nothing but what a packet is. */
class AsyncReader {
  readonly #socket: Socket;
  readonly #deframer = new Deframer();
  #serial = 0;
  #onEvent: () => void = () => {};
  #onReply: () => void = () => {};

  private constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (chunk) => {
      this.#deframer.push(chunk);
      for (let packet = this.#deframer.next(); packet !== undefined; packet = this.#deframer.next()) {
        if (packet.type === packetType.message) {
          this.#onEvent();
        } else {
          this.#onReply();
        }
      }
    });
  }

  /** A reader that the daemon knows: each call goes out after the reply to the one before, for the daemon works on several at once. */
  static async listening(path: string): Promise<AsyncReader> {
    const reader = new AsyncReader(path);
    const open = new XdrWriter().optional('test:///default', (writer, uri) => writer.string(uri)).uint(0);
    await reader.#call(calls.authList, noPayload);
    await reader.#call(calls.connectOpen, open.finish());
    await reader.#call(register, new XdrWriter().int(0).bool(false).finish());
    return reader;
  }

  nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEvent = resolve;
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #call({ program, number }: Procedure, payload: Uint8Array): Promise<void> {
    this.#serial += 1;
    const type = packetType.call;
    const packet = { program, version: 1, procedure: number, type, serial: this.#serial, status: 0, payload };
    this.#socket.write(encodePacket(packet));
    return new Promise((resolve) => {
      this.#onReply = resolve;
    });
  }
}

/** The times of one sample: to the library's handler, to an asynchronous reader's callback, and of the call alone. */
type Latencies = readonly [library: number, reader: number, call: number];

async function latencies(socket: string, samples: number): Promise<Latencies[]> {
  const source = new RawClient(socket);
  const found: Latencies[] = [];
  const reader = await AsyncReader.listening(socket);
  using conn = openConnection(testUri(socket), { events: ['domain-state-transition'] });
  let handledAt = 0;
  addEventHandler(conn, null, () => {
    handledAt = now();
  });
  for (let sample = 0; sample < samples; sample += 1) {
    handledAt = 0;
    const event = reader.nextEvent();
    const start = now();
    source.do(suspend);
    const called = now();
    while (handledAt === 0) {
      requireProgress(deliverEvents(conn, { waitMs: PATIENCE }).events);
    }
    await event;
    const other = reader.nextEvent();
    const restart = now();
    source.do(resume);
    await other;
    found.push([handledAt - start, now() - restart, called - start]);
    deliverEvents(conn, { waitMs: PATIENCE });
  }
  source.close();
  reader.close();
  return found;
}

/** What is measured of a real daemon; each measurement has one of its own. */
export const remote: readonly Benchmark[] = [
  {
    id: 'remote/drain',
    title: 'An event of a backlog at a libvirtd, from its socket to a handler that is chosen by type',
    async measure(effort) {
      // With a much longer backlog the daemon becomes the slower, the longer it is.
      const events = scaled(effort, 10_000);
      const measured = await withLibvirtd((socket) => drain(socket, events, Math.min(effort.rounds, 5)));
      const figures = toFigures(['from socket to handler', 'floor: packets counted'], measured);
      const goals = [
        {
          text: 'at most 1.6 times the time of counting the packets',
          isMet: (figure: (name: string) => Figure) => figure('floor: packets counted').ratio >= 1 / 1.6,
        },
      ];
      return { unit: 'ns', per: 'event', bytes: undefined, figures, goals: judge(goals, figures) };
    },
  },
  {
    id: 'remote/latency',
    title: 'From the call that suspends a domain to the handler of the event, while a delivery waits',
    async measure({ rounds }) {
      const measured = await withLibvirtd((socket) => latencies(socket, rounds === 1 ? 10 : 2000));
      const names = ['handler', 'a plain asynchronous reader', 'floor: the call alone'];
      const figures = [0.5, 0.95, 0.99].flatMap((fraction) =>
        names.map((name, place) => ({
          name: `${name}, ${fraction * 100} %`,
          value: percentile(
            measured.map((times) => times[place]!),
            fraction,
          ),
        })),
      );
      const [first] = figures;
      const withRatios = figures.map((figure) => ({ ...figure, spread: 0, ratio: figure.value / first!.value }));
      const goals = [
        {
          text: 'half of the events: at most 15 % later than to a plain asynchronous reader',
          isMet: (figure: (name: string) => Figure) => figure('a plain asynchronous reader, 50 %').ratio >= 1 / 1.15,
        },
      ];
      return { unit: 'ns', per: 'event', bytes: undefined, figures: withRatios, goals: judge(goals, withRatios) };
    },
  },
];
