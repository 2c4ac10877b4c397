import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock';
import type { Reading } from '../../../lib/drivers/io/byte-source';
import type { Transport } from '../../../lib/drivers/io/transport';
import type { Environment } from '../../../lib/drivers/remote/environment';

/** That of a machine on which nothing is set up. */
export const bareEnvironment: Environment = {
  uid: 0,
  home: '/nowhere',
  variables: {},
  systemSocketFolder: '/nowhere',
  systemConfigurationFolder: '/nowhere',
  systemPkiFolder: '/nowhere',
};

/** How long something is waited for that should come at once, in milliseconds: it ends a test that would hang. */
export const LONG = 10_000;

/** What was read, and with which reading it ended, if it did. */
export interface Received {
  readonly bytes: Buffer;
  readonly end: Reading | undefined;
}

/** Reads until so many bytes have come or they end, without a turn of the event loop. */
export function readBytes(transport: Transport, count: number): Received {
  const reader = new Reader(transport, count);
  while (!reader.look()) {
    transport.wait(reader.left);
  }
  return reader.received;
}

/** Reads until so many bytes have come or they end, and lets the event loop turn in between. */
export async function readBytesInLoop(transport: Transport, count: number): Promise<Received> {
  const reader = new Reader(transport, count);
  while (!reader.look()) {
    await nextTurn();
  }
  return reader.received;
}

class Reader {
  readonly #transport: Transport;
  readonly #count: number;
  readonly #deadline = systemClock.monotonic() + LONG;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #end: Reading | undefined;

  constructor(transport: Transport, count: number) {
    this.#transport = transport;
    this.#count = count;
  }

  /** How long it goes on waiting. */
  get left(): number {
    const left = this.#deadline - systemClock.monotonic();
    if (left <= 0) {
      throw new Error(`only ${this.#length} of ${this.#count} bytes came`);
    }
    return left;
  }

  /** Takes what is there; says whether that is all. */
  look(): boolean {
    while (this.#length < this.#count && this.#end === undefined && this.left > 0) {
      const reading = this.#transport.read();
      if (reading.kind === 'nothing') {
        return false;
      }
      if (reading.kind === 'bytes') {
        this.#chunks.push(Buffer.from(reading.bytes));
        this.#length += reading.bytes.length;
      } else {
        this.#end = reading;
      }
    }
    return true;
  }

  get received(): Received {
    return { bytes: Buffer.concat(this.#chunks), end: this.#end };
  }
}

/** Writes until that fails: it may take a moment until it shows that the other end is gone. */
export function writeOnAndOn(transport: Transport, text = 'hello?'): void {
  const deadline = systemClock.monotonic() + LONG;
  while (systemClock.monotonic() < deadline) {
    transport.write(Buffer.from(text), LONG);
  }
}

/** Lets the event loop go round so many times. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await nextTurn();
  }
}

/** Lets the event loop run until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + LONG;
  while (!holds()) {
    if (systemClock.monotonic() > deadline) {
      throw new Error('it did not come');
    }
    await nextTurn();
  }
}

/** How long something takes, in milliseconds. */
export function timeOf(action: () => void): number {
  const start = systemClock.monotonic();
  action();
  return systemClock.monotonic() - start;
}
