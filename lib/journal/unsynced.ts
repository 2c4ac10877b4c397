import { KnownDomains } from './known-domains';
import type { KnownDomain, SegmentHeader } from './segment-format';

/** An entry that isn't known to be on the disk. */
export interface UnsyncedEntry {
  readonly time: string;
  readonly xml: string;
  /** As it stands in its segment. */
  readonly bytes: Buffer;
}

/** The entries that aren't known to be on the disk, and what is told of those before them where a segment begins. */
export class Unsynced {
  #domains: KnownDomains;
  #previous: string | undefined;
  #statesBoot: string | undefined;
  #entries: UnsyncedEntry[] = [];
  #bytes = 0;

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

  get entries(): readonly UnsyncedEntry[] {
    return this.#entries;
  }

  /** How much they are. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The domains as of the last entry that is on the disk, and the time of that. */
  get before(): Pick<SegmentHeader, 'domains' | 'previous' | 'statesBoot'> {
    return { domains: this.#domains.list, previous: this.#previous, statesBoot: this.#statesBoot };
  }

  /** The domains as of the last entry. */
  get domains(): readonly KnownDomain[] {
    const domains = new KnownDomains(this.#domains.list);
    for (const { xml } of this.#entries) {
      domains.fold(xml);
    }
    return domains.list;
  }

  add(entry: UnsyncedEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes.length;
  }

  /** All of them are on the disk. */
  settle(): void {
    for (const { xml, time } of this.#entries) {
      if (this.#domains.fold(xml)) {
        this.#statesBoot = undefined;
      }
      this.#previous = time;
    }
    this.#entries = [];
    this.#bytes = 0;
  }

  /** The domains are another hypervisor's from now on. */
  forgetDomains(): void {
    this.#domains = new KnownDomains();
    this.#statesBoot = undefined;
  }
}
