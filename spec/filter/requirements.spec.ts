import { indexPathText } from '../../lib/filter/index-path';
import { conjuncts, type Requirement } from '../../lib/filter/requirement';
import { expressionRequirements, type Requirements } from '../../lib/filter/requirements';
import { checkExpression } from '../../lib/xpath/checker';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';

const scope = readScope(
  { p: 'urn:p', q: 'urn:p' },
  { name: 'web', empty: '', count: 3, nothing: 0, nan: Number.NaN, yes: true, no: false },
  { own: () => true },
);

function requirements(source: string): Requirements {
  const expression = parseExpression(source);
  checkExpression(source, expression, scope);
  return expressionRequirements(expression, scope);
}

/** A requirement as one would write it; a number is preceded by `#`. */
function write(required: Requirement): string {
  switch (required.kind) {
    case 'all':
    case 'any': {
      const parts = required.parts.map((part) => ('parts' in part ? `(${write(part)})` : write(part)));
      return parts.length === 0 ? 'impossible' : parts.join(required.kind === 'all' ? ' and ' : ' or ');
    }
    case 'name':
      return required.isNegated ? 'not(named event)' : 'named event';
    case 'value': {
      const { path, operator, operand, ofFirst, isNegated } = required;
      const of = ofFirst ? `first(${indexPathText(path)})` : indexPathText(path);
      const test = `${of} ${operator} ${typeof operand === 'number' ? '#' : ''}${operand}`;
      return isNegated ? `not(${test})` : test;
    }
  }
}

/** All that an expression needs, one by one. */
function needs(source: string): string[] {
  return conjuncts(requirements(source).needs).map(write);
}

function key(source: string): string {
  const value = conjuncts(requirements(source).needs).find(({ kind }) => kind === 'value');
  return value?.kind === 'value' ? value.path.key : '';
}

type Case = [source: string, needs: string[], isExact: boolean];

function itNeeds(cases: Case[]): void {
  it.each(cases)('%s needs %j, which decides it: %s', (source, expected, isExact) => {
    expect(needs(source)).toEqual(expected);
    expect(requirements(source).isExact).toBe(isExact);
  });
}

