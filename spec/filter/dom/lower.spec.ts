import { lower, type Names } from '../../../lib/filter/dom/lower';
import type { Expression } from '../../../lib/xpath/ast';
import { highestFilterLimits } from '../../../lib/xpath/limits';
import { parseExpression } from '../../../lib/xpath/parser';
import { printExpression } from '../../../lib/xpath/print';
import { readScope } from '../../../lib/xpath/scope';

const scope = readScope({}, {}, {});
const names: Names = { prefix: (name) => name, variable: (name) => name };

function lowered(source: string): Expression {
  return lower(parseExpression(source, highestFilterLimits), scope, names);
}

/** How many expressions of one kind stand inside each other. */
function depthOf(expression: Expression, kind: string): number {
  if (expression.kind !== kind || !('operands' in expression)) {
    return 0;
  }
  return 1 + Math.max(...expression.operands.map((each) => depthOf(each, kind)));
}

describe('lowering', () => {
  it.each([
    ['or', ' or '],
    ['and', ' and '],
    ['union', ' | '],
  ])('makes a chain of %s no deeper than a balanced tree', (kind, operator) => {
    for (const [count, depth] of [
      [2, 1],
      [3, 2],
      [4, 2],
      [5, 3],
      [8, 3],
      [9, 4],
      [1_024, 10],
      [2_047, 11],
      [2_049, 12],
    ] as const) {
      const chain = Array.from({ length: count }, (_, number) => `a${number}`).join(operator);
      expect([count, depthOf(lowered(chain), kind)]).toEqual([count, depth]);
    }
  });

  it.each([
    ['or', ' or '],
    ['and', ' and '],
    ['union', ' | '],
  ])('keeps the operands of a chain of %s, and their order', (_, operator) => {
    for (let count = 2; count < 20; count += 1) {
      const operands = Array.from({ length: count }, (_each, number) => `a${number}`);
      const printed = printExpression(lowered(operands.join(operator)));
      expect(printed.match(/a\d+/g)).toEqual(operands);
      expect(printed.match(/ (or|and|\|) /g)).toHaveLength(count - 1);
    }
  });
});
