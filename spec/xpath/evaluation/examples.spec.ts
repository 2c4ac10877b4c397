import type { FilterOptions } from '../../../lib/filter/compile-filter';
import { queryNumber, queryString } from '../../../lib/filter/queries';
import { referenceEvent } from '../../filter/reference-event';
import { documentOf } from './evaluate';

const event = documentOf(referenceEvent);

const mixed = documentOf(
  '<?before?><event xmlns:e="urn:e" a="1" e:b="2"><!--c--><x e:id="i" id="i"> one </x>two<![CDATA[ three]]>' +
    '<e:y xml:lang="en-GB" xmlns="urn:d"><z lang="fr">7.</z><z xmlns="">2.</z></e:y><?pi data?>' +
    '<n>-3</n><n>1e3</n><n>.5</n><n> 12 </n><n></n><n>\u{1F600}</n></event><!--after-->',
);

const names: FilterOptions = { namespaces: { e: 'urn:e', d: 'urn:d' } };

describe('evaluation, by examples', () => {
  it.each([
    ['@type', 'domain-state-transition'],
    ['//name', 'web'],
    ["domain[@type = 'kvm']/name", 'web'],
    ["domain[@type = 'xen']/name", ''],
    ['transition/@*[last()]', 'crashed'],
    ['name(*[2])', 'transition'],
    ['count(//@*)', '8'],
    ['name(//name/ancestor::*[1])', 'domain'],
    ['name(//name/ancestor::node()[last()]/*)', 'event'],
    ['name((//name/ancestor::*)[1])', 'event'],
    ['name(//uuid/preceding-sibling::*[1])', 'name'],
    ["substring-before(//uuid, '-')", 'c7a5fdbd'],
    ["concat(domain/name, ':', transition/@to)", 'web:shutoff'],
    ["microseconds('1970-01-01T01:00+01:00')", '0'],
    ['domain/@id = 3', 'true'],
    ["domain/@id = '3.0'", 'false'],
    ['domain/@id + 1', '4'],
    ["transition/@* = 'running'", 'true'],
    ["transition/@* != 'running'", 'true'],
    ["not(transition/@* = 'paused')", 'true'],
    ['transition/@from = transition/@to', 'false'],
    ['*', 'webc7a5fdbd-edaf-9455-926a-d65c16db1809'],
  ])('of %s on the reference event is %s', (xpath, value) => {
    expect(queryString(event, xpath)).toBe(value);
  });

  it('gets its names from the options, not from the document', () => {
    expect(queryString(mixed, 'count(e:y/d:z)', names)).toBe('1');
    expect(queryString(mixed, 'count(other:y)', { namespaces: { other: 'urn:e' } })).toBe('1');
    expect(queryString(mixed, 'count(e:y)', { namespaces: { e: 'urn:another' } })).toBe('0');
    expect(queryString(mixed, 'count(//@e:*)', names)).toBe('2');
    expect(queryString(mixed, 'count(//@b)')).toBe('0');
    expect(queryString(mixed, 'e:y/@xml:lang', names)).toBe('en-GB');
    expect(queryString(mixed, "$e:v = $v and $and = 'x'", { ...names, variables: { 'e:v': 1, v: 1, and: 'x' } })).toBe(
      'true',
    );
    expect(queryString(mixed, "$a = '' and $b = 0 and $c = false()", { variables: { a: '', b: 0, c: false } })).toBe(
      'true',
    );
  });

  it('finds names in any script', () => {
    const document = documentOf(
      '<event \u{10400}="1"><\u00e9l\u00e9ment/><p:\u00e9l\u00e9ment xmlns:p="urn:p"/></event>',
    );
    expect(queryString(document, '@\u{10400}')).toBe('1');
    expect(queryNumber(document, 'count(\u00e9l\u00e9ment)')).toBe(1);
    expect(queryString(document, 'name(p:\u00e9l\u00e9ment[1])', { namespaces: { p: 'urn:p' } })).toBe(
      'p:\u00e9l\u00e9ment',
    );
  });

  it('takes any namespace name', () => {
    const odd = `urn:'"`;
    const document = documentOf(`<event><p:\u00e9 xmlns:p="urn:'&quot;"/><p:a xmlns:p="urn:'&quot;"/></event>`);
    const options = { namespaces: { p: odd } };
    expect(queryNumber(document, 'count(p:\u00e9 | p:a | p:* | q)', options)).toBe(2);
    expect(queryNumber(document, 'count(\u00e9)', options)).toBe(0);
  });

  it('counts positions in the direction of the axis', () => {
    const document = documentOf(
      '<event a="1" b="2"><!--c--><x i="3"><y/>t<y j="4"><z/></y></x><?p q?><x><y k="5">u</y></x></event>',
    );
    expect(queryString(document, 'name(//z/ancestor::*[2])')).toBe('x');
    expect(queryString(document, 'name(x[2]/preceding-sibling::*[1]/@*)')).toBe('i');
    expect(queryString(document, 'name(x[1]/following-sibling::node()[1])')).toBe('p');
    expect(queryNumber(document, 'count(//y[1])')).toBe(2);
    expect(queryNumber(document, 'count((//y)[1])')).toBe(1);
    expect(queryNumber(document, 'count(x/y[last()])')).toBe(2);
  });

  describe('follows the recommendation if the xpath package does not', () => {
    it.each([
      // Numbers (XPath 1.0 §4.4), and conversions to them
      ["2. = 2 and '2.' = 2 and .5 = '.5'", 'true'],
      ['nothing + 1', 'NaN'],
      ['-nothing', 'NaN'],
      ["'1' + true()", '2'],
      ['n[1] * n[3]', '-1.5'],
      ['n[2] = 1000', 'false'],
      ['floor(n[5])', 'NaN'],
      ['sum(n[position() < 2 or position() = 3])', '-2.5'],
      ['d:z = 7 or e:y/d:z = 7', 'true'],
      // Comparisons with booleans (§3.4)
      ['true() > nothing', 'true'],
      ['(n = n) = true()', 'true'],
      ["'' = false() and 'false' = true()", 'true'],
      // Functions
      ["substring('12345', 2, 3)", '234'],
      ["substring('12345', 2)", '2345'],
      ["substring('12345', 1.5, 2.6)", '234'],
      ["substring('12345', 0, 3)", '12'],
      ["substring('12345', 0 div 0, 3)", ''],
      ["substring('12345', 1, 0 div 0)", ''],
      ["substring('12345', -42, 1 div 0)", '12345'],
      ["substring('12345', -1 div 0, 1 div 0)", ''],
      ["translate('--aaa--', 'abc-', 'ABC')", 'AAA'],
      ["normalize-space(' a \t\n b\u00a0 ')", 'a b\u00a0'],
      ["substring-before('a-b', '')", ''],
      ["substring-after('a-b', '')", 'a-b'],
      ["count(e:y/*[lang('en')])", '2'],
      ["count(e:y/*/text()[lang('EN-gb')])", '2'],
      ["lang('en') or e:y[lang('e')] or e:y[lang('en-GB-x')] or e:y[lang('')]", 'false'],
      // Node tests
      ['count(@node())', '2'],
      ['count(@*/self::*)', '0'],
      ['count(@a/ancestor-or-self::*)', '1'],
      ['count(@*/descendant-or-self::node())', '2'],
      ['count(@a/node())', '0'],
      ['count(e:y/namespace::*)', '3'],
      ['count(e:y/namespace::node())', '3'],
      ['count(e:y/*[2]/namespace::*)', '2'],
      ['e:y/namespace::e', 'urn:e'],
      // The lexical rules
      ["concat('a', *)", 'a one '],
      ["concat('a', and)", 'a'],
      ['count (x)', '1'],
    ])('%s is %j', (xpath, value) => {
      expect(queryString(mixed, xpath, names)).toBe(value);
    });
  });
});
