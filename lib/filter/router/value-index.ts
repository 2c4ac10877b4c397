import { type Few, memberCount, Several, withMember, withoutMember } from './few';
import type { PathReader } from './path-reader';

/** The routes that are found by the string-values of one path. What a route is, is the router's business. */
export class ValueIndex<Route> {
  readonly reader: PathReader;
  /** Its place in the list of its group. */
  slot: number;
  readonly #byValue = new Map<string, Few<Route>>();

  constructor(reader: PathReader, slot: number) {
    this.reader = reader;
    this.slot = slot;
  }

  get isEmpty(): boolean {
    return this.#byValue.size === 0;
  }

  get(value: string): Few<Route> | undefined {
    return this.#byValue.get(value);
  }

  count(value: string): number {
    return memberCount(this.#byValue.get(value));
  }

  add(value: string, route: Route): void {
    this.#byValue.set(value, withMember(this.#byValue.get(value), route));
  }

  delete(value: string, route: Route): void {
    // What is left is the same set of several as before.
    if (withoutMember(this.#byValue.get(value), route) === undefined) {
      this.#byValue.delete(value);
    }
  }

  /** All of its routes; one that is found by several values comes several times. */
  *routes(): Iterable<Route> {
    for (const few of this.#byValue.values()) {
      if (few instanceof Several) {
        yield* few.members;
      } else {
        yield few;
      }
    }
  }
}
