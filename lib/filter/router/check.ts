import type { FilteredEvent } from '../filter';
import type { RequiredMatch } from '../required-matches';
import type { PathReader, PathReaders } from './path-reader';

/** A required match that decides about filters: equal ones of many filters are one check, looked at once an event. */
export class Check {
  /** What equal checks have in common. */
  readonly identity: string | RequiredMatch;
  readonly keys: readonly { readonly reader: PathReader; readonly values: readonly string[] }[];
  /** How many use it. */
  users = 0;
  /** The round in which it was last looked at. */
  #round = 0;
  #holds: boolean | undefined;

  constructor(identity: Check['identity'], keys: Check['keys']) {
    this.identity = identity;
    this.keys = keys;
  }

  /** Whether an event has what is required; `undefined` if that can't be told, since not all values could be read. */
  holds(event: FilteredEvent, round: number): boolean | undefined {
    if (this.#round !== round) {
      this.#holds = this.#lookAt(event, round);
      this.#round = round;
    }
    return this.#holds;
  }

  #lookAt(event: FilteredEvent, round: number): boolean | undefined {
    let isComplete = true;
    for (const { reader, values } of this.keys) {
      reader.read(event, round);
      for (const value of values) {
        if (reader.has(value)) {
          return true;
        }
      }
      isComplete &&= reader.isComplete;
    }
    return isComplete ? false : undefined;
  }
}

/** The checks of a router. */
export class Checks {
  readonly #readers: PathReaders;
  readonly #byIdentity = new Map<Check['identity'], Check>();

  constructor(readers: PathReaders) {
    this.#readers = readers;
  }

  get isEmpty(): boolean {
    return this.#byIdentity.size === 0;
  }

  /** The check of a required match, until it is released as often as it was acquired. */
  acquire(match: RequiredMatch): Check {
    const identity = checkIdentity(match);
    let check = this.#byIdentity.get(identity);
    if (check === undefined) {
      check = new Check(
        identity,
        match.map(({ path, values }) => ({ reader: this.#readers.acquire(path), values })),
      );
      this.#byIdentity.set(identity, check);
    }
    check.users += 1;
    return check;
  }

  release(check: Check): void {
    check.users -= 1;
    if (check.users > 0) {
      return;
    }
    for (const { reader } of check.keys) {
      this.#readers.release(reader);
    }
    this.#byIdentity.delete(check.identity);
  }
}

/** A text if it is short; else the required match itself, which no other equals. */
function checkIdentity(match: RequiredMatch): Check['identity'] {
  const [key, ...others] = match;
  return key?.values.length === 1 && others.length === 0 ? JSON.stringify([key.path.key, key.values[0]]) : match;
}
