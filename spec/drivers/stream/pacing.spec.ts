import { ManualClock } from '../../../lib';
import type { ByteSource, Reading } from '../../../lib/drivers/io/byte-source';
import { StreamDriver } from '../../../lib/drivers/stream/stream-driver';
import { contextFor, eventText, pumpAll, RecordingSink } from './recording-sink';

/** A source of these chunks, which then ends. */
class Chunks implements ByteSource {
  readonly #chunks: string[];
  isClosed = false;

  constructor(...chunks: string[]) {
    this.#chunks = chunks;
  }

  read(): Reading {
    const chunk = this.#chunks.shift();
    return chunk === undefined ? { kind: 'ended' } : { kind: 'bytes', bytes: Buffer.from(chunk) };
  }

  wait(): void {}

  watch(): boolean {
    return false;
  }

  unwatch(): void {}

  close(): void {
    this.isClosed = true;
  }
}

class Replay {
  readonly clock = new ManualClock();
  readonly sink = new RecordingSink();
  readonly source: Chunks;
  readonly driver: StreamDriver;

  constructor(chunks: string[], speed?: number) {
    this.source = new Chunks(...chunks);
    this.driver = new StreamDriver(
      this.source,
      { ...contextFor('file:x', this.sink), clock: this.clock },
      undefined,
      speed,
    );
  }

  /** Moves the clock, and returns all that has come until then. */
  advance(milliseconds: number): string {
    this.clock.advance(milliseconds);
    pumpAll(this.driver);
    return this.sink.log.join(' ');
  }
}

const after = (milliseconds: number) => `<?virdeliver-after ${milliseconds}ms?>`;
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((type) => eventText(type)) as [string, string, string, string];

describe('a recorded pause', () => {
  it('passes before what stands behind it comes, counted from the opening on', () => {
    const replay = new Replay([`${a}${after(100)}${b}${after(50.5)}${c}`], 1);
    expect(replay.advance(0)).toBe('a');
    expect(replay.advance(99)).toBe('a');
    expect(replay.advance(1)).toBe('a b');
    expect(replay.advance(50)).toBe('a b');
    expect(replay.advance(0.5)).toBe('a b c ended');
  });

  it('counts wherever the bytes are cut, inside an <events>, and before an event that has a prolog', () => {
    const text = `<events>${after(10)}${a}</events><?xml version="1.0"?>${after(100)}${b}`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const replay = new Replay([text.slice(0, cut), text.slice(cut)].filter(Boolean), 1);
      expect([cut, replay.advance(9), replay.advance(1), replay.advance(99), replay.advance(1)]).toEqual([
        cut,
        '',
        'a',
        'a',
        'a b ended',
      ]);
    }
  });

  it('is made up for if the file is read late', () => {
    const replay = new Replay([`${a}${after(100)}${b}${after(100)}${c}${after(100)}${d}`], 1);
    expect(replay.advance(250)).toBe('a b c');
    expect(replay.advance(50)).toBe('a b c d ended');
  });

  it('is as many times as fast as it is told', () => {
    const replay = new Replay([`${after(100)}${a}`], 4);
    expect(replay.advance(24)).toBe('');
    expect(replay.advance(1)).toBe('a ended');
  });

  it('puts off the end, too', () => {
    const replay = new Replay([`${a}${after(100)}`], 1);
    expect(replay.advance(99)).toBe('a');
    expect(replay.advance(1)).toBe('a ended');
  });

  it('is slept through, and nothing else is', () => {
    const { clock, driver, sink } = new Replay([`${after(10)}${a}`], 1);
    pumpAll(driver);
    const start = performance.now();
    driver.wait(60_000);
    expect(performance.now() - start).toBeGreaterThanOrEqual(9);
    clock.advance(10);
    driver.wait(60_000);
    pumpAll(driver);
    expect(sink.log).toEqual(['a', 'ended']);
  });

  it('stops who moves the clock from one call to the next', () => {
    const { clock, driver } = new Replay([`${after(10)}${a}`], 1);
    const calls = jest.spyOn(clock, 'schedule');
    pumpAll(driver);
    expect(calls).toHaveBeenCalledWith(10, expect.any(Function));
  });

  it.each([
    `<!--${after(9)}-->${a}`,
    `<!-- <?virdeliver-after soon?> -->${a}`,
    eventText('a', `<![CDATA[<?virdeliver-after soon?>]]>`),
    eventText('a', after(9)),
    `<?another virdeliver-after 9ms?>${a}`,
    `<?virdeliver-afterwards?>${a}`,
  ])('is none in comments, CDATA sections, events and other instructions: %s', (text) => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const replay = new Replay([text.slice(0, cut), text.slice(cut), `${after(5)}${b}`].filter(Boolean), 1);
      expect(replay.advance(0)).toMatch(/^a\b/);
      expect(replay.advance(5)).toMatch(/^a\b.*b ended$/);
    }
  });

  it.each([
    '<?virdeliver-after soon?>',
    '<?virdeliver-after 5?>',
    '<?virdeliver-after -5ms?>',
    `<?virdeliver-after ${'x'.repeat(99)}?>`,
  ])('that is written wrongly ends the file, which says what one looks like: %s', (text) => {
    const replay = new Replay([`${a}${text}${b}`], 1);
    expect(replay.advance(0)).toBe('a lost');
    const found = text.slice(0, 64);
    expect(replay.sink.losses[0]?.message).toBe(
      `a recorded pause looks like <?virdeliver-after 12.5ms?>, but there is ${found}`,
    );
    expect(replay.source.isClosed).toBe(true);
  });

  it('is passed over by a connection that does not ask for pauses', () => {
    expect(new Replay([`${after(9)}${a}<?virdeliver-after soon?>${b}`]).advance(0)).toBe('a b ended');
  });
});
