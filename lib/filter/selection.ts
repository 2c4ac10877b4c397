import { type NodeTest, nameText, type Step } from '../xpath/ast';
import type { Trail } from './index-path';
import { always, type Requirement } from './requirement';

/** Beyond these a path isn't looked into: it would take up more than it gives. */
const MOST_TRAILS = 8;
const LONGEST_TRAIL = 16;

/** Nodes, by what is known about them. */
export interface Selection {
  /** Trails to all of them, and perhaps to more; `undefined` if they aren't known. */
  readonly trails: readonly Trail[] | undefined;
  /** What is required for there to be any. */
  readonly needs: Requirement;
  /**
   * What an event has that is as required: `all` nodes that the trails lead to; `some` nodes, whichever; or perhaps none.
   */
  readonly extent: 'all' | 'some' | 'unknown';
  /** Whether it is one node, the root element. */
  readonly isOne: boolean;
}

export const rootElement: Selection = {
  trails: [{ from: 'context', steps: [] }],
  needs: always,
  extent: 'all',
  isOne: true,
};
export const rootTrails: Selection['trails'] = [{ from: 'root', steps: [] }];
export const unknownNodes: Selection = { trails: undefined, needs: always, extent: 'unknown', isOne: false };

/** A step from the root: of its nodes, an event's root element alone counts. */
export function firstStep(nodes: Selection, step: Step): Selection {
  const next = nextStep(nodes, step);
  switch (step.axis) {
    case 'child':
      return isRootElementTest(step.test)
        ? { ...next, needs: step.test.kind === 'name' ? isNamedEvent : always, isOne: nodes.extent === 'all' }
        : { ...next, extent: 'unknown' };
    case 'descendant':
    case 'descendant-or-self':
      return next;
    default:
      return { ...next, extent: 'unknown' };
  }
}

const isNamedEvent: Requirement = { kind: 'name', isNegated: false };

export function nextStep({ trails, needs, extent, isOne }: Selection, step: Step): Selection {
  const isSelf = step.axis === 'self';
  const isLong = trails?.some(({ steps }) => steps.length === LONGEST_TRAIL) ?? true;
  return {
    trails: isLong ? undefined : trails!.map(({ from, steps }) => ({ from, steps: [...steps, step] })),
    needs,
    extent: extent === 'all' && leadsDown(step) && !isLong ? 'all' : 'unknown',
    isOne: isOne && isSelf && leadsDown(step),
  };
}

/** Whether a step stays as it is in the path that is indexed. */
function leadsDown({ axis, test }: Step): boolean {
  switch (axis) {
    case 'child':
    case 'attribute':
    case 'descendant':
    case 'descendant-or-self':
      return true;
    case 'self':
      return test.kind === 'type' && test.type === 'node';
    default:
      return false;
  }
}

/** Whether the root element of an event passes, its name being `event`, in whatever namespace. */
function isRootElementTest(test: NodeTest): boolean {
  return test.kind === 'any' || (test.kind === 'name' && nameText(test.name) === 'event');
}

export function allTrails(parts: readonly Selection[]): Selection['trails'] {
  const trails: Trail[] = [];
  for (const part of parts) {
    if (part.trails === undefined || trails.length + part.trails.length > MOST_TRAILS) {
      return undefined;
    }
    trails.push(...part.trails);
  }
  return trails;
}
