import { Deque } from '../../deque';

/** Where an event begins and ends in a stream. */
export interface EventExtent {
  readonly start: number;
  readonly end: number;
}

/**
 * The `event` elements that are open at a position of a stream, and the complete ones inside them.
 *
 * A writer that dies in the middle of an event leaves an element that is never closed; all that follows seems to be
 * inside it. Its complete inner elements are then the events that came after it.
 */
export class OpenEvents {
  readonly #starts = new Deque<number>();
  readonly #innerStarts = new Deque<number>();
  readonly #innerEnds = new Deque<number>();

  /** How many are open. */
  get count(): number {
    return this.#starts.length;
  }

  /** Where the outermost begins. */
  get outermost(): number {
    return this.#starts.first!;
  }

  open(start: number): void {
    this.#starts.push(start);
  }

  /** Closes the innermost. If it is the outermost, too, what is inside it is forgotten, and its start is returned. */
  close(end: number): number | undefined {
    const start = this.#starts.pop()!;
    while (this.#innerStarts.length > 0 && this.#innerStarts.last! > start) {
      this.#innerStarts.pop();
      this.#innerEnds.pop();
    }
    if (this.#starts.length === 0) {
      return start;
    }
    this.#innerStarts.push(start);
    this.#innerEnds.push(end);
    return undefined;
  }

  /** Gives up the outermost, which is never closed, and returns its start; what was inside it stays. */
  giveUpOutermost(): number {
    return this.#starts.shift()!;
  }

  /** Gives up all that are open; what was inside them stays. */
  giveUpAll(): void {
    this.#starts.clear();
  }

  /** Takes the next complete event that is inside none that is open. */
  takeComplete(): EventExtent | undefined {
    if (!this.#hasComplete()) {
      return undefined;
    }
    return { start: this.#innerStarts.shift()!, end: this.#innerEnds.shift()! };
  }

  #hasComplete(): boolean {
    return (
      this.#innerStarts.length > 0 && (this.#starts.length === 0 || this.#innerStarts.first! < this.#starts.first!)
    );
  }
}
