import { type Expression, nameText, type Path, partsOf } from './ast';
import type { Scope } from './scope';
import { builtInFunctions } from './signatures';
import { staticType } from './static-type';

/** What the value of an expression depends on: a sum of these, none for a constant. */
export const dependsOn = {
  /** The nodes of the document. */
  document: 1,
  /** The parent of the context node. */
  parent: 2,
  /** The context node in any other way. */
  node: 4,
  /** The context position. */
  position: 8,
  /** The context size. */
  size: 16,
  /** What functions of the program's own return. */
  program: 32,
} as const;

/** Whether an expression has one value in an event, whatever the context is. */
export function isFixed(expression: Expression): boolean {
  return (dependence(expression) & ~dependsOn.document) === 0;
}

/** Whether a predicate may depend on the position of the node: a number is compared with it (XPath 1.0 §2.4). */
export function isPositional(predicate: Expression, scope: Scope): boolean {
  const type = staticType(predicate, scope);
  return type === 'number' || type === 'any' || (dependence(predicate) & (dependsOn.position | dependsOn.size)) !== 0;
}

/** What the value of an expression depends on, as `dependsOn` names it; variables are constants. */
export function dependence(expression: Expression): number {
  switch (expression.kind) {
    case 'call':
      return ofFunction(nameText(expression.name), expression.arguments.length) | ofAll(expression.arguments);
    case 'filtered':
      return dependence(expression.base) | dependsOn.document | ofPredicates(expression.predicates);
    case 'path':
      return expression.steps.reduce(
        (sum, step) => sum | ofPredicates(step.predicates),
        ofStart(expression) | dependsOn.document,
      );
    default:
      return ofAll(partsOf(expression));
  }
}

function ofStart({ from, steps }: Path): number {
  switch (from) {
    case 'root':
      return 0;
    case 'context':
      return steps[0]!.axis === 'parent' ? dependsOn.parent : dependsOn.node;
    default:
      return dependence(from);
  }
}

/** Predicates have a context of their own, and can't look at the one outside. */
function ofPredicates(predicates: readonly Expression[]): number {
  return ofAll(predicates) & dependsOn.program;
}

function ofAll(expressions: readonly Expression[]): number {
  let sum = 0;
  for (const expression of expressions) {
    sum |= dependence(expression);
  }
  return sum;
}

function ofFunction(name: string, argumentsGiven: number): number {
  switch (name) {
    case 'position':
      return dependsOn.position;
    case 'last':
      return dependsOn.size;
    case 'id':
      return dependsOn.document;
    case 'lang':
      return dependsOn.document | dependsOn.node;
  }
  const signature = builtInFunctions.get(name);
  if (signature === undefined) {
    return dependsOn.program;
  }
  // Given nothing, they take the context node.
  const takesContext = argumentsGiven === 0 && signature.parameters.length > 0;
  return takesContext ? dependsOn.document | dependsOn.node : 0;
}
