import { documentOf, valuesOf } from './evaluate';

const numbers = documentOf(
  '<event flag="" id="7"><n>1</n><n>2</n><n> 3 </n><n>x</n><m>2</m><m>3.0</m><o>9</o><empty/><s>x</s><s>y</s></event>',
);
const variables = { one: 1, text: 'x', none: '', yes: true, no: false, nan: Number.NaN, 'p:one': 2 };
const namespaces = { p: 'urn:p' };

/** What an expression is, taken as a boolean. */
function isTrue(xpath: string): boolean {
  return valuesOf(numbers, xpath, { variables, namespaces }).boolean;
}

/** What an expression is, as a string. */
function text(xpath: string): string {
  return valuesOf(numbers, xpath, { variables, namespaces }).text;
}

describe('Basics (XPath 1.0 §3.1)', () => {
  it('variables have the values they are bound to', () => {
    expect(text('$one')).toBe('1');
    expect(text('$p:one')).toBe('2');
    expect(text('concat($text, $none, $yes, $no, $nan)')).toBe('xtruefalseNaN');
  });

  it('parentheses group', () => {
    expect(text('(1 + 2) * 3')).toBe('9');
    expect(text('1 + 2 * 3')).toBe('7');
    expect(text('(n)[2]')).toBe('2');
    expect(text('((n))')).toBe('1');
  });
});

describe('Node-sets (§3.3)', () => {
  it('a union has the nodes of its operands, each once, in document order', () => {
    expect(text('count(n | m)')).toBe('6');
    expect(text('count(n | n | *)')).toBe('10');
    expect(text('(m | n)[1]')).toBe('1');
    expect(text('(s | o | m | n)[last()]')).toBe('y');
    expect(text('m | o | n')).toBe('1');
    expect(text('name(@flag | namespace::* | /)')).toBe('');
    expect(isTrue('nothing | @flag')).toBe(true);
    expect(isTrue('nothing | nowhere')).toBe(false);
  });

  it('a predicate filters with respect to the child axis: positions are those in document order', () => {
    expect(text('(//n/preceding-sibling::n)[1]')).toBe('1');
    expect(text('//n[3]/preceding-sibling::n[1]')).toBe('2');
    expect(text('(n | m)[4]')).toBe('x');
    expect(text('(m | n)[position() = last() - 1]')).toBe('2');
    expect(text('(//*/ancestor::*)[1]/@id')).toBe('7');
    expect(text('(n)[2][1]')).toBe('2');
    expect(text('(n[. > 1])[2]')).toBe(' 3 ');
  });

  it('a path may lead on from any node-set', () => {
    expect(text('(n | m)/../@id')).toBe('7');
    expect(text('count((n | m)/..)')).toBe('1');
    expect(text('count((n | m)//text())')).toBe('6');
    expect(text("count(id('x')/a)")).toBe('0');
  });
});

