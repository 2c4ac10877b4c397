import { type Expression, type NodeTest, nameText, type Path, type Step } from './ast';

/**
 * Writes an expression in full: every axis named, every abbreviation expanded, only the parentheses that are needed.
 *
 * What it writes parses to the same tree again.
 */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'or':
    case 'and':
      return printOperands(expression, expression.operands, ` ${expression.kind} `);
    case 'union':
      return printOperands(expression, expression.operands, ' | ');
    case 'comparison': {
      const left = printOperand(expression.left, precedence(expression));
      const right = printOperand(expression.right, precedence(expression) + 1);
      return `${left} ${expression.operator} ${right}`;
    }
    case 'arithmetic': {
      const operands = expression.operands.map((operand) => printOperand(operand, precedence(expression) + 1));
      return operands.reduce((text, operand, index) => `${text} ${expression.operators[index - 1]} ${operand}`);
    }
    case 'negation':
      return `-${printOperand(expression.operand, precedence(expression))}`;
    case 'string':
      return quoted(expression.value);
    case 'number':
      return expression.digits;
    case 'variable':
      return `$${nameText(expression.name)}`;
    case 'call':
      return `${nameText(expression.name)}(${expression.arguments.map(printExpression).join(', ')})`;
    case 'filtered':
      return `${printOperand(expression.base, primary)}${printPredicates(expression.predicates)}`;
    case 'path':
      return printPath(expression);
  }
}

const unary = 7;
const path = 9;
const filtered = 10;
const primary = 11;

/** How tightly an expression holds together, the loosest first. */
function precedence(expression: Expression): number {
  switch (expression.kind) {
    case 'or':
      return 1;
    case 'and':
      return 2;
    case 'comparison':
      return expression.operator === '=' || expression.operator === '!=' ? 3 : 4;
    case 'arithmetic':
      return expression.operators[0] === '+' || expression.operators[0] === '-' ? 5 : 6;
    case 'negation':
      return unary;
    case 'union':
      return unary + 1;
    case 'path':
      // A lone '/' would take a following '*' or 'and' for its first step.
      return expression.steps.length === 0 ? 0 : path;
    case 'filtered':
      return filtered;
    default:
      return primary;
  }
}

function printOperands(chain: Expression, operands: readonly Expression[], separator: string): string {
  return operands.map((operand) => printOperand(operand, precedence(chain) + 1)).join(separator);
}

function printOperand(operand: Expression, least: number): string {
  const text = printExpression(operand);
  return precedence(operand) < least ? `(${text})` : text;
}

function printPath({ from, steps }: Path): string {
  const start = from === 'context' ? '' : `${from === 'root' ? '' : printOperand(from, filtered)}/`;
  return start + steps.map(printStep).join('/');
}

function printStep({ axis, test, predicates }: Step): string {
  return `${axis}::${printNodeTest(test)}${printPredicates(predicates)}`;
}

function printNodeTest(test: NodeTest): string {
  switch (test.kind) {
    case 'any':
      return '*';
    case 'namespace':
      return `${test.prefix}:*`;
    case 'name':
      return nameText(test.name);
    case 'type':
      return `${test.type}(${test.target === undefined ? '' : quoted(test.target)})`;
  }
}

function printPredicates(predicates: readonly Expression[]): string {
  return predicates.map((predicate) => `[${printExpression(predicate)}]`).join('');
}

/** A literal can't hold both kinds of quotes (production [29]). */
function quoted(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
