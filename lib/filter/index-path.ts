import { type NodeTest, nameText, type Path, type QualifiedName, type Step } from '../xpath/ast';
import type { Scope } from '../xpath/scope';

/** A location path without predicates that leads down from the root element, in a form that all its spellings share. */
export interface IndexPath {
  /** The same for all paths to the same nodes, whatever prefixes their filters give to namespaces. */
  readonly key: string;
  readonly path: Path;
  /** What its prefixes stand for. */
  readonly scope: Scope;
}

/** A location path as a filter has it: its predicates don't count. */
export interface Trail {
  readonly from: 'root' | 'context';
  readonly steps: readonly Step[];
}

/**
 * The path to index for a trail from the root element or from the root: it selects all that the trail selects, and perhaps
 * more.
 *
 * `undefined` if the trail doesn't lead only down, or begins at something that no event has.
 */
export function indexPath(trail: Trail, scope: Scope): IndexPath | undefined {
  const down = stepsDown(trail.steps);
  const steps = trail.from === 'root' ? down && fromRootElement(down) : down;
  if (steps === undefined) {
    return undefined;
  }
  const path: Path = { kind: 'path', from: 'context', steps: steps.length === 0 ? [self] : steps, ...nowhere };
  return {
    key: write(path, (name) => expandedName(name, scope)),
    path,
    scope,
  };
}

/** A path as one would write it: `domain/name`, `@type`, `//disk/@dev`. */
export function indexPathText({ path }: IndexPath): string {
  return write(path, nameText);
}

/** Which of two paths it is better to look up, all else being equal: the lower; few events share a UUID. */
export function indexRank({ path: { steps } }: IndexPath): number {
  const { test } = steps[steps.length - 1]!;
  const name = test.kind === 'name' ? test.name.local : '';
  const byName = name === 'uuid' ? 0 : name === 'name' ? 1 : 2;
  return steps.some(goesDeep) ? byName + 3 : byName;
}

/** How many ranks of paths there are. */
export const PATH_RANKS = 6;

const nowhere = { start: 0, end: 0 };

function step(axis: Step['axis'], test: NodeTest): Step {
  return { axis, test, predicates: [], ...nowhere };
}

const self = step('self', { kind: 'type', type: 'node', target: undefined, ...nowhere });
const type = step('attribute', { kind: 'name', name: { prefix: undefined, local: 'type' }, ...nowhere });

/** The path `@type`, whose value is known of an event before anything of it is looked at. */
export const typePath: IndexPath = {
  key: '@type',
  path: { kind: 'path', from: 'context', steps: [type], ...nowhere },
  scope: { namespaces: new Map(), variables: new Map(), functions: new Map() },
};

/** Leaves only `child`, `attribute`, `descendant` and `descendant-or-self`, as few of them as possible. */
function stepsDown(steps: readonly Step[]): readonly Step[] | undefined {
  const down: Step[] = [];
  for (const { axis, test } of steps) {
    const last = down.at(-1);
    const fromAnywhere = last !== undefined && selectsAnyDepth(last);
    switch (axis) {
      case 'self':
        if (fromAnywhere) {
          down[down.length - 1] = step('descendant-or-self', test);
        }
        break;
      case 'parent':
        if (last?.axis !== 'child' && last?.axis !== 'attribute') {
          return undefined;
        }
        down.pop();
        break;
      case 'child':
        if (fromAnywhere) {
          down[down.length - 1] = step('descendant', test);
        } else {
          down.push(step('child', test));
        }
        break;
      case 'descendant':
      case 'descendant-or-self':
        if (fromAnywhere) {
          down.pop();
        }
        down.push(step(axis, test));
        break;
      case 'attribute':
        down.push(step(axis, test));
        break;
      default:
        return undefined;
    }
  }
  return down;
}

/** Whether a step is what `//` stands for. */
function selectsAnyDepth({ axis, test }: Step): boolean {
  return axis === 'descendant-or-self' && test.kind === 'type' && test.type === 'node';
}

function goesDeep({ axis }: Step): boolean {
  return axis === 'descendant' || axis === 'descendant-or-self';
}

/** Makes steps from the root into steps from the root element, an event's only other node on the top. */
function fromRootElement(steps: readonly Step[]): readonly Step[] | undefined {
  const [first, ...others] = steps;
  if (first === undefined) {
    // The root has the string-value of the root element (XPath 1.0 §5.1).
    return steps;
  }
  const reachesElement = first.test.kind !== 'type' || first.test.type === 'node';
  switch (first.axis) {
    case 'child':
      return reachesElement ? others : undefined;
    case 'descendant':
      return [step('descendant-or-self', first.test), ...others];
    case 'descendant-or-self':
      return steps;
    default:
      return undefined;
  }
}

function write({ steps }: Path, name: (name: QualifiedName) => string): string {
  let text = '';
  steps.forEach((step, index) => {
    const isFirst = index === 0;
    const test = writeTest(step.test, name);
    switch (step.axis) {
      case 'descendant-or-self':
        if (selectsAnyDepth(step) && index < steps.length - 1) {
          text += '/';
        } else {
          text += isFirst ? `//${test}` : `/descendant-or-self::${test}`;
        }
        break;
      case 'descendant':
        text += isFirst ? `.//${test}` : `//${test}`;
        break;
      case 'self':
        text += '.';
        break;
      default:
        text += `${isFirst ? '' : '/'}${step.axis === 'attribute' ? '@' : ''}${test}`;
    }
  });
  return text;
}

function writeTest(test: NodeTest, name: (name: QualifiedName) => string): string {
  switch (test.kind) {
    case 'any':
      return '*';
    case 'namespace':
      return name({ prefix: test.prefix, local: '*' });
    case 'name':
      return name(test.name);
    case 'type':
      return `${test.type}(${test.target === undefined ? '' : JSON.stringify(test.target)})`;
  }
}

/** A name with its namespace instead of the prefix. */
function expandedName({ prefix, local }: QualifiedName, scope: Scope): string {
  return prefix === undefined ? local : `{${JSON.stringify(scope.namespaces.get(prefix))}}${local}`;
}
