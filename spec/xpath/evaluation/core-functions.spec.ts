import { documentOf, valuesOf } from './evaluate';

const document = documentOf(
  '<event xmlns:e="urn:e" a="1" e:b="2"><!--c--><x e:id="i" id="i"> one </x>two<![CDATA[ three]]>' +
    '<e:y xml:lang="en-GB" xmlns="urn:d"><z lang="fr">7.</z><z xmlns="" xml:lang="">2.</z></e:y><?pi data?>' +
    '<n>-3</n><n>1e3</n><n>.5</n><n> 12 </n><n></n><n>\u{1F600}</n></event>',
);
const namespaces = { e: 'urn:e', d: 'urn:d' };

function expectTexts(cases: readonly (readonly [xpath: string, value: string])[]): void {
  const found = cases.map(([xpath]) => [xpath, valuesOf(document, xpath, { namespaces }).text]);
  expect(found).toEqual(cases);
}

describe('Node set functions (XPath 1.0 §4.1)', () => {
  it('last() and position() are the context size and position', () => {
    expectTexts([
      ['last()', '1'],
      ['position()', '1'],
      ['n[last()]', '\u{1F600}'],
      ['n[position() = 2]', '1e3'],
      ['count(n[position() mod 2 = 0])', '3'],
    ]);
  });

  it('count() counts nodes', () => {
    expectTexts([
      ['count(n)', '6'],
      ['count(nothing)', '0'],
      ['count(//node() | //@*)', '29'],
      ['count(//n/..)', '1'],
    ]);
  });

  it('id() is empty always: without a document type declaration no attribute is an identifier (§5.2.1)', () => {
    expectTexts([
      ["id('i')", ''],
      ["count(id('i') | id(//@id))", '0'],
      ["boolean(id('i')/x)", 'false'],
    ]);
  });

  it('local-name(), namespace-uri() and name() are those of the first node in document order', () => {
    expectTexts([
      ['name()', 'event'],
      ['local-name(e:y)', 'y'],
      ['name(e:y)', 'e:y'],
      ['namespace-uri(e:y)', 'urn:e'],
      ['name(e:y/d:z)', 'z'],
      ['namespace-uri(e:y/d:z)', 'urn:d'],
      ['namespace-uri(e:y/z)', ''],
      ['name(n | x)', 'x'],
      ['name(n[1]/preceding-sibling::*)', 'x'],
      ['name(@e:b)', 'e:b'],
      ['local-name(@e:b)', 'b'],
      ['namespace-uri(@e:b)', 'urn:e'],
      ['namespace-uri(@a)', ''],
      ['name(processing-instruction())', 'pi'],
      ['local-name(processing-instruction())', 'pi'],
      ['namespace-uri(processing-instruction())', ''],
      ['concat(name(/), name(text()), name(comment()), name(nothing))', ''],
      ['concat(local-name(/), local-name(text()), local-name(comment()), local-name(nothing))', ''],
      ["name(namespace::*[. = 'urn:e'])", 'e'],
      ["local-name(namespace::*[. = 'urn:e'])", 'e'],
      ['namespace-uri(namespace::e)', ''],
      ['count(*[name() = local-name()])', '7'],
    ]);
  });
});

