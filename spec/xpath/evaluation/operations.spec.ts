import { FilterEvaluationError } from '../../../lib/errors';
import { compileFilter } from '../../../lib/filter/compile-filter';
import { queryString } from '../../../lib/filter/queries';
import { documentOf, nodesOf, operationsFor } from './evaluate';

function repeated(count: number, piece: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join('');
}

/** Many elements side by side. */
const wide = (count: number) =>
  documentOf(`<event>${repeated(count, (index) => `<a b="${index % 10}" id="i${index}">x${index}</a>`)}</event>`);

/** Many elements, a hundred of them inside one another each time. */
const deep = (count: number) =>
  documentOf(`<event>${`${'<a b="1">'.repeat(100)}x${'</a>'.repeat(100)}`.repeat(count / 100)}</event>`);

describe('The operations that an evaluation takes', () => {
  const growing = [wide, deep].map((make) => [make(300), make(600)] as const);

  it.each([
    ["@type = 'a'", 2],
    ["domain/name = 'web'", 5],
    ["/event[@type = 'a' and transition/@to = 'b']/domain[name = 'c']", 15],
    ['//name', 5],
    ['(//*)[1]', 2],
    ['domain/name[last()] = "x"', 5],
    ['count(*)', 3],
  ])('of %s are few on a small event', (xpath, most) => {
    const event = documentOf(
      '<event type="a" timestamp="t"><domain><name>c</name><uuid>d</uuid></domain><transition from="x" to="b"/></event>',
    );
    expect(operationsFor(event, xpath)).toBeLessThanOrEqual(most);
    expect(operationsFor(event, xpath)).toBeGreaterThan(0);
  });

  it.each([
    "//a[@b = '-']",
    '//a//b//c',
    '//a//a//a[@b = 5]/b',
    'a/../a/../a/../a/b',
    'count(//a[preceding-sibling::a])',
    '//a[preceding-sibling::b]',
    '//a[following-sibling::b]',
    "//a[preceding-sibling::a/@id = 'none']",
    '//a[following-sibling::a/@b > 10]',
    'count(//a[last()])',
    'count(//a[position() = last()])',
    'count(//a[position() = last() - 1])',
    'count(//a/following-sibling::*[last()])',
    'count(//a/preceding-sibling::*[1])',
    'count(//a/preceding-sibling::*[last()])',
    '//a/@id = //a/@b',
    '//a/@b != //a/@b',
    '//a/@b < //a/b',
    'count(//a | //a/@id | //*)',
    'count((//a | //a/..)/..)',
    '(//a)[last()]/b',
    '//a[following::b]',
    '//a[preceding::b]',
    "//a[not(preceding::a/@id = 'i0')][not(following::a)]/b",
    '//a[. = /event/@x]',
    '//a[. = //b]',
    "//a[. = //a[@id = 'i3']/b]",
    '//a[@id = //a/@b]',
    '//a[//b/@x < @b]',
    '//a[../b]',
    "//a[contains(../b, 'x')]",
    "//a[../a/@id = 'none']",
    '//a[count(../a) = -1]',
    '//a[sum(../a/@b) = -1]',
    '//a[ancestor::b]',
    '//a[.//b]',
    '//a[b//c or ../following::b]',
    '//a/ancestor::*/a/b',
    '//a/ancestor-or-self::*/@none',
    '//a/following::a/b',
    '//a/preceding::a/b',
    'count(//a/preceding-sibling::a)',
    'count(//a/following-sibling::a)',
    'count(//node()/following::node())',
    'count(//node()/preceding::node())',
    'count(//@*/following::node() | //@*/preceding::node())',
    '//a[generate = preceding-sibling::a]',
    "string(//a) = 'none'",
    "//@id[. = 'none']",
    'count(//namespace::*)',
  ])('of %s grow no faster than the event', (xpath) => {
    for (const [small, large] of growing) {
      const [once, twice] = [operationsFor(small, xpath), operationsFor(large, xpath)];
      expect(twice).toBeLessThanOrEqual(once * 2.3);
      expect(twice).toBeLessThanOrEqual(600 * 120);
    }
  });

  it.each([
    ['//a', 10],
    ['(//a)[1]', 10],
    ['//a[1]/@id', 10],
    ["a[3]/@id = 'i2'", 20],
    ['a[last()]', 5],
    ['string(//a)', 10],
    ['//a[preceding-sibling::a]', 20],
    ['//a[following-sibling::a]', 20],
  ])('of %s end with the first node that decides', (xpath, most) => {
    expect(operationsFor(wide(2000), xpath)).toBeLessThanOrEqual(most);
  });

  it('do not multiply along a path that reaches nodes again and again', () => {
    const xpath = `a${'/../a'.repeat(50)}`;
    expect(operationsFor(wide(500), `${xpath}/b`)).toBeLessThan(500 * 52 * 10);
    expect(nodesOf(wide(5).tree, xpath)).toHaveLength(5);
  });

  it('count the text that is read', () => {
    const long = documentOf(`<event><a>${'x'.repeat(160_000)}</a></event>`);
    expect(operationsFor(long, "contains(a, 'y')")).toBeGreaterThan(10_000);
    expect(operationsFor(long, `${'concat(a, '.repeat(20)}a${')'.repeat(20)} = ''`)).toBeGreaterThan(2_000_000);
  });
});

