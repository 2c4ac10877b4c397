import { Bookmark, type BookmarkRecord, MOVED, peekBookmark } from '../../lib/journal/bookmark';
import { thrownBy } from '../support/thrown-by';
import { FakeDisk, systemError } from './fake-disk';

const PATH = '/readers/cron';
const SLOT = 4096;

const recordOf = (next: number, more: Partial<BookmarkRecord> = {}): BookmarkRecord => ({
  next,
  ordinal: next - 1,
  completed: {
    id: '6695eb01-f6a4-8304-79aa-97f2502e193f',
    sequence: next - 1,
    crc: 0xffff_ffff,
    segment: 1,
    position: 77,
  },
  attempt: 0,
  throws: 0,
  isOffered: false,
  ...more,
});

const emptyDisk = () => new FakeDisk(new Map(['/', '/readers'].map((folder) => [folder, new Map()])));

function create(disk: FakeDisk, record: BookmarkRecord): Bookmark {
  const bookmark = Bookmark.create(disk, PATH, disk.open(PATH, 'create'), record);
  disk.syncFolder('/readers');
  return bookmark;
}

const read = (disk: FakeDisk) => Bookmark.read(disk, PATH, disk.open(PATH, 'update'));

/** Where something was written, one after the other. */
function writes(disk: FakeDisk): number[] {
  const positions: number[] = [];
  const { write } = disk;
  disk.write = (fd, bytes, position) => {
    positions.push(position);
    return write.call(disk, fd, bytes, position);
  };
  return positions;
}

