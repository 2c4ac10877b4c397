import { formatValue, requireOptions } from '../arguments';
import { InvalidArgumentError } from '../errors';

/** The caps on a filter's expression, which is refused with `ERR_FILTER_TOO_COMPLEX` if it exceeds one, and on its evaluation. */
export interface FilterLimits {
  /** The longest expression, in UTF-16 code units. */
  readonly filterLength: number;
  /** The deepest nesting of parentheses, predicates, function arguments and signs; at most 256. */
  readonly filterDepth: number;
  /** The most operators, steps and predicates together; at most 8,192. */
  readonly filterOperators: number;
  /**
   * The most operations that one evaluation may take, or it fails with `ERR_FILTER_BUDGET`; at most 1,000,000,000.
   *
   * An operation is the visit of a node, or other work that takes about as long: the evaluation of an operator or an argument,
   * the copying of 16 UTF-16 code units of a value. So the cap bounds the time: at the default no evaluation takes longer than a
   * second on a machine of today with two cores, whatever the filter and the event are. What the program's own functions do is
   * not counted.
   */
  readonly evaluationOperations: number;
}

/** The caps that hold unless a program sets others. */
export const defaultFilterLimits: FilterLimits = {
  filterLength: 16_384,
  filterDepth: 128,
  filterOperators: 4096,
  evaluationOperations: 10_000_000,
};

/** Beyond these the parser and the engine, which are recursive in them, could run out of stack. */
export const highestFilterLimits: FilterLimits = {
  filterLength: 16 * 1024 * 1024,
  filterDepth: 256,
  filterOperators: 8192,
  evaluationOperations: 1_000_000_000,
};

/**
 * Takes the caps that a program sets, and the defaults for the rest.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if one is unknown, not a whole number from 1 on, or too high.
 */
export function readFilterLimits(limits: unknown, name = 'options.limits'): FilterLimits {
  if (limits === undefined || limits === defaultFilterLimits) {
    return defaultFilterLimits;
  }
  requireOptions(name, limits as object, Object.keys(highestFilterLimits));
  let read = defaultFilterLimits;
  for (const [key, value] of Object.entries(limits as object) as [keyof FilterLimits, unknown][]) {
    if (value === undefined) {
      continue;
    }
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > highestFilterLimits[key]) {
      throw new InvalidArgumentError(
        `${name}.${key}`,
        `must be a whole number from 1 to ${highestFilterLimits[key]}, but is ${formatValue(value)}`,
      );
    }
    read = { ...read, [key]: value };
  }
  return read;
}
