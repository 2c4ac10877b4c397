import type { Node } from '@xmldom/xmldom';
import type { Expression } from '../xpath/ast';
import { printExpression } from '../xpath/print';

/** What is used of the `xpath` package, whose own types lack most of it and pull in those of a browser. */
interface XPathPackage {
  parse(expression: string): { evaluate(options: { readonly node: Node }): { toUnsortedArray(): Node[] } };
}

let xpathPackage: XPathPackage | undefined;

/** The letters that the package is sure to know; it has those of XML's first edition only. */
const plainName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * Whether the `xpath` package surely selects what an expression asks for, in document order and in little time: a path straight
 * down, such as `domain/devices/disk/@type`.
 *
 * It is wrong about several axes, functions and conversions, and before it tries a predicate, or hands out nodes in
 * order, it sorts them in quadratic time.
 */
export function isStraightPath(expression: Expression): boolean {
  return (
    expression.kind === 'path' &&
    typeof expression.from === 'string' &&
    expression.steps.every(
      ({ axis, test, predicates }) =>
        (axis === 'child' || axis === 'attribute') &&
        test.kind === 'name' &&
        test.name.prefix === undefined &&
        plainName.test(test.name.local) &&
        predicates.length === 0,
    )
  );
}

/** The nodes at the end of a straight path, by the package, which is loaded by the first call. */
export function selectStraight(path: Expression, node: Node): Node[] {
  xpathPackage ??= require('xpath') as XPathPackage;
  return xpathPackage.parse(printExpression(path)).evaluate({ node }).toUnsortedArray();
}
