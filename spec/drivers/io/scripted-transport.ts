import type { Reading } from '../../../lib/drivers/io/byte-source';
import type { Transport } from '../../../lib/drivers/io/transport';
import { Deframer } from '../../../lib/drivers/remote/rpc/deframer';
import type { Packet } from '../../../lib/drivers/remote/rpc/packet';

/** A transport whose other end is the test: it says what comes in, and sees what goes out. */
export class ScriptedTransport implements Transport {
  /** What was written, packet by packet. */
  readonly sent: Packet[] = [];
  /** What each write was given for its time, in milliseconds. */
  readonly writeTimes: number[] = [];
  /** What each wait was given for its time, in milliseconds. */
  readonly waits: number[] = [];
  /** Called with each packet that is written, as the daemon would be. */
  onPacket: (packet: Packet) => void = () => {};
  /** Called by each wait; what is to come meanwhile comes here. */
  onWait: () => void = () => {
    throw new Error('waits for what will never come');
  };
  /** What writing fails with. */
  writeError: Error | undefined;
  isClosed = false;
  /** How often it was read. */
  looks = 0;
  readonly #inbox: Reading[] = [];
  readonly #deframer = new Deframer();
  #take: ((reading: Reading) => void) | undefined;
  #isBlocked = false;

  /** Lets a chunk of bytes arrive. Who watches gets it at once, but for inside a call: the event loop has no turn. */
  arrive(...pieces: readonly Uint8Array[]): void {
    this.#come({ kind: 'bytes', bytes: Buffer.concat(pieces) });
  }

  /** Lets a chunk of bytes arrive that says that it is all there is. */
  arriveAlone(...pieces: readonly Uint8Array[]): void {
    this.#come({ kind: 'bytes', bytes: Buffer.concat(pieces), isAll: true });
  }

  /** Lets the other end close the connection. */
  end(): void {
    this.#come({ kind: 'ended' });
  }

  /** Lets reading fail from here on. */
  breakWith(error: Error): void {
    this.#come({ kind: 'failed', error });
  }

  /** How many chunks have arrived that were not read. */
  get unread(): number {
    return this.#inbox.length;
  }

  get isWatched(): boolean {
    return this.#take !== undefined;
  }

  read(): Reading {
    this.#requireOpen();
    this.looks += 1;
    return this.#inbox.shift() ?? { kind: 'nothing' };
  }

  write(bytes: Uint8Array, timeoutMs: number): void {
    this.#requireOpen();
    this.writeTimes.push(timeoutMs);
    if (this.writeError !== undefined) {
      throw this.writeError;
    }
    this.#deframer.push(bytes);
    for (let packet = this.#deframer.next(); packet !== undefined; packet = this.#deframer.next()) {
      this.sent.push(packet);
      const answered = packet;
      this.#blocked(() => this.onPacket(answered));
    }
  }

  wait(milliseconds: number): void {
    this.#requireOpen();
    this.waits.push(milliseconds);
    this.#blocked(() => this.onWait());
  }

  watch(take: (reading: Reading) => void): boolean {
    this.#requireOpen();
    this.#take = take;
    this.#flow();
    return true;
  }

  unwatch(): void {
    this.#requireOpen();
    this.#take = undefined;
  }

  close(): void {
    this.#requireOpen();
    this.isClosed = true;
    this.#take = undefined;
  }

  #come(reading: Reading): void {
    this.#inbox.push(reading);
    this.#flow();
  }

  #blocked(action: () => void): void {
    this.#isBlocked = true;
    action();
    this.#isBlocked = false;
  }

  #flow(): void {
    while (!this.#isBlocked && this.#take !== undefined && this.#inbox.length > 0) {
      this.#take(this.#inbox.shift() as Reading);
    }
  }

  #requireOpen(): void {
    if (this.isClosed) {
      throw new Error('the transport is used after it was closed');
    }
  }
}
