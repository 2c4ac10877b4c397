import { FilterError } from '../../lib/errors';
import { checkExpression } from '../../lib/xpath/checker';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';
import { coreFunctions } from '../../lib/xpath/signatures';

const scope = readScope(
  { p: 'urn:p', q: 'urn:q' },
  { name: 'web', count: 3, 'p:flag': true },
  { own: () => '', 'p:own': () => '' },
);

function check(source: string): void {
  checkExpression(source, parseExpression(source), scope);
}

function refusal(source: string): FilterError {
  try {
    check(source);
  } catch (error) {
    if (error instanceof FilterError) {
      return error;
    }
    throw error;
  }
  throw new Error(`${source} was not refused`);
}

describe('checkExpression', () => {
  it.each([
    'p:a/q:*[@p:b = $name]/@*',
    "own() or own(1, 'a', b) and p:own()",
    'count(own())',
    'own()/a[own()]',
    '(own())[1] | own()',
    "id('x')/a | id(//b)[1]",
    '$p:flag and $count > 1',
    'xml:a/@xml:lang',
    "number('1') + string(a) * -true() div (a = b) mod 'x'",
    'sum(a | b) = count((a)[1])',
    'not(1) = boolean(a)',
  ])('takes %s', (source) => {
    expect(() => check(source)).not.toThrow();
  });

  describe.each([...coreFunctions])('%s()', (name, { parameters, optional, repeated }) => {
    const call = (count: number): string => `${name}(${Array(count).fill('a').join(', ')})`;
    const least = parameters.length - optional;

    it('takes as many arguments as XPath 1.0 says', () => {
      for (let count = least; count <= parameters.length; count++) {
        expect(() => check(call(count))).not.toThrow();
      }
    });

    it('is refused with another number of them', () => {
      const wrong = [...(least > 0 ? [least - 1] : []), ...(repeated ? [] : [parameters.length + 1])];
      for (const count of wrong) {
        const error = refusal(`1 = ${call(count)}`);
        expect(error.code).toBe('ERR_FILTER_ARGUMENTS');
        expect(error.problem).toMatch(new RegExp(`^${name}\\(\\) takes .*, but is given ${count}$`));
      }
    });

    it('is refused where it needs a node-set and gets something else', () => {
      const misfits = parameters.flatMap((parameter, index) => (parameter === 'node-set' ? [index] : []));
      for (const index of misfits) {
        for (const [misfit, type] of [
          ["'x'", 'a string'],
          ['1', 'a number'],
          ['true()', 'a boolean'],
          ['$name', 'a string'],
        ]) {
          const args = parameters.map((_, at) => (at === index ? misfit : 'a'));
          const error = refusal(`${name}(${args.join(', ')})`);
          expect([error.code, error.position]).toEqual(['ERR_FILTER_TYPE', name.length + 1]);
          expect(error.problem).toBe(`the argument of ${name}() must be a node-set, but is ${type}`);
        }
      }
    });
  });

  it('takes any number of arguments for concat()', () => {
    expect(() => check(`concat(${Array(50).fill("''").join(',')})`)).not.toThrow();
    expect(refusal("concat('a')").problem).toBe('concat() takes 2 arguments or more, but is given 1');
  });

  it.each([
    ['last(1)', 5, 'last() takes no argument, but is given 1'],
    ['count()', 0, 'count() takes 1 argument, but is given 0'],
    ['count(a, b)', 9, 'count() takes 1 argument, but is given 2'],
    ["contains(a, 'b', 'c')", 17, 'contains() takes 2 arguments, but is given 3'],
    ["substring('a')", 0, 'substring() takes 2 or 3 arguments, but is given 1'],
    ['name(a, b)', 8, 'name() takes no argument or 1, but is given 2'],
  ])('%s: ERR_FILTER_ARGUMENTS at %d', (source, position, problem) => {
    const error = refusal(source);
    expect([error.code, error.position, error.problem]).toEqual(['ERR_FILTER_ARGUMENTS', position, problem]);
  });

  it.each([
    ["'x'/a", 0, "what stands before '/' must be a node-set, but is a string"],
    ['a and (1 + 2)//b', 7, "what stands before '/' must be a node-set, but is a number"],
    ['5[1]', 0, "what stands before '[' must be a node-set, but is a number"],
    ['$name[1]', 0, "what stands before '[' must be a node-set, but is a string"],
    ['(a = b)[1]', 1, "what stands before '[' must be a node-set, but is a boolean"],
    ['a | 5', 4, "an operand of '|' must be a node-set, but is a number"],
    ["'x' | a", 0, "an operand of '|' must be a node-set, but is a string"],
    ['string(a) | a', 0, "an operand of '|' must be a node-set, but is a string"],
    ["a[b[count('x')]]", 10, 'the argument of count() must be a node-set, but is a string'],
  ])('%s: ERR_FILTER_TYPE at %d', (source, position, problem) => {
    const error = refusal(source);
    expect([error.code, error.position, error.problem]).toEqual(['ERR_FILTER_TYPE', position, problem]);
  });

  it.each([
    ['ham:a', 0, "the prefix 'ham' is not declared in 'namespaces'"],
    ['a/r:*', 2, "the prefix 'r' is not declared in 'namespaces'"],
    ['@r:a', 1, "the prefix 'r' is not declared in 'namespaces'"],
    ['a[r:f()]', 2, "the prefix 'r' is not declared in 'namespaces'"],
    ['$r:v', 0, "the prefix 'r' is not declared in 'namespaces'"],
    ['xmlns:a', 0, "the prefix 'xmlns' is not declared in 'namespaces'; did you mean 'xml'?"],
  ])('%s: ERR_FILTER_PREFIX at %d', (source, position, problem) => {
    const error = refusal(source);
    expect([error.code, error.position]).toEqual(['ERR_FILTER_PREFIX', position]);
    expect(error.problem).toContain(problem);
  });

  it.each([
    ['$nmae', 0, "the variable '$nmae' is not given in 'variables'; did you mean 'name'?"],
    ['a = $p:name', 4, "the variable '$p:name' is not given in 'variables'; did you mean 'name'?"],
    ['$flag', 0, "the variable '$flag' is not given in 'variables'; did you mean 'p:flag'?"],
  ])('%s: ERR_FILTER_VARIABLE at %d', (source, position, problem) => {
    const error = refusal(source);
    expect([error.code, error.position, error.problem]).toEqual(['ERR_FILTER_VARIABLE', position, problem]);
  });

  it.each([
    ["contain(a, 'b')", 0, "did you mean 'contains'?"],
    ["a = Concat('a', 'b')", 4, "did you mean 'concat'?"],
    ['strnig(a)', 0, "did you mean 'string'?"],
    ['owm()', 0, "did you mean 'own'?"],
    ['p:owns()', 0, "did you mean 'p:own'?"],
    ['q:own()', 0, "'q:own' is no XPath 1.0 function and is not given in 'functions'"],
    ["matches(a, 'b')", 0, 'XPath 1.0 has no regular expressions'],
    ['lower-case(a)', 0, 'XPath 1.0 has no lower-case(); write translate('],
    ["ends-with(a, 'b')", 0, 'XPath 1.0 has no ends-with(); write substring('],
    ['exists(a)', 0, 'a path by itself is true'],
    ['if (a)', 0, "XPath 1.0 has no 'if'"],
    ['current()', 0, 'it belongs to XSLT'],
    ['constructor()', 0, "'constructor' is no XPath 1.0 function"],
    ['__proto__()', 0, "'__proto__' is no XPath 1.0 function"],
    ['last() = toString()', 9, "'toString' is no XPath 1.0 function"],
  ])('%s: ERR_FILTER_FUNCTION at %d, %s', (source, position, hint) => {
    const error = refusal(source);
    expect([error.code, error.position]).toEqual(['ERR_FILTER_FUNCTION', position]);
    expect(error.problem).toContain(hint);
  });

  it('suggests nothing where nothing is near', () => {
    expect(refusal('frobnicate()').problem).not.toContain('did you mean');
  });
});
