import { cutLiterals, freeLiterals } from '../../lib/xpath/literals';
import { parseExpression } from '../../lib/xpath/parser';

describe('Cutting the literals out of an expression', () => {
  it.each([
    ["a = 'x' and b != \"y'z\"", 'a = " and b != "', ['x', "y'z"]],
    ["contains(a, '') or a['\"']", 'contains(a, ") or a["]', ['', '"']],
    ['a = 1 and b<01.50 or c >= .5 and d =\t\r\n 2.', 'a = # and b<# or c >= # and d =\t\r\n #', [1, 1.5, 0.5, 2]],
    ['1 = a1 and a[2] > -3 and a = . and b > 4e5', '1 = a1 and a[2] > -3 and a = . and b > #e5', [4]],
    ["'= 1' = '= 2'", '" = "', ['= 1', '= 2']],
    ['/', '/', []],
  ])('of %j leaves %j', (source, outline, literals) => {
    expect(cutLiterals(source)).toMatchObject({ outline, literals });
  });

  it('says where they stood', () => {
    const source = `a = 'x' and b >  12 and "y"`;
    expect(cutLiterals(source)?.starts).toEqual([source.indexOf("'x"), source.indexOf('12'), source.indexOf('"y')]);
  });

  it.each(["a = 'x", 'a = "x\' and b', "'x' = 'y' '", 'a = #'])(
    'fails for what is no expression, such as %j',
    (source) => {
      expect(cutLiterals(source)).toBeUndefined();
    },
  );
});

describe('The free literals of an expression', () => {
  it.each([
    ["a = 'x' and 'y' != b", ['x', 'y']],
    ["contains(a, 'x') and starts-with(@b, 'y') and contains('z', a)", ['x', 'y']],
    ['a > 1 and count(b) = 2', [1, 2]],
    ["a[b = 'x'][c != 'y']/d[1] = 'z'", ['x', 'y', 'z']],
    ["not(a = 'x') = 'y'", ['x', 'y']],
  ])('of %j are %j', (source, values) => {
    expect(free(source)).toEqual(values);
  });

  it.each([
    // Computed while compiling.
    ["'x' = 'y' and contains('xy', 'x') and 1 = 2", []],
    // Found as a position.
    ['a[position() = 2] and a[last() = 2]', []],
    // Neither compared nor searched for.
    ["concat('x', 'y') = a or translate(a, 'x', 'y') = b or a['x'] or a[1] or substring(a, 2) = b", []],
    ["processing-instruction('x') = 'y'", ['y']],
    // Not cut out of the text.
    ["1 = a or 'x' = a", ['x']],
  ])('of %j are only %j', (source, values) => {
    expect(free(source)).toEqual(values);
  });
});

function free(source: string): unknown[] {
  return freeLiterals(parseExpression(source), cutLiterals(source)!).map(({ value }) => value);
}