describe('a bookmark', () => {
  it.each([
    recordOf(1, { completed: undefined }),
    recordOf(1042, { attempt: 3, throws: 12, isOffered: true }),
    recordOf(1, { completed: undefined, note: MOVED }),
    recordOf(7, { note: '1042' }),
    recordOf(Number.MAX_SAFE_INTEGER, {
      attempt: 1e9,
      completed: {
        id: '6695eb01-f6a4-8304-79aa-97f2502e193f',
        sequence: 2 ** 53 - 2,
        crc: 2 ** 32 - 1,
        segment: 2 ** 52,
        position: 2 ** 40,
      },
      throws: 1e9,
      note: 'x'.repeat(100),
    }),
  ])('says later what was written to it: %j', (record) => {
    const disk = emptyDisk();
    expect(create(disk, recordOf(1)).record).toEqual(recordOf(1));
    const bookmark = read(disk);
    bookmark.write(record);
    expect(bookmark.record).toEqual(record);
    expect(read(disk).record).toEqual(record);
    bookmark.write(recordOf(2, { completed: undefined }));
    expect(read(disk).record).toEqual(recordOf(2, { completed: undefined }));
  });

  it('has its full length, and is on the disk, from the beginning, so that it can be written on a full disk', () => {
    const disk = emptyDisk();
    const bookmark = create(disk, recordOf(1));
    expect(disk.durableOf(PATH)).toHaveLength(SLOT + 512);
    disk.capacity = disk.used;
    for (let next = 2; next < 10; next += 1) {
      bookmark.write(recordOf(next));
      bookmark.sync();
    }
    expect(read(disk).record).toEqual(recordOf(9));
  });

  it('never touches the slot that was synced last', () => {
    const disk = emptyDisk();
    const bookmark = create(disk, recordOf(1));
    const positions = writes(disk);
    bookmark.write(recordOf(2));
    bookmark.write(recordOf(3));
    bookmark.sync();
    bookmark.write(recordOf(4));
    bookmark.sync();
    bookmark.write(recordOf(5));
    expect(positions).toEqual([0, 0, SLOT, 0]);
  });

  it('syncs only what was written', () => {
    const disk = emptyDisk();
    const bookmark = create(disk, recordOf(1));
    let syncs = 0;
    disk.onCall = (name) => {
      syncs += name === 'sync' ? 1 : 0;
    };
    bookmark.sync();
    bookmark.write(recordOf(2));
    bookmark.sync();
    bookmark.sync();
    expect(syncs).toBe(1);
  });

  it('says at a loss of power what was synced last or something later, wherever what was not is cut', () => {
    for (let sector = 0; sector <= 16; sector += 1) {
      for (let kept = 0; kept < 16; kept += 1) {
        const disk = emptyDisk();
        const first = create(disk, recordOf(1));
        first.write(recordOf(2));
        first.sync();
        // A reader that is killed leaves one slot dirty, and the next one writes the other.
        first.write(recordOf(3));
        disk.killAll();
        const second = read(disk);
        second.write(recordOf(4));
        second.write(recordOf(5));
        const left = disk.afterPowerFailure({
          writes: (count) => Array.from({ length: count }, (_, place) => ((kept >> place) & 1) === 1),
          cut: () => sector * 32,
          steps: (count) => count,
        });
        expect([3, 4, 5]).toContain(read(left).record.next);
        expect([3, 4, 5]).toContain(peekBookmark(left, left.open(PATH, 'read'))?.next);
      }
    }
  });

  it('leaves its file alone as long as nothing is written', () => {
    const disk = emptyDisk();
    create(disk, recordOf(1)).write(recordOf(2));
    disk.killAll();
    const calls: string[] = [];
    disk.onCall = (name) => calls.push(name);
    const bookmark = read(disk);
    bookmark.sync();
    bookmark.close();
    expect(new Set(calls)).toEqual(new Set(['open', 'read']));
  });

  it('has what was read reach the disk before it writes, even if a sync had failed before and the system forgot of it', () => {
    const disk = emptyDisk();
    create(disk, recordOf(1)).write(recordOf(2));
    disk.killAll();
    // The system takes it for written.
    disk.forgetUnsynced(PATH);
    const bookmark = read(disk);
    expect(bookmark.record.next).toBe(2);
    const positions = writes(disk);
    bookmark.write(recordOf(3));
    bookmark.write(recordOf(3));
    expect(positions).toEqual([0, SLOT, SLOT]);
    const left = disk.afterPowerFailure({
      writes: (count) => Array(count).fill(false),
      cut: (length) => length,
      steps: (count) => count,
    });
    expect(read(left).record.next).toBe(2);
  });

  it('tells of a write that fails, and writes that again before the next sync', () => {
    const disk = emptyDisk();
    const bookmark = create(disk, recordOf(1));
    disk.onCall = (name) => {
      if (name === 'write') {
        throw systemError('EIO', PATH);
      }
    };
    expect(thrownBy(() => bookmark.write(recordOf(2)))).toMatchObject({
      code: 'ERR_BOOKMARK_WRITE',
      message: `the bookmark ${PATH} can't be written: EIO: ${PATH}`,
      cause: { code: 'EIO' },
    });
    disk.onCall = () => {};
    bookmark.write(recordOf(3));
    bookmark.sync();
    expect(read(disk).record.next).toBe(3);
  });

  it('writes again what a sync has failed for, and lets no slot change its role until one succeeds', () => {
    const disk = emptyDisk();
    const bookmark = create(disk, recordOf(1));
    const positions = writes(disk);
    let fails = true;
    disk.onCall = (name) => {
      if (name === 'sync' && fails) {
        disk.forgetUnsynced(PATH);
        throw systemError('EIO', PATH);
      }
    };
    bookmark.write(recordOf(2));
    expect(thrownBy(() => bookmark.sync())).toMatchObject({ code: 'ERR_BOOKMARK_WRITE' });
    fails = false;
    bookmark.sync();
    bookmark.write(recordOf(3));
    expect(positions).toEqual([0, 0, SLOT]);
    const left = disk.afterPowerFailure({
      writes: (count) => Array(count).fill(false),
      cut: (length) => length,
      steps: (count) => count,
    });
    expect(read(left).record.next).toBe(2);
  });

  it('is read by the newest slot that is whole', () => {
    for (const slot of [0, 1]) {
      const disk = emptyDisk();
      const bookmark = create(disk, recordOf(1));
      bookmark.write(recordOf(2));
      bookmark.sync();
      const fd = disk.open(PATH, 'read');
      for (let at = slot * SLOT; at < slot * SLOT + 512; at += 1) {
        const flip = (bytes: Buffer) => {
          bytes[at] = bytes[at]! ^ 1;
          return bytes;
        };
        disk.tamper(PATH, flip);
        // White space at the end of a record says nothing.
        expect([slot === 0 ? 1 : 2, 2]).toContain(peekBookmark(disk, fd)?.next);
        disk.tamper(PATH, flip);
      }
    }
  });

  it('has two whole slots from the beginning', () => {
    for (const slot of [0, 1]) {
      const disk = emptyDisk();
      create(disk, recordOf(1));
      disk.tamper(PATH, (bytes) => bytes.fill(0, slot * SLOT, slot * SLOT + 512));
      expect(read(disk).record).toEqual(recordOf(1));
    }
  });

  it.each([
    ['empty', () => Buffer.alloc(0)],
    ['of zeros', (bytes: Buffer) => bytes.fill(0)],
    ['something else', () => Buffer.from('<events/>')],
    ['torn in both slots', (bytes: Buffer) => bytes.fill('x', 100, 110).fill('x', SLOT + 100, SLOT + 110)],
    [
      'of another place than its checksums',
      (bytes: Buffer) =>
        Buffer.from(
          bytes.toString('latin1').replace(/bookmark 1 \d+ \d/g, (start) => `${start.slice(0, -1)}9`),
          'latin1',
        ),
    ],
    ['shifted by a byte', (bytes: Buffer) => Buffer.concat([Buffer.from(' '), bytes])],
    ['cut within the first slot', (bytes: Buffer) => bytes.subarray(0, 100)],
  ])('is refused, with what can be done, if its file is %s', (_, change) => {
    const disk = emptyDisk();
    create(disk, recordOf(1));
    disk.tamper(PATH, change);
    expect(thrownBy(() => read(disk))).toMatchObject({
      code: 'ERR_BOOKMARK',
      message: `the bookmark ${PATH} can't be read: neither of its two slots is whole; move it with "virdeliver journal move", if it is in the journal's folder, or remove it to begin anew`,
    });
    expect(peekBookmark(disk, disk.open(PATH, 'read'))).toBeUndefined();
  });

  it('tells that what was read does not reach the disk, and tries it again before anything is written', () => {
    const disk = emptyDisk();
    create(disk, recordOf(1)).write(recordOf(2));
    disk.killAll();
    const bookmark = read(disk);
    disk.onCall = (name) => {
      if (name === 'sync') {
        throw systemError('EIO', PATH);
      }
    };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(thrownBy(() => bookmark.write(recordOf(3)))).toMatchObject({ code: 'ERR_BOOKMARK_WRITE' });
    }
    expect(read(disk).record.next).toBe(2);
  });

  it('goes on counting over what was cut into pieces', () => {
    const disk = emptyDisk();
    disk.mostAtOnce = 7;
    const bookmark = create(disk, recordOf(1));
    bookmark.write(recordOf(5));
    expect(read(disk).record).toEqual(recordOf(5));
  });
});
