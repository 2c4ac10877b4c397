/** How many types are kept, and how many UTF-16 code units they may have. */
const MOST = 1024;
const LONGEST = 256;

/** How many of them are also found by their bytes, each in a slot, and how many bytes a slot has. */
const SLOTS = 64;
const SLOT = 64;

const slotBytes = new Uint8Array(SLOTS * SLOT);

/** The types of events met so far, so that equal types are the same string; of ever new types, only the first. */
class KnownTypes {
  readonly #all = new Map<string, string>();
  /** The types whose bytes are in the slots. */
  readonly #inSlots: string[] = new Array<string>(SLOTS).fill('');
  readonly #lengths = new Uint8Array(SLOTS);

  /** Finds a type by its bytes in UTF-8, if it was added before and no other has taken its slot. */
  find(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    const slot = slotOf(bytes[start]!, bytes[end - 1]!, length);
    if (this.#lengths[slot] !== length) {
      return undefined;
    }
    for (let at = start, known = slot * SLOT; at < end; at++, known++) {
      if (bytes[at] !== slotBytes[known]) {
        return undefined;
      }
    }
    return this.#inSlots[slot];
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
    if (bytes.length <= SLOT) {
      const slot = slotOf(bytes[0]!, bytes.at(-1)!, bytes.length);
      slotBytes.set(bytes, slot * SLOT);
      this.#lengths[slot] = bytes.length;
      this.#inSlots[slot] = known;
    }
    return known;
  }
}

function slotOf(first: number, last: number, length: number): number {
  return (first + 3 * last + 5 * length) % SLOTS;
}

export const knownTypes: KnownTypes = new KnownTypes();

/** Copies a string that is a piece of another, which would be kept in memory as a whole. */
export function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
