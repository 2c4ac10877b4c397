import { type Axis, type Expression, type FunctionCall, nameText, type Path } from '../xpath/ast';
import { isFixed, isPositional } from '../xpath/dependence';
import type { Scope } from '../xpath/scope';
import { builtInFunctions } from '../xpath/signatures';

/**
 * How the work of evaluating an expression grows with the event, in the worst case.
 *
 * - `constant`: it looks at the event element and its attributes, or at nothing;
 * - `children`: it goes down step by step, and looks at the children of the elements that it names;
 * - `document`: it may look at every node of the event;
 * - `quadratic`: for each of many nodes it may look at many others, so that on large events it may reach the cap on
 *   operations.
 *
 * What functions of the program's own do isn't in it.
 */
export type CostClass = 'constant' | 'children' | 'document' | 'quadratic';

const classes: readonly CostClass[] = ['constant', 'children', 'document', 'quadratic'];

/** Estimates the work of evaluating an expression. */
export function costOf(expression: Expression, scope: Scope): CostClass {
  return new CostEstimate(scope).of(expression, { isRepeated: false, isTest: true, isRead: false });
}

/** How the value of an expression is used. */
interface Use {
  /** Whether it is evaluated for many context nodes, one after another. */
  readonly isRepeated: boolean;
  /** Whether the first node that passes a test, the same for all context nodes, decides. */
  readonly isTest: boolean;
  /** Whether the text of nodes is read. */
  readonly isRead: boolean;
}

class CostEstimate {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  of(expression: Expression, use: Use): CostClass {
    switch (expression.kind) {
      case 'string':
      case 'number':
      case 'variable':
        return 'constant';
      case 'or':
      case 'and':
        return this.#highest(expression.operands, { ...use, isTest: true, isRead: false });
      case 'union':
        return this.#highest(expression.operands, use);
      case 'comparison':
        return this.#comparison(expression.left, expression.right, use);
      case 'arithmetic':
        return this.#highest(expression.operands, { ...use, isTest: false, isRead: true });
      case 'negation':
        return this.of(expression.operand, { ...use, isTest: false, isRead: true });
      case 'call':
        return this.#call(expression, use);
      case 'filtered': {
        const base = this.of(expression.base, { ...use, isTest: false });
        return highest(base, this.#highest(expression.predicates, perNode));
      }
      case 'path':
        return this.#path(expression, use);
    }
  }

  #highest(expressions: readonly Expression[], use: Use): CostClass {
    return highest(...expressions.map((expression) => this.of(expression, use)));
  }

  #comparison(left: Expression, right: Expression, use: Use): CostClass {
    return highest(
      this.of(left, { ...use, isTest: isFixed(right), isRead: true }),
      this.of(right, { ...use, isTest: isFixed(left), isRead: true }),
    );
  }

  #call({ name, arguments: args }: FunctionCall, use: Use): CostClass {
    const called = nameText(name);
    if (called === 'boolean' || called === 'not') {
      return this.#highest(args, { ...use, isTest: true, isRead: false });
    }
    const isRead = !(builtInFunctions.get(called)?.parameters.includes('node-set') ?? false) || called === 'sum';
    const contextText = args.length === 0 && readsContext.has(called) ? 'document' : 'constant';
    return highest(contextText, this.#highest(args, { ...use, isTest: false, isRead }));
  }

  #path(path: Path, use: Use): CostClass {
    const { from, steps } = path;
    let cost: CostClass = typeof from === 'string' ? 'constant' : this.of(from, { ...use, isTest: false });
    let isMany = typeof from !== 'string';
    steps.forEach(({ axis, test, predicates }, index) => {
      const counts = predicates.some((predicate) => isPositional(predicate, this.#scope));
      cost = highest(cost, isMany && counts && !isOwn(axis) ? 'quadratic' : axisCosts[axis]);
      // The document has one outermost element, and an element one attribute of a name.
      const isOne =
        axis === 'self' ||
        axis === 'parent' ||
        (axis === 'attribute' && test.kind === 'name') ||
        (axis === 'child' && from === 'root' && index === 0);
      isMany ||= !isOne;
      cost = highest(
        cost,
        this.#highest(predicates, isMany || use.isRepeated ? perNode : { ...perNode, isRepeated: false }),
      );
    });
    const last = steps.at(-1)?.axis;
    if (use.isRead && cost === 'constant' && last !== 'attribute' && last !== 'namespace') {
      // All the text of the event.
      return 'document';
    }
    return use.isRepeated && !isFixed(path) ? this.#repeated(path, cost, use) : cost;
  }

  /** A path from each of many context nodes. */
  #repeated({ from, steps }: Path, cost: CostClass, use: Use): CostClass {
    const start = typeof from === 'string' ? steps[0]?.axis : undefined;
    const meetsOthers = steps.some(({ axis }, index) => !isOwn(axis) && !(index === 0 && axis === 'parent'));
    if (start === 'parent' || !meetsOthers) {
      return cost;
    }
    const counts = steps.some(({ predicates }) => predicates.some((predicate) => isPositional(predicate, this.#scope)));
    return use.isTest && from === 'context' && !counts ? highest(cost, 'document') : 'quadratic';
  }
}

/** A predicate on many nodes. */
const perNode: Use = { isRepeated: true, isTest: true, isRead: false };

const readsContext: ReadonlySet<string> = new Set(['string', 'number', 'string-length', 'normalize-space']);

const axisCosts: Readonly<Record<Axis, CostClass>> = {
  self: 'constant',
  attribute: 'constant',
  namespace: 'constant',
  parent: 'constant',
  ancestor: 'constant',
  'ancestor-or-self': 'constant',
  child: 'children',
  'following-sibling': 'children',
  'preceding-sibling': 'children',
  descendant: 'document',
  'descendant-or-self': 'document',
  following: 'document',
  preceding: 'document',
};

/** Whether different nodes have different nodes on an axis, so that no node is looked at from many. */
function isOwn(axis: Axis): boolean {
  return axis === 'self' || axis === 'child' || axis === 'attribute' || axis === 'namespace';
}

function highest(...costs: readonly CostClass[]): CostClass {
  return classes[Math.max(0, ...costs.map((cost) => classes.indexOf(cost)))]!;
}
