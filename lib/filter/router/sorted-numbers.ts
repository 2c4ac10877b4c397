/** A block of this length is parted in two. */
const LONGEST_BLOCK = 512;

/** Different numbers in order, in blocks: one that comes or goes moves those of its block, not all that are greater. */
export class SortedNumbers {
  /** Each in ascending order, and none is empty. */
  readonly #blocks: number[][] = [];

  add(number: number): void {
    if (this.#blocks.length === 0) {
      this.#blocks.push([number]);
      return;
    }
    const place = Math.min(this.#blockOf(number), this.#blocks.length - 1);
    const block = this.#blocks[place]!;
    block.splice(firstPlace(block, number), 0, number);
    if (block.length === LONGEST_BLOCK) {
      this.#blocks.splice(place + 1, 0, block.splice(LONGEST_BLOCK / 2));
    }
  }

  delete(number: number): void {
    const place = this.#blockOf(number);
    const block = this.#blocks[place];
    const index = block === undefined ? -1 : firstPlace(block, number);
    if (block?.[index] !== number) {
      return;
    }
    block.splice(index, 1);
    if (block.length === 0) {
      this.#blocks.splice(place, 1);
    }
  }

  /** Visits the numbers from the least to the greatest, or the other way round, as long as the visitor says. */
  visit(fromGreatest: boolean, visitor: (number: number) => boolean): void {
    const last = this.#blocks.length - 1;
    for (let place = 0; place <= last; place += 1) {
      const block = this.#blocks[fromGreatest ? last - place : place]!;
      for (let index = 0; index < block.length; index += 1) {
        if (!visitor(block[fromGreatest ? block.length - 1 - index : index]!)) {
          return;
        }
      }
    }
  }

  /** The place of the first block that ends with no less than a number. */
  #blockOf(number: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle]!.at(-1)! < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** The place of the first number that is no less than another, in a list in ascending order. */
export function firstPlace(numbers: readonly number[], number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