describe('expressionRequirements', () => {
  describe('of equalities with strings', () => {
    itNeeds([
      ["@type = 'a'", ['@type = a'], true],
      ["'a' = @type", ['@type = a'], true],
      ["domain/name = 'x'", ['domain/name = x'], true],
      ["domain/name = ''", ['domain/name = '], true],
      ['domain/name = $name', ['domain/name = web'], true],
      ['domain/name = $empty', ['domain/name = '], true],
      ["domain/name/text() = 'x'", ['domain/name/text() = x'], true],
      ["domain/@* = 'x'", ['domain/@* = x'], true],
      ["*/p:* = 'x'", ['*/p:* = x'], true],
      [". = 'x'", ['. = x'], true],
      ["/ = 'x'", ['. = x'], true],
      ["//disk/@dev = 'x'", ['//disk/@dev = x'], true],
      [".//disk/@dev = 'x'", ['.//disk/@dev = x'], true],
      ["disks//disk = 'x'", ['disks//disk = x'], true],
      ["disks//@dev = 'x'", ['disks//@dev = x'], true],
      ["//@dev = 'x'", ['//@dev = x'], true],
      ["descendant-or-self::disk/@dev = 'x'", ['//disk/@dev = x'], true],
      ["processing-instruction('a') = 'x'", ['processing-instruction("a") = x'], true],
      ["string(domain/name) = 'x'", ['first(domain/name) = x'], true],
      ["string(domain[1]/name) = 'x'", ['first(domain/name) = x'], false],
      ["string() = 'x'", ['first(.) = x'], true],
      ["string(string(@id)) = 'x'", ['first(@id) = x'], true],
      ["domain[string() = 'x']", ['first(domain) = x'], true],
      ["boolean(@type = 'a')", ['@type = a'], true],
      ["domain[@type = 'a']/@type = 'b'", ['domain/@type = a', 'domain/@type = b'], false],
      ["@id != 'x' and @type = 'a'", ['@id != x', '@type = a'], true],
    ]);
  });

  describe('one path in several spellings', () => {
    it.each([
      ["/event/domain/name = 'x'", 'domain/name'],
      ["/*/domain/name = 'x'", 'domain/name'],
      ["/node()/domain/name = 'x'", 'domain/name'],
      ["self::event/domain/name = 'x'", 'domain/name'],
      ["./domain/./name/. = 'x'", 'domain/name'],
      ["domain/name/self::node() = 'x'", 'domain/name'],
      ["domain/uuid/../name = 'x'", 'domain/name'],
      ["domain/@id/../name = 'x'", 'domain/name'],
      ["domain/uuid/parent::domain/name = 'x'", 'domain/name'],
      ["child::domain[1]/child::name[last()] = 'x'", 'domain/name'],
      ["(domain/name)[2] = 'x'", 'domain/name'],
      ["(domain)/name = 'x'", 'domain/name'],
      ["/event/../event/domain/name = 'x'", 'domain/name'],
      ["/event[domain/name = 'x']", 'domain/name'],
      ["/self::node()/event/domain/name = 'x'", 'domain/name'],
      ["domain[name = 'x']", 'domain/name'],
      ["domain/name[. = 'x']", 'domain/name'],
      ["domain/name[text()][. = 'x']", 'domain/name'],
      ["attribute::type = 'x'", '@type'],
      ["/descendant::disk = 'x'", '//disk'],
      ["/descendant-or-self::disk = 'x'", '//disk'],
      ["//self::disk = 'x'", '//disk'],
      ["//descendant-or-self::disk = 'x'", '//disk'],
      ["descendant::disk = 'x'", './/disk'],
      ["//event[@type = 'x']", '//event/@type'],
      ["//@dev/.. = 'x'", '//node()'],
      ["p:a/@q:b = 'x'", '{"urn:p"}a/@{"urn:p"}b'],
      ["q:a/@p:b = 'x'", '{"urn:p"}a/@{"urn:p"}b'],
      ["q:* = 'x'", '{"urn:p"}*'],
    ])('%s has the key %s', (source, expected) => {
      expect(key(source)).toBe(expected);
    });

    it('tells paths apart that look alike', () => {
      const sources = ['disk', './/disk', '//disk', '@disk', 'disk/@*', 'disk/*', 'disk//@*', 'disk/node()', 'p:disk'];
      expect(new Set(sources.map((source) => key(`${source} = 'x'`))).size).toBe(sources.length);
    });
  });

  describe('of other comparisons', () => {
    itNeeds([
      ["name != 'x'", ['name != x'], true],
      ["'x' != name", ['name != x'], true],
      ['name != 3', ['name != #3'], true],
      ['name = 3', ['name = #3'], true],
      ['3 = name', ['name = #3'], true],
      ['name = $count', ['name = #3'], true],
      ['name = -3', ['name = #-3'], true],
      ['name = 1 + 2 * $count', ['name = #7'], true],
      ['-(3) = name', ['name = #-3'], true],
      ['name < 3', ['name < #3'], true],
      ['3 < name', ['name > #3'], true],
      ["name >= '3'", ['name >= #3'], true],
      ["'3' >= name", ['name <= #3'], true],
      ['name > $nan', ['impossible'], true],
      ['name != $nan', ['name != #NaN'], true],
      ["name < 'x'", ['impossible'], true],
      ["number(name) = '3'", ['first(name) = #3'], true],
      ['number(name) != 3', ['not(first(name) = #3)'], true],
      ['number() > 3', ['first(.) > #3'], true],
      ['number(string(name)) = 3', ['first(name) = #3'], true],
      ["string(number(name)) = '3'", [], false],
      ['number(number(name)) = 3', [], false],
      ['string(name) < 3', ['first(name) < #3'], true],
      ["string(name) = ''", ['not(first(name) != )'], true],
      ["string(name) != ''", ['first(name) != '], true],
      ["string(name) != 'x'", ['not(first(name) = x)'], true],
      ['name = 1 div 0', ['name = #Infinity'], true],
    ]);
  });

  describe('of starts-with() and contains()', () => {
    itNeeds([
      ["starts-with(name, 'x')", ['first(name) starts-with x'], true],
      ["contains(name, 'x')", ['first(name) contains x'], true],
      ['contains(string(name), 3)', ['first(name) contains 3'], true],
      ['starts-with(name, $name)', ['first(name) starts-with web'], true],
      ['contains(name, uuid)', [], false],
      ["contains('x', name)", [], false],
      ["contains(translate(name, 'A', 'a'), 'x')", [], false],
      ["starts-with(name, '')", [], true],
      ["contains(domain[@id = '1']/name, 'x')", ['domain/@id = 1', 'first(domain/name) contains x'], false],
      ["contains(a | b, 'x')", ['first(a) contains x or first(b) contains x'], false],
      ["domain[contains(name, 'x')]", ['first(domain/name) contains x'], true],
      ["domain[contains(name, '')]", [], false],
      ["contains(name[1], 'x')", ['first(name) contains x'], false],
    ]);
  });

  describe('of not()', () => {
    itNeeds([
      ["not(name = 'x')", ['not(name = x)'], true],
      ["not(name != 'x')", ['not(name != x)'], true],
      ['not(name < 3)', ['not(name < #3)'], true],
      ["not(contains(name, 'x'))", ['not(first(name) contains x)'], true],
      ["not(not(name = 'x'))", ['name = x'], true],
      ["not(name = 'x' and @id = 3 or false())", ['not(name = x) or not(@id = #3)'], true],
      ['not(own())', [], false],
      ["not(name = 'x' and own())", [], false],
      ["domain[not(name = 'x')]", [], false],
      ["/event[not(name = 'x')]/uuid = 'u'", ['named event', 'not(name = x)', 'uuid = u'], true],
      ["not(/event/name = 'x')", ['not(named event) or not(name = x)'], true],
      ["not(string(name) = '')", ['first(name) != '], true],
      ['not(name)', [], false],
      ['not($nothing)', [], true],
      ['not(true())', ['impossible'], true],
      ['domain[not(false())]', [], false],
      ["not(domain[name = 'x'])", ['not(domain/name = x)'], true],
      ["not(domain[name = 'x' and uuid = 'u'])", [], false],
    ]);
  });

  describe('of and, or, and predicates', () => {
    itNeeds([
      ["(a = '1' or a = '2') and b = '3' or c = '4'", ['((a = 1 or a = 2) and b = 3) or c = 4'], true],
      [
        "/event[@type = 'a' and transition/@to = 'b']/domain[name = 'c']",
        ['named event', '@type = a', 'transition/@to = b', 'domain/name = c'],
        true,
      ],
      ["b = '3' and (a = '1' or a = '2') or c = '4'", ['(b = 3 and (a = 1 or a = 2)) or c = 4'], true],
      ["a = '1' and b = '2' or c = '4'", ['(a = 1 and b = 2) or c = 4'], true],
      ["(a = '1' or b = '2') and c = '3' or d = '4'", ['((a = 1 or b = 2) and c = 3) or d = 4'], true],
      ["(a = '1' or a = '2') and a = '1' or a = '3'", ['((a = 1 or a = 2) and a = 1) or a = 3'], true],
      ["a = '1' and (a = '1' or a = '2') or a = '3'", ['(a = 1 and (a = 1 or a = 2)) or a = 3'], true],
      [
        "(a = '1' or b = '2') and c = '3' or (a = '4' or b = '5') and c = '6'",
        ['((a = 1 or b = 2) and c = 3) or ((a = 4 or b = 5) and c = 6)'],
        true,
      ],
      [
        "c = '3' and (a = '1' or b = '2') or a = '4' and c = '6'",
        ['(c = 3 and (a = 1 or b = 2)) or (a = 4 and c = 6)'],
        true,
      ],
      ["false() or a = '1' and b = '2'", ['a = 1', 'b = 2'], true],
      ["false() or (a = '1' or b = '2') and (c = '3' or d = '4')", ['a = 1 or b = 2', 'c = 3 or d = 4'], true],
      ["a = '1' and b = '2' or '' or false()", ['a = 1', 'b = 2'], true],
      ["@type = 'a' and domain/name = 'x'", ['@type = a', 'domain/name = x'], true],
      ["domain[1][name = 'x']", ['domain/name = x'], false],
      ["domain[name = 'x'][2]", ['domain/name = x'], false],
      ["domain[position() = 2 and name = 'x']", ['domain/name = x'], false],
      ["domain[name = 'x']/@id > 5", ['domain/name = x', 'domain/@id > #5'], false],
      ["5 < domain[name = 'x']/@id", ['domain/name = x', 'domain/@id > #5'], false],
      ["domain[name = 'x']/@id != 'y'", ['domain/name = x', 'domain/@id != y'], false],
      ["domain[name = 'x']/@id = transition[@to = 'b']/@id", ['domain/name = x', 'transition/@to = b'], false],
      ["domain[disk[@dev = 'a'][@bus = 'b']]/name", ['domain/disk/@dev = a', 'domain/disk/@bus = b'], false],
      ["domain[/event/@type = 'a']", ['named event', '@type = a'], false],
      ["domain/following-sibling::*[/event/@type = 'a']", ['named event', '@type = a'], false],
      ["domain[.//disk/@dev = 'a']", ['domain//disk/@dev = a'], true],
      ["domain[../@type = 'a']", ['@type = a'], false],
      ["(//disk)[1][@dev = 'a']", ['//disk/@dev = a'], false],
      ["(a | b)[@c = 'x']", ['a/@c = x or b/@c = x'], false],
      ["(a | b)/c = 'x'", ['a/c = x or b/c = x'], true],
      ["a | b[c = 'x']", [], false],
      ["a[c = 'y'] | b[c = 'x']", ['a/c = y or b/c = x'], false],
      ["(a | b) = 'x'", ['a = x or b = x'], true],
      ["(a | a) = 'x'", ['a = x or a = x'], true],
      ["@type = 'a' or @type = 'b'", ['@type = a or @type = b'], true],
      ["@type = 'a' or @type = 'a'", ['@type = a or @type = a'], true],
      ["name = 'x' or uuid = 'y'", ['name = x or uuid = y'], true],
      ["name = 'x' or uuid = 'y' or name = 'z'", ['name = x or uuid = y or name = z'], true],
      [
        "(@type = 'a' and name = 'x') or (@type = 'b' and name = 'y')",
        ['(@type = a and name = x) or (@type = b and name = y)'],
        true,
      ],
      [
        "(@type = 'a' and name = 'x') or (@type = 'a' and uuid = 'y')",
        ['(@type = a and name = x) or (@type = a and uuid = y)'],
        true,
      ],
      ["(@type = 'a' and name = 'x') or @type = 'b'", ['(@type = a and name = x) or @type = b'], true],
      ["@type = 'a' and (name = 'x' or name = 'y')", ['@type = a', 'name = x or name = y'], true],
      ["domain[name = 'x' or uuid = 'y']", ['domain/name = x or domain/uuid = y'], true],
      ["@type = 'a' and @type = 'b'", ['@type = a', '@type = b'], true],
      ["@type = 'a' and own(name)", ['@type = a'], false],
      ["own(name) and @type = 'a'", ['@type = a'], false],
      ["domain[own(name) and uuid = 'u']", ['domain/uuid = u'], false],
    ]);
  });

  describe('of what is known before the event', () => {
    itNeeds([
      ['false()', ['impossible'], true],
      ["''", ['impossible'], true],
      ['$no', ['impossible'], true],
      ['$nothing', ['impossible'], true],
      ['$nan', ['impossible'], true],
      ['domain[$nothing]', ['impossible'], true],
      ["@type = 'a' or false()", ['@type = a'], true],
      ["@type = 'a' or $no", ['@type = a'], true],
      ["@type = 'a' or $yes", [], false],
      ["@type = 'a' and $yes", ['@type = a'], false],
      ["$no and @type = 'a' or name = 'x'", ['name = x'], true],
      ['false() or $no', ['impossible'], true],
    ]);
  });

  describe('of paths from the root, and of nodes that are one among several', () => {
    itNeeds([
      ["domain/./name/text() = 'x'", ['domain/name/text() = x'], true],
      ["//disk[@dev = 'x']", ['//disk/@dev = x'], true],
      ["/descendant::disk = 'x'", ['//disk = x'], true],
      ["/event = 'x'", ['named event', '. = x'], true],
      ["/event/domain/name = 'x'", ['named event', 'domain/name = x'], true],
      ["/*/domain/name = 'x'", ['domain/name = x'], true],
      ["/event[@type = 'a']", ['named event', '@type = a'], true],
      ["/event[@type = 'a'][@id = 'b']/@name = 'c'", ['named event', '@type = a', '@id = b', '@name = c'], true],
      ["/event[domain[name = 'c'] and @type = 'a']", ['named event', 'domain/name = c', '@type = a'], true],
      ["domain[name = 'x']", ['domain/name = x'], true],
      ["domain[name = 'x' or uuid = 'u']", ['domain/name = x or domain/uuid = u'], true],
      ["domain[disk[@dev = 'x']]", ['domain/disk/@dev = x'], true],
      ["domain/name[. = 'x']", ['domain/name = x'], true],
      ["@type = 'a' or domain/name = 'x' or @type = 'b'", ['@type = a or domain/name = x or @type = b'], true],
      ["(@type = 'a' or @type = 'b') and name = 'x'", ['@type = a or @type = b', 'name = x'], true],
      ['/event', ['named event'], true],
      ['/*', [], true],
      ["/*[@type = 'a']", ['@type = a'], true],
      ["//event/@type = 'a'", ['//event/@type = a'], true],
      ["name = 'x' and /event/@type = 'a'", ['name = x', 'named event', '@type = a'], true],
      ["domain[name = 'x' and uuid = 'u']", ['domain/name = x', 'domain/uuid = u'], false],
      ["domain[name = 'x'][uuid = 'u']", ['domain/name = x', 'domain/uuid = u'], false],
      ["domain[name = 'x']/uuid = 'u'", ['domain/name = x', 'domain/uuid = u'], false],
      ["domain[@id = '1']/disk[@dev = 'a']", ['domain/@id = 1', 'domain/disk/@dev = a'], false],
      ["domain[@id = '1'] = 'a'", ['domain/@id = 1', 'domain = a'], false],
      ["//event[@type = 'a' and @id = 'b']", ['//event/@type = a', '//event/@id = b'], false],
      ['domain', [], false],
      ["domain[name = 'x']/uuid", ['domain/name = x'], false],
      ['/event[domain]', ['named event'], false],
      ["domain[1]/name = 'x'", ['domain/name = x'], false],
      ["domain[name = 'x'][1]", ['domain/name = x'], false],
      ["domain[$count]/name = 'x'", ['domain/name = x'], false],
      ['/event[1]', ['named event'], false],
      ["self::domain/name = 'x'", ['name = x'], false],
      ["domain/name/parent::a/@id = 'x'", ['domain/@id = x'], false],
      ["domain/name/self::text() = 'x'", ['domain/name = x'], false],
      ["/node()[@id = 'x']", ['@id = x'], false],
      ["/p:*[@id = 'x']", ['@id = x'], false],
      ["/domain/name = 'x'", ['name = x'], false],
      ["/p:event/name = 'x'", ['name = x'], false],
      ['/', [], false],
      ["(domain)/*[name = 'x']", ['domain/*/name = x'], true],
      ["domain[name = 'x'] = 3", ['domain/name = x', 'domain = #3'], false],
      ['name = 3', ['name = #3'], true],
      ["name != 'x'", ['name != x'], true],
      ['name = uuid', [], false],
      ['@type = $yes', [], false],
      ["string(name) = 'x'", ['first(name) = x'], true],
      ["contains(name, 'x')", ['first(name) contains x'], true],
      ["not(name = 'x')", ['not(name = x)'], true],
      ["own() and @type = 'a'", ['@type = a'], false],
      ["name = 'x' or contains(name, 'y')", ['name = x or first(name) contains y'], true],
      ["(name | uuid) = 'x'", ['name = x or uuid = x'], true],
      [
        "@type = 'a' and name = 'x' or @type = 'b' and name = 'y'",
        ['(@type = a and name = x) or (@type = b and name = y)'],
        true,
      ],
      ["/event/@type = 'a' or @id = 'x'", ['(named event and @type = a) or @id = x'], true],
    ]);
  });

  describe('leave to the evaluation', () => {
    it.each([
      ['strings of nothing', "string(a[b = '1']) != 'x'"],
      ['strings of nothing', "string(a[b = '1']) = name"],
      ['strings of nothing', "'x' != string(string(a[b = '1']))"],
      ['numbers', "count(disk[@dev = 'a']) = 1"],
      ['numbers', "domain[count(disk[@dev = 'a'])]"],
      ['booleans', 'name = true()'],
      ['booleans', "name[. = 'x'] = false()"],
      ['booleans', "name[. = 'x'] = $no"],
      ['booleans', "(name = 'x') = 'y'"],
      ['booleans', "name = 'x' = false()"],
      ['booleans', "name[. = 'x'] < true()"],
      ['booleans', "name[. = 'x'] != own()"],
      ['absence', "domain[not(name = 'x')]"],
      ['absence', "string(name[. = 'x']) = ''"],
      ['absence', "concat(name, '') = 'x'"],
      ['other comparisons', 'name = uuid'],
      ['other comparisons', "'x' = 'x'"],
      ['functions', "normalize-space(name) = 'x'"],
      ['functions', "translate(name, 'A', 'a') = 'x'"],
      ['functions', "name() = 'event'"],
      ['functions', "local-name(domain) = 'x'"],
      ['functions', "own(name = 'x')"],
      ['functions', "own(name) = 'x'"],
      ['functions', "own(name)/a = 'x'"],
      ['functions', "domain[own(name = 'x')]"],
      ['functions', "id('a') = 'x'"],
      ['functions', "id('a')[@b = 'x']"],
      ['functions', "lang('en')"],
      ['existence', 'domain/name'],
      ['existence', "string(domain[name = 'x'])"],
      ['one branch of or', "domain[name = 'x' or uuid]"],
      ['other axes', "domain/following-sibling::*/@id = 'x'"],
      ['other axes', "domain/ancestor::*/@id = 'x'"],
      ['other axes', "ancestor-or-self::*/@type = 'x'"],
      ['other axes', "following::a[@b = 'x']"],
      ['other axes', "namespace::* = 'x'"],
      ['other axes', "//disk/../@id = 'x'"],
      ['other axes', "../@id = 'x'"],
      ['other axes', "/@id = 'x'"],
      ['other axes', "/text() = 'x'"],
      ['numbers in calculations', "-name = '-3'"],
      ['constants', '1'],
    ])('%s: %s', (_, source) => {
      expect(requirements(source)).toEqual({ needs: { kind: 'all', parts: [] }, isExact: false });
    });

    it('paths of more than 16 steps, and of more than 8 alternatives', () => {
      const steps = (count: number) => Array.from({ length: count }, () => 'a').join('/');
      expect(requirements(`${steps(16)} = 'x'`)).toMatchObject({ needs: { kind: 'value' }, isExact: true });
      expect(requirements(`${steps(15)}[a = 'x']`)).toMatchObject({ needs: { kind: 'value' }, isExact: true });
      for (const source of [
        `${steps(17)} = 'x'`,
        `${steps(16)}[a = 'x']`,
        `a[${steps(16)} = 'x']`,
        `(${steps(16)} | a)/a = 'x'`,
      ]) {
        expect(needs(source)).toEqual([]);
        expect(requirements(source).isExact).toBe(false);
      }
      const alternatives = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`).join(' | ');
      expect(needs(`(${alternatives(8)}) = 'x'`)).toHaveLength(1);
      expect(needs(`(${alternatives(9)}) = 'x'`)).toEqual([]);
    });
  });

  describe('of an expression at the caps', () => {
    const size = (required: Requirement): number =>
      'parts' in required ? required.parts.reduce((sum, part) => sum + size(part), 0) : 1;

    it('take a long or as it is', () => {
      const operands = Array.from({ length: 800 }, (_, index) => `name = 'n${index}'`);
      expect(size(requirements(operands.join(' or ')).needs)).toBe(800);
    });

    it('do not multiply what and and or nest', () => {
      let source = "a0 = 'x'";
      for (let depth = 1; depth < 60; depth += 1) {
        source = `((${source}) and b${depth} = 'x' or c${depth} = 'y')`;
      }
      expect(size(requirements(source).needs)).toBeLessThan(200);
    });

    it('do not multiply what predicates nest', () => {
      let source = "e = 'x'";
      for (let depth = 0; depth < 60; depth += 1) {
        source = `(a | b)[(${source}) and c = 'y'] = 'z'`;
      }
      expect(size(requirements(source).needs)).toBeLessThan(500);
    });
  });
});
