import type { OfferRecord } from '../../journal/bookmark';
import type { EarlierOffers } from '../driver';

const none: EarlierOffers = { attempts: 0, throws: 0 };

/** What came of the event behind a bookmark in processes before, for the first event that is offered in this one. */
export class Offers {
  #earlier: EarlierOffers = none;
  /** The number of the event that was read first; 0 if it was missing. */
  #first: number | undefined;
  #hasOffered = false;

  /** Takes up what the bookmark remembers, once, before anything is read. */
  begin({ attempt, throws }: OfferRecord): void {
    this.#earlier = { attempts: attempt, throws };
  }

  /** Takes note of what was read: an event, or nothing in the place of events that are missing. */
  read(sequence: number | undefined): void {
    this.#first ??= sequence ?? 0;
  }

  /**
   * Takes note that an event is offered.
   *
   * @param isEachRemembered Whether that is to be remembered of each event, and not only of the first.
   * @returns What came of it before, and what the bookmark is to remember, if it is to: should a handler end the process, the next
   *   one knows by it that it isn't the first to offer the event.
   */
  offered(
    sequence: number,
    isEachRemembered = false,
  ): { readonly earlier: EarlierOffers; readonly record: OfferRecord | undefined } {
    // Only the very first that was read can have been offered before.
    const earlier = sequence === this.#first ? this.#earlier : none;
    const isRemembered = isEachRemembered || !this.#hasOffered;
    this.#hasOffered = true;
    const { attempts, throws } = earlier;
    return { earlier, record: isRemembered ? { attempt: attempts + 1, throws, isOffered: true } : undefined };
  }
}
