import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '../../lib/journal/node-files';
import { WriterLock, writerOf } from '../../lib/journal/writer-lock';
import { thrownBy } from '../support/thrown-by';
import { type FakeDisk, systemError } from './fake-disk';
import { emptyDisk, FOLDER, openWriter } from './journals';

const state = { pid: 7, host: 'kvm-17', time: '2026-01-02T03:04:05.000006Z', connected: true };

function folderOn(disk: FakeDisk): FakeDisk {
  disk.makeFolder(FOLDER);
  return disk;
}

describe('the lock of a journal', () => {
  it('tells who writes, and whether that one is there', () => {
    const disk = folderOn(emptyDisk());
    expect(writerOf(disk, FOLDER)).toEqual({ state: undefined, isThere: false });
    const lock = WriterLock.take(disk, FOLDER)!;
    expect(writerOf(disk, FOLDER)).toEqual({ state: undefined, isThere: true });
    lock.note(state);
    const ino = String(disk.facts(`${FOLDER}/lock`).ino);
    expect(writerOf(disk, FOLDER)).toEqual({ state: { ...state, ino }, isThere: true });
    lock.note({ ...state, pid: 1, connected: false });
    lock.release();
    expect(writerOf(disk, FOLDER)).toEqual({ state: { ...state, pid: 1, connected: false, ino }, isThere: false });
    expect(disk.openFiles).toEqual([]);
    expect(disk.contentOf(`${FOLDER}/lock`)).toHaveLength(1024);
  });

  it('covers what was noted before, however long the name of the host is', () => {
    const disk = folderOn(emptyDisk());
    const lock = WriterLock.take(disk, FOLDER)!;
    lock.note({ ...state, host: 'ä'.repeat(5000) });
    expect(writerOf(disk, FOLDER).state?.host).toBe('ä'.repeat(253));
    lock.note(state);
    expect(writerOf(disk, FOLDER).state).toMatchObject(state);
    expect(disk.contentOf(`${FOLDER}/lock`).toString()).toMatch(/^\{[^{}]*\} *\n$/);
  });

  it('is one process’s, which waits for whoever only looks', () => {
    const disk = folderOn(emptyDisk());
    const lock = WriterLock.take(disk, FOLDER)!;
    const waits: number[] = [];
    disk.onWait = (_, waitMs) => waits.push(waitMs);
    expect(WriterLock.take(disk, FOLDER)).toBeUndefined();
    expect(waits).toEqual([250]);
    expect(disk.openFiles).toEqual([`${FOLDER}/lock`]);
    lock.release();
    // Somebody looks, and another one looks at the same time.
    const { lock: locking } = disk;
    let taken: WriterLock | undefined;
    disk.lock = (fd, kind, waitMs) => {
      const isLocked = locking.call(disk, fd, kind, waitMs);
      if (kind === 'shared') {
        disk.lock = locking;
        expect(writerOf(disk, FOLDER).isThere).toBe(false);
        disk.onWait = () => {
          disk.onWait = () => {};
          disk.close(fd);
        };
        taken = WriterLock.take(disk, FOLDER);
      }
      return isLocked;
    };
    const { close } = disk;
    disk.close = (fd) => (disk.openFiles.length > 1 ? close.call(disk, fd) : undefined);
    expect(writerOf(disk, FOLDER).isThere).toBe(false);
    expect(taken?.isHeld).toBe(true);
  });

  it('knows when it is no longer that of the folder', () => {
    const disk = folderOn(emptyDisk());
    const lock = WriterLock.take(disk, FOLDER)!;
    expect(lock.isHeld).toBe(true);
    disk.unlink(`${FOLDER}/lock`);
    expect(lock.isHeld).toBe(false);
    WriterLock.take(disk, FOLDER);
    expect(lock.isHeld).toBe(false);
  });

  it('is that of the folder, though another file gets its name just then', () => {
    const disk = folderOn(emptyDisk());
    WriterLock.take(disk, FOLDER)!.release();
    const { lock } = disk;
    disk.lock = (fd, kind, waitMs) => {
      disk.lock = lock;
      disk.unlink(`${FOLDER}/lock`);
      return lock.call(disk, fd, kind, waitMs);
    };
    const taken = WriterLock.take(disk, FOLDER)!;
    expect(taken.isHeld).toBe(true);
    expect(WriterLock.take(disk, FOLDER)).toBeUndefined();
    expect(disk.openFiles).toHaveLength(1);
  });

  it('is there when another one makes it at the same time', () => {
    const disk = folderOn(emptyDisk());
    const { open } = disk;
    disk.open = (path, mode, permissions) => {
      if (mode === 'create') {
        disk.open = open;
        WriterLock.take(disk, FOLDER)!.release();
      }
      return open.call(disk, path, mode, permissions);
    };
    expect(WriterLock.take(disk, FOLDER)?.isHeld).toBe(true);
  });

  it('tells a copy from the folder by the number of its own that is in it', () => {
    const disk = folderOn(emptyDisk());
    const isCopy = () => {
      const lock = WriterLock.take(disk, FOLDER)!;
      lock.release();
      return lock.isOfCopy;
    };
    expect(isCopy()).toBe(true);
    // A writer that was killed before it noted anything.
    expect(isCopy()).toBe(false);
    const lock = WriterLock.take(disk, FOLDER)!;
    lock.note(state);
    lock.release();
    expect(isCopy()).toBe(false);
    disk.tamper(`${FOLDER}/lock`, (bytes) => Buffer.from(bytes.toString().replace(/"ino":"\d+"/, '"ino":"99"')));
    expect(isCopy()).toBe(true);
  });

  it('has its number on the disk before the first segment has its name', () => {
    const disk = emptyDisk();
    let durable = '';
    disk.onCall = (name) => {
      if (name === 'rename') {
        durable = disk.durableOf(`${FOLDER}/lock`).toString();
      }
    };
    openWriter(disk);
    expect(durable).toContain('"ino":"');
  });

  it('throws what the system says when it cannot be opened or locked, and leaves nothing open', () => {
    const disk = folderOn(emptyDisk());
    WriterLock.take(disk, FOLDER)!.release();
    for (const name of ['open', 'lock', 'facts']) {
      disk.onCall = (called, path) => {
        if (called === name) {
          throw systemError('EIO', path);
        }
      };
      expect(thrownBy(() => WriterLock.take(disk, FOLDER))).toMatchObject({ code: 'EIO' });
      expect(disk.openFiles).toEqual([]);
    }
    disk.onCall = (called, path) => {
      if (called === 'open') {
        throw systemError('EACCES', path);
      }
    };
    expect(thrownBy(() => writerOf(disk, FOLDER))).toMatchObject({ code: 'EACCES' });
  });

  it('is no link that somebody has put there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-lock-'));
    try {
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'lock'));
      expect(thrownBy(() => WriterLock.take(nodeFiles, folder))).toMatchObject({
        code: 'ERR_JOURNAL_WRITE',
        message: `${join(folder, 'lock')} is a symbolic link; it must be a file of the journal's own`,
      });
      mkdirSync(join(folder, 'x'));
      expect(writerOf(nodeFiles, join(folder, 'x'))).toEqual({ state: undefined, isThere: false });
      const lock = WriterLock.take(nodeFiles, join(folder, 'x'))!;
      lock.note(state);
      expect(writerOf(nodeFiles, join(folder, 'x'))).toMatchObject({ state, isThere: true });
      lock.release();
      expect(writerOf(nodeFiles, join(folder, 'x')).isThere).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
