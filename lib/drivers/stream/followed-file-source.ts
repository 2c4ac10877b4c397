import { constants, fstatSync, openSync, statSync } from 'node:fs';
import { sleep, systemClock } from '../../clock';
import { type ByteSource, makeChunkBuffer, type Reading, readOnce } from '../io/byte-source';
import { closeDescriptor } from '../io/descriptor';
import { identifyFile, isSameFile } from '../io/file-identity';
import { BackOff } from '../io/readiness';

/** The longest time between two looks at a followed file, in milliseconds. */
const LONGEST_PAUSE = 20;

/** How many of the bytes before the place that was read last are compared at each look. */
const LONGEST_TAIL = 1024;

/** How long what stands in the file's place may be of another kind, or not be readable, in milliseconds: it may be in the making. */
const PATIENCE = 2000;

const nothing: Reading = { kind: 'nothing' };

/**
 * A regular file that grows, read from its beginning, by its name; it never ends.
 *
 * Another file of that name (log rotation, a replacement, a symbolic link that leads elsewhere) is read when there is something
 * in it, after the old one has been read to its end. A file that was truncated is read anew; that it was is seen from its size
 * and from what stands before the place that was read last, since it may have grown past that place again.
 */
export class FollowedFileSource implements ByteSource {
  readonly keepsUnread = true;
  readonly #path: string;
  readonly #buffer = makeChunkBuffer();
  readonly #backOff = new BackOff(LONGEST_PAUSE);
  #fd: number;
  #position = 0;
  /** What stood before the position when it was read. */
  #tail: Buffer = Buffer.alloc(0);
  /** The descriptor of the file that has taken the name, while the old one is read to its end. */
  #successor: number | undefined;
  /** Since when what has the name can't be followed. */
  #obstructedSince: number | undefined;

  /** @param fd A descriptor of the file at that path; it is taken over. */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  read(): Reading {
    const before = this.#tail.length;
    const reading = readOnce(this.#fd, this.#buffer, this.#position - before);
    if (reading.kind !== 'bytes' && reading.kind !== 'ended') {
      return reading;
    }
    const bytes = reading.kind === 'bytes' ? reading.bytes : this.#buffer.subarray(0, 0);
    if (this.#tail.compare(bytes.subarray(0, before)) !== 0) {
      this.#beginAnew();
      return { kind: 'restarted', missed: true };
    }
    if (bytes.length === before) {
      return this.#atEnd();
    }
    this.#position += bytes.length - before;
    this.#tail = Buffer.from(bytes.subarray(-LONGEST_TAIL));
    this.#backOff.reset();
    return { kind: 'bytes', bytes: bytes.subarray(before) };
  }

  /** The file system tells nobody that a file grows: a wait is one pause, which grows from 1 to 20 ms. */
  wait(milliseconds: number): void {
    sleep(Math.min(milliseconds, this.#backOff.next()));
  }

  watch(): boolean {
    return false;
  }

  unwatch(): void {}

  close(): void {
    closeDescriptor(this.#fd);
    if (this.#successor !== undefined) {
      closeDescriptor(this.#successor);
    }
  }

  #atEnd(): Reading {
    if (this.#successor !== undefined) {
      closeDescriptor(this.#fd);
      this.#fd = this.#successor;
      this.#successor = undefined;
      this.#beginAnew();
      return { kind: 'restarted', missed: false };
    }
    try {
      this.#successor = this.#openSuccessor();
      this.#obstructedSince = undefined;
    } catch (error) {
      return this.#obstructed(error as NodeJS.ErrnoException);
    }
    // What was written to the old file before the new one was seen is read first.
    return this.#successor === undefined ? nothing : this.read();
  }

  /** Opens the file that now has the name, if it's another one and holds something: until then the old one may be written to. */
  #openSuccessor(): number | undefined {
    const stats = statSync(this.#path);
    const own = identifyFile(this.#fd);
    if (isSameFile(own, identifyFile(this.#path))) {
      return undefined;
    }
    if (!stats.isFile()) {
      throw new Error(`what is now at ${this.#path} is not a regular file`);
    }
    if (stats.size === 0) {
      return undefined;
    }
    const fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile() || isSameFile(own, identifyFile(fd))) {
      closeDescriptor(fd);
      return undefined;
    }
    return fd;
  }

  /** A name that nothing has is waited for; what can't be followed otherwise is given a moment to change. */
  #obstructed(error: NodeJS.ErrnoException): Reading {
    if (error.code === 'ENOENT') {
      this.#obstructedSince = undefined;
      return nothing;
    }
    const now = systemClock.monotonic();
    this.#obstructedSince ??= now;
    return now - this.#obstructedSince < PATIENCE ? nothing : { kind: 'failed', error };
  }

  #beginAnew(): void {
    this.#position = 0;
    this.#tail = Buffer.alloc(0);
    this.#backOff.reset();
  }
}
