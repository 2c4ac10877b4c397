import { closeSync, openSync, writeSync } from 'node:fs';
import * as fc from 'fast-check';
import type { Driver } from '../../../lib/drivers/driver';
import { often } from '../../support/often';
import { eventText, openRecorded, pumpAll, type RecordingSink, waitUntil } from './recording-sink';
import { openWriter, Scratch, writeSome } from './scratch';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** A stream being written and read: numbered events go in at one end, and the log at the other says which came out. */
interface Stream {
  readonly driver: Driver;
  readonly sink: RecordingSink;
  /** Writes as many of the bytes as fit now; says how many those were. */
  write(bytes: Uint8Array): number;
  closeWriter(): void;
}

type Step = (stream: Stream) => void | Promise<void>;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The writer's side: a stream of numbered events, cut anywhere. */
class Numbers {
  #pending = Buffer.alloc(0);
  written = 0;

  /** Writes up to so many bytes of it, making new events as needed. */
  writeTo(stream: Stream, bytes: number): void {
    while (this.#pending.length < bytes) {
      this.#pending = Buffer.concat([this.#pending, Buffer.from(eventText(this.written, 'ü€😀'.repeat(60)))]);
      this.written += 1;
    }
    this.#drop(stream.write(this.#pending.subarray(0, bytes)));
  }

  /** Writes the rest of the event that was begun, while the reader takes what is in the way. */
  finish(stream: Stream): void {
    while (this.#pending.length > 0) {
      this.#drop(stream.write(this.#pending));
      pumpAll(stream.driver);
    }
  }

  #drop(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes);
  }
}

const readerSteps: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>(({ driver }) => pumpAll(driver)),
  fc.constant<Step>(({ driver }) => driver.pump(() => false)),
  fc.constant<Step>(({ driver }) => driver.wait(1)),
  fc.constant<Step>(({ driver }) => driver.listen()),
  fc.constant<Step>(({ driver }) => driver.unlisten()),
  fc.constant<Step>(nextTurn),
  fc.constant<Step>(nextTurn),
  fc.constantFrom(0, 1, 50, 1000).map<Step>((room) => ({ sink }) => {
    sink.room = room;
  }),
);

const openers: Record<string, () => Stream> = {
  FIFO: () => {
    const path = scratch.fifo();
    const { driver, sink } = openRecorded(`fifo:${path}`);
    let writer: number | undefined;
    return {
      driver,
      sink,
      write: (bytes) => {
        writer ??= openWriter(path);
        return bytes.length - writeSome(writer, bytes).length;
      },
      closeWriter: () => closeSync(writer ?? openWriter(path)),
    };
  },
  'followed file': () => {
    const path = scratch.file('');
    const writer = openSync(path, 'a');
    const { driver, sink } = openRecorded(`file:${path}?follow`);
    return { driver, sink, write: (bytes) => writeSync(writer, bytes), closeWriter: () => closeSync(writer) };
  },
};

describe.each(Object.keys(openers))('reading a %s by pump, wait and event loop in any mixture', (kind) => {
  it('loses nothing and keeps the order', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: readerSteps.map((act) => ({ act, bytes: 0 })) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 80_000 }).map((bytes) => ({ act: undefined, bytes })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const stream = (openers[kind] as () => Stream)();
        const numbers = new Numbers();
        try {
          stream.sink.room = 1000;
          for (const { act, bytes } of steps) {
            numbers.writeTo(stream, bytes);
            await act?.(stream);
          }
          stream.sink.room = Number.POSITIVE_INFINITY;
          numbers.finish(stream);
          stream.closeWriter();
          if (kind === 'FIFO') {
            waitUntil(stream.driver, () => stream.sink.log.includes('ended'));
          }
          await nextTurn();
          pumpAll(stream.driver);
        } finally {
          stream.driver.close();
        }
        const expected = Array.from({ length: numbers.written }, (_, number) => String(number));
        expect(stream.sink.log).toEqual(kind === 'FIFO' ? [...expected, 'ended'] : expected);
      }),
      { seed: 20_080, numRuns: often(80) },
    );
  });
});
