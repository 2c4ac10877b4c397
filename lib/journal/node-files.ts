import {
  chmodSync,
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { JournalError } from '../errors';
import type { FileFacts, JournalFiles, OpenMode } from './journal-files';

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/** What a lock that somebody else holds is told by: the status of flock(1) with this option, so that no other is taken for it. */
const BUSY = 75;

/** The file system of this machine. */
export const nodeFiles: JournalFiles = {
  open(path, mode, permissions) {
    // Non-blocking, or opening a FIFO that somebody has put there would wait for its other end.
    return openSync(path, FLAGS[mode] | constants.O_NOFOLLOW | constants.O_NONBLOCK, permissions);
  },
  read: (fd, bytes, position) => readSync(fd, bytes, 0, bytes.length, position),
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  sync: fdatasyncSync,
  close: closeSync,
  facts(file): FileFacts {
    const stats = typeof file === 'number' ? fstatSync(file, { bigint: true }) : lstatSync(file, { bigint: true });
    const { dev, ino, mode } = stats;
    const [size, links, uid, gid] = [Number(stats.size), Number(stats.nlink), Number(stats.uid), Number(stats.gid)];
    // Not `isFile()`, which computes with bigints: a writer asks before each event.
    const isRegular = (Number(mode) & constants.S_IFMT) === constants.S_IFREG;
    return { dev, ino, size, links, uid, gid, writtenAt: Number(stats.mtimeMs), isRegular };
  },
  list: readdirSync,
  makeFolder(path, permissions) {
    mkdirSync(path, 0o700);
    // Not by making it: the process's mask would take the group's rights away.
    chmodSync(path, permissions);
  },
  syncFolder(path) {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  rename: renameSync,
  link: linkSync,
  unlink: unlinkSync,
  lock(fd, kind, waitMs = 0) {
    // Not imported: loading it takes long, and a reader that remembers nothing needs no lock.
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    // The kernel's lock is one of the open file, which is ours as well as the child's: it stays when the child has gone.
    const options = [`--${kind}`, `--timeout=${waitMs / 1000}`, `--conflict-exit-code=${BUSY}`];
    const { status, signal, stderr, error } = spawnSync('flock', [...options, '3'], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      encoding: 'utf8',
    });
    if (status === 0 || status === BUSY) {
      return status === 0;
    }
    const problem = error?.message ?? (stderr.trim() || `it ended with ${signal ?? `status ${status}`}`);
    throw new JournalError(
      'ERR_LOCK_UNAVAILABLE',
      `files can't be locked here, as journals need it, by the program flock(1) of util-linux: ${problem}`,
    );
  },
  freeShare(folder) {
    const { bavail, blocks } = statfsSync(folder);
    return bavail / blocks;
  },
};
