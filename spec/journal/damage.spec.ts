/** Cuts a small journal at every byte, flips every byte of it, and fills its tail with zeros: what is there is read, and what isn't is told. */
import { SKIPPED } from '../../lib/journal/recovery';
import { isThorough } from '../support/often';
import type { FakeDisk } from './fake-disk';
import { appendAll, emptyDisk, eventOf, openWriter, readerFrom, rest, segmentPath, segments, story } from './journals';

const LAST = 7;

/** A journal of three segments, of which the last one is open or not. */
function written(isClosed: boolean): FakeDisk {
  const disk = emptyDisk();
  const writer = openWriter(disk, { segmentBytes: 600 });
  appendAll(writer, 1, LAST);
  if (isClosed) {
    writer.close();
  }
  disk.killAll();
  return disk;
}

/** A disk with the same files. */
function copyOf(disk: FakeDisk): FakeDisk {
  return disk.afterPowerFailure({
    writes: (count) => Array(count).fill(true),
    cut: (length) => length,
    steps: (count) => count,
  });
}

/**
 * Reads a damaged journal with a reader that waits and one that comes later, while it is written on: nothing may be told that wasn't
 * written, each number of what is there once and in order, and what comes new is never skipped.
 */
function check(damaged: FakeDisk): void {
  const early = readerFrom(damaged, { next: 1, ordinal: 0 });
  // It has read everything before, so that a number that is used again would be one that it skips.
  const ahead = readerFrom(damaged, { next: LAST + 1, ordinal: LAST });
  const found = rest(early);
  rest(ahead);
  const writer = openWriter(damaged, { segmentBytes: 600 });
  appendAll(writer, 100, 103);
  found.push(...rest(early));
  const later = story(damaged, { next: 1, ordinal: 0 });
  const news = [100, 101, 102, 103];
  for (const all of [found, later, rest(ahead)]) {
    const entries = all.flatMap((each) => {
      const [, sequence, event] = /^(\d+):(\w+)$/.exec(each) ?? [];
      return sequence === undefined ? [] : [[Number(sequence), event] as const];
    });
    expect(entries.slice(-4).map(([, event]) => event)).toEqual(news.map(String));
    expect(entries.every(([sequence], place) => place === 0 || sequence > entries[place - 1]![0])).toBe(true);
    for (const [sequence, event] of entries.slice(0, -4)) {
      expect(event === 'unclean' || Number(event) === sequence).toBe(true);
    }
    // Each number that was passed over is told of, by a count or by the gap of a loss of power.
    const isUnclean = entries.some(([, event]) => event === 'unclean');
    const missing = all.flatMap((each) => (/^corrupt (\d+)$/.exec(each) ?? []).slice(1).map(Number));
    const lost = missing.reduce((sum, count) => sum + count, 0);
    if (all !== found && all !== later) {
      continue;
    }
    const old = entries.filter(([sequence]) => sequence <= LAST).length;
    expect(isUnclean || old + lost >= LAST).toBe(true);
  }
  writer.close();
}

/** Each byte in CI, and one of four if someone waits for the result. */
function* bytesOf(length: number): Generator<number> {
  for (let at = 0; at < length; at += isThorough ? 1 : 4) {
    yield at;
  }
}

describe.each([
  ['sealed', true],
  ['open', false],
])('a journal whose last segment is %s', (_, isClosed) => {
  const whole = written(isClosed);
  // The others are the same.
  const firsts = segments(whole).slice(isClosed ? 0 : -1);

  it.each(firsts)('is read on and written on, whichever byte of segment %d is another one', (first) => {
    const { length } = whole.contentOf(segmentPath(first));
    for (const at of bytesOf(length)) {
      const disk = copyOf(whole);
      disk.tamper(segmentPath(first), (bytes) => {
        bytes[at] = bytes[at]! ^ (1 << (at % 8));
        return bytes;
      });
      tell(at, () => check(disk));
    }
  });

  it.each(firsts)('is read on and written on, wherever segment %d is cut', (first) => {
    const { length } = whole.contentOf(segmentPath(first));
    for (const at of bytesOf(length)) {
      const disk = copyOf(whole);
      disk.tamper(segmentPath(first), (bytes) => bytes.subarray(0, at));
      // The last one, cut as nothing but a loss of power cuts it, is one of another boot.
      tell(at, () => (first === firsts.at(-1) ? checkCutTail(disk) : check(disk)));
    }
  });

  it.each(firsts)('is read on and written on, wherever segment %d has zeros up to its end', (first) => {
    const { length } = whole.contentOf(segmentPath(first));
    for (const at of bytesOf(length)) {
      const disk = copyOf(whole);
      disk.tamper(segmentPath(first), (bytes) => bytes.fill(0, at));
      tell(at, () => check(disk));
    }
  });
});

/** What was cut off without a trace is found by the boot only. */
function checkCutTail(disk: FakeDisk): void {
  const reader = readerFrom(disk, { next: LAST + 1, ordinal: LAST });
  const writer = openWriter(disk, { boot: 'boot-2' });
  writer.append(eventOf(100));
  const news = rest(reader);
  expect(news.at(-1)).toMatch(/:100$/);
  expect(writer.next === LAST + 2 || writer.next > SKIPPED).toBe(true);
  expect(story(disk).at(-1)).toBe(news.at(-1));
}

function tell(at: number, step: () => void): void {
  try {
    step();
  } catch (error) {
    throw new Error(`byte ${at}: ${(error as Error).message}`, { cause: error });
  }
}
