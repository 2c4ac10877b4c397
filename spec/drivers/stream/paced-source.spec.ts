import fc from 'fast-check';
import { ManualClock } from '../../../lib';
import type { ByteSource, Reading } from '../../../lib/drivers/io/byte-source';
import { PacedSource } from '../../../lib/drivers/stream/paced-source';

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

/** Reads until there is nothing, and returns the text of it and how it ended. */
function readAll(source: ByteSource): string {
  let text = '';
  for (;;) {
    const reading = source.read();
    if (reading.kind !== 'bytes') {
      return `${text} (${reading.kind === 'failed' ? reading.error.message : reading.kind})`;
    }
    text += Buffer.from(reading.bytes).toString();
  }
}

const after = (milliseconds: number) => `<?virdeliver-after ${milliseconds}ms?>`;

describe('a paced source', () => {
  it('gives away what stands behind a pause when its time has passed, counted from the opening on', () => {
    const clock = new ManualClock();
    const source = new PacedSource(new Chunks(`a${after(100)}b${after(50.5)}c`), clock, 1);
    expect(readAll(source)).toBe(`a${after(100)} (nothing)`);
    clock.advance(99);
    expect(readAll(source)).toBe(' (nothing)');
    clock.advance(1);
    expect(readAll(source)).toBe(`b${after(50.5)} (nothing)`);
    clock.advance(50.5);
    expect(readAll(source)).toBe('c (ended)');
    expect(readAll(source)).toBe(' (ended)');
  });

  it('minds a pause wherever the bytes are cut, and gives away at once what cannot be the beginning of one', () => {
    const text = `a${after(100)}<!--${after(5)}--><![CDATA[${after(5)}]]>b`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const clock = new ManualClock();
      const source = new PacedSource(new Chunks(text.slice(0, cut), text.slice(cut)), clock, 1);
      expect([cut, readAll(source)]).toEqual([cut, `a${after(100)} (nothing)`]);
      clock.advance(100);
      expect([cut, readAll(source)]).toEqual([cut, `${text.slice(1 + after(100).length)} (ended)`]);
    }
    const mark = '<?virdeliver-after ';
    for (let length = 0; length < mark.length; length += 1) {
      const chunks = new Chunks(`some text${mark.slice(0, length)}`);
      const waiting: ByteSource = Object.assign(Object.create(chunks) as Chunks, {
        read: (): Reading => {
          const reading = chunks.read();
          return reading.kind === 'ended' ? { kind: 'nothing' } : reading;
        },
      });
      const given = readAll(new PacedSource(waiting, new ManualClock(), 1));
      expect([length, given]).toEqual([
        length,
        `${`some text${mark.slice(0, length)}`.slice(0, -(mark.length - 1))} (nothing)`,
      ]);
    }
  });

  it('catches up when it is read late', () => {
    const clock = new ManualClock();
    const source = new PacedSource(new Chunks(`a${after(100)}b${after(100)}c${after(100)}d`), clock, 1);
    clock.advance(250);
    expect(readAll(source)).toBe(`a${after(100)}b${after(100)}c${after(100)} (nothing)`);
    clock.advance(50);
    expect(readAll(source)).toBe('d (ended)');
  });

  it('is as many times as fast as it is told', () => {
    const clock = new ManualClock();
    const source = new PacedSource(new Chunks(`${after(100)}a`), clock, 4);
    readAll(source);
    clock.advance(24);
    expect(readAll(source)).toBe(' (nothing)');
    clock.advance(1);
    expect(readAll(source)).toBe('a (ended)');
  });

  it('sleeps until the next bytes are due, and not at all where they are', () => {
    const clock = new ManualClock();
    const source = new PacedSource(new Chunks(`${after(10)}a`), clock, 1);
    readAll(source);
    const start = performance.now();
    source.wait(60_000);
    expect(performance.now() - start).toBeGreaterThanOrEqual(9);
    clock.advance(10);
    source.wait(60_000);
  });

  it('gives all bytes away, however they are cut, and whatever looks like a pause', () => {
    const piece = fc.constantFrom(
      after(0),
      after(7),
      '<?virdeliver',
      '-after',
      ' 5ms?>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?virdeliver-after 5',
      '<',
      'text',
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat({ max: 30 })), (pieces, cuts) => {
        const text = pieces.join('');
        const chunks: string[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(text.slice(from, from + cut + 1));
          from += cut + 1;
        }
        const clock = new ManualClock();
        const source = new PacedSource(new Chunks(...[...chunks, text.slice(from)].filter(Boolean)), clock, 1);
        let all = '';
        for (;;) {
          const read = readAll(source);
          all += read.replace(/ \(.*$/s, '');
          if (!read.endsWith('(nothing)')) {
            expect(read.endsWith('(ended)') ? all : text.startsWith(all)).toEqual(
              read.endsWith('(ended)') ? text : true,
            );
            return;
          }
          clock.advance(7);
        }
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it.each([
    `<!--${after(9)}-->`,
    '<!-- <?virdeliver-after soon?> -->',
    '<event><![CDATA[<?virdeliver-after soon?>]]></event>',
    `<![CDATA[<!--]]>-->]]><!--${after(9)}]]>${after(9)}-->`,
  ])('takes nothing for a pause in comments and CDATA sections: %s', (text) => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const chunks = [text.slice(0, cut), text.slice(cut)].filter(Boolean);
      const source = new PacedSource(new Chunks(...chunks, `${after(5)}b`), new ManualClock(), 1);
      expect(readAll(source)).toBe(`${text}${after(5)} (nothing)`);
    }
  });

  it.each([
    '<?virdeliver-after soon?>',
    '<?virdeliver-after 5?>',
    '<?virdeliver-after -5ms?>',
    `<?virdeliver-after ${'x'.repeat(99)}`,
  ])('fails on %s, and says what a pause looks like', (text) => {
    const source = new PacedSource(new Chunks(`a${text}b`), new ManualClock(), 1);
    const read = readAll(source);
    if (text.length < 64) {
      expect(read).toBe(`a (a recorded pause looks like <?virdeliver-after 12.5ms?>, but there is ${text})`);
    } else {
      expect(read).toMatch(/^a \(a recorded pause looks like .*x{45}\)$/);
    }
  });

  it.each([64, 65])('takes of a pause 64 bytes: %i', (length) => {
    const pause = `${'<?virdeliver-after 0ms'.padEnd(length - 2)}?>`;
    const read = readAll(new PacedSource(new Chunks(`a${pause}b`), new ManualClock(), 1));
    expect(read.includes('a recorded pause looks like')).toBe(length > 64);
  });

  it('closes what it reads from', () => {
    const chunks = new Chunks();
    new PacedSource(chunks, new ManualClock(), 1).close();
    expect(chunks.isClosed).toBe(true);
  });
});
