import { type FilterWarning, findWarnings } from '../../lib/filter/warnings';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';

const scope = readScope({ p: 'urn:p' }, { since: '2026-01-01', limit: 5 }, { own: () => '' });

function warnings(source: string): FilterWarning[] {
  return findWarnings(parseExpression(source), scope);
}

describe('findWarnings', () => {
  it.each([
    "@type = 'domain-state-transition' and domain/name = 'web'",
    "@type = 'a' or @type = 'b'",
    "@type = 'a' and @type = 'a'",
    "@type = 'a' and @p:type = 'b'",
    "domain/@id = '1' and domain/@id = '2'",
    '/event/domain[1]/name/text()',
    '//disk[@dev][position() = last()]/..',
    '@*/..',
    '@type/parent::event/domain',
    '@id/self::node()',
    '@id/ancestor-or-self::node()/a',
    'text()/following-sibling::a',
    '/self::node()//a',
    "number(@size) > 5 and '7' > @size",
    'a > $limit',
    '$limit',
    'own() or own(1)',
    "contains(a, 'b') = true()",
    "@a = 'true'",
    'a[2]',
    'a[event]',
    "lang('en') or position() = 1",
    'namespace::*',
    '(a | b)[1]/c',
    "microseconds(@timestamp) > microseconds('2026-01-01')",
  ])('finds nothing wrong with %s', (source) => {
    expect(warnings(source)).toEqual([]);
  });

  it.each([
    // Never anything there
    ['@x/y', 3, "an attribute has nothing on the axis 'child'"],
    ['@x//y', 4, "an attribute has nothing on the axis 'child'"],
    ['a/@x/@y', 5, "an attribute has nothing on the axis 'attribute'"],
    ['text()/a', 7, "a text node has nothing on the axis 'child'"],
    ['a[comment()/@b]', 12, "a comment has nothing on the axis 'attribute'"],
    ['@x/text()', 3, "an attribute has nothing on the axis 'child'"],
    ['@x/following-sibling::a', 3, "an attribute has nothing on the axis 'following-sibling'"],
    ['/..', 1, "the root has nothing on the axis 'parent'"],
    ['/@x', 1, "the root has nothing on the axis 'attribute'"],
    ['@comment()', 0, "the axis 'attribute' of an element has no such node"],
    ['@x/self::x', 3, "the axis 'self' of an attribute has no such node"],
    // Never true
    ["@type = 'a' and @type = 'b'", 16, `cannot be "a" and "b" at once`],
    ["'a' = @type and a and @type = 'b'", 22, `cannot be "a" and "b" at once`],
    ["a[@dev = 'x'][@dev = 'y']", 14, `cannot be "x" and "y" at once`],
    ["a[@dev = 'x' and @dev = 'y']", 17, `cannot be "x" and "y" at once`],
    ["@timestamp < '2026-01-01'", 13, '"2026-01-01" is none, so this is never true'],
    ["'1e5' >= a", 0, '"1e5" is none'],
    ['a > $since', 4, '"2026-01-01" is none'],
    // Always the same
    ["'x'", 0, 'does not depend on the event'],
    ['1 = 1', 0, 'does not depend on the event'],
    ["concat('a', 'b') or not(true())", 0, 'does not depend on the event'],
    ["@type = 'a' or 'b'", 15, "this operand of 'or' is the same for every event"],
    ["@type = 'a' and true()", 16, "this operand of 'and' is the same for every event"],
    ["a['x']", 2, 'this predicate is the same for every node'],
    ['a[true()]', 2, 'this predicate is the same for every node'],
    // Not what it reads
    ['@timestamp > 5', 0, 'write microseconds(@timestamp)'],
    ['5 > @timestamp', 4, 'write microseconds(@timestamp)'],
    ["microseconds(@timestamp) > microseconds('2026-02-30')", 40, '"2026-02-30" is no time'],
    ["contains(a, 'b') = 'false'", 19, 'write true() or false()'],
    ["'true' != not(a)", 0, 'write true() or false()'],
    ["event/@type = 'x'", 0, "write '/event' for the event"],
    ["/domain/name = 'x'", 1, "write 'domain' or '/event/domain'"],
    ['true', 0, 'the function is written true()'],
    ['a[last]', 2, 'the function is written last()'],
  ])('%s: at %d, %s', (source, position, message) => {
    const found = warnings(source);
    expect(found).toHaveLength(1);
    expect(found[0]!.position).toBe(position);
    expect(found[0]!.message).toContain(message);
  });

  it('are in the order of their places, each step once', () => {
    expect(warnings("@x/y/z or 'b' or @t/u").map(({ position }) => position)).toEqual([3, 10, 20]);
  });
});
