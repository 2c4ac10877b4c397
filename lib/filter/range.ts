import type { Lookup, Requirement, ValueRequirement } from './requirement';

/** A lower and an upper bound of the values of one path, which are looked up together. */
export interface Range {
  readonly lower: ValueRequirement;
  readonly upper: ValueRequirement;
}

/** The ranges that have to be passed at once: one for each path of which something requires both a lower and an upper bound. */
export function rangesAmong(parts: readonly Requirement[]): Range[] {
  const uppers = boundsAmong(parts, '<');
  if (uppers.size === 0) {
    return [];
  }
  const ranges: Range[] = [];
  for (const [path, lower] of boundsAmong(parts, '>')) {
    const upper = uppers.get(path);
    if (upper !== undefined) {
      ranges.push({ lower, upper });
    }
  }
  return ranges;
}

/** The bounds on one side of values, by their paths; of several for one path, the one that fewest values are beyond. */
function boundsAmong(parts: readonly Requirement[], side: '<' | '>'): Map<string, ValueRequirement> {
  const bounds = new Map<string, ValueRequirement>();
  for (const part of parts) {
    const isBound = part.kind === 'value' && part.operator.startsWith(side) && !part.isNegated;
    if (isBound && Number.isFinite(part.operand)) {
      const known = bounds.get(part.path.key);
      const [some, others] = [part.operand as number, known?.operand as number];
      if (known === undefined || (side === '<' ? some < others : some > others)) {
        bounds.set(part.path.key, part);
      }
    }
  }
  return bounds;
}

/** By what lookup an event finds what requires a range of its values. */
export function rangeLookup({ lower, upper }: Range): Lookup {
  const begin = lower.operator === '>' ? nextNumber(lower.operand as number) : lower.operand;
  const end = upper.operator === '<' ? -nextNumber(-(upper.operand as number)) : upper.operand;
  return { kind: 'range', operand: `${begin} ${end}` };
}

/** The least and the greatest number of a range, by its operand. */
export function endsOf(operand: string): [begin: number, end: number] {
  return operand.split(' ').map(Number) as [number, number];
}

const numbers = new Float64Array(1);
const bitsOf = new BigInt64Array(numbers.buffer);

/** The least number that is greater than a finite one. */
export function nextNumber(number: number): number {
  if (number === 0) {
    return Number.MIN_VALUE;
  }
  numbers[0] = number;
  bitsOf[0]! += number > 0 ? 1n : -1n;
  return numbers[0];
}
