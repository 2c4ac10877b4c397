import type { WriterOptions } from '../../lib/journal/journal-writer';
import { prune } from '../../lib/journal/retention';
import { systemError } from './fake-disk';
import { emptyDisk, eventOf, FOLDER, NOON, openWriter, segmentPath, segments } from './journals';

const HOUR = 3_600_000;

/** A journal of five segments of one entry each, one an hour, and its writer. */
function written(options: Partial<WriterOptions> = {}) {
  const disk = emptyDisk();
  let now = NOON;
  const writer = openWriter(disk, { segmentBytes: 1, now: () => now, ...options });
  for (let n = 1; n <= 5; n += 1) {
    writer.append(eventOf(n));
    now += HOUR;
  }
  const sizes = segments(disk).map((first) => disk.contentOf(segmentPath(first)).length);
  return { disk, writer, sizes, now };
}

describe('what is kept of a journal', () => {
  it('is everything if nothing is said', () => {
    const { disk, writer, now } = written();
    expect(writer.prune()).toBe(0);
    expect(prune(disk, FOLDER, {}, now + 1e15)).toBe(0);
    expect(segments(disk)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is so many bytes at most, of whole segments, the newest', () => {
    const { disk, sizes, now } = written();
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(prune(disk, FOLDER, { maxBytes: total }, now)).toBe(0);
    expect(prune(disk, FOLDER, { maxBytes: total - 1 }, now)).toBe(1);
    expect(segments(disk)).toEqual([2, 3, 4, 5]);
    expect(prune(disk, FOLDER, { maxBytes: sizes[3]! + sizes[4]! }, now)).toBe(2);
    expect(segments(disk)).toEqual([4, 5]);
    expect(prune(disk, FOLDER, { maxBytes: 0 }, now)).toBe(1);
    expect(segments(disk)).toEqual([5]);
    expect(prune(disk, FOLDER, { maxBytes: 0 }, now)).toBe(0);
  });

  it('is what was appended within a time', () => {
    const { disk, now } = written();
    // The last entry of the first segment is five hours old now.
    expect(prune(disk, FOLDER, { maxAgeMs: 5 * HOUR }, now)).toBe(0);
    expect(prune(disk, FOLDER, { maxAgeMs: 5 * HOUR - 1 }, now)).toBe(1);
    expect(prune(disk, FOLDER, { maxAgeMs: 0 }, now)).toBe(3);
    expect(segments(disk)).toEqual([5]);
    expect(disk.openFiles).toHaveLength(2);
  });

  it('is what leaves a share of the file system free', () => {
    const { disk, sizes, now } = written();
    disk.capacity = disk.used + sizes[0]!;
    const free = sizes[0]! / disk.capacity;
    expect(prune(disk, FOLDER, { keepFree: free * 0.99 }, now)).toBe(0);
    expect(prune(disk, FOLDER, { keepFree: free * 1.5 }, now)).toBe(1);
    expect(segments(disk)).toEqual([2, 3, 4, 5]);
    disk.capacity = 2 * disk.used;
    expect(prune(disk, FOLDER, { keepFree: 0.5 }, now)).toBe(0);
  });

  it('is found whenever a segment is begun', () => {
    const { disk } = written({ maxBytes: 1000 });
    expect(segments(disk)).toEqual([4, 5]);
  });

  it('is never more, with the segment that grows, and not much less', () => {
    for (let maxBytes = 8000; maxBytes < 8400; maxBytes += 4) {
      const disk = emptyDisk();
      const writer = openWriter(disk, { maxBytes, segmentBytes: maxBytes / 4 });
      for (let n = 1; n <= 60; n += 1) {
        // Of all lengths, since segments that are all equally full would never be too much together.
        writer.append(eventOf(String(n).padEnd(60 + ((n * maxBytes) % 97))));
        const kept = segments(disk).reduce((sum, first) => sum + disk.contentOf(segmentPath(first)).length, 0);
        expect(kept).toBeLessThanOrEqual(maxBytes);
        expect(kept).toBeGreaterThan(Math.min(n * 100, maxBytes / 2));
      }
    }
  });

  it('is taken by segments of a quarter of it, though of 64 KiB if that is more', () => {
    const lengths = (maxBytes: number) => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { maxBytes });
      for (let n = 1; n <= 45; n += 1) {
        writer.append(eventOf(String(n).padEnd(10_000)));
      }
      expect(writer.prune()).toBe(0);
      return segments(disk).map((first) => Math.round(disk.contentOf(segmentPath(first)).length / 1024));
    };
    expect(lengths(400 * 1024)).toEqual([99, 99, 99, 50]);
    expect(lengths(100 * 1024)).toEqual([60, 30]);
  });

  it('is never the cause of a segment for each event, however little it is', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { maxBytes: 0 });
    for (let n = 1; n <= 40; n += 1) {
      writer.append(eventOf(String(n).padEnd(2000)));
    }
    writer.close();
    expect(segments(disk)).toEqual([31]);
  });

  it('is old by what is known: by the beginning of the next segment, and not if that cannot be read', () => {
    const { disk, now } = written();
    disk.tamper(segmentPath(2), (bytes) => bytes.fill(0));
    expect(prune(disk, FOLDER, { maxAgeMs: 0 }, now)).toBe(0);
    const empty = emptyDisk();
    openWriter(empty).close();
    disk.unlink(segmentPath(1));
    expect(prune(disk, FOLDER, { maxAgeMs: 0 }, now)).toBe(3);
  });

  it('is not the concern of one alone: what another has removed meanwhile is gone', () => {
    for (const name of ['facts', 'unlink']) {
      const { disk, now } = written();
      disk.onCall = (called, path) => {
        if (called === name && path === segmentPath(1)) {
          disk.onCall = () => {};
          disk.unlink(path);
          throw systemError('ENOENT', path);
        }
      };
      prune(disk, FOLDER, { maxBytes: 1 }, now);
      expect(segments(disk)).toEqual([5]);
    }
  });
});
