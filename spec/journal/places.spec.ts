import {
  endBefore,
  entryBefore,
  findEndOf,
  findStart,
  headersIn,
  lengthOf,
  mayBeJournal,
  type Start,
} from '../../lib/journal/places';
import { thrownBy } from '../support/thrown-by';
import { systemError } from './fake-disk';
import {
  appendAll,
  emptyDisk,
  eventOf,
  FOLDER,
  NOON,
  openWriter,
  readerFrom,
  segmentPath,
  segments,
  story,
} from './journals';

const SECOND = 1000;

/** A journal in which the entry of number n was appended n seconds after noon. */
function written() {
  const disk = emptyDisk();
  let now = NOON;
  const writer = openWriter(disk, { segmentBytes: 600, now: () => now });
  for (let n = 1; n <= 9; n += 1) {
    now = NOON + n * SECOND;
    writer.append(eventOf(n));
  }
  return { disk, writer };
}

it.each([
  [true, []],
  [true, ['lost+found', '.snapshots']],
  [true, ['lock', 'notes']],
  [true, ['notes', 'readers']],
  [true, ['notes', '00000000000000000001.xml']],
  [false, ['notes']],
  [false, ['lost+found', 'notes']],
  [false, ['a.b', 'block', '1.xml']],
] as const)('it is %s that a folder with %j may be a journal', (isSo, names) => {
  expect(mayBeJournal(names)).toBe(isSo);
});

