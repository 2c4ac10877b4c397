import { compareNumbers, textNumber } from '../../xpath/atoms';
import { SortedNumbers } from './sorted-numbers';
import { type Operand, type Take, ValueIndex } from './value-index';

/** Finds by the order of numbers: a value's is less than the operand, or greater. */
export class BoundIndex<Route> extends ValueIndex<Route> {
  readonly #operator: '<' | '<=' | '>' | '>=';
  readonly #takesNaN: boolean;
  readonly #bounds = new SortedNumbers();

  /** @param takesNaN Whether a value that is no number finds all. */
  constructor(operator: '<' | '<=' | '>' | '>=', takesNaN: boolean) {
    super();
    this.#operator = operator;
    this.#takesNaN = takesNaN;
  }

  find(value: string, take: Take<Route>): void {
    const number = textNumber(value);
    const findsAll = Number.isNaN(number);
    if (findsAll && !this.#takesNaN) {
      return;
    }
    // The greatest bounds are those that most values are less than.
    const isUpper = this.#operator === '<' || this.#operator === '<=';
    this.#bounds.visit(isUpper, (bound) => {
      const isFound = findsAll || compareNumbers(this.#operator, number, bound);
      if (isFound) {
        this.takeFrom(bound, take);
      }
      return isFound;
    });
  }

  /** A value is on the right side of half the bounds. */
  override expectedBeside(operand: Operand): number {
    return super.expectedBeside(operand) + this.byOperand.size / 2;
  }

  protected override operandCame(bound: number): void {
    this.#bounds.add(bound);
  }

  protected override operandWent(bound: number): void {
    this.#bounds.delete(bound);
  }
}
