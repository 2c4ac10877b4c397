import type { FilteredEvent } from '../filter';
import {
  type Combination,
  isCombination,
  type NameRequirement,
  passes,
  type Requirement,
  type ValueRequirement,
} from '../requirement';
import type { PathReader, PathReaders } from './path-reader';

/** A requirement that decides about filters. */
export interface Check {
  /** Whether an event is as required; `undefined` if that can't be told from the values that were read. */
  holds(event: FilteredEvent, round: number): boolean | undefined;
}

/** Equal ones of many filters are one check, looked at once an event. */
class ValueCheck implements Check {
  /** What equal checks have in common. */
  readonly identity: string;
  readonly reader: PathReader;
  /** How many use it. */
  users = 0;
  readonly #required: ValueRequirement;
  /** The round in which it was last looked at. */
  #round = 0;
  #holds: boolean | undefined;

  constructor(identity: string, reader: PathReader, required: ValueRequirement) {
    this.identity = identity;
    this.reader = reader;
    this.#required = required;
  }

  holds(event: FilteredEvent, round: number): boolean | undefined {
    if (this.#round !== round) {
      this.reader.read(event, round);
      this.#holds = this.#lookAt();
      this.#round = round;
    }
    return this.#holds;
  }

  #lookAt(): boolean | undefined {
    const { ofFirst, isNegated } = this.#required;
    const { count, isComplete } = this.reader;
    if (!this.#isPassed()) {
      return isComplete ? isNegated : undefined;
    }
    return ofFirst && (count > 1 || !isComplete) ? undefined : !isNegated;
  }

  #isPassed(): boolean {
    const { operator, operand } = this.#required;
    if (operator === '=' && typeof operand === 'string') {
      return this.reader.has(operand);
    }
    for (let place = 0; place < this.reader.count; place += 1) {
      if (passes(this.#required, this.reader.value(place))) {
        return true;
      }
    }
    return false;
  }
}

class NameCheck implements Check {
  readonly #isNegated: boolean;

  constructor({ isNegated }: NameRequirement) {
    this.#isNegated = isNegated;
  }

  holds(event: FilteredEvent): boolean {
    // A shape begins with that name.
    const isNamed = event.shape !== undefined || event.tree.isNamed(event.tree.rootElement, '', 'event');
    return isNamed !== this.#isNegated;
  }
}

class JoinedCheck implements Check {
  readonly parts: readonly Check[];
  /** What one of the parts says for all of them. */
  readonly #decisive: boolean;

  constructor(kind: Combination['kind'], parts: readonly Check[]) {
    this.parts = parts;
    this.#decisive = kind === 'any';
  }

  holds(event: FilteredEvent, round: number): boolean | undefined {
    let joined: boolean | undefined = !this.#decisive;
    for (const part of this.parts) {
      const holds = part.holds(event, round);
      if (holds === this.#decisive) {
        return holds;
      }
      if (holds === undefined) {
        joined = undefined;
      }
    }
    return joined;
  }
}

/** The checks of a router. */
export class Checks {
  readonly #readers: PathReaders;
  readonly #byIdentity = new Map<string, ValueCheck>();

  constructor(readers: PathReaders) {
    this.#readers = readers;
  }

  get isEmpty(): boolean {
    return this.#byIdentity.size === 0;
  }

  /** The check of a requirement, until it is released as often as it was acquired. */
  acquire(required: Requirement): Check {
    if (isCombination(required)) {
      return new JoinedCheck(
        required.kind,
        required.parts.map((part) => this.acquire(part)),
      );
    }
    if (required.kind === 'name') {
      return new NameCheck(required);
    }
    const identity = checkIdentity(required);
    let check = this.#byIdentity.get(identity);
    if (check === undefined) {
      check = new ValueCheck(identity, this.#readers.acquire(required.path), required);
      this.#byIdentity.set(identity, check);
    }
    check.users += 1;
    return check;
  }

  release(check: Check): void {
    if (check instanceof JoinedCheck) {
      for (const part of check.parts) {
        this.release(part);
      }
    } else if (check instanceof ValueCheck) {
      check.users -= 1;
      if (check.users === 0) {
        this.#readers.release(check.reader);
        this.#byIdentity.delete(check.identity);
      }
    }
  }
}

function checkIdentity({ path, operator, operand, ofFirst, isNegated }: ValueRequirement): string {
  return JSON.stringify([path.key, operator, typeof operand, String(operand), ofFirst, isNegated]);
}
