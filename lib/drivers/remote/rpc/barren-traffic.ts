/**
 * How much that brings no event (pings, messages that aren't known, pieces of a packet) is taken in at a time, in bytes and in
 * chunks. Then a pump ends, and the event loop has a turn: however fast a daemon sends it, waits end in time, and timers run.
 */
const MOST_BYTES = 256 * 1024;
const MOST_CHUNKS = 1024;

/** As how many more bytes a message without an event counts: to find out that it can't be read takes its time. */
const WEIGHT_OF_MESSAGE = 1024;

/** Counts what a daemon has sent since its last event, or since the last rest from it. */
export class BarrenTraffic {
  #bytes = 0;
  #chunks = 0;

  /** Whether so much has come that others should have their turn. */
  get isTiring(): boolean {
    return this.#bytes > MOST_BYTES || this.#chunks > MOST_CHUNKS;
  }

  chunk(bytes: number): void {
    this.#bytes += bytes;
    this.#chunks += 1;
  }

  message(): void {
    this.#bytes += WEIGHT_OF_MESSAGE;
  }

  reset(): void {
    this.#bytes = 0;
    this.#chunks = 0;
  }
}
