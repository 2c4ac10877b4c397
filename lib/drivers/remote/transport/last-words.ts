import { printableText } from '../printable-text';

/** How much of what is said is kept, in bytes. */
const KEPT = 4096;

/** The end of what a program says on its standard error, as text for the message of an error. */
export class LastWords {
  #bytes: Buffer = Buffer.alloc(0);
  #isCut = false;

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, bytes]);
    this.#isCut ||= all.length > KEPT;
    // A copy, so that a small rest of a large chunk does not keep all of it in memory.
    this.#bytes = Buffer.from(all.subarray(-KEPT));
  }

  /** The last 4 KiB in one line, without what a terminal would act upon; empty where nothing was said. */
  toString(): string {
    const lines = this.#bytes
      .toString()
      .split(/[\r\n]+/)
      .map((line) => printableText(line, KEPT))
      .filter((line) => line !== '');
    return `${this.#isCut ? '… ' : ''}${lines.join(' / ')}`;
  }
}
