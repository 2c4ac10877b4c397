import type { EventRecord } from '../../../lib/event/event-record';
import { compileFilter, type FilterOptions, readFilterOptions } from '../../../lib/filter/compile-filter';
import { type Axis, axes } from '../../../lib/xpath/ast';
import { CompiledExpression } from '../../../lib/xpath/evaluation/compiled-expression';
import { Compiler } from '../../../lib/xpath/evaluation/compiler';
import { Evaluation, OperationBudgetError } from '../../../lib/xpath/evaluation/evaluation';
import { compilePathValues } from '../../../lib/xpath/evaluation/path-values';
import { parseExpression } from '../../../lib/xpath/parser';
import { builtInFunctions } from '../../../lib/xpath/signatures';
import { documentOf } from './evaluate';

function repeated(count: number, piece: string | ((index: number) => string)): string {
  return Array.from({ length: count }, (_, index) => (typeof piece === 'string' ? piece : piece(index))).join('');
}

function nested(count: number, name: string, inside: string): string {
  return `<${name}>`.repeat(count) + inside + `</${name}>`.repeat(count);
}

/** A chain of operands, without the operator behind the last. */
function chain(count: number, operand: string, operator: string): string {
  return Array(count).fill(operand).join(operator);
}

const namespaces = repeated(250, (index) => ` xmlns:p${index}="u${index}"`);
const attributes = repeated(250, (index) => ` a${index}=""`);

/** Documents, within the caps on events, each of which makes some kind of work as large as can be. */
const documents = {
  few: () => `<event>${repeated(300, (index) => `<b i="${index}">t${index}</b>`)}</event>`,
  wide: () => `<event>${repeated(15_000, (index) => `<b i="${index % 7}">x${index % 100}</b>`)}</event>`,
  declaring: () => `<event${namespaces}>${'<b/>'.repeat(15_000)}</event>`,
  attributes: () => `<event>${nested(250, 'b', repeated(200, `<c${attributes}/>`))}</event>`,
  attributesOfAncestors: () =>
    `<event>${`<b${attributes}>`.repeat(250)}${'<c/>'.repeat(10_000)}${'</b>'.repeat(250)}</event>`,
  longNames: () => `<event>${`<${'n'.repeat(16_000)}/>`.repeat(200)}</event>`,
  references: () => `<event>${nested(250, 'b', '&amp;'.repeat(95_000))}</event>`,
  spaced: () => `<event>${`<b x="${'\n\t '.repeat(150_000)}"/>`.repeat(2)}</event>`,
  lineEnds: () => `<event>${nested(250, 'b', '\r'.repeat(500_000))}</event>`,
  words: () => `<event>${nested(250, 'b', 'a '.repeat(200_000))}</event>`,
  pieces: () => `<event>${nested(250, 'b', 'a<c/>'.repeat(50_000))}</event>`,
  pairs: () => `<event>${nested(250, 'b', '\u{1F600}'.repeat(200_000))}</event>`,
  long: () => `<event><b>${'a'.repeat(1_000_000)}</b></event>`,
  digits: () => `<event>${nested(250, 'b', '1'.repeat(500_000))}</event>`,
  sevenths: () => `<event>${repeated(20_000, (index) => `<b>${index / 7}</b>`)}</event>`,
  longTexts: () => `<event>${repeated(200, (index) => `<b>${'a'.repeat(16_400)}${1000 + index}</b>`)}</event>`,
} as const;

type Case = readonly [document: keyof typeof documents, xpath: string];

/** A condition that is false of all nodes that follow each other. */
const pairwise = (condition: string): string => `//*[count(following::*[${condition}]) = -1]`;

const axisCases: Readonly<Record<Axis, Case>> = {
  ancestor: ['pieces', '//c[count(ancestor::*) = -1]'],
  'ancestor-or-self': ['pieces', '//c[count(ancestor-or-self::*) = -1]'],
  attribute: ['attributesOfAncestors', '//c[count(ancestor::b/@zz) = -1]'],
  child: ['wide', '//b[count(../*) = position()]'],
  descendant: ['pieces', '//b[count(descendant::c) = -1]'],
  'descendant-or-self': ['pieces', '//b[count(descendant-or-self::c) = -1]'],
  following: ['wide', '//b[count(following::b) = -1]'],
  'following-sibling': ['wide', '//b[count(following-sibling::b) = -1]'],
  namespace: ['declaring', "//b/namespace::*[name() = 'zz']"],
  parent: ['few', pairwise(`self::*${'/../*[1]'.repeat(300)} = 'zz'`)],
  preceding: ['wide', '//b[count(preceding::b) = -1]'],
  'preceding-sibling': ['wide', '//b[count(preceding-sibling::b) = -1]'],
  self: ['few', pairwise(`${chain(1000, 'self::*', '/')} = 'zz'`)],
};

