/**
 * The official client alone, in the event loop of a process of its own: `node nats-client.js WHAT ADDRESS COUNT …` does what a
 * peer of the library's does, or makes what the library reads, and prints its figures as JSON.
 */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import * as packages from '@nats-io/jetstream';
import * as transport from '@nats-io/transport-node';
import { entryHeaders, messageId } from '../lib/nats/headers';
import { createStreams } from '../lib/nats/program/creating';
import { eventSubject } from '../lib/nats/subjects';
import { sampleEvents, sampleType } from './sample-events';

export const STREAM = 'EVENTS';

type JetStreamClient = packages.JetStreamClient;

/** Whose the events are. */
const HOST = 'kvm-17';

/** How many messages are published before the time is taken. */
const WARM_UP = 500;

/** How many messages are on their way at once where nobody asks how fast that is. */
const WINDOW = 500;

const samples = sampleEvents(100);

const now = () => Number(process.hrtime.bigint());

/** What a forwarder says of an entry in a message's headers. */
function headersOf(
  sequence: number,
  journal = '00000000-0000-4000-8000-000000000000',
): { readonly headers: transport.MsgHdrs; readonly msgID: string } {
  const entry = { host: HOST, journal, sequence, crc: 4_294_967_295 };
  const all = transport.headers();
  for (const [name, value] of Object.entries(entryHeaders({ ...entry, time: '2026-01-02T03:04:05.000006Z' }))) {
    all.set(name, value);
  }
  return { headers: all, msgID: messageId(entry) };
}

/** Publishes so many messages as a forwarder does, each when the one before is acknowledged. */
async function publish(client: JetStreamClient, count: number, [journal]: readonly string[]): Promise<number> {
  const subject = eventSubject(HOST, sampleType);
  const expect = { streamName: STREAM };
  let start = now();
  for (let event = -WARM_UP; event < count; event += 1) {
    if (event === 0) {
      start = now();
    }
    const options = { ...headersOf(event, journal), expect };
    await client.publish(subject, samples[(event + WARM_UP) % samples.length] as string, options);
  }
  return now() - start;
}

/** Makes the streams, and publishes so many events, as fast as it gets. */
async function fill(client: JetStreamClient, count: number): Promise<void> {
  const manager = await client.jetstreamManager();
  await createStreams({ peers: { jetstream: packages, transport }, manager }, { stream: STREAM, limits: {} });
  const subject = eventSubject(HOST, sampleType);
  for (let first = 1; first <= count; first += WINDOW) {
    const window = Array.from({ length: Math.min(WINDOW, count - first + 1) }, (_, place) =>
      client.publish(subject, samples[place % samples.length] as string, headersOf(first + place)),
    );
    await Promise.all(window);
  }
}

/** Publishes so many events of a journal with a pause before each; each says when it was published. */
async function drip(client: JetStreamClient, count: number, [pauseMs, journal]: readonly string[]): Promise<void> {
  for (let sequence = 1; sequence <= count; sequence += 1) {
    await pause(Number(pauseMs));
    const event = (samples[0] as string).replace('<event', `<event at="${now()}"`);
    await client.publish(eventSubject(HOST, sampleType), event, headersOf(sequence, journal));
  }
}

/** Reads so many messages from the stream's first on. */
async function read(client: JetStreamClient, count: number): Promise<number> {
  const consumer = await client.consumers.get(STREAM);
  const start = now();
  let left = count;
  for await (const { data } of await consumer.consume()) {
    left -= data.length > 0 ? 1 : 0;
    if (left === 0) {
      break;
    }
  }
  return now() - start;
}

/** How long it takes for each of so many events from its publication, by another process, until it is read. */
async function watch(client: JetStreamClient, count: number, [pauseMs = '']: readonly string[]): Promise<number[]> {
  const { state } = await (await client.streams.get(STREAM)).info();
  const consumer = await client.consumers.get(STREAM, { opt_start_seq: state.last_seq + 1 });
  const messages = await consumer.consume();
  const [, , , address = ''] = process.argv;
  spawn(process.execPath, [__filename, 'drip', address, String(count), pauseMs, 'again'], { stdio: 'ignore' }).unref();
  const found: number[] = [];
  for await (const message of messages) {
    found.push(now() - Number(/ at="(\d+)"/.exec(message.string())?.[1]));
    if (found.length === count) {
      break;
    }
  }
  return found;
}

const works = { publish, fill, drip, read, watch };

export type ClientWork = keyof typeof works;

async function main([what, address, count, ...more]: readonly string[]): Promise<void> {
  const connection = await transport.connect({ servers: address as string, noAsyncTraces: true });
  const outcome = await works[what as ClientWork](packages.jetstream(connection), Number(count), more);
  process.stdout.write(JSON.stringify(outcome ?? null));
  await connection.close();
}

if (require.main === module) {
  void main(process.argv.slice(2));
}
