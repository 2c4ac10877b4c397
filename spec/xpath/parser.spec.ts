import { FilterError } from '../../lib/errors';
import type { Expression, Path } from '../../lib/xpath/ast';
import { parseExpression } from '../../lib/xpath/parser';
import { printExpression } from '../../lib/xpath/print';

function refusal(source: string): FilterError {
  try {
    parseExpression(source);
  } catch (error) {
    if (error instanceof FilterError) {
      return error;
    }
    throw error;
  }
  throw new Error(`${source} was not refused`);
}

describe('parseExpression', () => {
  describe('takes all of the grammar, and writes abbreviations out', () => {
    it.each([
      // Location paths, §2
      ['/', '/'],
      ['a', 'child::a'],
      ['a/b', 'child::a/child::b'],
      ['/a', '/child::a'],
      ['//a', '/descendant-or-self::node()/child::a'],
      ['a//b', 'child::a/descendant-or-self::node()/child::b'],
      ['.', 'self::node()'],
      ['..', 'parent::node()'],
      ['../@a', 'parent::node()/attribute::a'],
      ['.//a', 'self::node()/descendant-or-self::node()/child::a'],
      ['@*', 'attribute::*'],
      ['*', 'child::*'],
      ['p:*', 'child::p:*'],
      ['@p:a', 'attribute::p:a'],
      ['a[1][b]', 'child::a[1][child::b]'],
      ['text()', 'child::text()'],
      ['comment ( )', 'child::comment()'],
      ['node()', 'child::node()'],
      ['processing-instruction()', 'child::processing-instruction()'],
      ["processing-instruction('x')", "child::processing-instruction('x')"],
      ...[
        'ancestor',
        'ancestor-or-self',
        'attribute',
        'child',
        'descendant',
        'descendant-or-self',
        'following',
        'following-sibling',
        'namespace',
        'parent',
        'preceding',
        'preceding-sibling',
        'self',
      ].map((axis) => [` ${axis} :: a `, `${axis}::a`]),
      // Expressions, §3
      ["'a'", "'a'"],
      ['"it\'s"', '"it\'s"'],
      ["''", "''"],
      ["'a\nb'", "'a\nb'"],
      ['12', '12'],
      ['1.50', '1.50'],
      ['2.', '2'],
      ['.5', '0.5'],
      ['$a', '$a'],
      ['$p:a', '$p:a'],
      ['f()', 'f()'],
      ["p:f (a, 'b', 3)", "p:f(child::a, 'b', 3)"],
      ['(a)', 'child::a'],
      ['((a))', 'child::a'],
      ['(a)[1]', '(child::a)[1]'],
      ['(a/b)/c', '(child::a/child::b)/child::c'],
      ['f()[1]/a', 'f()[1]/child::a'],
      ['$a//b', '$a/descendant-or-self::node()/child::b'],
      ['a|b|c', 'child::a | child::b | child::c'],
      ['-a', '-child::a'],
      ['--a', '--child::a'],
      ['-a|b', '-child::a | child::b'],
      ['a or b and c', 'child::a or child::b and child::c'],
      ['(a or b) and c', '(child::a or child::b) and child::c'],
      ['a or (b or c)', 'child::a or (child::b or child::c)'],
      ['a=b!=c', 'child::a = child::b != child::c'],
      ['a=(b=c)', 'child::a = (child::b = child::c)'],
      ['a<b=c>d', 'child::a < child::b = child::c > child::d'],
      ['a<=b', 'child::a <= child::b'],
      ['a>=b', 'child::a >= child::b'],
      ['1+2-3', '1 + 2 - 3'],
      ['1-(2-3)', '1 - (2 - 3)'],
      ['1+2*3', '1 + 2 * 3'],
      ['(1+2)*3', '(1 + 2) * 3'],
      ['-(1+2)', '-(1 + 2)'],
      ['-1*-2', '-1 * -2'],
      ['(/)*2', '(/) * 2'],
      ['/|a', '(/) | child::a'],
      // Lexical rules, §3.7
      ['* * *', 'child::* * child::*'],
      ['a*b', 'child::a * child::b'],
      ['@* * 2', 'attribute::* * 2'],
      ['/*', '/child::*'],
      ['f(a,*)', 'f(child::a, child::*)'],
      ['and and and', 'child::and and child::and'],
      ['or or or', 'child::or or child::or'],
      ['div div mod mod div', 'child::div div child::mod mod child::div'],
      ['a and(b)', 'child::a and child::b'],
      ['2 div(3)', '2 div 3'],
      ['a[and]', 'child::a[child::and]'],
      ['self::div/mod', 'self::div/child::mod'],
      ['$and and $or', '$and and $or'],
      ['div:mod', 'child::div:mod'],
      ['a-b', 'child::a-b'],
      ['a -b', 'child::a - child::b'],
      ['a--b', 'child::a--b'],
      ['a.b', 'child::a.b'],
      ['text', 'child::text'],
      ['text/node', 'child::text/child::node'],
      ['child', 'child::child'],
      ['child::child', 'child::child'],
      ['\t\r\n a \t', 'child::a'],
      ['\u00e9l\u00e9ment/@\u{10400}', 'child::\u00e9l\u00e9ment/attribute::\u{10400}'],
    ] as [string, string][])('%j is %s', (source, printed) => {
      expect(printExpression(parseExpression(source))).toBe(printed);
    });
  });

  it('remembers where everything stands', () => {
    const source = ' a/@b = f( $c ) ';
    const places: string[] = [];
    const note = (label: string, { start, end }: { start: number; end: number }): void => {
      places.push(`${label} ${source.slice(start, end)}`);
    };
    const comparison = parseExpression(source) as Extract<Expression, { kind: 'comparison' }>;
    note('comparison', comparison);
    const path = comparison.left as Path;
    note('path', path);
    for (const step of path.steps) {
      note('step', step);
      note('test', step.test);
    }
    const call = comparison.right as Extract<Expression, { kind: 'call' }>;
    note('call', call);
    note('variable', call.arguments[0]!);
    expect(places).toEqual([
      'comparison a/@b = f( $c )',
      'path a/@b',
      'step a',
      'test a',
      'step @b',
      'test b',
      'call f( $c )',
      'variable $c',
    ]);
  });

  describe('refuses what is not in the grammar, at its place', () => {
    it.each([
      ['', 0, 'the expression is empty'],
      [' \n', 2, 'the expression is empty'],
      ['a b', 2, "an operator or the end of the expression is expected, but 'b' stands here"],
      ['a]', 1, "an operator or the end of the expression is expected, but ']' stands here"],
      ['a)', 1, "an operator or the end of the expression is expected, but ')' stands here"],
      ['a =', 3, 'an expression is expected, but the expression ends here'],
      ['= a', 0, "an expression is expected, but '=' stands here"],
      ['a or', 4, 'an expression is expected, but the expression ends here'],
      ['-', 1, 'an expression is expected, but the expression ends here'],
      [
        "['a']",
        0,
        "an expression is expected, but '[' stands here; a list of types is an array, and --type on the command line",
      ],
      [
        'a, b',
        1,
        "an operator or the end of the expression is expected, but ',' stands here; a list of types is an array, and --type on the command line",
      ],
      ["('a', 'b')", 4, "an operator or ')' is expected, but ',' stands here"],
      ['a[]', 2, "inside '[ ]' an expression is expected"],
      ['()', 1, "inside '( )' an expression is expected"],
      ['a[b', 3, "']' is missing, for the '[' at position 1"],
      ['(a or b', 7, "')' is missing, for the '(' at position 0"],
      ['f(a', 3, "')' is missing, for the '(' at position 1"],
      ['f(a b)', 4, "an operator, ',' or ')' is expected, but 'b' stands here"],
      ['f(a,)', 4, "an expression is expected, but ')' stands here"],
      ['f(,a)', 2, "an expression is expected, but ',' stands here"],
      ['(a, b)', 2, "an operator or ')' is expected, but ',' stands here"],
      ['a[b)', 3, "an operator or ']' is expected, but ')' stands here"],
      ['a/', 2, "a step after '/' is expected, but the expression ends here"],
      ['//', 2, "a step after '//' is expected, but the expression ends here"],
      ['a///b', 3, "a step after '//' is expected, but '/' stands here"],
      ["a/'b'", 2, "a step after '/' is expected, but 'b' stands here"],
      ['/5', 1, "a step after '/' is expected, but '5' stands here"],
      ['a/$b', 2, "a step after '/' is expected, but '$b' stands here"],
      ['@', 1, "a name, '*' or a node type such as text() after '@' is expected, but the expression ends here"],
      ['@@a', 1, "a name, '*' or a node type such as text() after '@' is expected, but '@' stands here"],
      ['child::', 7, "a name, '*' or a node type such as text() after '::' is expected, but the expression ends here"],
      ['child::f()', 7, "a name, '*' or a node type such as text() after '::' is expected, but 'f' stands here"],
      ['::a', 0, "an expression is expected, but '::' stands here"],
      ['childs::a', 0, "'childs' is no axis of XPath 1.0; did you mean 'child'?"],
      ['wrong::a', 0, "'wrong' is no axis of XPath 1.0"],
      ["text('x')", 5, 'text() is a test for a kind of node and takes nothing between its parentheses'],
      [
        'processing-instruction(x)',
        23,
        'processing-instruction() is a test for a kind of node and takes a string or nothing between its parentheses',
      ],
      ["@type = 'x", 8, "the string that begins with ' here has no closing '"],
      ['@type = "x\'', 8, 'the string that begins with " here has no closing "'],
      ['$ a', 0, "after '$' stands a variable's name, without a space"],
      ['a : b', 2, "a ':' stands only inside a name, with no space around it, and '::' after an axis"],
      ['a:b:c', 3, "a ':' stands only inside a name, with no space around it, and '::' after an axis"],
      ['1.2.3', 3, "an operator or the end of the expression is expected, but '.3' stands here"],
      ['a;', 1, 'the character ";" has no meaning in XPath'],
      ['a \u2192', 2, 'the character "\u2192" has no meaning in XPath'],
      ['a\u0000', 1, 'the character "\\u0000" has no meaning in XPath'],
    ])('%j at %d: %s', (source, position, problem) => {
      const error = refusal(source);
      expect(error.code).toBe('ERR_FILTER_SYNTAX');
      expect([error.position, error.problem]).toEqual([position, problem]);
      expect(error.expression).toBe(source);
    });
  });

  describe('says what may have been meant', () => {
    it.each([
      ["@type == 'x'", 6, "equality is written '='"],
      ['a && b', 2, "write 'and'"],
      ['a & b', 2, "write 'and'"],
      ['a || b', 2, "write 'or'"],
      ['!a', 0, "write 'not(…)'"],
      ['a <> b', 2, "write '!='"],
      ['a =< b', 2, "write '<='"],
      ['a => b', 2, "write '>='"],
      ["a =~ 'x'", 2, 'no regular expressions'],
      ["@a := 'x'", 3, "equality is written '='"],
      ['5 % 2', 2, "'mod'"],
      ['@a &lt; 5', 3, 'not XML'],
      ['@a = \u2018x\u2019', 5, 'typographic quote'],
      ['@a = \u201cx\u201d', 5, 'typographic quote'],
      ['`a`', 0, 'typographic quote'],
      ['1 \u2013 2', 2, "the minus sign is '-'"],
      ['a\u00a0= 1', 1, 'write an ordinary one'],
      ['not @a', 4, "'not' is a function: not(…)"],
      ['a eq 1', 2, "equality is written '='"],
      ['a ne 1', 2, "inequality is written '!='"],
      ['a lt 1', 2, "written '<'"],
      ['a le 1', 2, "written '<='"],
      ['a gt 1', 2, "written '>'"],
      ['a ge 1', 2, "written '>='"],
      ['a AND b', 2, "the operator is written 'and'"],
      ['a Or (b)', 2, "the operator is written 'or'"],
      ['a union b', 2, "a union is written '|'"],
      ['a except b', 2, 'not(…)'],
      ["a in ('x', 'y')", 2, "joined with 'or'"],
      ["a like 'x'", 2, 'contains()'],
      ['if (a) then b else c', 7, "no 'if … then … else'"],
      ['for $x in a return $x', 4, "no 'for'"],
      ['some $x in a satisfies $x', 5, "no 'some"],
      ["'it''s'", 4, 'cannot be doubled or escaped'],
      ['1e5', 1, 'no exponents'],
      ['.[a]', 1, "write 'self::node()[…]'"],
      ['..[a]', 2, "write 'parent::node()[…]'"],
      ['a/(b | c)', 2, "write 'a/b | a/c'"],
      ['a/count(b)', 2, "write 'count(path)'"],
    ])('%j at %d: %s', (source, position, hint) => {
      const error = refusal(source);
      expect(error.code).toBe('ERR_FILTER_SYNTAX');
      expect(error.position).toBe(position);
      expect(error.problem).toContain(hint);
    });
  });

  describe('shows the expression and a caret under the place', () => {
    it('on one line', () => {
      expect(refusal("@type == 'x'").message).toBe(
        ["invalid filter: '==' is no operator of XPath; equality is written '='", "  @type == 'x'", '        ^'].join(
          '\n',
        ),
      );
    });

    it.each(['&', '&&'])('of %s, by itself', (operator) => {
      expect(refusal(`a ${operator} b`).message).toBe(
        [`invalid filter: '${operator}' is no operator of XPath; write 'and'`, `  a ${operator} b`, '    ^'].join('\n'),
      );
    });

    it('of several', () => {
      expect(refusal("@type = 'x'\n\tand !domain\nand 1").message.split('\n').slice(1)).toEqual([
        '   and !domain',
        '       ^',
      ]);
    });

    it('cut out of a long one', () => {
      const [, line, caret] = refusal(`${'a or '.repeat(50)}! ${'or a '.repeat(50)}`).message.split('\n');
      expect(line).toMatch(/^ {2}…a?.*! .*…$/);
      expect(line![caret!.indexOf('^')]).toBe('!');
      expect(line!.length).toBeLessThan(130);
    });

    it('counting a character outside the BMP as one place', () => {
      const [, line, caret] = refusal("'\u{1F600}' == 1").message.split('\n');
      expect(Array.from(line!)[caret!.indexOf('^')]).toBe('=');
    });
  });
});
