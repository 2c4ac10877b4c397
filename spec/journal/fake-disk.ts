import { basename, dirname } from 'node:path';
import type { FileFacts, JournalFiles, LockKind, OpenMode } from '../../lib/journal/journal-files';

/** A change of a file that hasn't reached the disk: bytes at a position. */
interface Write {
  readonly position: number;
  readonly bytes: Buffer;
}

/** A file: what programs see, what is on the disk for sure, and what has been written since. */
class Inode {
  readonly number: bigint;
  content: Buffer;
  durable: Buffer;
  writes: Write[] = [];
  /** The descriptors by which it is locked. */
  readonly locks = new Map<number, LockKind>();

  constructor(number: bigint, durable: Buffer = Buffer.alloc(0)) {
    this.number = number;
    this.content = Buffer.from(durable);
    this.durable = durable;
  }
}

/** A change of the names in a folder that hasn't reached the disk. */
interface NameChange {
  readonly name: string;
  /** Nothing if the name goes. */
  readonly inode: Inode | undefined;
  /** Names that change in one step, as by renaming, have the same number. */
  readonly step: number;
}

class Folder {
  names: Map<string, Inode>;
  durable: Map<string, Inode>;
  changes: NameChange[] = [];
  /** Whether its own name has reached the disk. */
  isDurable = true;
  constructor(names: Map<string, Inode> = new Map()) {
    this.names = new Map(names);
    this.durable = names;
  }
}

/** The power has failed. */
export class PowerFailure extends Error {}

/** What may be left of what hadn't reached the disk. */
export interface Survival {
  /** How many of a file's writes, in order, are there. */
  readonly writes: (count: number) => boolean[];
  /** Whether a write that is there is cut, and where. */
  readonly cut: (length: number) => number;
  /** Which steps in a folder have happened: always the first ones, as with every journaling file system. */
  readonly steps: (count: number) => number;
}

/** A file system in memory, which knows what has reached the disk. */
export class FakeDisk implements JournalFiles {
  /** How many calls that change something there were. */
  calls = 0;
  /** The call at which the power fails, if it does. */
  failsAt = Number.POSITIVE_INFINITY;
  /** Is asked before each call, and may throw. */
  onCall: (name: keyof JournalFiles, path: string) => void = () => {};
  /** Is told when a lock is waited for. */
  onWait: (path: string, waitMs: number) => void = () => {};
  /** How many bytes a write takes at most. */
  mostAtOnce = Number.POSITIVE_INFINITY;
  /** How many bytes all files together may have. */
  capacity = Number.POSITIVE_INFINITY;
  #nextInode = 1n;
  #nextFd = 3;
  #nextStep = 0;
  readonly #folders: Map<string, Folder>;
  readonly #open = new Map<number, { readonly inode: Inode; readonly path: string }>();

