import type { PublishedEntry } from '../../nats/headers';
import { encodeToken } from '../../nats/subjects';

/** Of how many journals it is known what came last. */
const MOST_JOURNALS = 65_536;

/**
 * Finds out which messages repeat an event: a forwarder that doesn't know whether its last one has arrived publishes it anew, and the
 * server knows it again only for a while.
 */
export class Repeats {
  /** By hosts and the journals' ids, so that no host has a say about what another publishes; the one that was heard of least lately is the first. */
  readonly #last = new Map<string, { readonly sequence: number; readonly crc: number }>();

  /** Takes note of an entry; says whether it was there before: the same once more, or one with a lower number. */
  isRepeated({ host, journal, sequence, crc }: PublishedEntry): boolean {
    const name = `${encodeToken(host)} ${journal}`;
    const last = this.#last.get(name);
    if (last !== undefined && (sequence < last.sequence || (sequence === last.sequence && crc === last.crc))) {
      return true;
    }
    this.#last.delete(name);
    this.#last.set(name, { sequence, crc });
    if (this.#last.size > MOST_JOURNALS) {
      this.#last.delete(this.#last.keys().next().value as string);
    }
    return false;
  }
}
