import { once } from 'node:events';
import { Socket } from 'node:net';
import { encodeFrame, FrameReader } from '../frames';
import type { HubMessage, HubRequest } from '../protocol';

/** The process that has started this one, which hears and is heard by frames on standard input and output. */
export class Parent {
  // Not process.stdin and process.stdout, which may block: then nothing would go the other way either.
  readonly #input = new Socket({ fd: 0, readable: true, writable: false });
  readonly #output = new Socket({ fd: 1, readable: false, writable: true });
  #drain: Promise<unknown> | undefined;

  /**
   * Begins to listen.
   *
   * @param onRequest Called for each request, with the bytes that belong to it.
   * @param onEnd Called when the parent has ended, or wants nothing more.
   */
  listen(onRequest: (request: HubRequest, body: Buffer) => void, onEnd: () => void): void {
    const frames = new FrameReader();
    this.#input.on('data', (bytes) => {
      frames.push(bytes);
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        onRequest(frame.head as HubRequest, frame.body);
      }
    });
    this.#input.on('end', onEnd).on('error', onEnd);
    this.#output.on('error', onEnd);
  }

  /** Says something, and waits while the parent takes nothing: so what is read for it is never more than its pipe holds. */
  async say(message: HubMessage, body?: Uint8Array): Promise<void> {
    if (this.#output.writableCorked === 0) {
      // What is said in one go is written in one: to write each message takes as long as all else that is done with it.
      this.#output.cork();
      process.nextTick(() => this.#output.uncork());
    }
    if (!this.#output.write(encodeFrame(message, body))) {
      await this.hasTakenAll();
    }
  }

  /** Waits until the parent has taken what was said, all but what its pipe holds. */
  async hasTakenAll(): Promise<void> {
    while (this.#output.writableNeedDrain) {
      // One listener for all who wait.
      this.#drain ??= once(this.#output, 'drain').finally(() => {
        this.#drain = undefined;
      });
      await this.#drain;
    }
  }
}
