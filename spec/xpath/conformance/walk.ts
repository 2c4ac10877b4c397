import type { Expression, Step } from '../../../lib/xpath/ast';
import { anyKind, type NodeKinds, onlyElement, onlyRoot, reachedFrom, selectedBy } from '../../../lib/xpath/node-kinds';

/** What is looked for in an expression; each test may say yes. */
export interface Tests {
  readonly expression?: (expression: Expression) => boolean;
  /** A step, with the kinds of node that it can start from. */
  readonly step?: (step: Step, from: NodeKinds, first: 'root' | 'context' | Expression | undefined) => boolean;
}

/** Whether a test says yes to an expression or to anything inside it. */
export function contains(expression: Expression, tests: Tests): boolean {
  return new Walk(tests).some(expression, onlyElement);
}

class Walk {
  readonly #tests: Tests;

  constructor(tests: Tests) {
    this.#tests = tests;
  }

  some(expression: Expression, context: NodeKinds): boolean {
    if (this.#tests.expression?.(expression)) {
      return true;
    }
    switch (expression.kind) {
      case 'or':
      case 'and':
      case 'union':
      case 'arithmetic':
        return expression.operands.some((operand) => this.some(operand, context));
      case 'comparison':
        return this.some(expression.left, context) || this.some(expression.right, context);
      case 'negation':
        return this.some(expression.operand, context);
      case 'call':
        return expression.arguments.some((argument) => this.some(argument, context));
      case 'filtered':
        return (
          this.some(expression.base, context) ||
          expression.predicates.some((predicate) => this.some(predicate, kindsOf(expression.base, context)))
        );
      case 'path':
        return (
          (typeof expression.from !== 'string' && this.some(expression.from, context)) ||
          this.#someStep(expression, context)
        );
      default:
        return false;
    }
  }

  #someStep({ from, steps }: Extract<Expression, { kind: 'path' }>, context: NodeKinds): boolean {
    let kinds = startOf(from, context);
    return steps.some((step, index) => {
      const before = kinds;
      kinds = selectedBy(step.test, step.axis, reachedFrom(kinds, step.axis));
      return (
        this.#tests.step?.(step, before, index === 0 ? from : undefined) ||
        step.predicates.some((predicate) => this.some(predicate, kinds))
      );
    });
  }
}

function kindsOf(expression: Expression, context: NodeKinds): NodeKinds {
  switch (expression.kind) {
    case 'path':
      return expression.steps.reduce(
        (kinds, { axis, test }) => selectedBy(test, axis, reachedFrom(kinds, axis)),
        startOf(expression.from, context),
      );
    case 'union':
      return new Set(expression.operands.flatMap((operand) => [...kindsOf(operand, context)]));
    case 'filtered':
      return kindsOf(expression.base, context);
    default:
      return anyKind;
  }
}

function startOf(from: 'root' | 'context' | Expression, context: NodeKinds): NodeKinds {
  return from === 'context' ? context : from === 'root' ? onlyRoot : kindsOf(from, context);
}
