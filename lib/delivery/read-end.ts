import { closeSync, fstatSync } from 'node:fs';

/** The read ends that are still to be closed, by their descriptors. */
const open = new Map<number, ReadEnd>();

/** The read end of an event pipe, until it is closed, by whomever, or taken over. */
export class ReadEnd {
  readonly fd: number;
  readonly #identity: string;

  constructor(fd: number) {
    this.fd = fd;
    this.#identity = fileIdentityOf(fd) as string;
    open.set(fd, this);
  }

  /** Closes it, unless it was closed or taken over: its number may stand for another file by now. */
  close(): void {
    if (open.get(this.fd) === this) {
      open.delete(this.fd);
      if (fileIdentityOf(this.fd) === this.#identity) {
        closeSync(this.fd);
      }
    }
  }
}

/** Says that a connection has taken a descriptor over: should it be a read end, it is the connection's to close. */
export function handOverReadEnd(fd: number): void {
  open.delete(fd);
}

/** Which file a descriptor stands for; `undefined` if it is not open. */
function fileIdentityOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
