import { exactMatch } from '../../lib/filter/exact-match';
import { indexPathText } from '../../lib/filter/index-path';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';

const scope = readScope({ p: 'urn:p' }, { name: 'web', count: 3, yes: true }, { own: () => true });

/** What decides an expression, each as `path = value | value or path = value`. */
function decision(source: string): string[] | undefined {
  return exactMatch(parseExpression(source), scope)?.required.map((match) =>
    match.map(({ path, values }) => `${indexPathText(path)} = ${values.join(' | ')}`).join(' or '),
  );
}

describe('exactMatch', () => {
  it.each([
    ["@type = 'a'", ['@type = a']],
    ["'a' = @type", ['@type = a']],
    ['domain/name = $name', ['domain/name = web']],
    [". = 'x'", ['. = x']],
    ["domain/./name/text() = 'x'", ['domain/name/text() = x']],
    ["//disk/@dev = 'x'", ['//disk/@dev = x']],
    [".//disk/@dev = 'x'", ['.//disk/@dev = x']],
    ["//disk[@dev = 'x']", ['//disk/@dev = x']],
    ["/descendant::disk = 'x'", ['//disk = x']],
    ["/event = 'x'", ['. = x']],
    ["/event/domain/name = 'x'", ['domain/name = x']],
    ["/*/domain/name = 'x'", ['domain/name = x']],
    ["/event[@type = 'a']", ['@type = a']],
    ["/event[@type = 'a'][@id = 'b']/@name = 'c'", ['@type = a', '@id = b', '@name = c']],
    [
      "/event[@type = 'a' and transition/@to = 'b']/domain[name = 'c']",
      ['@type = a', 'transition/@to = b', 'domain/name = c'],
    ],
    ["/event[domain[name = 'c'] and @type = 'a']", ['domain/name = c', '@type = a']],
    ["domain[name = 'x']", ['domain/name = x']],
    ["domain[name = 'x' or uuid = 'u']", ['domain/name = x or domain/uuid = u']],
    ["domain[disk[@dev = 'x']]", ['domain/disk/@dev = x']],
    ["domain/name[. = 'x']", ['domain/name = x']],
    [`${'a/'.repeat(15)}b = 'x'`, [`${'a/'.repeat(15)}b = x`]],
    [`${'a/'.repeat(14)}a[b = 'x']`, [`${'a/'.repeat(15)}b = x`]],
    ["boolean(@type = 'a')", ['@type = a']],
    ["@type = 'a' and domain/name = 'x'", ['@type = a', 'domain/name = x']],
    ["@type = 'a' or @type = 'b'", ['@type = a | b']],
    ["@type = 'a' or domain/name = 'x' or @type = 'b'", ['@type = a | b or domain/name = x']],
    ["(@type = 'a' or @type = 'b') and name = 'x'", ['@type = a | b', 'name = x']],
    ['/event', []],
    ['/*', []],
  ])('%s is decided by %j', (source, expected) => {
    expect(decision(source)).toEqual(expected);
  });

  it.each([
    ["@type = 'a'", false],
    ["/*[@type = 'a']", false],
    ["//event/@type = 'a'", false],
    ["/event[@type = 'a']", true],
    ["name = 'x' and /event/@type = 'a'", true],
  ])('%s needs the root element to be named event: %s', (source, needed) => {
    expect(exactMatch(parseExpression(source), scope)?.needsEventName).toBe(needed);
  });

  it.each([
    ['two conditions on one of several nodes', "domain[name = 'x' and uuid = 'u']"],
    ['two conditions on one of several nodes', "domain[name = 'x'][uuid = 'u']"],
    ['two conditions on one of several nodes', "domain[name = 'x']/uuid = 'u'"],
    ['two conditions on one of several nodes', "domain[@id = '1']/disk[@dev = 'a']"],
    ['two conditions on one of several nodes', "domain[@id = '1'] = 'a'"],
    ['two conditions on one of several nodes', "//event[@type = 'a' and @id = 'b']"],
    ['existence', 'domain'],
    ['existence', "domain[name = 'x']/uuid"],
    ['existence', '/event[domain]'],
    ['positions', "domain[1]/name = 'x'"],
    ['positions', "domain[name = 'x'][1]"],
    ['positions', "domain[$count]/name = 'x'"],
    ['positions', '/event[1]'],
    ['the name of an inner element that must be a certain one', "self::domain/name = 'x'"],
    ['the name of an inner element that must be a certain one', "domain/name/parent::a/@id = 'x'"],
    ['the kind of a node that must be a certain one', "domain/name/self::text() = 'x'"],
    ['the kind of a node that must be a certain one', "/node()[@id = 'x']"],
    ['another root element', "/p:*[@id = 'x']"],
    ['another root element', "/domain/name = 'x'"],
    ['another root element', "/p:event/name = 'x'"],
    ['the root itself', "/ = 'x'"],
    ['the root itself', '/'],
    ['a path from the root inside a predicate', "domain[/event/@type = 'a']"],
    ['a path from what another one selects', "(domain)/*[name = 'x']"],
    ['a path of more than 16 steps', `${'a/'.repeat(16)}b = 'x'`],
    ['a path of more than 16 steps', `${'a/'.repeat(15)}a[b = 'x']`],
    ['a path of more than 16 steps', `a[${'a/'.repeat(15)}b = 'x']`],
    ['anything but equality with a string', "domain[name = 'x'] = 3"],
    ['anything but equality with a string', 'name = 3'],
    ['anything but equality with a string', "name != 'x'"],
    ['anything but equality with a string', 'name = uuid'],
    ['anything but equality with a string', '@type = $yes'],
    ['anything but equality with a string', "string(name) = 'x'"],
    ['anything but equality with a string', "contains(name, 'x')"],
    ['anything but equality with a string', "not(name = 'x')"],
    ['anything but equality with a string', "own() and @type = 'a'"],
    ['anything but equality with a string', "name = 'x' or contains(name, 'y')"],
    ['anything but equality with a string', "(name | uuid) = 'x'"],
    ['or of several ands', "@type = 'a' and name = 'x' or @type = 'b' and name = 'y'"],
    ['or with the name of the root element', "/event/@type = 'a' or @id = 'x'"],
  ])('leaves %s to the evaluation: %s', (_, source) => {
    expect(decision(source)).toBeUndefined();
  });
});
