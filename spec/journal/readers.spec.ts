/** The bookmarks of readers, as real files among those that others may put there. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bookmark, BookmarkRecord } from '../../lib/journal/bookmark';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { nodeFiles } from '../../lib/journal/node-files';
import {
  bookmarkPath,
  bookmarksIn,
  createBookmark,
  openBookmark,
  READERS,
  removeBookmark,
  requireReaderName,
} from '../../lib/journal/readers';
import { thrownBy } from '../support/thrown-by';
import { FakeDisk, systemError } from './fake-disk';

const record: BookmarkRecord = { next: 7, ordinal: 6, attempt: 0, throws: 0, isOffered: false };

let folder: string;
let path: string;
const open: Bookmark[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-readers-'));
  mkdirSync(join(folder, READERS));
  path = bookmarkPath(folder, 'cron');
});

afterEach(() => {
  jest.restoreAllMocks();
  for (const bookmark of open.splice(0)) {
    bookmark.close();
  }
  rmSync(folder, { recursive: true });
});

/** Has a bookmark closed after the test. */
function held(bookmark: Bookmark | undefined): Bookmark {
  open.push(bookmark!);
  return bookmark!;
}

const names = () => readdirSync(join(folder, READERS)).sort();

describe('a name of a reader', () => {
  it.each(['cron', 'a', '7', 'A-b_c.d', 'x'.repeat(64), 'a..'])('may be %s', (name) => {
    expect(() => requireReaderName(name)).not.toThrow();
  });

  it.each(['', '.', '..', '../x', 'a/b', '%2e%2e', '.hidden', '-x', '_x', 'a b', 'a\0', 'ä', 'x'.repeat(65), 'a\n'])(
    'may not be %j',
    (name) => {
      expect(thrownBy(() => requireReaderName(name))).toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        argument: 'reader',
        message: expect.stringContaining(`a letter or a digit, but is ${JSON.stringify(name)}`),
      });
    },
  );
});

