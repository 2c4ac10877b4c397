import { contains } from '../../xpath/text-functions';
import { PrefixIndex } from './prefix-index';
import { extendHash, firstWeight, hashOf } from './text-sieve';
import type { Take } from './value-index';

/** How many code units may be looked at for each of a value, until every part is looked for by itself. */
const MOST_LOOKED_AT = 64;

/** The parts of a value that are looked for together are all of this length or longer, and shorter than twice it. */
export type PartSize = 1 | 2 | 4 | 8;

/** With which others a part is looked for; those of eight and more go together. */
export function partSize({ length }: string): PartSize {
  return length >= 8 ? 8 : length >= 4 ? 4 : length >= 2 ? 2 : 1;
}

/**
 * Finds by what a value contains, in one pass over it: a place is of interest only if what stands there is how a part begins.
 */
export class PartIndex<Route> extends PrefixIndex<Route> {
  readonly #size: PartSize;
  readonly #weight: number;

  constructor(size: PartSize) {
    super();
    this.#size = size;
    this.#weight = firstWeight(size);
  }

  override find(value: string, take: Take<Route>): void {
    const size = this.#size;
    const weight = this.#weight;
    let work = MOST_LOOKED_AT * value.length;
    let hash = hashOf(value, Math.min(size, value.length));
    for (let start = 0, end = size; end <= value.length; start += 1, end += 1) {
      if (this.sieve.mayHave(hash)) {
        work -= this.findAt(value, start, hash, size, take);
        if (work < 0) {
          this.#lookForEach(value, take);
          return;
        }
      }
      hash = extendHash(hash - Math.imul(value.charCodeAt(start), weight), value.charCodeAt(end));
    }
  }

  #lookForEach(value: string, take: Take<Route>): void {
    for (const [part, routes] of this.byOperand) {
      if (contains(value, part as string)) {
        take(routes);
      }
    }
  }

  protected override sift(part: string): void {
    super.sift(part);
    this.sieve.add(hashOf(part, this.#size));
  }
}
