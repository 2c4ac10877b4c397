import { crc32 } from 'node:zlib';
import { JournalReader } from '../../lib/journal/journal-reader';
import { Segment } from '../../lib/journal/segment';
import { segmentName } from '../../lib/journal/segment-format';
import { thrownBy } from '../support/thrown-by';
import { type FakeDisk, systemError } from './fake-disk';
import {
  appendAll,
  emptyDisk,
  eventOf,
  FOLDER,
  openWriter,
  readerFrom,
  rest,
  segmentPath,
  segments,
  story,
} from './journals';

/** Does something just before a call of a file operation, the first of its kind for a path with a word in it. */
function before(disk: FakeDisk, name: string, word: string, step: () => void): void {
  disk.onCall = (called, path) => {
    if (called === name && path.includes(word)) {
      disk.onCall = () => {};
      step();
    }
  };
}

/** Overwrites an entry's event, so that its checksum is wrong. */
function damage(disk: FakeDisk, segment: number, n: number): void {
  disk.tamper(segmentPath(segment), (bytes) => {
    bytes.write('?', bytes.indexOf(`<n>${n}</n>`) + 3);
    return bytes;
  });
}

function removeSegment(disk: FakeDisk, first: number): void {
  disk.unlink(segmentPath(first));
}

describe('a reader of a journal', () => {
  it('finds nothing new with a few calls of the system', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 2);
    writer.close();
    const reader = readerFrom(disk, { next: 3, ordinal: 2 });
    let reads = 0;
    disk.onCall = (name) => {
      reads += name === 'read' ? 1 : 0;
    };
    expect(reader.next()).toEqual({ kind: 'nothing' });
    expect(reads).toBeLessThan(10);
    reads = 0;
    expect(reader.next()).toEqual({ kind: 'nothing' });
    expect(reads).toBeLessThan(5);
  });

  it('is not read from its beginning if a reader begins far behind that', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    for (let n = 1; n <= 120; n += 1) {
      writer.append(eventOf(String(n).padEnd(20_000, ' ')));
    }
    let read = 0;
    const { read: plainRead } = disk;
    disk.read = (...args) => {
      const count = plainRead.apply(disk, args);
      read += count;
      return count;
    };
    for (let n = 1; n <= 120; n += 7) {
      read = 0;
      const reader = readerFrom(disk, { next: n, ordinal: n - 1 });
      expect(reader.next()).toMatchObject({ kind: 'entry', entry: { sequence: n } });
      expect(read).toBeLessThan(1_700_000);
      reader.close();
    }
    disk.tamper(segmentPath(1), (bytes) => bytes.fill('x', 900_000, 1_500_000));
    const reader = readerFrom(disk, { next: 50, ordinal: 49 });
    expect(reader.next()).toMatchObject({ kind: 'missing', cause: 'corrupt' });
    const left = 121 - reader.position.next;
    expect(left).toBeGreaterThan(40);
    expect(rest(reader)).toHaveLength(left);
  });

  it('finds what is appended later, in one segment and in the next', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 700 });
    const reader = readerFrom(disk);
    expect(rest(reader)).toEqual([]);
    for (let n = 1; n <= 20; n += 1) {
      writer.append(eventOf(n));
      expect(rest(reader)).toEqual([`${n}:${n}`]);
    }
    expect(segments(disk).length).toBeGreaterThan(4);
    expect(reader.position).toEqual({ next: 21, ordinal: 20 });
  });

  it('waits for a journal that has no segment yet', () => {
    const disk = emptyDisk();
    disk.makeFolder(FOLDER);
    const reader = readerFrom(disk, { next: 1, ordinal: 0 });
    expect(rest(reader)).toEqual([]);
    expect(reader.host).toBeUndefined();
    appendAll(openWriter(disk), 1, 1);
    expect(rest(reader)).toEqual(['1:1']);
    expect(reader.host).toBe('kvm-17');
  });

  it('throws what the system says when the folder cannot be read', () => {
    expect(thrownBy(() => new JournalReader(emptyDisk(), FOLDER, { next: 1, ordinal: 0 }).next())).toMatchObject({
      code: 'ENOENT',
    });
  });

  it('takes an entry that is written in two parts for one that is not there yet, wherever it is cut', () => {
    const whole = emptyDisk();
    appendAll(openWriter(whole), 1, 2);
    const bytes = whole.contentOf(segmentPath(1));
    const start = bytes.indexOf('<?virdeliver-entry 2 ');
    for (let cut = start; cut < bytes.length; cut += 1) {
      const disk = emptyDisk();
      openWriter(disk);
      disk.tamper(segmentPath(1), () => bytes.subarray(0, cut));
      const reader = readerFrom(disk);
      expect(rest(reader)).toEqual(['1:1']);
      disk.tamper(segmentPath(1), () => bytes);
      expect(rest(reader)).toEqual(['2:2']);
    }
  });

  it('takes no entry for damaged that was in the making when it was looked at, though more has followed since', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 1);
    const reader = readerFrom(disk);
    rest(reader);
    const half = disk.contentOf(segmentPath(1)).length + 20;
    writer.append(eventOf(2));
    const bytes = disk.contentOf(segmentPath(1));
    disk.tamper(segmentPath(1), () => bytes.subarray(0, half));
    // Between the look at the second entry and the one at the folder it is finished, and another one follows.
    before(disk, 'list', FOLDER, () => {
      disk.tamper(segmentPath(1), () => bytes);
      writer.append(eventOf(3));
    });
    expect(rest(reader)).toEqual(['2:2', '3:3']);
  });

  it('takes no entry for damaged that was in the making when it was looked at, though the next segment was begun since', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 600 });
    const reader = readerFrom(disk);
    before(disk, 'list', FOLDER, () => appendAll(writer, 1, 9));
    expect(rest(reader)).toEqual(Array.from({ length: 9 }, (_, at) => `${at + 1}:${at + 1}`));
  });

  it.each(['in the segment that it began with', 'in a later one', 'in one that it was given'])(
    'takes the last entry of a segment for none that is damaged, though it was in the making just before the next segment was begun: %s',
    (where) => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: where === 'in a later one' ? 1 : 10_000 });
      const given = where === 'in one that it was given' ? Segment.open(disk, FOLDER, 1) : undefined;
      const reader = new JournalReader(disk, FOLDER, { next: 1, ordinal: 0 }, given as Segment | undefined);
      expect(rest(reader)).toEqual([]);
      if (where === 'in a later one') {
        appendAll(writer, 1, 1);
        writer.append(eventOf(2));
        const bytes = disk.contentOf(segmentPath(2));
        // Half of the second entry.
        disk.tamper(segmentPath(2), () => bytes.subarray(0, bytes.length - 30));
        expect(rest(reader)).toEqual(['1:1']);
        before(disk, 'list', FOLDER, () => {
          disk.tamper(segmentPath(2), () => bytes);
          writer.append(eventOf(3));
        });
        expect(rest(reader)).toEqual(['2:2', '3:3']);
        return;
      }
      before(disk, 'list', FOLDER, () => {
        writer.append(eventOf(1));
        writer.append(eventOf('x'.repeat(10_000)));
      });
      expect(rest(reader).map((each) => each.slice(0, 3))).toEqual(['1:1', '2:x']);
    },
  );

  it('tells of damage in the middle of segments before the last', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 900 });
    appendAll(writer, 1, 12);
    const [, second] = segments(disk) as [number, number];
    damage(disk, 1, 2);
    damage(disk, second, second + 1);
    const expected = Array.from({ length: 12 }, (_, at) => `${at + 1}:${at + 1}`);
    expected[1] = expected[second] = 'corrupt 1';
    expect(story(disk)).toEqual(expected);
  });

  it('tells of damage in its place, with its count, once more has followed', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 5);
    damage(disk, 1, 2);
    damage(disk, 1, 3);
    damage(disk, 1, 5);
    const reader = readerFrom(disk);
    expect(rest(reader)).toEqual(['1:1', 'corrupt 2', '4:4']);
    expect(rest(reader)).toEqual([]);
    writer.append(eventOf(6));
    expect(rest(reader)).toEqual(['corrupt 1', '6:6']);
  });

  it('tells of damage at the end of a segment when there is a later one', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 3);
    writer.close();
    damage(disk, 1, 3);
    const reader = readerFrom(disk);
    expect(rest(reader)).toEqual(['1:1', '2:2']);
    appendAll(openWriter(disk, { boot: 'boot-2' }), 4, 4);
    expect(rest(reader)).toEqual([`${2 ** 32 + 2}:unclean`, `${2 ** 32 + 3}:4`]);
  });

  it('tells of a segment whose header is damaged', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 500 });
    appendAll(writer, 1, 6);
    const [, second, third] = segments(disk) as [number, number, number];
    disk.tamper(segmentPath(second), (bytes) => {
      bytes.write('K', bytes.indexOf('kvm-17'));
      return bytes;
    });
    const read = Array.from({ length: 6 }, (_, at) => `${at + 1}:${at + 1}`);
    read.splice(second - 1, third - second, `corrupt ${third - second}`);
    expect(story(disk)).toEqual(read);
    // And waits behind one that is the last.
    const last = segments(disk).at(-1)!;
    const reader = readerFrom(disk, { next: last, ordinal: last - 1 });
    disk.tamper(segmentPath(last), (bytes) => bytes.fill(0, 0, 100));
    expect(rest(reader)).toEqual([]);
    appendAll(writer, 7, 9);
    const next = segments(disk).find((first) => first > last)!;
    expect(rest(reader)).toEqual([
      `corrupt ${next - last}`,
      ...[7, 8, 9].filter((n) => n >= next).map((n) => `${n}:${n}`),
    ]);
  });

  it('refuses a segment of a later version of the format', () => {
    const disk = emptyDisk();
    openWriter(disk).close();
    disk.tamper(segmentPath(1), (bytes) => {
      const text = bytes.toString().replace('version="1" id', 'version="2" id');
      const beginning = /<\?(virdeliver-journal .*) crc="/.exec(text)![1]!;
      return Buffer.from(text.replace(/crc="\w+"/, `crc="${crc32(beginning).toString(16).padStart(8, '0')}"`));
    });
    expect(thrownBy(() => story(disk, { next: 1, ordinal: 0 }))).toMatchObject({
      code: 'ERR_JOURNAL_VERSION',
      message: `${segmentPath(1)} can't be read: it is written in version 2 of the format, and this library reads 1; update it`,
    });
    expect(disk.openFiles).toEqual([]);
  });

  describe('while a journal is pruned', () => {
    const opened = (options = {}) => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 1, ...options });
      appendAll(writer, 1, 9);
      return { disk, writer };
    };

    it('tells how many entries it has missed, in their place', () => {
      const { disk } = opened();
      const reader = readerFrom(disk);
      expect(reader.next()).toMatchObject({ kind: 'entry', segment: 1 });
      for (const first of [1, 2, 3, 4]) {
        removeSegment(disk, first);
      }
      expect(rest(reader)).toEqual(['expired 3', '5:5', '6:6', '7:7', '8:8', '9:9']);
      expect(story(disk, { next: 1, ordinal: 0 }).slice(0, 2)).toEqual(['expired 4', '5:5']);
    });

    it('counts what was pruned behind numbers that were skipped', () => {
      const { disk } = opened();
      disk.killAll();
      const writer = openWriter(disk, { boot: 'boot-2', segmentBytes: 1 });
      appendAll(writer, 10, 11);
      const last = segments(disk).at(-1)!;
      for (const first of segments(disk).filter((first) => first !== last)) {
        removeSegment(disk, first);
      }
      // Nine, the gap, and one more.
      expect(story(disk, { next: 3, ordinal: 2 })).toEqual([`expired ${11 - 2}`, `${2 ** 32 + 11}:11`]);
    });

    it('reads a segment to its end that it had open, even what came while it stood still', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 700 });
      appendAll(writer, 1, 1);
      const reader = readerFrom(disk);
      expect(rest(reader)).toEqual(['1:1']);
      appendAll(writer, 2, 12);
      const firsts = segments(disk);
      expect(firsts.length).toBeGreaterThan(2);
      for (const first of firsts.slice(0, -1)) {
        removeSegment(disk, first);
      }
      const [second, last] = [firsts[1]!, firsts.at(-1)!];
      const numbers = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, at) => `${from + at}:${from + at}`);
      expect(rest(reader)).toEqual([...numbers(2, second), `expired ${last - second}`, ...numbers(last, 13)]);
    });

    it('looks again when a segment goes between the look at the folder and its opening', () => {
      const { disk } = opened();
      const reader = readerFrom(disk, { next: 3, ordinal: 2 });
      before(disk, 'open', segmentName(3), () => {
        for (const first of [1, 2, 3]) {
          removeSegment(disk, first);
        }
      });
      expect(rest(reader)).toEqual(['expired 1', '4:4', '5:5', '6:6', '7:7', '8:8', '9:9']);
    });

    it('waits when all is gone, and tells then what it has missed', () => {
      const { disk, writer } = opened();
      const reader = readerFrom(disk, { next: 9, ordinal: 8 });
      expect(rest(reader)).toEqual(['9:9']);
      for (const first of segments(disk)) {
        removeSegment(disk, first);
      }
      expect(rest(reader)).toEqual([]);
      appendAll(writer, 10, 11);
      expect(rest(reader)).toEqual(['10:10', '11:11']);
    });
  });

  describe('beside segments that have the same entries', () => {
    it('goes on in the later one', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 2);
      writer.sync();
      appendAll(writer, 3, 4);
      const reader = readerFrom(disk);
      expect(rest(reader)).toHaveLength(4);
      before(disk, 'sync', segmentName(1), () => {
        throw systemError('EIO', '');
      });
      writer.sync();
      appendAll(writer, 5, 5);
      expect(rest(reader)).toEqual(['5:5']);
      damage(disk, 1, 3);
      expect(story(disk)).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5']);
      // What the disk has made of the old one doesn't matter.
      disk.tamper(segmentPath(1), (bytes) => bytes.subarray(0, bytes.indexOf('<?virdeliver-entry 3') + 100));
      expect(story(disk)).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5']);
    });

    it('goes on in the later one where its own is damaged, even if there is another after that', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 10_000 });
      appendAll(writer, 1, 2);
      writer.sync();
      appendAll(writer, 3, 5);
      before(disk, 'sync', segmentName(1), () => {
        throw systemError('EIO', '');
      });
      writer.sync();
      writer.append(eventOf('x'.repeat(10_000)));
      expect(segments(disk)).toEqual([1, 3, 6]);
      damage(disk, 1, 4);
      expect(story(disk).map((each) => each.slice(0, 5))).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5', '6:xxx']);
    });

    it('goes on in one that has taken the place of its own, even if there is another after that', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 10_000 });
      appendAll(writer, 1, 2);
      const reader = readerFrom(disk);
      rest(reader);
      appendAll(writer, 3, 3);
      before(disk, 'sync', segmentName(1), () => {
        throw systemError('EIO', '');
      });
      writer.sync();
      appendAll(writer, 4, 4);
      writer.append(eventOf('x'.repeat(10_000)));
      expect(segments(disk)).toEqual([1, 5]);
      expect(rest(reader).map((each) => each.slice(0, 5))).toEqual(['3:3', '4:4', '5:xxx']);
    });
  });

  it('goes on in what has taken the place of a segment without entries', () => {
    const disk = emptyDisk();
    openWriter(disk);
    const reader = readerFrom(disk);
    expect(rest(reader)).toEqual([]);
    disk.killAll();
    const again = readerFrom(disk);
    expect(rest(again)).toEqual([]);
    appendAll(openWriter(disk, { host: 'kvm-18' }), 1, 1);
    expect(rest(again)).toEqual(['1:1']);
  });

  it('reads numbers beyond those of 32 bits, and entries longer than it reads at a time', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk), 1, 1);
    disk.killAll();
    const writer = openWriter(disk, { boot: '' });
    const long = 'x'.repeat(1_000_000);
    appendAll(writer, 2, 2);
    writer.append(eventOf(long));
    appendAll(writer, 4, 4);
    const jump = 2 ** 32;
    expect(story(disk)).toEqual([
      '1:1',
      `${jump + 1}:unclean`,
      `${jump + 2}:2`,
      `${jump + 3}:${long}`,
      `${jump + 4}:4`,
    ]);
  });

  it('holds one file open at most, and none when it is closed', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 1 });
    appendAll(writer, 1, 9);
    writer.close();
    const reader = readerFrom(disk);
    for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
      expect(disk.openFiles).toHaveLength(1);
    }
    reader.close();
    reader.close();
    expect(disk.openFiles).toEqual([]);
  });
});
