import { KnownDomains, mayBeTransition } from './known-domains';
import type { KnownDomain, SegmentHeader } from './segment-format';

/** How much there is room for at first, in bytes. */
const ROOM = 64 * 1024;

/** How much of it is kept when nothing is left in it, in bytes. */
const MOST_KEPT = 4 * 1024 * 1024;

/** The entries that aren't known to be on the disk, and what is told of those before them where a segment begins. */
export class Unsynced {
  #domains: KnownDomains;
  #previous: string | undefined;
  #statesBoot: string | undefined;
  /** The entries as they stand in their segment, one behind the other. */
  #room = Buffer.allocUnsafe(ROOM);
  #length = 0;
  #count = 0;
  /** The events of those that may be transitions. */
  #transitions: string[] = [];
  /** The time of the last one. */
  #time: string | undefined;

  /**
   * @param domains As of the last entry that is on the disk.
   * @param previous The time of that entry, if there is one.
   * @param statesBoot The boot in which one of the domains was told of last, if it isn't this one.
   */
  constructor(domains: readonly KnownDomain[], previous: string | undefined, statesBoot?: string) {
    this.#domains = new KnownDomains(domains);
    this.#previous = previous;
    this.#statesBoot = statesBoot;
  }

  /** How many they are. */
  get count(): number {
    return this.#count;
  }

  /** How long they are together, in bytes. */
  get length(): number {
    return this.#length;
  }

  /** All of them, as they stand in their segment: a view that holds until the next one is put down. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  /** The domains as of the last entry that is on the disk, and the time of that. */
  get before(): Pick<SegmentHeader, 'domains' | 'previous' | 'statesBoot'> {
    return { domains: this.#domains.list, previous: this.#previous, statesBoot: this.#statesBoot };
  }

  /** The domains as of the last entry. */
  get domains(): readonly KnownDomain[] {
    const domains = new KnownDomains(this.#domains.list);
    for (const xml of this.#transitions) {
      domains.fold(xml);
    }
    return domains.list;
  }

  /**
   * Puts an entry down behind the others, of which it is one when it is added.
   *
   * @returns Its bytes: a view that holds until the next one is put down.
   */
  draft(text: string): Buffer {
    // As long as its UTF-8 can be.
    const most = 3 * text.length;
    if (this.#length + most > this.#room.length) {
      const room = Buffer.allocUnsafe(2 * (this.#length + most));
      this.bytes.copy(room);
      this.#room = room;
    }
    return this.#room.subarray(this.#length, this.#length + this.#room.write(text, this.#length));
  }

  /** Adds the entry that was put down, since it has been written. */
  add(time: string, xml: string, { length }: Buffer): void {
    this.#length += length;
    this.#count += 1;
    this.#time = time;
    if (mayBeTransition(xml)) {
      this.#transitions.push(xml);
    }
  }

  /** All of them are on the disk. */
  settle(): void {
    for (const xml of this.#transitions) {
      if (this.#domains.fold(xml)) {
        this.#statesBoot = undefined;
      }
    }
    this.#previous = this.#time;
    this.#transitions = [];
    this.#count = 0;
    this.#length = 0;
    if (this.#room.length > MOST_KEPT) {
      this.#room = Buffer.allocUnsafe(ROOM);
    }
  }

  /** The domains are another hypervisor's from now on. */
  forgetDomains(): void {
    this.#domains = new KnownDomains();
    this.#statesBoot = undefined;
  }
}
