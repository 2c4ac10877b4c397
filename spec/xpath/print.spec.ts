import fc from 'fast-check';
import { FilterError } from '../../lib/errors';
import { compileFilter } from '../../lib/filter/compile-filter';
import { parseExpression } from '../../lib/xpath/parser';
import { printExpression } from '../../lib/xpath/print';
import { referenceEvent } from '../filter/reference-event';
import { often } from '../support/often';
import { arbitraryExpression, arbitraryScope, withoutPlaces } from './arbitrary-expression';

describe('printExpression', () => {
  it('writes what parses to the same tree again', () => {
    fc.assert(
      fc.property(arbitraryExpression, (tree) => {
        const printed = printExpression(tree);
        expect(withoutPlaces(parseExpression(printed))).toEqual(withoutPlaces(tree));
      }),
      { seed: 20260101, numRuns: often(1000) },
    );
  });

  it.each([
    "a//b[@c='x' or position()=2]/../text()",
    '-(-1 - (2 - 3)) * 4 div (5 mod 6)',
    "(//a | b)[1]/c[last()] != concat('it', \"'s\")",
  ])('is its own fixed point: %s', (source) => {
    const printed = printExpression(parseExpression(source));
    expect(printExpression(parseExpression(printed))).toBe(printed);
  });
});

describe('any expression', () => {
  it('is refused with a FilterError, or matches without a failure, and as its printed form does', () => {
    let accepted = 0;
    fc.assert(
      fc.property(arbitraryExpression, (tree) => {
        const source = printExpression(tree);
        const filter = refusedOr(() => compileFilter(source, arbitraryScope));
        if (filter !== undefined) {
          accepted++;
          const explanation = filter.explain();
          const parsed = explanation.kind === 'expression' ? explanation.parsed : '';
          expect(filter.matches(referenceEvent)).toBe(compileFilter(parsed, arbitraryScope).matches(referenceEvent));
        }
      }),
      { seed: 20260102, numRuns: often(1000) },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('made of loose pieces is refused with a FilterError or accepted', () => {
    const piece = fc.constantFrom(
      ...['a', 'p:a', '*', '@', '/', '//', '.', '..', '::', 'child', 'text()', 'count', '(', ')', '[', ']', ',', '|'],
      ...[
        'and',
        'or',
        'div',
        'mod',
        '=',
        '!=',
        '<',
        '+',
        '-',
        '1',
        '.5',
        '2.',
        "'x'",
        '"',
        "'",
        '$text',
        '!',
        ':',
        ' ',
      ],
      ...['\n', '\u0000', '\ud800', '\u{1F600}', '\u00e9', '&', '&&', '#', '{', 'not', 'last()', 'position'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        refusedOr(() => compileFilter(pieces.join(''), arbitraryScope));
      }),
      { seed: 20260103, numRuns: often(3000) },
    );
  });

  it('of any characters is refused with a FilterError or accepted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (source) => {
        refusedOr(() => compileFilter(source));
      }),
      { seed: 20260104, numRuns: often(1000) },
    );
  });
});

function refusedOr<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (error) {
    expect(error).toBeInstanceOf(FilterError);
    const { position, expression } = error as FilterError;
    expect(position).toBeGreaterThanOrEqual(0);
    expect(position).toBeLessThanOrEqual(expression.length);
    return undefined;
  }
}
