import type { PublishedEntry } from '../../nats/headers';

/** Of how many journals it is known what came last. */
const MOST_JOURNALS = 65_536;

/**
 * Finds out which messages repeat an event: a forwarder that doesn't know whether its last one has arrived publishes it anew, and the
 * server knows it again only for a while.
 */
export class Repeats {
  /** By the journals' ids; the one that was heard of least lately is the first. */
  readonly #last = new Map<string, { readonly sequence: number; readonly crc: number }>();

  /** Takes note of an entry; says whether it was there before: the same once more, or one with a lower number. */
  isRepeated({ journal, sequence, crc }: PublishedEntry): boolean {
    const last = this.#last.get(journal);
    if (last !== undefined && (sequence < last.sequence || (sequence === last.sequence && crc === last.crc))) {
      return true;
    }
    this.#last.delete(journal);
    this.#last.set(journal, { sequence, crc });
    if (this.#last.size > MOST_JOURNALS) {
      this.#last.delete(this.#last.keys().next().value as string);
    }
    return false;
  }
}
