import { sleep } from '../clock';
import type { Driver } from './driver';

/** The driver of a connection that only the program itself feeds, by `sendEvent`. */
export class MemoryDriver implements Driver {
  readonly isSilentWhileBlocked = true;

  pump(): void {}

  /** Sleeps for the whole time: while it lasts no JavaScript runs that could send an event. */
  wait(milliseconds: number): void {
    sleep(milliseconds);
  }

  listen(): void {}

  unlisten(): void {}

  close(): void {}
}
