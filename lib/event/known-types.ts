/** How many types are kept, and how long they may be. */
const MOST = 1024;
const LONGEST = 256;

/** How many of them are also found by their bytes, and how long those may be. */
const PLACES = 64;
const PLACE = 64;

const placedBytes = new Uint8Array(PLACES * PLACE);

/** The types of events met so far, so that equal types are the same string; of ever new types, only the first. */
class KnownTypes {
  readonly #all = new Map<string, string>();
  /** Types whose bytes are in `placedBytes`. */
  readonly #placed: string[] = new Array<string>(PLACES).fill('');
  readonly #lengths = new Uint8Array(PLACES);

  /** Finds a type by its bytes in UTF-8, if it was added before and no other has taken its place. */
  find(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    const place = placeOf(bytes[start]!, bytes[end - 1]!, length);
    if (this.#lengths[place] !== length) {
      return undefined;
    }
    for (let at = start, known = place * PLACE; at < end; at++, known++) {
      if (bytes[at] !== placedBytes[known]) {
        return undefined;
      }
    }
    return this.#placed[place];
  }

  /** Adds a type, unless there are too many; gives the string that stands for it. */
  add(type: string): string {
    let known = this.#all.get(type);
    if (known === undefined) {
      // A piece of a text would keep all of it in memory.
      known = copyOf(type);
      if (type.length > LONGEST || this.#all.size === MOST) {
        return known;
      }
      this.#all.set(known, known);
    }
    const bytes = Buffer.from(known);
    if (bytes.length <= PLACE) {
      const place = placeOf(bytes[0]!, bytes.at(-1)!, bytes.length);
      placedBytes.set(bytes, place * PLACE);
      this.#lengths[place] = bytes.length;
      this.#placed[place] = known;
    }
    return known;
  }
}

function placeOf(first: number, last: number, length: number): number {
  return (first + 3 * last + 5 * length) % PLACES;
}

export const knownTypes: KnownTypes = new KnownTypes();

/** Copies a string that is a piece of another, which would be kept in memory as a whole. */
export function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
