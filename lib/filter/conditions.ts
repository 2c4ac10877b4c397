import type { Expression, Path, Step } from '../xpath/ast';
import { isPositional } from '../xpath/dependence';
import type { Scope } from '../xpath/scope';
import { staticType } from '../xpath/static-type';

/** Something that has to be true of an event if the whole expression is. */
export interface Condition {
  readonly expression: Expression;
  /** What it looks at in the event: the paths and calculations whose values decide it. */
  readonly operands: readonly Expression[];
}

/**
 * Takes an expression apart into conditions, all of which are true if it is.
 *
 * These are the operands of its outermost `and`, and, of a path in them, what its predicates ask for one by one. The
 * converse doesn't hold: each predicate may be true, but of another node.
 */
export function conditionsOf(expression: Expression, scope: Scope): Condition[] {
  switch (expression.kind) {
    case 'and':
      return expression.operands.flatMap((operand) => conditionsOf(operand, scope));
    case 'path':
      return isSplittable(expression, scope) ? conditionsOfPath(expression) : [whole(expression)];
    case 'comparison': {
      // With a boolean a path is compared as a whole (§3.4), so that more nodes may make a comparison false.
      const sides = [expression.left, expression.right];
      if (!sides.every((side) => isPathToSplit(side, scope) || isText(side, scope))) {
        return [whole(expression)];
      }
      const paths = sides.filter((side): side is Path => side.kind === 'path');
      const left = withoutPredicates(expression.left);
      const right = withoutPredicates(expression.right);
      return [...paths.flatMap(conditionsOfPredicates), whole({ ...expression, left, right })];
    }
    default:
      return [whole(expression)];
  }
}

function isPathToSplit(expression: Expression, scope: Scope): boolean {
  return expression.kind === 'path' && isSplittable(expression, scope);
}

/** Whether it is neither a set of nodes nor a boolean. */
function isText(expression: Expression, scope: Scope): boolean {
  const type = staticType(expression, scope);
  return type === 'string' || type === 'number';
}

function whole(expression: Expression): Condition {
  return { expression, operands: operandsOf(expression) };
}

/** How many steps, times predicates, a path may have to be taken apart: for each predicate the steps are written once more. */
const MOST_TAKEN_APART = 256;

/** Whether each predicate of a path may be looked at without the others: none depends on how many nodes are left. */
function isSplittable({ from, steps }: Path, scope: Scope): boolean {
  const predicates = steps.reduce((count, step) => count + step.predicates.length, 0);
  return (
    typeof from === 'string' &&
    steps.length * predicates <= MOST_TAKEN_APART &&
    steps.every(({ predicates }) => predicates.every((predicate) => !isPositional(predicate, scope)))
  );
}

function conditionsOfPath(path: Path): Condition[] {
  const conditions = conditionsOfPredicates(path);
  const endsInPredicate = (path.steps.at(-1)?.predicates.length ?? 0) > 0;
  return endsInPredicate ? conditions : [...conditions, whole(withoutPredicates(path))];
}

/** A condition for each predicate: that some node, found without the other predicates, is as it asks. */
function conditionsOfPredicates(path: Path): Condition[] {
  const steps = path.steps.map(bare);
  return path.steps.flatMap(({ predicates }, place) => {
    const led = { ...path, steps: steps.slice(0, place + 1) };
    return predicates.flatMap(operandsOfAnd).map((predicate) => ({
      expression: { ...led, steps: [...steps.slice(0, place), { ...steps[place]!, predicates: [predicate] }] },
      operands: operandsOf(predicate).flatMap((operand) => ledTo(led, operand)),
    }));
  });
}

function operandsOfAnd(expression: Expression): readonly Expression[] {
  return expression.kind === 'and' ? expression.operands.flatMap(operandsOfAnd) : [expression];
}

/** What a predicate looks at, from the context node of the whole expression; nothing if it isn't a path. */
function ledTo(path: Path, operand: Expression): Expression[] {
  if (operand.kind !== 'path' || typeof operand.from !== 'string') {
    return [];
  }
  return [operand.from === 'root' ? operand : { ...path, steps: [...path.steps, ...operand.steps] }];
}

function withoutPredicates<T extends Expression>(expression: T): T {
  return expression.kind === 'path' ? { ...expression, steps: expression.steps.map(bare) } : expression;
}

function bare(step: Step): Step {
  return { ...step, predicates: [] };
}

/** What decides an expression: both sides of its comparisons, and the arguments of its functions, but no constants. */
function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'or':
    case 'and':
      return expression.operands.flatMap(operandsOf);
    case 'comparison':
      return [expression.left, expression.right].filter(isVariable);
    case 'call':
      return isLogical(expression.name.local)
        ? expression.arguments.flatMap((argument) => (argument.kind === 'path' ? [argument] : operandsOf(argument)))
        : expression.arguments.filter(isVariable);
    default:
      return [];
  }
}

const isLogical = (name: string) => name === 'not' || name === 'boolean';

/** Whether an expression is worth a look at its value: it is different in each event. */
function isVariable(expression: Expression): boolean {
  if (expression.kind === 'call') {
    return expression.arguments.length > 0 || !['true', 'false'].includes(expression.name.local);
  }
  return expression.kind !== 'string' && expression.kind !== 'number' && expression.kind !== 'variable';
}
