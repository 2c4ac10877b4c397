import { textNumber } from '../../xpath/atoms';
import { Many, memberCount, type OneOrMany, withMember, withoutMember } from './one-or-many';

/** What values are compared with: a text or a number. */
export type Operand = string | number;

/** Is given routes that a value finds. */
export type Take<Route> = (routes: OneOrMany<Route>) => void;

/**
 * An index over the string-values at one path: the routes that are found by comparing these with operands in one way. What a
 * route is, is the router's business.
 */
export abstract class ValueIndex<Route> {
  protected readonly byOperand = new Map<Operand, OneOrMany<Route>>();

  /** Finds all routes with whose operands a value compares as it should; some of them may come again. */
  abstract find(value: string, take: Take<Route>): void;

  get isEmpty(): boolean {
    return this.byOperand.size === 0;
  }

  /** How many routes an event may be expected to find beside one, if each operand is found as often as any other. */
  expectedBeside(operand: Operand): number {
    return memberCount(this.byOperand.get(operand)) / Math.max(this.byOperand.size, 1);
  }

  add(operand: Operand, route: Route): void {
    const routes = this.byOperand.get(operand);
    this.byOperand.set(operand, withMember(routes, route));
    if (routes === undefined) {
      this.operandCame(operand);
    }
  }

  delete(operand: Operand, route: Route): void {
    const routes = this.byOperand.get(operand);
    // What is left of many is the same set as before.
    if (routes !== undefined && withoutMember(routes, route) === undefined) {
      this.byOperand.delete(operand);
      this.operandWent(operand);
    }
  }

  /** All of its routes; one that is found by several values comes several times. */
  *routes(): Iterable<Route> {
    for (const routes of this.byOperand.values()) {
      if (routes instanceof Many) {
        yield* routes;
      } else {
        yield routes;
      }
    }
  }

  protected takeFrom(operand: Operand, take: Take<Route>): void {
    const routes = this.byOperand.get(operand);
    if (routes !== undefined) {
      take(routes);
    }
  }

  /** Called when the first route comes to an operand. */
  protected operandCame(_operand: Operand): void {}

  /** Called when the last route has left an operand. */
  protected operandWent(_operand: Operand): void {}
}

/** Finds by equal texts. */
export class TextIndex<Route> extends ValueIndex<Route> {
  get(value: string): OneOrMany<Route> | undefined {
    return this.byOperand.get(value);
  }

  find(value: string, take: Take<Route>): void {
    this.takeFrom(value, take);
  }
}

/** Finds by equal numbers. */
export class NumberIndex<Route> extends ValueIndex<Route> {
  find(value: string, take: Take<Route>): void {
    const number = textNumber(value);
    if (!Number.isNaN(number)) {
      this.takeFrom(number, take);
    }
  }
}

/** Finds by any value. */
export class PresenceIndex<Route> extends ValueIndex<Route> {
  find(_value: string, take: Take<Route>): void {
    for (const routes of this.byOperand.values()) {
      take(routes);
    }
  }
}
