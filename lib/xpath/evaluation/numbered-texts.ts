/** Different texts, each with a number for as long as it is used. */
export class NumberedTexts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #users: number[] = [];
  readonly #free: number[] = [];

  get isEmpty(): boolean {
    return this.#numbers.size === 0;
  }

  /** The number of a text, until it is released as often as it was acquired. */
  acquire(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#texts.length;
      this.#numbers.set(text, number);
      this.#texts[number] = text;
      this.#users[number] = 0;
    }
    this.#users[number]! += 1;
    return number;
  }

  release(number: number): void {
    this.#users[number]! -= 1;
    if (this.#users[number] === 0) {
      this.#numbers.delete(this.#texts[number]!);
      this.#texts[number] = '';
      this.#free.push(number);
    }
  }

  /** The number of a text; -1 if it has none. */
  find(text: string): number {
    return this.#numbers.get(text) ?? -1;
  }

  text(number: number): string {
    return this.#texts[number]!;
  }
}
