import { compileExpression } from '../../lib/filter/shared-expressions';
import { defaultFilterLimits } from '../../lib/xpath/limits';
import { emptyScope, readScope } from '../../lib/xpath/scope';

const compile = (source: string) => compileExpression(source, emptyScope, defaultFilterLimits);

describe('An expression', () => {
  it('is compiled once for all who ask for the same text', () => {
    expect(compile('count(a) = 1')).toBe(compile('count(a) = 1'));
    expect(compile('count(a) = 1')).not.toBe(compile('count(a) = 2'));
  });

  it('is compiled by itself if it may name something of the program, or has caps of its own', () => {
    const scope = readScope(undefined, { n: 1 }, undefined);
    expect(compileExpression('a = 1', scope, defaultFilterLimits).scope).toBe(scope);
    const limits = { ...defaultFilterLimits, evaluationOperations: 7 };
    expect(compileExpression('a = 1', emptyScope, limits).operations).toBe(7);
    expect(compile('a = 1').operations).toBe(defaultFilterLimits.evaluationOperations);
  });

  it('is not kept if it is long', () => {
    const long = `a = '${'x'.repeat(1024 - 6)}'`;
    expect(compile(long)).toBe(compile(long));
    expect(compile(`${long} `)).not.toBe(compile(`${long} `));
  });

  it('is forgotten when 256 others have been asked for since', () => {
    const first = compile('first');
    const second = compile('second');
    for (let number = 0; number < 255; number += 1) {
      compile(`other${number}`);
      expect(compile('first')).toBe(first);
    }
    expect(compile('second')).not.toBe(second);
    expect(compile('first')).toBe(first);
  });

  it('is not kept if it is refused', () => {
    expect(() => compile('a[')).toThrow(expect.objectContaining({ code: 'ERR_FILTER_SYNTAX' }));
    expect(() => compile('a[')).toThrow(expect.objectContaining({ code: 'ERR_FILTER_SYNTAX' }));
  });
});