describe("a reader's bookmark", () => {
  it('is made once, for its reader alone, and nothing else is left of its making', () => {
    const bookmark = held(createBookmark(nodeFiles, path, record));
    expect(bookmark.record).toEqual(record);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(createBookmark(nodeFiles, path, record)).toBeUndefined();
    expect(names()).toEqual(['cron']);
  });

  it('is not there before it is made', () => {
    expect(openBookmark(nodeFiles, path)).toBeUndefined();
    expect(removeBookmark(nodeFiles, path)).toBe(false);
  });

  it('is one reader’s at a time, as long as that has it open', () => {
    const first = createBookmark(nodeFiles, path, record)!;
    const busy = { code: 'ERR_READER_BUSY', message: `another process reads by the bookmark ${path}` };
    expect(thrownBy(() => openBookmark(nodeFiles, path))).toMatchObject(busy);
    expect(thrownBy(() => removeBookmark(nodeFiles, path))).toMatchObject(busy);
    first.close();
    const second = held(openBookmark(nodeFiles, path));
    expect(second.record).toEqual(record);
    expect(thrownBy(() => openBookmark(nodeFiles, path))).toMatchObject(busy);
  });

  it('is removed, even if nothing can be read in it', () => {
    writeFileSync(path, 'nothing');
    expect(thrownBy(() => openBookmark(nodeFiles, path))).toMatchObject({ code: 'ERR_BOOKMARK' });
    expect(removeBookmark(nodeFiles, path)).toBe(true);
    expect(names()).toEqual([]);
  });

  it('is trusted though its maker was killed before it removed the name that it had first', () => {
    createBookmark(nodeFiles, path, record)!.close();
    linkSync(path, join(folder, READERS, '.6695eb01-f6a4-8304-79aa-97f2502e193f.new'));
    writeFileSync(join(folder, READERS, '.7795eb01-f6a4-8304-79aa-97f2502e193f.new'), '');
    held(openBookmark(nodeFiles, path));
    expect(names()).toEqual(['.7795eb01-f6a4-8304-79aa-97f2502e193f.new', 'cron']);
  });

  it.each([
    ['that makes another', () => held(createBookmark(nodeFiles, path, record))],
    [
      'that begins to write the journal',
      () => JournalWriter.open(nodeFiles, folder, { host: 'kvm-17', boot: 'boot-1', now: Date.now }).close(),
    ],
  ])('leaves nothing for long if its maker was killed: it is removed by the next one %s', (_, begin) => {
    const [old, young] = ['.6695eb01-f6a4-8304-79aa-97f2502e193f.new', '.7795eb01-f6a4-8304-79aa-97f2502e193f.new'];
    const [before, within] = [61_000, 50_000].map((ago) => new Date(Date.now() - ago)) as [Date, Date];
    for (const [name, time] of [
      [old, before],
      ['.somebodys-own.new', before],
      [young, within],
    ] as const) {
      writeFileSync(join(folder, READERS, name), '');
      utimesSync(join(folder, READERS, name), time, time);
    }
    begin();
    expect(names().filter((name) => name !== 'cron')).toEqual([young, '.somebodys-own.new']);
  });

  describe('beside what somebody has left', () => {
    beforeEach(() => {
      const left = join(folder, READERS, '.6695eb01-f6a4-8304-79aa-97f2502e193f.new');
      writeFileSync(left, '');
      utimesSync(left, new Date(0), new Date(0));
    });

    /** Has the removal of a draft fail once. */
    const fail = (code: string) =>
      jest.spyOn(nodeFiles, 'unlink').mockImplementationOnce((path) => {
        throw systemError(code, path);
      });

    it.each(['EPERM', 'EACCES', 'ENOENT'])('is made if this user may not remove that, or it is gone: %s', (code) => {
      fail(code);
      expect(held(createBookmark(nodeFiles, path, record)).record).toEqual(record);
    });

    it('is not made if the disk fails', () => {
      fail('EIO');
      expect(() => createBookmark(nodeFiles, path, record)).toThrow('EIO');
    });
  });

  describe('is refused if it is', () => {
    const refused = (problem: string) =>
      expect(thrownBy(() => openBookmark(nodeFiles, path))).toMatchObject({
        code: 'ERR_BOOKMARK',
        message: `${path} is no bookmark${problem}`,
      });
    const noFile = ': it must be a regular file, and no link';

    it('a symbolic link, which is not followed', () => {
      const target = join(folder, 'target');
      createBookmark(nodeFiles, target, record)!.close();
      symlinkSync(target, path);
      refused(noFile);
      expect(thrownBy(() => removeBookmark(nodeFiles, path))).toMatchObject({ code: 'ERR_BOOKMARK' });
      expect(createBookmark(nodeFiles, path, record)).toBeUndefined();
      expect(bookmarksIn(nodeFiles, folder)).toEqual([{ name: 'cron', record: undefined }]);
    });

    it('a FIFO, whose other end is not waited for', () => {
      execFileSync('mkfifo', [path]);
      refused(noFile);
      expect(bookmarksIn(nodeFiles, folder)).toEqual([{ name: 'cron', record: undefined }]);
    });

    it('a folder', () => {
      mkdirSync(path);
      refused(noFile);
      expect(bookmarksIn(nodeFiles, folder)).toEqual([{ name: 'cron', record: undefined }]);
    });

    it('a hard link to another file, which is left as it is', () => {
      createBookmark(nodeFiles, path, record)!.close();
      const other = join(folder, 'other');
      linkSync(path, other);
      refused(' that can be trusted: it has 2 names');
      linkSync(path, join(folder, 'third'));
      refused(' that can be trusted: it has 3 names');
    });

    it.each(['x.6695eb01-f6a4-8304-79aa-97f2502e193f.new', '.6695eb01-f6a4-8304-79aa-97f2502e193f.newer'])(
      'a hard link that only resembles what its maker leaves behind: %s',
      (name) => {
        createBookmark(nodeFiles, path, record)!.close();
        linkSync(path, join(folder, READERS, name));
        refused(' that can be trusted: it has 2 names');
        expect(names()).toContain(name);
      },
    );

    it('a file of another user, and of a group that is not ours', () => {
      const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
      createBookmark(disk, '/readers/cron', record)!.close();
      const { facts } = disk;
      const [uid, gid] = [process.geteuid!(), process.getegid!()];
      jest.spyOn(process, 'getgroups' as never).mockReturnValue([4321] as never);
      const owners: [number, number, boolean][] = [
        [uid, 54_321, true],
        [54_321, gid, true],
        [54_321, 4321, true],
        [54_321, 54_321, false],
      ];
      for (const [owner, group, isTrusted] of owners) {
        disk.facts = (file) => ({ ...facts.call(disk, file), uid: owner, gid: group });
        if (isTrusted) {
          openBookmark(disk, '/readers/cron')!.close();
        } else {
          expect(thrownBy(() => openBookmark(disk, '/readers/cron'))).toMatchObject({
            code: 'ERR_BOOKMARK',
            message: '/readers/cron is no bookmark that can be trusted: it belongs to another user',
          });
        }
      }
      expect(disk.openFiles).toEqual([]);
    });
  });

  it.each(['ELOOP', 'EISDIR', 'ENXIO'])(
    'is no bookmark if it cannot be opened because of %s, and anything else is said as it is',
    (code) => {
      const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
      const fail = (other: string) => {
        disk.onCall = (_, each) => {
          throw systemError(other, each);
        };
      };
      fail(code);
      expect(thrownBy(() => openBookmark(disk, '/readers/cron'))).toMatchObject({ code: 'ERR_BOOKMARK' });
      fail('EACCES');
      expect(thrownBy(() => openBookmark(disk, '/readers/cron'))).toMatchObject({ code: 'EACCES' });
    },
  );

  it('is opened by its name of now, if another has got that before the lock was', () => {
    const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
    createBookmark(disk, '/readers/cron', record)!.close();
    disk.onCall = (name) => {
      if (name === 'lock') {
        disk.onCall = () => {};
        expect(removeBookmark(disk, '/readers/cron')).toBe(true);
        createBookmark(disk, '/readers/cron', { ...record, next: 9 })!.close();
      }
    };
    expect(openBookmark(disk, '/readers/cron')?.record.next).toBe(9);
    expect(disk.openFiles).toHaveLength(1);
  });

  it.each(['lock', 'write', 'sync', 'link', 'unlink', 'syncFolder'])(
    'leaves nothing open when a %s fails at its making',
    (name) => {
      const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
      let fails = true;
      disk.onCall = (called, each) => {
        if (called === name && fails) {
          fails = false;
          throw systemError('EIO', each);
        }
      };
      expect(thrownBy(() => createBookmark(disk, '/readers/cron', record))).toMatchObject({ code: 'EIO' });
      expect(disk.openFiles).toEqual([]);
      expect(disk.list('/readers').filter((each) => each.startsWith('.'))).toEqual([]);
      const bookmark = openBookmark(disk, '/readers/cron') ?? createBookmark(disk, '/readers/cron', record);
      expect(bookmark?.record).toEqual(record);
    },
  );

  it('is on the disk, and whole, when it has been made; before that it is not there', () => {
    for (let failsAt = 1; ; failsAt += 1) {
      const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
      disk.failsAt = failsAt;
      let isMade = false;
      try {
        createBookmark(disk, '/readers/cron', record);
        isMade = true;
      } catch {}
      for (let sector = 0; sector <= 16; sector += 1) {
        for (const kept of [false, true]) {
          const left = disk.afterPowerFailure({
            writes: (count) => Array(count).fill(kept),
            cut: (length) => Math.floor((length * sector) / 16),
            steps: (count) => (kept ? count : 0),
          });
          const found = openBookmark(left, '/readers/cron');
          expect(found?.record ?? record).toEqual(record);
          expect(found !== undefined || !isMade).toBe(true);
        }
      }
      if (isMade) {
        break;
      }
    }
  });

  it('tells which there are, in order, and nothing of what has another name', () => {
    for (const name of ['b', 'a']) {
      createBookmark(nodeFiles, bookmarkPath(folder, name), { ...record, next: name.charCodeAt(0) })!.close();
    }
    writeFileSync(join(folder, READERS, '.x.new'), '');
    writeFileSync(bookmarkPath(folder, 'c'), '');
    expect(bookmarksIn(nodeFiles, folder)).toEqual([
      { name: 'a', record: { ...record, next: 97 } },
      { name: 'b', record: { ...record, next: 98 } },
      { name: 'c', record: undefined },
    ]);
    expect(bookmarksIn(nodeFiles, join(folder, 'nowhere'))).toEqual([]);
    const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
    for (const name of ['a', 'b']) {
      createBookmark(disk, `/readers/${name}`, record)!.close();
    }
    expect(bookmarksIn(disk, '/').map(({ name }) => name)).toEqual(['a', 'b']);
    expect(disk.openFiles).toEqual([]);
  });

  it('that this user may not read says nothing', () => {
    const disk = new FakeDisk(new Map(['/', '/readers'].map((each) => [each, new Map()])));
    createBookmark(disk, '/readers/cron', record)!.close();
    for (const code of ['EACCES', 'ENOENT', 'ELOOP', 'ENXIO']) {
      disk.onCall = (name, each) => {
        if (name === 'open') {
          throw systemError(code, each);
        }
      };
      expect(bookmarksIn(disk, '/')).toEqual([{ name: 'cron', record: undefined }]);
    }
    disk.onCall = (name, each) => {
      if (name === 'open') {
        throw systemError('EIO', each);
      }
    };
    expect(thrownBy(() => bookmarksIn(disk, '/'))).toMatchObject({ code: 'EIO' });
  });
});

it('a lock is the kernel’s, and goes when the file is closed by whoever has it', () => {
  createBookmark(nodeFiles, path, record)!.close();
  const fd = openSync(path, 'r+');
  expect(nodeFiles.lock(fd, 'exclusive')).toBe(true);
  const probe = () => spawnSync('flock', ['--nonblock', path, 'true']).status;
  expect(probe()).toBe(1);
  closeSync(fd);
  expect(probe()).toBe(0);
});