describe('What is found for all nodes of a document at once', () => {
  /** Elements of two names, nested and side by side, with attributes, text and comments between. */
  const xml = `<event>${repeated(40, (index) =>
    index % 7 === 0
      ? `<b k="${index}"><a><b/><c k="${index % 4}">t${index}</c></a></b><!--n-->`
      : `<a k="${index % 5}"><c/>${index % 3 === 0 ? '<b>x</b>' : 'y'}</a>`,
  )}<?p q?><c><d/></c></event>`;

  it.each([
    'preceding-sibling::b',
    'following-sibling::c/d',
    'preceding-sibling::node()/self::comment()',
    "following::c/@k = '3'",
    "preceding::b/a/c[@k = 0] = 't28'",
    "preceding::text() = 't7'",
    'ancestor::b/a',
    'ancestor-or-self::a/b[. != ""]',
    '../b/a/..//c',
    '../@k > 20',
    'descendant::b[not(node())]',
    "descendant-or-self::b/@k = '14'",
    "descendant-or-self::node()/self::text()[. = 'y']",
    'following-sibling::*[preceding-sibling::*[@k = 35]]/descendant::c',
    'parent::a[following::d]/preceding::comment()',
    '@*/following::d',
    '@k/../following-sibling::node()[self::processing-instruction()]',
    'self::b/following::b[count(a) = 1] = "t35"',
  ])('is for [%s] what is found for each', (condition) => {
    const { tree } = documentOf(xml);
    const starts = nodesOf(tree, '/ | //node() | //@*');
    const each = starts.filter(
      (_, index) =>
        // Of a single node the test is made once, which is never worth a look at all the others.
        nodesOf(tree, `(/ | //node() | //@*)[${index + 1}][boolean(${condition})]`).length === 1,
    );
    expect(nodesOf(tree, `(/ | //node() | //@*)[boolean(${condition})]`)).toEqual(each);
    const reversed = '(/ | //node() | //@*)/ancestor-or-self::node()';
    expect(nodesOf(tree, `${reversed}[boolean(${condition})]`)).toEqual(each);
    expect(each.length).toBeGreaterThan(0);
    expect(each.length).toBeLessThan(starts.length);
  });
});

describe('The cap on operations', () => {
  const event = wide(1000);

  it('fails the evaluation that exceeds it, with a code of its own', () => {
    const options = { limits: { evaluationOperations: 1000 } };
    const filter = compileFilter('//a[@b = 10]', options);
    expect(() => filter.matches(event)).toThrow(FilterEvaluationError);
    expect(() => filter.matches(event)).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_BUDGET', expression: '//a[@b = 10]' }),
    );
    expect(() => filter.matches(event)).toThrow(
      `the filter "//a[@b = 10]" could not be evaluated: it takes more operations than the cap 'evaluationOperations', 1000`,
    );
    expect(() => queryString(event, 'count(//a)', options)).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_BUDGET' }),
    );
  });

  it('does no harm to the next evaluation', () => {
    const options = { limits: { evaluationOperations: 1000 } };
    const filter = compileFilter('//a[position() < 3][last()]/following-sibling::a[@b = 1] = "x11"', options);
    expect(() => filter.matches(event)).toThrow(FilterEvaluationError);
    expect(filter.matches(wide(12))).toBe(true);
    expect(filter.matches(wide(11))).toBe(false);
  });

  it('is high enough for what is linear on the largest of events, and ends what is quadratic', () => {
    const large = wide(20_000);
    expect(compileFilter('count(//a[not(preceding-sibling::b)]) = 20000').matches(large)).toBe(true);
    expect(() => compileFilter('//a[count(preceding-sibling::a) = -1]').matches(large)).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_BUDGET' }),
    );
  });

  it('holds for each evaluation anew', () => {
    const filter = compileFilter('count(//a) = 1000', { limits: { evaluationOperations: 5000 } });
    for (let time = 0; time < 10; time++) {
      expect(filter.matches(event)).toBe(true);
    }
  });
});

describe('Expressions at the highest caps', () => {
  const limits = { filterLength: 1_000_000, filterDepth: 256, filterOperators: 8192 };
  const event = documentOf(`${'<a b="1">'.repeat(200)}y${'<a b="1"/>'.repeat(3)}${'</a>'.repeat(200)}`);
  const chain = (piece: string, separator: string, count: number) => Array(count).fill(piece).join(separator);
  const nest = (open: string, core: string, close: string, count: number) =>
    open.repeat(count) + core + close.repeat(count);

  it.each([
    ['steps that stay', chain('self::*', '/', 8000), true],
    ['steps up and down', `a${'/../a'.repeat(2000)}`, true],
    ['steps down', chain('a', '/', 8000), false],
    ['descendants', `//a${'//a'.repeat(3000)}`, false],
    ['operators', chain('b', ' or ', 4000), false],
    ['unions', `(${chain('b', ' | ', 4000)})/c`, false],
    ['sums', `${chain('1', ' + ', 8000)} = 8000`, true],
    ['predicates', `a${'[1]'.repeat(7000)}`, true],
    ['predicates about the size', `a${'[last()]'.repeat(7000)}`, true],
    ['predicates in predicates', nest('self::a[', 'b', ']', 255), false],
    ['long paths in predicates', nest(`${chain('self::a', '/', 30)}[`, 'a', ']', 255), true],
    ['filtered node-sets', nest('(', 'a', ')[1]', 255), true],
    ['long paths from node-sets', nest('(', 'a', `)${'/self::a'.repeat(30)}`, 255), true],
    ['calls', nest('not(', 'a', ')', 256), true],
    ['comparisons', chain('a', ' = ', 250), true],
    ['comparisons in predicates', nest('a[a = ', 'a', ']', 250), false],
  ])('do not run out of stack: %s', (_, xpath, result) => {
    expect(compileFilter(xpath, { limits }).matches(event)).toBe(result);
  });
});
