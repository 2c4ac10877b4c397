import { createHash, randomFillSync } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { Transport } from '../../../lib/drivers/io/transport';
import { LONG, readBytes, timeOf, turns, until } from './exercise';

/** Connects to another end that sends all back, that sends the hash of what it reads slowly, or that says `bye` and ends. */
export type ConnectTo = (name: 'echo' | 'slow' | 'farewell') => Promise<Transport>;

/** What holds for each transport that can be used while the thread is blocked. */
export function testTransport(connect: ConnectTo): void {
  it('writes and reads without a turn of the event loop', async () => {
    const transport = await connect('echo');
    expect(transport.read()).toEqual({ kind: 'nothing' });
    transport.write(Buffer.from('hello'), LONG);
    expect(readBytes(transport, 5).bytes.toString()).toBe('hello');
    expect(transport.read()).toEqual({ kind: 'nothing' });
  });

  it('hands over in the event loop what comes, while it is watched', async () => {
    const transport = await connect('echo');
    const taken: string[] = [];
    transport.write(Buffer.from('one'), LONG);
    const isTold = transport.watch((reading) =>
      taken.push(reading.kind === 'bytes' ? String(Buffer.from(reading.bytes)) : reading.kind),
    );
    expect(isTold).toBe(true);
    await until(() => taken.length === 1);
    transport.unwatch();
    transport.write(Buffer.from('two'), LONG);
    transport.wait(LONG);
    await turns(3);
    expect(taken).toEqual(['one']);
    expect(readBytes(transport, 3).bytes.toString()).toBe('two');
  });

  it('stops handing over in the middle of what has come', async () => {
    const transport = await connect('echo');
    const sent = randomFillSync(Buffer.alloc(100_000));
    transport.write(sent, LONG);
    const taken: Buffer[] = [];
    transport.watch((reading) => {
      taken.push(Buffer.from((reading as { bytes: Uint8Array }).bytes));
      transport.unwatch();
    });
    await until(() => taken.length > 0);
    await turns(3);
    expect(taken).toHaveLength(1);
    const first = taken[0] as Buffer;
    const { bytes } = readBytes(transport, sent.length - first.length);
    expect(Buffer.concat([first, bytes]).equals(sent)).toBe(true);
  });

  it('takes much at once, however slowly the other end reads', async () => {
    const transport = await connect('slow');
    const message = randomFillSync(Buffer.alloc(4 + 3_000_000));
    message.writeUInt32BE(3_000_000);
    transport.write(message, LONG);
    const digest = createHash('sha256').update(message).digest('hex');
    expect(readBytes(transport, 64).bytes.toString()).toBe(digest);
  });

  it('ends after the last bytes, and stays so', async () => {
    const transport = await connect('farewell');
    expect(readBytes(transport, 100)).toEqual({ bytes: Buffer.from('bye'), end: { kind: 'ended' } });
    expect(transport.read()).toEqual({ kind: 'ended' });
    expect(timeOf(() => transport.wait(LONG))).toBeLessThan(5000);
    expect(transport.watch(() => {})).toBe(false);
  });

  it('tells its end once in the event loop, and by reading from then on', async () => {
    const transport = await connect('farewell');
    const kinds: string[] = [];
    transport.watch(({ kind }) => kinds.push(kind));
    await until(() => kinds.includes('ended'));
    await turns(5);
    expect(kinds).toEqual(['bytes', 'ended']);
    expect(transport.read()).toEqual({ kind: 'ended' });
    expect(transport.watch(() => {})).toBe(false);
  });
}

/** How many bytes there are to send, again and again from the first half on. */
const SOURCE_BYTES = 1_000_000;

/**
 * Tries that the bytes keep their order in any mixture of both worlds.
 *
 * @param connect Connects to another end that sends all back; the same connection may serve for several tries.
 */
export async function tryMixtures(connect: () => Promise<Transport>, seed: number, numRuns: number): Promise<void> {
  const step = fc.oneof(
    fc.constantFrom('read', 'wait', 'watch', 'unwatch', 'turn', 'turn'),
    fc.integer({ min: 1, max: 40_000 }),
  );
  const source = randomFillSync(Buffer.alloc(SOURCE_BYTES));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const transport = await connect();
      let isWatched = false;
      let written = 0;
      let length = 0;
      const sent: Buffer[] = [];
      const received: Buffer[] = [];
      const take = (bytes: Uint8Array) => {
        received.push(Buffer.from(bytes));
        length += bytes.length;
      };
      const drain = (left: number) => {
        while (written - length > left) {
          take(readBytes(transport, 1).bytes);
        }
      };
      for (const step of steps) {
        if (typeof step === 'number') {
          drain(60_000);
          const start = written % (SOURCE_BYTES / 2);
          const bytes = source.subarray(start, start + step);
          transport.write(bytes, LONG);
          sent.push(bytes);
          written += step;
        } else if (step === 'read') {
          const reading = transport.read();
          take(reading.kind === 'bytes' ? reading.bytes : new Uint8Array(0));
        } else if (step === 'wait') {
          transport.wait(1);
        } else if (step === 'watch') {
          isWatched = true;
          transport.watch((reading) => {
            expect(isWatched).toBe(true);
            take((reading as { bytes: Uint8Array }).bytes);
          });
        } else if (step === 'unwatch') {
          isWatched = false;
          transport.unwatch();
        } else {
          await nextTurn();
        }
      }
      isWatched = false;
      transport.unwatch();
      drain(0);
      expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true);
    }),
    { seed, numRuns },
  );
}
