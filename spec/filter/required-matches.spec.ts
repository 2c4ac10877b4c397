import { indexPathText } from '../../lib/filter/index-path';
import { requiredMatches } from '../../lib/filter/required-matches';
import { checkExpression } from '../../lib/xpath/checker';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';

const scope = readScope(
  { p: 'urn:p', q: 'urn:p' },
  { name: 'web', empty: '', count: 3, nothing: 0, nan: Number.NaN, yes: true, no: false },
  { own: () => true },
);

/** The required of an expression, each as `path = value | value or path = value`. */
function required(source: string): string[] {
  const expression = parseExpression(source);
  checkExpression(source, expression, scope);
  return requiredMatches(expression, scope).map((match) =>
    match.length === 0
      ? 'impossible'
      : match.map(({ path, values }) => `${indexPathText(path)} = ${values.join(' | ')}`).join(' or '),
  );
}

function key(source: string): string {
  const [match] = requiredMatches(parseExpression(source), scope);
  return match![0]!.path.key;
}

describe('requiredMatches', () => {
  describe('equalities with strings', () => {
    it.each([
      ["@type = 'a'", ['@type = a']],
      ["'a' = @type", ['@type = a']],
      ["domain/name = 'x'", ['domain/name = x']],
      ["domain/name = ''", ['domain/name = ']],
      ['domain/name = $name', ['domain/name = web']],
      ['domain/name = $empty', ['domain/name = ']],
      ["domain/name/text() = 'x'", ['domain/name/text() = x']],
      ["domain/@* = 'x'", ['domain/@* = x']],
      ["*/p:* = 'x'", ['*/p:* = x']],
      [". = 'x'", ['. = x']],
      ["/ = 'x'", ['. = x']],
      ["//disk/@dev = 'x'", ['//disk/@dev = x']],
      [".//disk/@dev = 'x'", ['.//disk/@dev = x']],
      ["disks//disk = 'x'", ['disks//disk = x']],
      ["disks//@dev = 'x'", ['disks//@dev = x']],
      ["//@dev = 'x'", ['//@dev = x']],
      ["descendant-or-self::disk/@dev = 'x'", ['//disk/@dev = x']],
      ["processing-instruction('a') = 'x'", ['processing-instruction("a") = x']],
      ["string(domain/name) = 'x'", ['domain/name = x']],
      ["string(domain[1]/name) = 'x'", ['domain/name = x']],
      ["string() = 'x'", ['. = x']],
      ["string(string(@id)) = 'x'", ['@id = x']],
      ["domain[string() = 'x']", ['domain = x']],
      ["boolean(@type = 'a')", ['@type = a']],
      ["domain[@type = 'a']/@type = 'b'", ['domain/@type = a', 'domain/@type = b']],
      ["@id != 'x' and @type = 'a'", ['@type = a']],
    ])('%s needs %j', (source, expected) => {
      expect(required(source)).toEqual(expected);
    });
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

  describe('and, or, predicates', () => {
    it.each([
      // Of each alternative what says most: what has fewest values, whatever comes first.
      ["(a = '1' or a = '2') and b = '3' or c = '4'", ['b = 3 or c = 4']],
      ["b = '3' and (a = '1' or a = '2') or c = '4'", ['b = 3 or c = 4']],
      ["a = '1' and b = '2' or c = '4'", ['a = 1 or c = 4']],
      ["(a = '1' or b = '2') and c = '3' or d = '4'", ['c = 3 or d = 4']],
      // What all alternatives say of one path; of several things about it, again what has fewest values.
      ["(a = '1' or a = '2') and a = '1' or a = '3'", ['a = 1 | 3']],
      ["a = '1' and (a = '1' or a = '2') or a = '3'", ['a = 1 | 3']],
      ["(a = '1' or b = '2') and c = '3' or (a = '4' or b = '5') and c = '6'", ['c = 3 | 6']],
      ["c = '3' and (a = '1' or b = '2') or a = '4' and c = '6'", ['c = 3 | 6', 'c = 3 or a = 4']],
      // Alternatives that are impossible leave all that the only other one needs.
      ["false() or a = '1' and b = '2'", ['a = 1', 'b = 2']],
      ["false() or (a = '1' or b = '2') and (c = '3' or d = '4')", ['a = 1 or b = 2', 'c = 3 or d = 4']],
      ["a = '1' and b = '2' or '' or false()", ['a = 1', 'b = 2']],
      ["@type = 'a' and domain/name = 'x'", ['@type = a', 'domain/name = x']],
      [
        "/event[@type = 'a' and transition/@to = 'b']/domain[name = 'c']",
        ['@type = a', 'transition/@to = b', 'domain/name = c'],
      ],
      ["domain[1][name = 'x']", ['domain/name = x']],
      ["domain[name = 'x'][2]", ['domain/name = x']],
      ["domain[position() = 2 and name = 'x']", ['domain/name = x']],
      ["domain[name = 'x']/@id > 5", ['domain/name = x']],
      ["5 < domain[name = 'x']/@id", ['domain/name = x']],
      ["domain[name = 'x']/@id != 'y'", ['domain/name = x']],
      ["domain[name = 'x']/@id = transition[@to = 'b']/@id", ['domain/name = x', 'transition/@to = b']],
      ["domain[disk[@dev = 'a'][@bus = 'b']]/name", ['domain/disk/@dev = a', 'domain/disk/@bus = b']],
      ["domain[/event/@type = 'a']", ['@type = a']],
      ["domain/following-sibling::*[/event/@type = 'a']", ['@type = a']],
      ["domain[.//disk/@dev = 'a']", ['domain//disk/@dev = a']],
      ["domain[../@type = 'a']", ['@type = a']],
      ["(//disk)[1][@dev = 'a']", ['//disk/@dev = a']],
      ["(a | b)[@c = 'x']", ['a/@c = x or b/@c = x']],
      ["(a | b)/c = 'x'", ['a/c = x or b/c = x']],
      ["a | b[c = 'x']", []],
      ["a[c = 'y'] | b[c = 'x']", ['a/c = y or b/c = x']],
      ["(a | b) = 'x'", ['a = x or b = x']],
      ["(a | a) = 'x'", ['a = x']],
      ["@type = 'a' or @type = 'b'", ['@type = a | b']],
      ["@type = 'a' or @type = 'a'", ['@type = a']],
      ["name = 'x' or uuid = 'y'", ['name = x or uuid = y']],
      ["name = 'x' or uuid = 'y' or name = 'z'", ['name = x | z or uuid = y']],
      ["(@type = 'a' and name = 'x') or (@type = 'b' and name = 'y')", ['@type = a | b', 'name = x | y']],
      ["(@type = 'a' and name = 'x') or (@type = 'a' and uuid = 'y')", ['@type = a', 'name = x or uuid = y']],
      ["(@type = 'a' and name = 'x') or @type = 'b'", ['@type = a | b', 'name = x or @type = b']],
      ["@type = 'a' and (name = 'x' or name = 'y')", ['@type = a', 'name = x | y']],
      ["domain[name = 'x' or uuid = 'y']", ['domain/name = x or domain/uuid = y']],
      ["@type = 'a' and @type = 'b'", ['@type = a', '@type = b']],
      ["@type = 'a' and own(name)", ['@type = a']],
      ["own(name) and @type = 'a'", ['@type = a']],
      ["domain[own(name) and uuid = 'u']", ['domain/uuid = u']],
    ])('%s needs %j', (source, expected) => {
      expect(required(source)).toEqual(expected);
    });
  });

  describe('what is known to be false', () => {
    it.each([
      ['false()', ['impossible']],
      ["''", ['impossible']],
      ['$no', ['impossible']],
      ['$nothing', ['impossible']],
      ['$nan', ['impossible']],
      ['domain[$nothing]', ['impossible']],
      ["@type = 'a' or false()", ['@type = a']],
      ["@type = 'a' or $no", ['@type = a']],
      ["@type = 'a' or $yes", []],
      ["@type = 'a' and $yes", ['@type = a']],
      ["$no and @type = 'a' or name = 'x'", ['name = x']],
      ['false() or $no', ['impossible']],
    ])('%s needs %j', (source, expected) => {
      expect(required(source)).toEqual(expected);
    });
  });

  describe('what is left to the evaluation', () => {
    it.each([
      // Of nothing, string() is '', which is not 'x'.
      ['strings of nothing', "string(a[b = '1']) != 'x'"],
      ['strings of nothing', "string(a[b = '1']) = name"],
      ['strings of nothing', "'x' != string(string(a[b = '1']))"],
      ['numbers', 'name = 3'],
      ['numbers', '3 = name'],
      ['numbers', 'name = $count'],
      ['numbers', "number(name) = '3'"],
      ['numbers', "count(disk[@dev = 'a']) = 1"],
      ['numbers', "domain[count(disk[@dev = 'a'])]"],
      ['booleans', 'name = true()'],
      ['booleans', "name[. = 'x'] = false()"],
      ['booleans', "name[. = 'x'] = $no"],
      ['booleans', "(name = 'x') = 'y'"],
      ['booleans', "name = 'x' = false()"],
      ['booleans', "name[. = 'x'] < true()"],
      ['booleans', "name[. = 'x'] != own()"],
      ['absence', "not(name = 'x')"],
      ['absence', "not(name != 'x')"],
      ['absence', "domain[not(name = 'x')]"],
      ['absence', "string(name) = ''"],
      ['absence', "string(name[. = 'x']) = ''"],
      ['absence', "string(name) != 'x'"],
      ['absence', "concat(name, '') = 'x'"],
      ['other comparisons', "name != 'x'"],
      ['other comparisons', "name < 'x'"],
      ['other comparisons', 'name = uuid'],
      ['other comparisons', "'x' = 'x'"],
      ['functions', "starts-with(name, 'x')"],
      ['functions', "contains(name, 'x')"],
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
      ['one branch of or', "name = 'x' or contains(name, 'y')"],
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
      ['constants', 'true()'],
      ['constants', "'x'"],
    ])('%s: %s', (_, source) => {
      expect(required(source)).toEqual([]);
    });

    it('paths of more than 16 steps, and of more than 8 alternatives', () => {
      const steps = (count: number) => Array.from({ length: count }, () => 'a').join('/');
      expect(required(`${steps(16)} = 'x'`)).toHaveLength(1);
      expect(required(`${steps(17)} = 'x'`)).toEqual([]);
      expect(required(`(${steps(16)} | a)/a = 'x'`)).toEqual([]);
      const alternatives = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`).join(' | ');
      expect(required(`(${alternatives(8)}) = 'x'`)).toHaveLength(1);
      expect(required(`(${alternatives(9)}) = 'x'`)).toEqual([]);
    });
  });

  describe('of an expression at the caps', () => {
    it('takes the values of a long or together', () => {
      const operands = Array.from({ length: 800 }, (_, index) => `name = 'n${index}'`);
      const [match, ...others] = requiredMatches(parseExpression(operands.join(' or ')), scope);
      expect(others).toEqual([]);
      expect(match![0]!.values).toHaveLength(800);
    });

    it('does not multiply what and and or nest', () => {
      let source = "a0 = 'x'";
      for (let depth = 1; depth < 60; depth += 1) {
        source = `((${source}) and b${depth} = 'x' or c${depth} = 'y')`;
      }
      const found = requiredMatches(parseExpression(source), scope);
      expect(found.flat().length).toBeLessThan(200);
    });

    it('does not multiply what predicates nest', () => {
      let source = "e = 'x'";
      for (let depth = 0; depth < 60; depth += 1) {
        source = `(a | b)[(${source}) and c = 'y'] = 'z'`;
      }
      const found = requiredMatches(parseExpression(source), scope);
      expect(found.flat().length).toBeLessThan(500);
    });
  });
});