const functionCases: Readonly<Record<string, Case>> = {
  last: ['few', pairwise(`${chain(1000, 'last()', '+')} = -1`)],
  position: ['few', pairwise(`${chain(1400, 'position()', '+')} = -1`)],
  count: ['few', pairwise(`${chain(300, 'count(@i)', '+')} = -1`)],
  id: ['few', pairwise(`${chain(300, "count(id('x'))", '+')} = -1`)],
  'local-name': ['longNames', `//*${"[local-name() != 'q']".repeat(500)}[false()]`],
  'namespace-uri': ['declaring', "//*[count(namespace::*[namespace-uri() = 'q']) = -1]"],
  name: ['longNames', `//*${'[name() != name(//*[3])]'.repeat(300)}[name() = name(//*[5])][false()]`],
  string: ['sevenths', `//b[${chain(200, "string(. * 1.1) = 'q'", ' or ')}]`],
  concat: ['few', pairwise(`string-length(concat(${chain(1000, 'position()', ',')})) = -1`)],
  'starts-with': ['words', "//b[starts-with(., concat(., 'x'))]"],
  contains: ['long', `b[${chain(400, "contains(., 'aaaaab')", ' or ')}]`],
  'substring-before': ['words', "//b[substring-before(., 'a a b') = 'q']"],
  'substring-after': ['words', "//b[substring-after(., 'a a b') = 'q']"],
  substring: ['pairs', "//b[substring(., 190000) = 'q']"],
  'string-length': ['pairs', '//b[string-length() = 3]'],
  'normalize-space': ['words', "//b[normalize-space() = 'zz']"],
  translate: ['words', "//b[translate(., 'a', 'b') = '']"],
  boolean: ['few', pairwise(chain(500, "boolean(@i = 'q')", ' or '))],
  not: ['few', pairwise(`${'not('.repeat(100)}position() = 0${')'.repeat(100)}`)],
  true: ['few', pairwise(`${chain(1300, 'true()', ' and ')} and @i = 'q'`)],
  false: ['few', pairwise(`${chain(1300, 'false()', ' or ')} or @i = 'q'`)],
  lang: ['attributesOfAncestors', "//c[lang('en')]"],
  number: ['digits', '//b[number() = 3]'],
  sum: ['digits', 'sum(//b) = 3'],
  floor: ['few', pairwise(`${'floor('.repeat(100)}position()${')'.repeat(100)} = -1`)],
  ceiling: ['few', pairwise(`${'ceiling('.repeat(100)}position()${')'.repeat(100)} = -1`)],
  microseconds: ['few', pairwise(chain(300, 'microseconds(string(@i)) = 1', ' or '))],
  round: ['few', pairwise(`${'round('.repeat(100)}position()${')'.repeat(100)} = -1`)],
};

const operatorCases: Readonly<Record<string, Case>> = {
  or: ['wide', `//b[${chain(1000, "@i = 'x'", ' or ')}]`],
  and: ['wide', `//b[${chain(1000, "@i != 'x'", ' and ')}][false()]`],
  '|': ['wide', `count(${chain(1000, '//b', '|')}) = 1`],
  '| of nothing': ['few', pairwise(chain(1500, '@z', '|'))],
  '+': ['few', pairwise(`position()${'+1'.repeat(4000)} = 0`)],
  '-': ['few', pairwise(`position()${'-1'.repeat(4000)} = 0`)],
  '*': ['few', pairwise(`position()${'*1'.repeat(4000)} = 0`)],
  div: ['few', pairwise(`position()${' div 1'.repeat(2000)} = 0`)],
  mod: ['few', pairwise(`${chain(400, 'position() mod 0.0003', ' + ')} = -1`)],
  'unary -': ['few', pairwise(`${'-'.repeat(100)}position() = 5000`)],
  '= of numbers': ['sevenths', `//b[${chain(300, '. = 3', ' or ')}]`],
  '= of a text and references': ['references', `//b = '${'&'.repeat(3000)}'`],
  '= of a text and pieces': ['pieces', "//b[string() = 'zz']"],
  '= of texts': ['words', "//b[concat(., 'x') = concat(., 'y')]"],
  '= of node-sets': ['longTexts', '//b[. = //b][. = //b][. != //b][. = //b][false()]'],
  '!= of node-sets': ['wide', '//b[@i != //b[@i = ../b/@i]/@i]'],
  '< of node-sets': ['digits', '//b < //b'],
  '[ ]': ['few', `//*[count(following::*${'[true()]'.repeat(1500)}[. = 'zz']) = -1]`],
  '[position()]': ['few', `//*[count(following::*${'[position()]'.repeat(1300)}[. = 'zz']) = -1]`],
  '[last()]': ['few', `//*[count(following::*${'[last() > 0]'.repeat(1300)}[. = 'zz']) = -1]`],
  'a row of comparisons': ['few', pairwise(chain(100, 'position()', ' = '))],
};

