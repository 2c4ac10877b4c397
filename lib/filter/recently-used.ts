/** So many values, by key; those that were not asked for longest are given up for others. */
export class RecentlyUsed<Value> {
  readonly #most: number;
  readonly #onGivenUp: ((value: Value) => void) | undefined;
  /** In the order of their last use. */
  readonly #values = new Map<string, Value>();
  #newest: string | undefined;

  constructor(most: number, onGivenUp?: (value: Value) => void) {
    this.#most = most;
    this.#onGivenUp = onGivenUp;
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined && key !== this.#newest) {
      this.#values.delete(key);
      this.#values.set(key, value);
      this.#newest = key;
    }
    return value;
  }

  /** Takes a value for a key that has none. */
  add(key: string, value: Value): void {
    this.#values.set(key, value);
    this.#newest = key;
    if (this.#values.size > this.#most) {
      const [oldest, given] = this.#values.entries().next().value as [string, Value];
      this.#values.delete(oldest);
      this.#onGivenUp?.(given);
    }
  }
}