describe('String functions (§4.2)', () => {
  it('string() of a node-set is the string-value of its first node in document order', () => {
    expectTexts([
      ['string(n)', '-3'],
      ['string(n[4] | n[2])', '1e3'],
      ['string(//n[last()]/preceding-sibling::n)', '-3'],
      ['string(//z/ancestor::*)', ' one two three7.2.-31e3.5 12 \u{1F600}'],
      ['string(nothing)', ''],
      ['x/string', ''],
      ["string(*[string() = '7.2.']/@*)", 'en-GB'],
    ]);
  });

  it('string() of a number is its shortest decimal form, without an exponent', () => {
    expectTexts([
      ['string(0 div 0)', 'NaN'],
      ['string(0)', '0'],
      ['string(-0)', '0'],
      ['string(1 div 0)', 'Infinity'],
      ['string(-1 div 0)', '-Infinity'],
      ['string(1.0)', '1'],
      ['string(-25)', '-25'],
      ['string(0.5)', '0.5'],
      ['string(-.05)', '-0.05'],
      ['string(0.0000001)', '0.0000001'],
      ['string(-0.00000012)', '-0.00000012'],
      ['string(1000000000000000000000000)', '1000000000000000000000000'],
      ['string(123456789012345678901234)', '123456789012345690000000'],
      ['string(1 div 3)', '0.3333333333333333'],
    ]);
  });

  it('string() of a boolean is true or false', () => {
    expectTexts([
      ['string(n = 12)', 'true'],
      ['string(1 > 2)', 'false'],
    ]);
  });

  it('concat(), starts-with(), contains()', () => {
    expectTexts([
      ["concat('a', 1, true(), n[3])", 'a1true.5'],
      ["starts-with('abc', 'ab')", 'true'],
      ["starts-with('abc', 'bc')", 'false'],
      ["starts-with('abc', '')", 'true'],
      ["starts-with('', 'a')", 'false'],
      ["contains(e:y, '.2')", 'true'],
      ["contains('abc', 'ac')", 'false'],
      ["contains('abc', '')", 'true'],
      ["contains('', '')", 'true'],
      ['boolean(n[starts-with(., 1)])', 'true'],
    ]);
  });

  it('substring-before() and substring-after()', () => {
    expectTexts([
      ['substring-before("1999/04/01","/")', '1999'],
      ['substring-after("1999/04/01","/")', '04/01'],
      ['substring-after("1999/04/01","19")', '99/04/01'],
      ["substring-before('abc', 'x')", ''],
      ["substring-after('abc', 'x')", ''],
      ["substring-before('abc', '')", ''],
      ["substring-after('abc', '')", 'abc'],
    ]);
  });

  it('substring() rounds, and takes NaN and infinities', () => {
    expectTexts([
      ['substring("12345",2,3)', '234'],
      ['substring("12345",2)', '2345'],
      ['substring("12345", 1.5, 2.6)', '234'],
      ['substring("12345", 0, 3)', '12'],
      ['substring("12345", 0 div 0, 3)', ''],
      ['substring("12345", 1, 0 div 0)', ''],
      ['substring("12345", -42, 1 div 0)', '12345'],
      ['substring("12345", -1 div 0, 1 div 0)', ''],
      ['substring("12345", -1 div 0)', '12345'],
      ['substring("12345", 1 div 0)', ''],
      ['substring("12345", 3, -1)', ''],
      ['substring("12345", 5, 5)', '5'],
      ["substring('\u{1F600}b\u{1F600}', 2, 1)", 'b'],
      ["substring('\u{1F600}b\u{1F600}', 3)", '\u{1F600}'],
    ]);
  });

  it('string-length() counts characters, not UTF-16 code units', () => {
    expectTexts([
      ["string-length('abc')", '3'],
      ["string-length('')", '0'],
      ['string-length(n[6])', '1'],
      ["string-length('a\u{1F600}b')", '3'],
      ['x/@id[string-length() = 1]', 'i'],
    ]);
  });

  it('normalize-space() strips and joins the white space of XML, and no other', () => {
    expectTexts([
      ["normalize-space(' a \t\r\n b ')", 'a b'],
      ["normalize-space('\u00a0a\u00a0')", '\u00a0a\u00a0'],
      ["normalize-space('  ')", ''],
      ['name(*[normalize-space() = "one"])', 'x'],
    ]);
  });

  it('translate() replaces, removes, and takes the first of equal characters', () => {
    expectTexts([
      ['translate("bar","abc","ABC")', 'BAr'],
      ['translate("--aaa--","abc-","ABC")', 'AAA'],
      ["translate('aab', 'aa', 'xy')", 'xxb'],
      ["translate('abc', 'a', 'xyz')", 'xbc'],
      ["translate('\u{1F600}bar', '\u{1F600}abc', 'xAB')", 'xBAr'],
      ["translate(n[3], '.', n[4])", ' 5'],
      ["count(n[translate(., .., '') = ''])", '6'],
    ]);
  });
});

