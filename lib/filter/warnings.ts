import { microseconds } from '../time-stamps';
import {
  type Comparison,
  type ComparisonOperator,
  type Expression,
  type FunctionCall,
  nameText,
  type Path,
  partsOf,
} from '../xpath/ast';
import { textNumber } from '../xpath/atoms';
import { dependence } from '../xpath/dependence';
import {
  anyKind,
  type NodeKinds,
  onlyElement,
  onlyRoot,
  reachedFrom,
  selectedBy,
  whyNothing,
} from '../xpath/node-kinds';
import type { Scope } from '../xpath/scope';
import { staticType } from '../xpath/static-type';
import { constantText } from './constant';

/** Something in a filter that is allowed, but hardly meant. */
export interface FilterWarning {
  /** Where in the expression, counted from 0 in UTF-16 code units. */
  readonly position: number;
  readonly message: string;
}

/** Looks for what is allowed but hardly meant: what can never match, always matches, or compares otherwise than it reads. */
export function findWarnings(expression: Expression, scope: Scope): FilterWarning[] {
  const finder = new WarningFinder(scope);
  if (isConstant(expression)) {
    finder.warn(expression.start, 'the filter does not depend on the event: it matches either all events or none');
  } else {
    finder.visit(expression, onlyElement, true);
  }
  return finder.warnings.sort((a, b) => a.position - b.position);
}

class WarningFinder {
  readonly warnings: FilterWarning[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  warn(position: number, message: string): void {
    this.warnings.push({ position, message });
  }

  /**
   * @param context What the context node can be.
   * @param top Whether the context node is the `event` element.
   */
  visit(expression: Expression, context: NodeKinds, top: boolean): void {
    switch (expression.kind) {
      case 'or':
      case 'and':
        for (const operand of expression.operands) {
          if (isConstant(operand)) {
            this.warn(
              operand.start,
              `this operand of '${expression.kind}' is the same for every event${orForgotten(operand)}`,
            );
          }
          this.visit(operand, context, top);
        }
        if (expression.kind === 'and') {
          this.#findContradiction(expression.operands);
        }
        break;
      case 'comparison':
        this.#visitComparison(expression);
        this.#visitAll(partsOf(expression), context, top);
        break;
      case 'call':
        this.#visitCall(expression);
        this.#visitAll(expression.arguments, context, top);
        break;
      case 'filtered':
        this.visit(expression.base, context, top);
        this.#visitPredicates(expression.predicates, anyKind);
        break;
      case 'path':
        this.#visitPath(expression, context, top);
        break;
      default:
        this.#visitAll(partsOf(expression), context, top);
    }
  }

  #visitCall({ name, arguments: [argument] }: FunctionCall): void {
    const text = nameText(name) === 'microseconds' ? constantText(argument!, this.#scope) : undefined;
    if (text !== undefined && Number.isNaN(microseconds(text))) {
      this.warn(
        argument!.start,
        `${JSON.stringify(text)} is no time of ISO 8601, such as '2026-01-02T03:04:05.123456Z', so this is no number`,
      );
    }
  }

  #visitAll(expressions: readonly Expression[], context: NodeKinds, top: boolean): void {
    for (const expression of expressions) {
      this.visit(expression, context, top);
    }
  }

