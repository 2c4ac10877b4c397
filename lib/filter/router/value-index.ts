import { Many, memberCount, type OneOrMany, withMember, withoutMember } from './one-or-many';
import type { PathReader } from './path-reader';

/** The routes that are found by the string-values of one path. What a route is, is the router's business. */
export class ValueIndex<Route> {
  readonly reader: PathReader;
  /** Its position in the list of its group. */
  position: number;
  readonly #byValue = new Map<string, OneOrMany<Route>>();

  constructor(reader: PathReader, position: number) {
    this.reader = reader;
    this.position = position;
  }

  get isEmpty(): boolean {
    return this.#byValue.size === 0;
  }

  get(value: string): OneOrMany<Route> | undefined {
    return this.#byValue.get(value);
  }

  /** How many routes an event may be expected to find here on account of a value, if each value is as frequent as any other. */
  expected(value: string): number {
    return memberCount(this.#byValue.get(value)) / Math.max(this.#byValue.size, 1);
  }

  add(value: string, route: Route): void {
    this.#byValue.set(value, withMember(this.#byValue.get(value), route));
  }

  delete(value: string, route: Route): void {
    // What is left of many is the same set as before.
    if (withoutMember(this.#byValue.get(value), route) === undefined) {
      this.#byValue.delete(value);
    }
  }

  /** All of its routes; one that is found by several values comes several times. */
  *routes(): Iterable<Route> {
    for (const routes of this.#byValue.values()) {
      if (routes instanceof Many) {
        yield* routes;
      } else {
        yield routes;
      }
    }
  }
}