describe('Boolean functions (§4.3)', () => {
  it('boolean() and not()', () => {
    expectTexts([
      ['boolean(0)', 'false'],
      ['boolean(-0)', 'false'],
      ['boolean(0 div 0)', 'false'],
      ['boolean(0.1)', 'true'],
      ["boolean('')", 'false'],
      ["boolean('false')", 'true'],
      ['boolean(n[5])', 'true'],
      ['boolean(nothing)', 'false'],
      ['not(nothing)', 'true'],
      ['not(n)', 'false'],
      ['not(not(1))', 'true'],
      ['true()', 'true'],
      ['false()', 'false'],
    ]);
  });

  it('lang() goes by the nearest xml:lang, whatever its case and subcodes', () => {
    expectTexts([
      ["count(e:y/descendant-or-self::*[lang('en')])", '2'],
      ["count(e:y/d:z/text()[lang('EN-gb')])", '1'],
      ["count(e:y/@*[lang('en')])", '1'],
      ["count(e:y/namespace::*[lang('en')])", '3'],
      ["boolean(e:y[lang('e')])", 'false'],
      ["boolean(e:y[lang('en-GB-x')])", 'false'],
      ["boolean(e:y[lang('fr')])", 'false'],
      ["lang('en')", 'false'],
      ["lang('')", 'false'],
      ["boolean(e:y/z[lang('')])", 'true'],
      ["boolean(e:y/z[lang('en')])", 'false'],
      ["boolean(/self::node()[lang('en')])", 'false'],
    ]);
  });
});

describe('Number functions (§4.4)', () => {
  it('number() reads white space, a minus sign, digits and a point, and nothing else', () => {
    expectTexts([
      ["number(' \t\r\n-1.5 ')", '-1.5'],
      ["number('2.')", '2'],
      ["number('.5')", '0.5'],
      ["number('')", 'NaN'],
      ["number('.')", 'NaN'],
      ["number('- 1')", 'NaN'],
      ["number('--1')", 'NaN'],
      ["number('1e3')", 'NaN'],
      ["number('0x10')", 'NaN'],
      ["number('+1')", 'NaN'],
      ["number('\u00a01')", 'NaN'],
      ["number('Infinity')", 'NaN'],
      ['number(true())', '1'],
      ['number(false())', '0'],
      ['number(n)', '-3'],
      ['number(nothing)', 'NaN'],
      ['count(n[number() > 0])', '2'],
    ]);
  });

  it('sum() adds the numbers of all nodes', () => {
    expectTexts([
      ['sum(nothing)', '0'],
      ['sum(n[1] | n[3] | n[4])', '9.5'],
      ['sum(n)', 'NaN'],
      ['sum(//z | //d:z)', '9'],
    ]);
  });

  it('floor(), ceiling() and round(), which rounds halves up', () => {
    expectTexts([
      ['floor(2.6)', '2'],
      ['floor(-2.5)', '-3'],
      ['ceiling(2.1)', '3'],
      ['ceiling(-2.5)', '-2'],
      ['1 div ceiling(-0.5)', '-Infinity'],
      ['round(2.5)', '3'],
      ['round(-2.5)', '-2'],
      ['round(2.4)', '2'],
      ['1 div round(-0.2)', '-Infinity'],
      ['1 div round(-0.5)', '-Infinity'],
      ['1 div round(0.2)', 'Infinity'],
      ['round(0 div 0)', 'NaN'],
      ['round(-1 div 0)', '-Infinity'],
      ['floor(n[2])', 'NaN'],
    ]);
  });
});

describe('The value of an expression', () => {
  it.each([
    ['n', '-3', -3, true],
    ['n[2]', '1e3', Number.NaN, true],
    ['nothing', '', Number.NaN, false],
    ["''", '', Number.NaN, false],
    ["' 7 '", ' 7 ', 7, true],
    ['0', '0', 0, false],
    ['1 div 0', 'Infinity', Number.POSITIVE_INFINITY, true],
    ['true()', 'true', 1, true],
    ['n = 0', 'false', 0, false],
    ['concat(n[1], 5)', '-35', -35, true],
    ['count(n)', '6', 6, true],
  ])('%s is the string %j, the number %d and the boolean %p', (xpath, text, number, boolean) => {
    expect(valuesOf(document, xpath)).toEqual({ text, number, boolean });
  });
});