  constructor(folders: ReadonlyMap<string, ReadonlyMap<string, Buffer>> = new Map()) {
    this.#folders = new Map();
    for (const [path, names] of folders) {
      const inodes = new Map([...names].map(([name, bytes]) => [name, new Inode(this.#newInode(), bytes)]));
      this.#folders.set(path, new Folder(inodes));
    }
  }

  /** The disk after the power has failed: what was for sure on it, and of the rest what chance has left. */
  afterPowerFailure(survival: Survival): FakeDisk {
    const disk = new FakeDisk();
    disk.#nextInode = this.#nextInode;
    const survivors = new Map<Inode, Inode>();
    for (const [path, folder] of this.#folders) {
      const isThere = path === '/' || disk.#folders.has(dirname(path));
      if (!isThere || (!folder.isDurable && survival.steps(1) === 0)) {
        continue;
      }
      const names = new Map(folder.durable);
      const steps = [...new Set(folder.changes.map(({ step }) => step))];
      const happened = new Set(steps.slice(0, survival.steps(steps.length)));
      for (const { name, inode, step } of folder.changes) {
        if (!happened.has(step)) {
          continue;
        }
        if (inode === undefined) {
          names.delete(name);
        } else {
          names.set(name, inode);
        }
      }
      const left = [...names].map(([name, inode]) => [name, survivorOf(inode, survivors, survival)] as const);
      disk.#folders.set(path, new Folder(new Map(left)));
    }
    return disk;
  }

  /** The bytes of a file as programs see it. */
  contentOf(path: string): Buffer {
    return this.#inodeAt(path).content;
  }

  /** Those of its bytes that are on the disk for sure. */
  durableOf(path: string): Buffer {
    return this.#inodeAt(path).durable;
  }

  /** The same for two disks that have the same names and bytes. */
  get fingerprint(): string {
    const files = [...this.#folders].flatMap(([path, { names }]) =>
      [...names].map(([name, { number, content }]) => `${path}/${name} ${number} ${content.toString('latin1')}`),
    );
    return [...this.#folders.keys(), ...files.sort()].join('\n');
  }

  /** The files that are open, by the paths by which they were opened. */
  get openFiles(): string[] {
    return [...this.#open.values()].map(({ path }) => path);
  }

  /** How many bytes all files together have. */
  get used(): number {
    const inodes = new Set([...this.#folders.values()].flatMap(({ names }) => [...names.values()]));
    return [...inodes].reduce((sum, { content }) => sum + content.length, 0);
  }

  /** Puts other bytes in the place of a file's, as nobody does by these calls. */
  tamper(path: string, change: (bytes: Buffer) => Buffer): void {
    const inode = this.#inodeAt(path);
    inode.content = change(Buffer.from(inode.content));
    inode.durable = Buffer.from(inode.content);
    inode.writes = [];
  }

  /** Takes what has been written to a file for synced, though it isn't: as Linux does after a sync that has failed. */
  forgetUnsynced(path: string): void {
    this.#inodeAt(path).writes = [];
  }

  /** Ends whoever had files open, as when a process is killed. */
  killAll(): void {
    for (const fd of [...this.#open.keys()]) {
      this.close(fd);
    }
  }

  open(path: string, mode: OpenMode, _permissions?: number): number {
    this.onCall('open', path);
    const folder = this.#folderOf(path);
    let inode = folder.names.get(basename(path));
    if (mode === 'create') {
      this.#change('open', path);
      if (inode !== undefined) {
        throw systemError('EEXIST', path);
      }
      inode = new Inode(this.#newInode());
      this.#setName(folder, basename(path), inode, this.#newStep());
    }
    if (inode === undefined) {
      throw systemError('ENOENT', path);
    }
    const fd = this.#nextFd;
    this.#nextFd += 1;
    this.#open.set(fd, { inode, path });
    return fd;
  }

  read(fd: number, bytes: Uint8Array, position: number): number {
    const { inode, path } = this.#opened(fd);
    this.onCall('read', path);
    const part = inode.content.subarray(position, position + bytes.length);
    bytes.set(part);
    return part.length;
  }

  write(fd: number, bytes: Uint8Array, position: number): number {
    const { inode, path } = this.#opened(fd);
    this.#change('write', path);
    this.onCall('write', path);
    const grown = position + bytes.length - inode.content.length;
    const room = this.capacity - this.used;
    let count = Math.min(bytes.length, this.mostAtOnce);
    if (grown > room) {
      count = Math.min(count, bytes.length - grown + room);
    }
    if (count <= 0) {
      throw systemError('ENOSPC', path);
    }
    const write = { position, bytes: Buffer.from(bytes.subarray(0, count)) };
    inode.content = applied(inode.content, write);
    inode.writes.push(write);
    return count;
  }

  sync(fd: number): void {
    const { inode, path } = this.#opened(fd);
    this.#change('sync', path);
    this.onCall('sync', path);
    inode.durable = inode.writes.reduce(applied, inode.durable);
    inode.writes = [];
  }

  close(fd: number): void {
    const { inode } = this.#opened(fd);
    this.#open.delete(fd);
    inode.locks.delete(fd);
  }

  facts(file: string | number): FileFacts {
    const inode = typeof file === 'number' ? this.#opened(file).inode : this.#inodeAt(file);
    this.onCall('facts', typeof file === 'number' ? this.#opened(file).path : file);
    let links = 0;
    for (const { names } of this.#folders.values()) {
      for (const each of names.values()) {
        links += each === inode ? 1 : 0;
      }
    }
    const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
    return {
      dev: 1n,
      ino: inode.number,
      size: inode.content.length,
      links,
      uid,
      gid,
      writtenAt: Date.now(),
      isRegular: true,
    };
  }

  list(folder: string): string[] {
    this.onCall('list', folder);
    const found = this.#folders.get(folder);
    if (found === undefined) {
      throw systemError('ENOENT', folder);
    }
    const inside = [...this.#folders.keys()].filter((path) => dirname(path) === folder && path !== folder);
    // In no order.
    return [...found.names.keys(), ...inside.map((path) => basename(path))].reverse();
  }

  makeFolder(path: string): void {
    if (this.#folders.has(path)) {
      throw systemError('EEXIST', path);
    }
    if (!this.#folders.has(dirname(path))) {
      throw systemError('ENOENT', path);
    }
    this.#change('makeFolder', path);
    const folder = new Folder();
    folder.isDurable = false;
    this.#folders.set(path, folder);
  }

  syncFolder(path: string): void {
    this.#change('syncFolder', path);
    this.onCall('syncFolder', path);
    const folder = this.#folders.get(path) as Folder;
    folder.durable = new Map(folder.names);
    folder.changes = [];
    for (const [inside, each] of this.#folders) {
      each.isDurable ||= dirname(inside) === path;
    }
  }

  rename(from: string, to: string): void {
    this.#change('rename', from);
    this.onCall('rename', from);
    const folder = this.#folderOf(from);
    const inode = this.#inodeAt(from);
    const step = this.#newStep();
    this.#setName(folder, basename(from), undefined, step);
    this.#setName(folder, basename(to), inode, step);
  }

  link(from: string, to: string): void {
    this.#change('link', from);
    this.onCall('link', from);
    const folder = this.#folderOf(to);
    if (folder.names.has(basename(to))) {
      throw systemError('EEXIST', to);
    }
    this.#setName(folder, basename(to), this.#inodeAt(from), this.#newStep());
  }

  unlink(path: string): void {
    const folder = this.#folderOf(path);
    this.#inodeAt(path);
    this.#change('unlink', path);
    this.onCall('unlink', path);
    this.#setName(folder, basename(path), undefined, this.#newStep());
  }

  lock(fd: number, kind: LockKind, waitMs = 0): boolean {
    const { inode, path } = this.#opened(fd);
    this.onCall('lock', path);
    const isBusy = () =>
      [...inode.locks].some(([other, its]) => other !== fd && (its === 'exclusive' || kind === 'exclusive'));
    if (isBusy() && waitMs > 0) {
      this.onWait(path, waitMs);
    }
    if (isBusy()) {
      return false;
    }
    inode.locks.set(fd, kind);
    return true;
  }

  freeShare(): number {
    return this.capacity === Number.POSITIVE_INFINITY ? 1 : 1 - this.used / this.capacity;
  }

  #change(name: keyof JournalFiles, path: string): void {
    this.calls += 1;
    if (this.calls >= this.failsAt) {
      throw new PowerFailure(`the power fails at call ${this.calls}: ${name} of ${path}`);
    }
  }

  #setName(folder: Folder, name: string, inode: Inode | undefined, step: number): void {
    if (inode === undefined) {
      folder.names.delete(name);
    } else {
      folder.names.set(name, inode);
    }
    folder.changes.push({ name, inode, step });
  }

  #folderOf(path: string): Folder {
    const folder = this.#folders.get(dirname(path));
    if (folder === undefined) {
      throw systemError('ENOENT', path);
    }
    return folder;
  }

  #inodeAt(path: string): Inode {
    const inode = this.#folderOf(path).names.get(basename(path));
    if (inode === undefined) {
      throw systemError('ENOENT', path);
    }
    return inode;
  }

  #opened(fd: number): { readonly inode: Inode; readonly path: string } {
    const opened = this.#open.get(fd);
    if (opened === undefined) {
      throw systemError('EBADF', String(fd));
    }
    return opened;
  }

  #newInode(): bigint {
    const number = this.#nextInode;
    this.#nextInode += 1n;
    return number;
  }

  #newStep(): number {
    this.#nextStep += 1;
    return this.#nextStep;
  }
}

function survivorOf(inode: Inode, survivors: Map<Inode, Inode>, survival: Survival): Inode {
  let survivor = survivors.get(inode);
  if (survivor === undefined) {
    let content = inode.durable;
    const isThere = survival.writes(inode.writes.length);
    for (const [place, write] of inode.writes.entries()) {
      if (isThere[place]) {
        content = applied(content, { ...write, bytes: write.bytes.subarray(0, survival.cut(write.bytes.length)) });
      }
    }
    survivor = new Inode(inode.number, content);
    survivors.set(inode, survivor);
  }
  return survivor;
}

/** What a file is after a write; a hole before it is zeros. */
function applied(content: Buffer, { position, bytes }: Write): Buffer {
  if (bytes.length === 0) {
    return content;
  }
  const written = Buffer.alloc(Math.max(content.length, position + bytes.length));
  content.copy(written);
  bytes.copy(written, position);
  return written;
}

export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