  #visitPath(path: Path, context: NodeKinds, top: boolean): void {
    const { from, steps } = path;
    if (typeof from !== 'string') {
      this.visit(from, context, top);
    }
    this.#visitFirstStep(path, top);
    let kinds = from === 'context' ? context : from === 'root' ? onlyRoot : anyKind;
    for (const { axis, test, predicates, start } of steps) {
      const reached = reachedFrom(kinds, axis);
      const selected = selectedBy(test, axis, reached);
      if (selected.size === 0 && kinds.size > 0) {
        this.warn(start, `this step never selects anything: ${whyNothing(kinds, axis, reached)}`);
      }
      kinds = selected;
      this.#visitPredicates(predicates, kinds);
    }
  }

  /** One element off (`event/…` from the event itself, `/domain` from the document), or a call without its parentheses. */
  #visitFirstStep({ from, steps }: Path, top: boolean): void {
    const first = steps[0];
    if (first?.axis !== 'child' || first.test.kind !== 'name' || first.test.name.prefix !== undefined) {
      return;
    }
    const name = first.test.name.local;
    if (from === 'root' && name !== 'event') {
      this.warn(
        first.start,
        `the root element of an event is 'event', so '/${name}' selects nothing there; write '${name}' or '/event/${name}'`,
      );
    } else if (from === 'context' && top && name === 'event') {
      this.warn(
        first.start,
        "the context node is the event element itself, and this looks for an 'event' inside it; write '/event' for the event",
      );
    } else if (from === 'context' && steps.length === 1 && callsWithoutArguments.has(name)) {
      this.warn(first.start, `this looks for elements named '${name}'; the function is written ${name}()`);
    }
  }

  #visitPredicates(predicates: readonly Expression[], kinds: NodeKinds): void {
    for (const predicate of predicates) {
      const type = staticType(predicate, this.#scope);
      if (isConstant(predicate) && (type === 'string' || type === 'boolean')) {
        this.warn(predicate.start, 'this predicate is the same for every node');
      }
      this.visit(predicate, kinds, false);
    }
    this.#findContradiction(predicates);
  }

  #visitComparison({ operator, left, right }: Comparison): void {
    this.#visitOperand(operator, left, right);
    this.#visitOperand(operator, right, left);
  }

  #visitOperand(operator: ComparisonOperator, operand: Expression, other: Expression): void {
    const text = constantText(operand, this.#scope);
    if (operator !== '=' && operator !== '!=') {
      if (text !== undefined && Number.isNaN(textNumber(text))) {
        this.warn(
          operand.start,
          `'${operator}' always compares numbers in XPath 1.0, and ${JSON.stringify(text)} is none, so this is never true${orTime(text)}`,
        );
      } else if (ownAttribute(operand) === 'timestamp' && constantText(other, this.#scope) === undefined) {
        this.warn(
          operand.start,
          `'${operator}' always compares numbers in XPath 1.0, and a time stamp is none; write microseconds(@timestamp)`,
        );
      }
    } else if (text !== undefined && staticType(other, this.#scope) === 'boolean') {
      this.warn(
        operand.start,
        "compared with a boolean, a string counts as true unless it is empty, 'false' included; write true() or false()",
      );
    }
  }

  /** An attribute has one value: `@type = 'a' and @type = 'b'`. */
  #findContradiction(operands: readonly Expression[]): void {
    const wanted = new Map<string, string>();
    for (const operand of operands) {
      if (operand.kind !== 'comparison' || operand.operator !== '=') {
        continue;
      }
      const attribute = ownAttribute(operand.left) ?? ownAttribute(operand.right);
      const value = constantText(operand.left, this.#scope) ?? constantText(operand.right, this.#scope);
      if (attribute === undefined || value === undefined) {
        continue;
      }
      const earlier = wanted.get(attribute);
      if (earlier !== undefined && earlier !== value) {
        this.warn(
          operand.start,
          `the attribute '${attribute}' cannot be ${JSON.stringify(earlier)} and ${JSON.stringify(value)} at once, so this is never true; did you mean 'or'?`,
        );
      }
      wanted.set(attribute, earlier ?? value);
    }
  }
}

function ownAttribute(expression: Expression): string | undefined {
  if (expression.kind !== 'path' || expression.from !== 'context' || expression.steps.length !== 1) {
    return undefined;
  }
  const { axis, test } = expression.steps[0]!;
  return axis === 'attribute' && test.kind === 'name' ? nameText(test.name) : undefined;
}

/** Whether an expression has the same value whatever the event and the context node are; a variable is there to vary. */
function isConstant(expression: Expression): boolean {
  return dependence(expression) === 0 && !hasVariable(expression);
}

function hasVariable(expression: Expression): boolean {
  return expression.kind === 'variable' || partsOf(expression).some(hasVariable);
}

const callsWithoutArguments: ReadonlySet<string> = new Set(['true', 'false', 'last', 'position']);

function orTime(text: string): string {
  return Number.isNaN(microseconds(text)) ? '' : '; times are compared by microseconds(a) and microseconds(b)';
}

/** `@type = 'a' or 'b'` is the commonest way to a constant operand. */
function orForgotten(operand: Expression): string {
  return operand.kind === 'string'
    ? `: a string is true unless it is empty; was a comparison meant, such as 'a = "${operand.value}"'?`
    : '';
}
