import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FilterError } from '../../lib/errors';
import { compileExpression } from '../../lib/filter/shared-expressions';
import { CompiledExpression } from '../../lib/xpath/evaluation/compiled-expression';
import { defaultFilterLimits } from '../../lib/xpath/limits';
import { cutLiterals } from '../../lib/xpath/literals';
import { emptyScope, readScope } from '../../lib/xpath/scope';

const templateOf = (source: string) => compile(source).template;
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

  it('shares what is compiled with those that differ in free literals', () => {
    expect(templateOf("a = 'x' and b > 1")).toBe(templateOf('a = "" and b > 01.5'));
    expect(templateOf("a = 'x'")).not.toBe(templateOf("a= 'x'"));
    expect(templateOf("a = 'x'")).not.toBe(templateOf('a = 1'));
    expect(templateOf("translate(a, 'x', 'y') = 'z'")).toBe(templateOf("translate(a, 'x', 'y') = 'u'"));
    expect(templateOf("translate(a, 'x', 'y') = 'z'")).not.toBe(templateOf("translate(a, 'x', 'v') = 'z'"));
    expect(templateOf("processing-instruction('x') = 'z'")).not.toBe(templateOf("processing-instruction('y') = 'z'"));
    expect(templateOf('a[1] = 2')).not.toBe(templateOf('a[2] = 2'));
  });

  it('does not share with one that only looks like it', () => {
    compile("concat('a = ', 1) = b");
    const [key] = ['["concat(\\", 1) = b","a = "]'];
    const source = key!.replaceAll('"', "''");
    expect(cutLiterals(source)?.outline).toBe(key);
    for (const text of [source, 'a = #', 'concat(#, 1) = b']) {
      expect(() => compile(text)).toThrow(expect.objectContaining({ code: 'ERR_FILTER_SYNTAX' }));
    }
  });

  it.each([
    ["a = 'x' and b = = 'y'", "a = 'xyz' and b = = 'y'"],
    ["a = 'x' and unknown('y')", "a = 'xyz' and unknown('y')"],
    ['a = 1a', 'a = 123a'],
    ["a = 'x' and starts-with(b)", "a = 'xyz' and starts-with(b)"],
  ])('is refused for the same reason, at its own place, whatever was refused before: %j', (one, other) => {
    for (const source of [one, other, one]) {
      expect(codeAndPlace(() => compile(source))).toEqual(
        codeAndPlace(() => new CompiledExpression(source, emptyScope, { ...defaultFilterLimits })),
      );
    }
  });

  it('is let go when others have come, however many', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const first = new WeakRef(templateOf("shape = 'x'"));
    for (let number = 0; number < 300; number += 1) {
      compile(`shape${number} = 'x' and concat('y', 'z${number}') = b`);
    }
    return new Promise<void>((resolve) => {
      setImmediate(() => {
        collectGarbage();
        expect(first.deref()).toBeUndefined();
        resolve();
      });
    });
  });
});

function codeAndPlace(throwing: () => unknown): unknown {
  try {
    return throwing();
  } catch (error) {
    const { code, position, message } = error as FilterError;
    return { code, position, message };
  }
}