const nodeTestCases: Readonly<Record<string, Case>> = {
  'node()': ['pieces', '//b[count(.//node()) = -1]'],
  'text()': ['pieces', '//b[count(.//text()) = -1]'],
  'comment()': ['pieces', '//b[count(.//comment()) = -1]'],
  'processing-instruction()': ['pieces', '//b[count(.//processing-instruction()) = -1]'],
  'processing-instruction(target)': ['pieces', `//b[count(.//processing-instruction('${'n'.repeat(15_900)}')) = -1]`],
  '*': ['attributes', '//b[count(.//@*) = -1]'],
  name: ['longNames', `//*${`[count(../${'n'.repeat(15_000)}m) = 0]`}[false()]`],
  'prefix:*': ['declaring', '//b[count(preceding::p:*) = -1]'],
  'prefix:name': ['declaring', '//b[count(preceding::p:b) = -1]'],
};

const textCases: Readonly<Record<string, Case>> = {
  'references put together': ['references', "//b[contains(., 'zz')]"],
  'white space in attributes': ['spaced', chain(9, "b[1]/@x = 'zz' or b[2]/@x = 'zz'", ' or ')],
  'equal texts around each other': ['pairs', '//b != /event'],
  'a beginning as long as the text': ['pairs', '//b[not(starts-with(/event, .))]'],
  'line ends': ['lineEnds', "//b[contains(., 'zz')]"],
  'texts joined again and again': ['long', `string-length(${'concat(b,'.repeat(100)}b${')'.repeat(100)}) = 1`],
  'a long part': ['words', "//b[contains(concat(., 'x'), concat(., 'y'))]"],
  'a part that begins in many places': ['long', `contains(b, '${'a'.repeat(8000)}b${'a'.repeat(8000)}')`],
  'a replacement in many places': ['few', pairwise(`translate('${'y'.repeat(8000)}', 'x', string(position())) = ''`)],
  'many replacements': ['few', pairwise(`translate(string(position()), '${'y'.repeat(8000)}', 'z') = 'q'`)],
  'extreme numbers': ['few', pairwise(`string(1 div (position() * 1${'0'.repeat(300)})) = 'q'`)],
};

const options: FilterOptions = { namespaces: { p: 'u1' } };
const { scope, limits } = readFilterOptions(options);

const read = new Map<string, EventRecord>();
function documentNamed(name: keyof typeof documents): EventRecord {
  const known = read.get(name) ?? documentOf(documents[name]());
  read.set(name, known);
  return known;
}

function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * The CPU time of an operation in nanoseconds, the less of a few evaluations that may take so many operations; of the first
 * ones only, if that is little enough.
 */
function timeOfOperation([name, xpath]: Case, enough = 0, budget = 1_000_000): number {
  const { tree } = documentNamed(name);
  const test = new Compiler(scope).boolean(new CompiledExpression(xpath, scope, limits).ast);
  const evaluation = new Evaluation();
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3 && least >= enough; time += 1) {
    evaluation.begin(tree, budget);
    const milliseconds = cpuMilliseconds(() => {
      try {
        test(evaluation, tree.content(tree.root));
      } catch (error) {
        if (!(error instanceof OperationBudgetError)) {
          throw error;
        }
      } finally {
        evaluation.end();
      }
    });
    // An evaluation that ends soon has taken its time for something else, up to a few milliseconds.
    least = Math.min(least, (milliseconds * 1e6) / Math.max(budget - evaluation.remaining, budget / 4));
  }
  return least;
}

