import type { ArithmeticOperator, ComparisonOperator } from './ast';

/** A value of XPath 1.0 (§1) other than a node-set. */
export type Atom = string | number | boolean;

/** As if by string() (§4.2). */
export function atomText(atom: Atom): string {
  return typeof atom === 'number' ? numberText(atom) : String(atom);
}

/** As if by number() (§4.4). */
export function atomNumber(atom: Atom): number {
  switch (typeof atom) {
    case 'number':
      return atom;
    case 'boolean':
      return atom ? 1 : 0;
    case 'string':
      return textNumber(atom);
  }
}

/** Compares two values by the rules of §3.4 for those that are no node-sets. */
export function compareAtoms(operator: ComparisonOperator, left: Atom, right: Atom): boolean {
  switch (operator) {
    case '=':
      return areEqual(left, right);
    case '!=':
      return !areEqual(left, right);
    default:
      return compareNumbers(operator, atomNumber(left), atomNumber(right));
  }
}

function areEqual(left: Atom, right: Atom): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    return Boolean(left) === Boolean(right);
  }
  if (typeof left === 'number' || typeof right === 'number') {
    return atomNumber(left) === atomNumber(right);
  }
  return left === right;
}

/** What an operator is when its operands change sides. */
export const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** NaN is unequal to everything, and neither less nor greater than anything. */
export function compareNumbers(operator: ComparisonOperator, left: number, right: number): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** Applies an operator of §3.5. */
export function calculate(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case 'div':
      return left / right;
    case 'mod':
      return left % right;
  }
}

const numberPattern = /^[\t\n\r ]*-?(?:\d+(?:\.\d*)?|\.\d+)[\t\n\r ]*$/;

/** The number that a text spells in XPath's own syntax, which knows neither exponents nor a plus sign; else NaN. */
export function textNumber(text: string): number {
  return numberPattern.test(text) ? Number(text) : Number.NaN;
}

/** A number in decimal, which XPath 1.0 writes without exponents (§4.2). */
export function numberText(value: number): string {
  const text = String(value === 0 ? 0 : value);
  if (!text.includes('e')) {
    return text;
  }
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text)!;
  const digits = `${whole}${fraction}`;
  const point = Number(exponent) + 1;
  return point > 0 ? `${sign}${digits.padEnd(point, '0')}` : `${sign}0.${'0'.repeat(-point)}${digits}`;
}
