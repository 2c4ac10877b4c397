import { firstPlace } from './sorted-numbers';
import { extendHash, hashOf, TextSieve } from './text-sieve';
import { type Take, ValueIndex } from './value-index';

/** Finds by how a value begins. */
export class PrefixIndex<Route> extends ValueIndex<Route> {
  /** The lengths of the prefixes in ascending order, and how many there are of each. */
  readonly #lengths: number[] = [];
  readonly #counts = new Map<number, number>();
  protected sieve = new TextSieve(0);
  /** How many prefixes the sieve has taken, those that are no longer there included. */
  #sifted = 0;

  find(value: string, take: Take<Route>): void {
    this.findAt(value, 0, 0, 0, take);
  }

  /**
   * Finds by what stands at a place in a text.
   *
   * @param done How many code units at that place `hash` is the hash of; no prefix is shorter.
   * @returns How many code units have been looked at, those that were twice counted twice.
   */
  protected findAt(text: string, start: number, hash: number, done: number, take: Take<Route>): number {
    let hashed = hash;
    let next = start + done;
    let cutOut = 0;
    for (const length of this.#lengths) {
      const end = start + length;
      if (end > text.length) {
        break;
      }
      for (; next < end; next += 1) {
        hashed = extendHash(hashed, text.charCodeAt(next));
      }
      if (this.sieve.mayHave(hashed)) {
        cutOut += length;
        this.takeFrom(text.slice(start, end), take);
      }
    }
    return next - start + cutOut;
  }

  protected sift(prefix: string): void {
    this.sieve.add(hashOf(prefix, prefix.length));
  }

  protected override operandCame(prefix: string): void {
    const { length } = prefix;
    const count = this.#counts.get(length) ?? 0;
    this.#counts.set(length, count + 1);
    if (count === 0) {
      this.#lengths.splice(firstPlace(this.#lengths, length), 0, length);
    }
    this.#sifted += 1;
    if (this.#sifted <= this.sieve.room) {
      this.sift(prefix);
      return;
    }
    this.sieve = new TextSieve(this.byOperand.size);
    this.#sifted = this.byOperand.size;
    for (const each of this.byOperand.keys()) {
      this.sift(each as string);
    }
  }

  protected override operandWent({ length }: string): void {
    const count = this.#counts.get(length)! - 1;
    if (count > 0) {
      this.#counts.set(length, count);
    } else {
      this.#counts.delete(length);
      this.#lengths.splice(firstPlace(this.#lengths, length), 1);
    }
  }
}
