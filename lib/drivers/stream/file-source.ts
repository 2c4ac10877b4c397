import { fstatSync } from 'node:fs';
import { sleep } from '../../clock';
import { BackOff } from '../readiness';
import { type ByteSource, makeChunkBuffer, type Reading, readOnce } from './byte-source';
import { closeDescriptor } from './descriptor';

/** A regular file (or `/dev/null`), read from where its descriptor stands to its end. */
export class FileSource implements ByteSource {
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();

  constructor(fd: number) {
    this.#fd = fd;
  }

  read(): Reading {
    return readOnce(this.#fd, this.#buffer);
  }

  wait(): void {
    // There always is something to read: bytes, or the end.
  }

  watch(): boolean {
    return false;
  }

  unwatch(): void {}

  close(): void {
    closeDescriptor(this.#fd);
  }
}

/** The longest time between two looks at a followed file, in milliseconds. */
const LONGEST_PAUSE = 20;

/** A regular file that grows, read from its beginning; it never ends. */
export class FollowedFileSource implements ByteSource {
  readonly #fd: number;
  readonly #buffer = makeChunkBuffer();
  readonly #backOff = new BackOff(LONGEST_PAUSE);
  #position = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  read(): Reading {
    const reading = readOnce(this.#fd, this.#buffer, this.#position);
    if (reading.kind === 'bytes') {
      this.#position += reading.bytes.length;
      this.#backOff.reset();
    } else if (reading.kind === 'ended') {
      return this.#atEnd();
    }
    return reading;
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
  }

  #atEnd(): Reading {
    if (fstatSync(this.#fd).size >= this.#position) {
      return { kind: 'nothing' };
    }
    this.#position = 0;
    return { kind: 'restarted' };
  }
}