/** What an operation is meant to be: the visit of a node. */
function timeOfVisit(): number {
  return timeOfOperation(['wide', '//b[count(preceding-sibling::b) = -1]'], 0, 500_000);
}

describe('The time of an operation', () => {
  it('is measured for every axis, function and operator', () => {
    expect(Object.keys(axisCases).sort()).toEqual([...axes].sort());
    expect(Object.keys(functionCases).sort()).toEqual([...builtInFunctions.keys()].sort());
  });

  it.each([
    ...Object.entries(axisCases).map(([name, one]) => [`the axis ${name}`, one] as const),
    ...Object.entries(functionCases).map(([name, one]) => [`${name}()`, one] as const),
    ...Object.entries(operatorCases).map(([name, one]) => [`the operator ${name}`, one] as const),
    ...Object.entries(nodeTestCases).map(([name, one]) => [`the node test ${name}`, one] as const),
    ...Object.entries(textCases),
  ])('is at most ten times that of a visit: %s', (_, one) => {
    const visit = timeOfVisit();
    expect(timeOfOperation(one, 10 * visit) / visit).toBeLessThan(10);
  });
});

describe('The time of comparing 16 characters', () => {
  it('is far less than that of a visit, since texts are compared as a whole', () => {
    expect(timeOfOperation(textCases['equal texts around each other']!) / timeOfVisit()).toBeLessThan(0.5);
    expect(timeOfOperation(textCases['a beginning as long as the text']!) / timeOfVisit()).toBeLessThan(0.5);
  });
});

describe('An evaluation with the default budget', () => {
  it.each<readonly [string, Case]>([
    ['namespaces in scope', axisCases.namespace],
    ['steps that stay', axisCases.self],
    ['a long sum', operatorCases['+']!],
    ['a long union', operatorCases['|']!],
    ["a long 'or'", operatorCases['or']!],
    ['elements around many references', ['references', "//b = 'web'"]],
    ['lang() under many attributes', functionCases['lang']!],
    ['white space', functionCases['normalize-space']!],
    ['elements among namespace nodes', ['pieces', `${chain(100, 'count(//namespace::*/self::b)', '+')} = -1`]],
    ['many arguments', functionCases['concat']!],
    ...Object.entries(textCases),
  ])('takes less than a second: %s', (_, [name, xpath]) => {
    const event = documentNamed(name);
    const filter = compileFilter(xpath, options);
    const milliseconds = cpuMilliseconds(() => {
      try {
        filter.matches(event);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_FILTER_BUDGET' });
      }
    });
    // A second and as much again for a machine that runs other tests at the same time.
    expect(milliseconds).toBeLessThan(2000);
  });
});

describe('Constants of a filter', () => {
  it('are computed within the budget, however long a variable is', () => {
    const variables = { long: 'a '.repeat(1_000_000) };
    const filter = compileFilter(chain(300, "normalize-space($long) = 'q'", ' or '), { variables });
    const milliseconds = cpuMilliseconds(() => {
      expect(() => filter.matches('<event/>')).toThrow(expect.objectContaining({ code: 'ERR_FILTER_BUDGET' }));
    });
    expect(milliseconds).toBeLessThan(2000);
  });

  it('that are not computed beforehand are what they are', () => {
    const variables = { long: 'a '.repeat(100_000), n: 2 };
    const matches = (xpath: string): boolean =>
      compileFilter(xpath, { variables }).matches('<event><a/><a/><a>x</a></event>');
    expect(matches('string-length(normalize-space($long)) = 199999')).toBe(true);
    expect(matches('a[string-length(normalize-space($long)) - 199996] = "x"')).toBe(true);
    expect(matches("a[translate(., 'x', normalize-space($long)) = 'a']")).toBe(true);
    expect(matches('a[normalize-space($long) = "a"]')).toBe(false);
  });
});

describe('Values that are read for the index of many filters', () => {
  it('end, and say so, if reading them takes too many operations', () => {
    const values = compilePathValues(parseExpression('//b') as never, scope);
    let length = 0;
    const isComplete = values(documentNamed('pieces').tree, (value) => {
      length += value.length;
    });
    expect(isComplete).toBe(false);
    expect(length).toBeGreaterThan(0);
    expect(values(documentOf('<event><b>x</b></event>').tree, () => {})).toBe(true);
  });
});