describe('a place at which a reader begins', () => {
  const { disk } = written();
  const place = (start: Start) => findStart(disk, FOLDER, start);
  const at = (next: number) => ({ next, ordinal: next - 1 });

  it('is an end', () => {
    expect(segments(disk)).toHaveLength(3);
    expect(place('oldest')).toEqual(at(1));
    expect(place('newest')).toEqual(at(10));
    expect(findEndOf(disk, FOLDER)).toEqual(at(10));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('is the entry %d, by its number and by its time', (n) => {
    expect(place({ sequence: n })).toEqual(at(n));
    expect(place({ time: new Date(NOON + n * SECOND) })).toEqual(at(n));
    expect(place({ time: new Date(NOON + n * SECOND - 1) })).toEqual(at(n));
    if (n > 1) {
      expect(place({ time: new Date(NOON + (n - 1) * SECOND + 1) })).toEqual(at(n));
    }
  });

  it('is the oldest entry or the end if it is said to be before or after all', () => {
    expect(place({ time: new Date(0) })).toEqual(at(1));
    expect(place({ time: new Date(NOON + 3_600_000) })).toEqual(at(10));
    expect(place({ sequence: 11 })).toEqual(at(10));
    expect(place({ sequence: 1e12 })).toEqual(at(10));
  });

  it('leaves nothing open', () => {
    for (const start of ['oldest', 'newest', { sequence: 3 }, { time: new Date(NOON) }] as const) {
      place(start);
    }
    expect(disk.openFiles).toHaveLength(2);
  });

  it('is nowhere as long as there is no segment', () => {
    const empty = emptyDisk();
    empty.makeFolder(FOLDER);
    for (const start of ['oldest', 'newest', { sequence: 1 }, { time: new Date() }] as const) {
      expect(findStart(empty, FOLDER, start)).toBeUndefined();
    }
    openWriter(empty);
    for (const start of ['oldest', 'newest', { sequence: 1 }, { sequence: 9 }, { time: new Date() }] as const) {
      expect(findStart(empty, FOLDER, start)).toEqual(at(1));
    }
  });

  it('is the number that was pruned, so that its reader is told', () => {
    const { disk } = written();
    const [, second] = segments(disk) as [number, number];
    disk.unlink(segmentPath(1));
    expect(findStart(disk, FOLDER, { sequence: 2 })).toEqual(at(2));
    expect(story(disk, at(2))[0]).toBe(`expired ${second - 2}`);
    expect(findStart(disk, FOLDER, 'oldest')).toEqual(at(second));
  });

  it('counts no entry that was never written before those that were pruned', () => {
    const { disk } = written();
    disk.killAll();
    appendAll(openWriter(disk, { boot: 'boot-2' }), 10, 10);
    const last = segments(disk).at(-1)!;
    for (const first of segments(disk).filter((each) => each !== last)) {
      disk.unlink(segmentPath(first));
    }
    expect(findStart(disk, FOLDER, { sequence: 3 })).toEqual({ next: 3, ordinal: 0 });
    expect(findStart(disk, FOLDER, 'oldest')).toEqual({ next: last, ordinal: 9 });
    expect(findStart(disk, FOLDER, { sequence: last + 1 })).toEqual({ next: last + 1, ordinal: 10 });
  });

  it('is before numbers that were skipped, or damage, so that its reader is told', () => {
    const { disk } = written();
    disk.killAll();
    appendAll(openWriter(disk, { boot: 'boot-2' }), 10, 10);
    expect(findStart(disk, FOLDER, { sequence: 1_000_000 })).toEqual(at(10));
    for (const [sequence, ordinal] of [
      [9 + 2 ** 32, 9],
      [10 + 2 ** 32, 10],
    ] as const) {
      expect(findStart(disk, FOLDER, { sequence })).toEqual({ next: sequence, ordinal });
    }
    const [, second] = segments(disk) as [number, number];
    disk.tamper(segmentPath(1), (bytes) => bytes.fill('?', bytes.indexOf('<n>1'), bytes.indexOf('<n>1') + 4));
    expect(findStart(disk, FOLDER, 'oldest')).toEqual(at(1));
    expect(findStart(disk, FOLDER, { sequence: 1 })).toEqual(at(1));
    // What cannot be read begins nowhere.
    disk.tamper(segmentPath(1), (bytes) => bytes.fill(0));
    expect(findStart(disk, FOLDER, 'oldest')).toEqual(at(second));
    expect(headersIn(disk, FOLDER).map(({ first }) => first)).toEqual(segments(disk).slice(1));
  });

  it('is found in a long segment by a few looks, also past damage', () => {
    const disk = emptyDisk();
    let now = NOON;
    const writer = openWriter(disk, { now: () => now });
    for (let n = 1; n <= 120; n += 1) {
      now = NOON + n * SECOND;
      writer.append(`<event type="t" timestamp="s">${String(n).padEnd(20_000, ' ')}</event>`);
    }
    let read = 0;
    const { read: plainRead } = disk;
    disk.read = (...args) => {
      const count = plainRead.apply(disk, args);
      read += count;
      return count;
    };
    const find = (n: number) => findStart(disk, FOLDER, { time: new Date(NOON + n * SECOND) });
    for (let n = 1; n <= 121; n += 1) {
      read = 0;
      expect(find(n)).toEqual(at(n));
      expect(read).toBeLessThan(1_700_000);
      read = 0;
      expect(entryBefore(disk, FOLDER, at(n))?.sequence ?? 0).toBe(n - 1);
      expect(read).toBeLessThan(1_700_000);
    }
    disk.tamper(segmentPath(1), (bytes) => bytes.fill('x', 900_000, 1_500_000));
    expect([1, 40, 44, 80, 121].map((n) => find(n)?.next)).toEqual([1, 40, 44, 80, 121]);
    const [behind] = [60].map((n) => find(n)?.next ?? 0);
    expect(behind).toBeGreaterThan(60);
    expect(behind).toBeLessThan(80);
  });

  it('is the first entry as late as that, though the clock went 30 years on and back', () => {
    const disk = emptyDisk();
    let now = NOON;
    const writer = openWriter(disk, { now: () => now });
    const years = 30 * 365 * 86_400 * SECOND;
    for (const [n, offset] of [0, years, years + SECOND, SECOND, 2 * SECOND].entries()) {
      now = NOON + offset;
      writer.append(eventOf(n + 1));
    }
    const find = (offset: number) => findStart(disk, FOLDER, { time: new Date(NOON + offset) })?.next;
    expect([0, 1, years, years + 1, years + SECOND + 1].map(find)).toEqual([1, 2, 2, 3, 6]);
    expect(story(disk)).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5']);
    expect(segments(disk)).toEqual([1, 2, 4]);
  });
});

describe('what stands before a place at which a reader begins', () => {
  const { disk } = written();

  it('is the entry of the number before, by which its journal is known', () => {
    const reader = readerFrom(disk);
    let next = 1;
    for (let item = reader.next(); item.kind === 'entry'; item = reader.next()) {
      const { sequence, crc, position } = item.entry;
      next = sequence + 1;
      const entry = { id: item.id, sequence, crc, segment: item.segment, position };
      expect(entryBefore(disk, FOLDER, { next, ordinal: sequence })).toEqual(entry);
    }
    reader.close();
    expect(next).toBe(10);
    expect(disk.openFiles).toHaveLength(2);
  });

  it('is the journal alone if that entry was pruned, and nothing at the beginning', () => {
    const { disk: pruned } = written();
    const [{ id } = { id: '' }] = headersIn(pruned, FOLDER);
    pruned.unlink(segmentPath(1));
    const first = segments(pruned)[0]!;
    const none = { id, sequence: 0, crc: 0, segment: 0, position: 0 };
    expect(entryBefore(pruned, FOLDER, { next: first, ordinal: first - 1 })).toEqual(none);
    expect(entryBefore(disk, FOLDER, { next: 1, ordinal: 0 })).toBeUndefined();
  });

  it('is the end for a number that the journal has not reached, and for nothing else', () => {
    const end = (start: Start) => endBefore(disk, FOLDER, start);
    expect([11, 10, 9].map((sequence) => end({ sequence }))).toEqual([10, undefined, undefined]);
    expect([end('newest'), end('oldest'), end({ time: new Date(NOON + 3_600_000) })]).toEqual(Array(3).fill(undefined));
    const empty = emptyDisk();
    empty.makeFolder(FOLDER);
    expect([1, 2].map((sequence) => endBefore(empty, FOLDER, { sequence }))).toEqual([undefined, 1]);
  });
});

describe('the length of a journal', () => {
  it('is that of its last segment, and grows with every entry', () => {
    const { disk, writer } = written();
    const last = segments(disk).at(-1)!;
    const before = lengthOf(disk, FOLDER);
    expect(before).toEqual({ segment: last, bytes: disk.contentOf(segmentPath(last)).length });
    appendAll(writer, 10, 10);
    expect(lengthOf(disk, FOLDER)).not.toEqual(before);
  });

  it('is nothing before it has a segment', () => {
    const disk = emptyDisk();
    disk.makeFolder(FOLDER);
    expect(lengthOf(disk, FOLDER)).toEqual({ segment: 0, bytes: 0 });
  });

  it('is that of the segment by which the last was replaced meanwhile', () => {
    const disk = emptyDisk();
    openWriter(disk);
    disk.onCall = (name) => {
      if (name === 'facts') {
        disk.onCall = () => {};
        disk.rename(segmentPath(1), segmentPath(7));
        throw systemError('ENOENT', segmentPath(1));
      }
    };
    expect(lengthOf(disk, FOLDER)).toEqual({ segment: 7, bytes: disk.contentOf(segmentPath(7)).length });
  });

  it('is not made up if the disk fails', () => {
    const { disk } = written();
    disk.onCall = (name, path) => {
      if (name === 'facts') {
        throw systemError('EIO', path);
      }
    };
    expect(thrownBy(() => lengthOf(disk, FOLDER))).toMatchObject({ code: 'EIO' });
  });
});