describe('Booleans (§3.4)', () => {
  it('or and and, of which the right operand counts only if it must', () => {
    expect(isTrue('true() or false()')).toBe(true);
    expect(isTrue('false() or false() or n')).toBe(true);
    expect(isTrue('n and m and nothing')).toBe(false);
    expect(isTrue("n and 1 and 'x'")).toBe(true);
    expect(isTrue('1 or 0 and 0')).toBe(true);
    expect(isTrue("0 or ''")).toBe(false);
  });

  it('two node-sets are compared by the string-values of some pair of nodes', () => {
    expect(isTrue('n = m')).toBe(true);
    expect(isTrue('n = o')).toBe(false);
    expect(isTrue('m = n[2]')).toBe(true);
    expect(isTrue('n != n')).toBe(true);
    expect(isTrue('o != o')).toBe(false);
    expect(isTrue('o != n[1]')).toBe(true);
    expect(isTrue('m != nothing')).toBe(false);
    expect(isTrue('nothing = nothing')).toBe(false);
    expect(isTrue('nothing != nothing')).toBe(false);
    expect(isTrue('s = n')).toBe(true);
    expect(isTrue('not(n = o) and n != o')).toBe(true);
  });

  it('two node-sets are ordered by the numbers of some pair of nodes', () => {
    expect(isTrue('n < m')).toBe(true);
    expect(isTrue('n > m')).toBe(true);
    expect(isTrue('n > o')).toBe(false);
    expect(isTrue('n >= m')).toBe(true);
    expect(isTrue('m <= n')).toBe(true);
    expect(isTrue('o > n')).toBe(true);
    expect(isTrue('o <= n')).toBe(false);
    expect(isTrue('s < n or s > n or s <= s')).toBe(false);
    expect(isTrue('nothing < n or n < nothing')).toBe(false);
  });

  it('a node-set and a number are compared as numbers', () => {
    expect(isTrue('n = 3')).toBe(true);
    expect(isTrue('m = 3')).toBe(true);
    expect(isTrue('3 = m')).toBe(true);
    expect(isTrue('n != 3')).toBe(true);
    expect(isTrue('o != 9')).toBe(false);
    expect(isTrue('s != 9')).toBe(true);
    expect(isTrue('n > 2')).toBe(true);
    expect(isTrue('2 < n')).toBe(true);
    expect(isTrue('n > 3')).toBe(false);
    expect(isTrue('4 > o')).toBe(false);
    expect(isTrue('n = count(n) - 1')).toBe(true);
    expect(isTrue('n = $nan')).toBe(false);
    expect(isTrue('n != $nan')).toBe(true);
  });

  it('a node-set and a string are compared as strings by = and !=, as numbers by the others', () => {
    expect(isTrue("n = '3'")).toBe(false);
    expect(isTrue("n = ' 3 '")).toBe(true);
    expect(isTrue("'x' = n")).toBe(true);
    expect(isTrue("o != '9'")).toBe(false);
    expect(isTrue("n != '1'")).toBe(true);
    expect(isTrue("nothing != '1'")).toBe(false);
    expect(isTrue("empty = ''")).toBe(true);
    expect(isTrue("nothing = ''")).toBe(false);
    expect(isTrue("m >= '3'")).toBe(true);
    expect(isTrue("m < 'x'")).toBe(false);
    expect(isTrue('s = concat($none, $text)')).toBe(true);
    expect(isTrue('m = string(n[2])')).toBe(true);
  });

  it('a node-set and a boolean are compared as booleans', () => {
    expect(isTrue('nothing = false()')).toBe(true);
    expect(isTrue('empty = true()')).toBe(true);
    expect(isTrue('$no != n')).toBe(true);
    expect(isTrue('(n = m) = $yes')).toBe(true);
    expect(isTrue('nothing < true()')).toBe(true);
    expect(isTrue('false() < n')).toBe(true);
    expect(isTrue('true() > n')).toBe(false);
    expect(isTrue('true() >= n')).toBe(true);
  });

  it('of other values, a boolean makes = compare booleans, then a number numbers, and else strings', () => {
    expect(isTrue("true() = 'false'")).toBe(true);
    expect(isTrue("false() = ''")).toBe(true);
    expect(isTrue('true() = 5')).toBe(true);
    expect(isTrue('false() != $nan')).toBe(false);
    expect(isTrue("1 = '1.0'")).toBe(true);
    expect(isTrue("'1' = '1.0'")).toBe(false);
    expect(isTrue("'' = 0")).toBe(false);
    expect(isTrue('$nan = $nan')).toBe(false);
    expect(isTrue('$nan != $nan')).toBe(true);
    expect(isTrue('0 = -0')).toBe(true);
  });

  it('<, <=, > and >= always compare numbers', () => {
    expect(isTrue("'2' < '10'")).toBe(true);
    expect(isTrue("'a' < 'b'")).toBe(false);
    expect(isTrue("true() > '0'")).toBe(true);
    expect(isTrue("true() < '2'")).toBe(true);
    expect(isTrue("'' <= 0")).toBe(false);
    expect(isTrue('$nan <= $nan')).toBe(false);
  });

  it('operators of one precedence group to the left: (3 > 2) > 1 is false', () => {
    expect(isTrue('3 > 2 > 1')).toBe(false);
    expect(isTrue('3 > (2 > 1)')).toBe(true);
    expect(isTrue('1 = 1 = 2')).toBe(true);
    expect(isTrue('1 = (1 = 2)')).toBe(false);
    expect(isTrue('2 = 2 = 1 < 2')).toBe(true);
    expect(isTrue('1 < 2 = 2 > 1')).toBe(true);
  });
});

describe('Numbers (§3.5)', () => {
  it.each([
    ['1 + 2', '3'],
    ['5 - 2 - 1', '2'],
    ['2 * 3 * 4', '24'],
    ['1 div 4', '0.25'],
    ['8 div 2 div 2', '2'],
    ['5 mod 2', '1'],
    ['5 mod -2', '1'],
    ['-5 mod 2', '-1'],
    ['-5 mod -2', '-1'],
    ['1.5 mod 0.5', '0'],
    ['5.5 mod 2', '1.5'],
    ['- 3', '-3'],
    ['--3', '3'],
    ['- - - 3', '-3'],
    ['2 * -3', '-6'],
    ['1 div 0', 'Infinity'],
    ['-1 div 0', '-Infinity'],
    ['1 div -0', '-Infinity'],
    ['0 div 0', 'NaN'],
    ['5 mod 0', 'NaN'],
    ['-0', '0'],
    ['0.1 + 0.2', '0.30000000000000004'],
    ['n + m', '3'],
    ['n[4] + 1', 'NaN'],
    ['nothing * 0', 'NaN'],
    ["'3' + true()", '4'],
    ['@id - 1', '6'],
    ['1 + 2 * 3 - 4 div 2', '5'],
  ])('%s is %s', (xpath, value) => {
    expect(text(xpath)).toBe(value);
  });
});
