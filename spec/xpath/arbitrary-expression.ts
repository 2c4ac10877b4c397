import fc from 'fast-check';
import {
  type ArithmeticOperator,
  axes,
  type ComparisonOperator,
  type Expression,
  type NodeTest,
  nodeTypes,
  type QualifiedName,
  type Step,
} from '../../lib/xpath/ast';
import { coreFunctions } from '../../lib/xpath/signatures';

/** Trees made by hand have no places. */
const nowhere = { start: 0, end: 0 };

const local = fc.constantFrom('event', 'domain', 'name', 'type', 'id', 'to', 'and', 'div', 'text', 'a-b', '\u00e9');
const name: fc.Arbitrary<QualifiedName> = fc.record({ prefix: fc.constantFrom(undefined, undefined, 'p'), local });

const nodeTest: fc.Arbitrary<NodeTest> = fc.oneof(
  fc.constant<NodeTest>({ kind: 'any', ...nowhere }),
  fc.constant<NodeTest>({ kind: 'namespace', prefix: 'p', ...nowhere }),
  name.map((of): NodeTest => ({ kind: 'name', name: of, ...nowhere })),
  fc.constantFrom(...nodeTypes).map((type): NodeTest => ({ kind: 'type', type, target: undefined, ...nowhere })),
  fc.constant<NodeTest>({ kind: 'type', type: 'processing-instruction', target: "it's", ...nowhere }),
);

const { expression } = fc.letrec<{ expression: Expression; step: Step }>((tie) => {
  const several = fc.array(tie('expression'), { minLength: 2, maxLength: 4 });
  return {
    step: fc.record({
      start: fc.constant(0),
      end: fc.constant(0),
      axis: fc.constantFrom(...axes),
      test: nodeTest,
      predicates: fc.array(tie('expression'), { maxLength: 2 }),
    }),
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .constantFrom('', 'web', '2.', ' 7 ', "it's", '"', '\u{1F600}')
        .map((value): Expression => ({ kind: 'string', value, ...nowhere })),
      fc
        .constantFrom('0', '1', '2', '3.25')
        .map((digits): Expression => ({ kind: 'number', digits, value: Number(digits), ...nowhere })),
      fc.constantFrom('text', 'number', 'flag').map(
        (of): Expression => ({
          kind: 'variable',
          name: { prefix: undefined, local: of },
          ...nowhere,
        }),
      ),
      fc.array(tie('step'), { minLength: 1, maxLength: 3 }).map(
        (steps): Expression => ({
          kind: 'path',
          from: 'context',
          steps,
          ...nowhere,
        }),
      ),
      fc
        .array(tie('step'), { maxLength: 3 })
        .map((steps): Expression => ({ kind: 'path', from: 'root', steps, ...nowhere })),
      fc.record({ from: tie('expression'), steps: fc.array(tie('step'), { minLength: 1, maxLength: 2 }) }).map(
        ({ from, steps }): Expression =>
          // Without a step of its own, a path from the context or the root would just be longer.
          ({ kind: 'path', from, steps, ...nowhere }),
      ),
      fc
        .record({ base: tie('expression'), predicates: fc.array(tie('expression'), { minLength: 1, maxLength: 2 }) })
        .map(({ base, predicates }): Expression => ({ kind: 'filtered', base, predicates, ...nowhere })),
      fc
        .record({ kind: fc.constantFrom('or' as const, 'and' as const, 'union' as const), operands: several })
        .map((chain): Expression => ({ ...chain, ...nowhere })),
      fc
        .record({
          operator: fc.constantFrom<ComparisonOperator>('=', '!=', '<', '<=', '>', '>='),
          left: tie('expression'),
          right: tie('expression'),
        })
        .map((comparison): Expression => ({ kind: 'comparison', ...comparison, ...nowhere })),
      arithmetic(several, ['+', '-']),
      arithmetic(several, ['*', 'div', 'mod']),
      tie('expression').map((operand): Expression => ({ kind: 'negation', operand, ...nowhere })),
      fc
        .record({
          of: fc.constantFrom(...coreFunctions.keys()),
          args: fc.array(tie('expression'), { maxLength: 3 }),
        })
        .map(
          ({ of, args }): Expression => ({
            kind: 'call',
            name: { prefix: undefined, local: of },
            arguments: args,
            ...nowhere,
          }),
        ),
    ),
  };
});

function arithmetic(
  several: fc.Arbitrary<Expression[]>,
  operators: readonly ArithmeticOperator[],
): fc.Arbitrary<Expression> {
  return several.chain((operands) =>
    fc
      .array(fc.constantFrom(...operators), { minLength: operands.length - 1, maxLength: operands.length - 1 })
      .map((between): Expression => ({ kind: 'arithmetic', operands, operators: between, ...nowhere })),
  );
}

/** Any tree that the grammar can make (a literal with both kinds of quotes it cannot); few of them have fitting types. */
export const arbitraryExpression: fc.Arbitrary<Expression> = expression;

/** The names that arbitrary expressions use. */
export const arbitraryScope = {
  namespaces: { p: 'urn:p' },
  variables: { text: 'web', number: 2, flag: true },
} as const;

/** A tree without its places, for comparison. */
export function withoutPlaces(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value) => (key === 'start' || key === 'end' ? undefined : value)));
}
