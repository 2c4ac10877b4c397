const SMALLEST = 16;

/** An empty ring of so many slots is kept: to grow it again, delivery after delivery, would take longer than all else that it does. */
const LARGEST_EMPTY = 1024;

/**
 * A double-ended queue on a ring of slots: every step is amortised O(1), and a large ring shrinks when it has emptied.
 */
export class Deque<T> {
  /** What is not taken is undefined. */
  #slots: (T | undefined)[] = new Array(SMALLEST);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): T | undefined {
    return this.#slots[this.#head];
  }

  get last(): T | undefined {
    return this.#slots[this.#slot(this.#length - 1)];
  }

  push(item: T): void {
    this.#makeRoom();
    this.#slots[this.#slot(this.#length)] = item;
    this.#length += 1;
  }

  unshift(item: T): void {
    this.#makeRoom();
    this.#head = this.#slot(-1);
    this.#slots[this.#head] = item;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) {
      return undefined;
    }
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = this.#slot(1);
    this.#length -= 1;
    this.#shrinkIfEmpty();
    return item;
  }

  pop(): T | undefined {
    if (this.#length === 0) {
      return undefined;
    }
    this.#length -= 1;
    const slot = this.#slot(this.#length);
    const item = this.#slots[slot];
    this.#slots[slot] = undefined;
    this.#shrinkIfEmpty();
    return item;
  }

  /** The items in their order. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let place = 0; place < this.#length; place += 1) {
      yield this.#slots[this.#slot(place)] as T;
    }
  }

  clear(): void {
    this.#slots = new Array(SMALLEST);
    this.#head = 0;
    this.#length = 0;
  }

  /** The slot of the item so many places behind the first; the ring's size is a power of two. */
  #slot(place: number): number {
    return (this.#head + place) & (this.#slots.length - 1);
  }

  #shrinkIfEmpty(): void {
    // Stryker disable next-line all: how large an empty ring is decides about memory and time only.
    if (this.#length === 0 && this.#slots.length > LARGEST_EMPTY) {
      this.clear();
    }
  }

  #makeRoom(): void {
    const size = this.#slots.length;
    if (this.#length < size) {
      return;
    }
    const wider: (T | undefined)[] = new Array(size * 2);
    for (let place = 0; place < size; place += 1) {
      wider[place] = this.#slots[this.#slot(place)];
    }
    this.#slots = wider;
    this.#head = 0;
  }
}
