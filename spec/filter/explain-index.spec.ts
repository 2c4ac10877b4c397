import { compileFilter } from '../../lib/filter/compile-filter';
import { explainIndex, explainNoIndex, explainTypesIndex, type IndexExplanation } from '../../lib/filter/explain-index';
import type { FilterSource } from '../../lib/filter/filter';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';

const scope = readScope({ p: 'urn:p' }, { name: 'web', yes: true }, { own: () => true });

function explain(source: string): IndexExplanation {
  return explainIndex(parseExpression(source), scope);
}

function because(source: string): string {
  const explanation = explain(source);
  return explanation.indexed ? 'indexed' : explanation.because;
}

describe('explainIndex', () => {
  it('tells all values that an event must have', () => {
    expect(explain("/event[@type = 'a' and transition/@to = 'b']//p:disk[name = $name]")).toEqual({
      indexed: true,
      by: [
        { anyOf: [{ path: '@type', values: ['a'] }] },
        { anyOf: [{ path: 'transition/@to', values: ['b'] }] },
        { anyOf: [{ path: './/p:disk/name', values: ['web'] }] },
      ],
      evaluated: false,
    });
  });

  it('tells whether what is found is evaluated', () => {
    expect(explain("name = 'x'")).toMatchObject({ indexed: true, evaluated: false });
    expect(explain("name = 'x' and contains(title, 'y')")).toMatchObject({ indexed: true, evaluated: false });
    expect(explain("name = 'x' and count(title) = 1")).toMatchObject({ indexed: true, evaluated: true });
    expect(explain("domain[name = 'x' and uuid = 'u']")).toMatchObject({ indexed: true, evaluated: true });
  });

  it('tells alternatives', () => {
    expect(explain("domain/name = 'x' or uuid = 'u' or domain/name = 'y'")).toEqual({
      indexed: true,
      by: [
        {
          anyOf: [
            { path: 'domain/name', values: ['x', 'y'] },
            { path: 'uuid', values: ['u'] },
          ],
        },
      ],
      evaluated: false,
    });
  });

  it.each<[source: string, alternative: object]>([
    ["starts-with(name, 'x')", { path: 'name', operator: 'starts-with', values: ['x'] }],
    ["contains(name, 'x')", { path: 'name', operator: 'contains', values: ['x'] }],
    ['@id < 3', { path: '@id', operator: '<', values: [3] }],
    ['3 >= number(@id)', { path: '@id', operator: '<=', values: [3] }],
    ['@id = 3 or 4 = @id', { path: '@id', values: [3, 4] }],
    ["name != 'x'", { path: 'name', operator: '!=', values: ['x'] }],
    ["not(name != 'x')", { path: 'name', operator: '!=', not: true, values: ['x'] }],
    ['not(@id >= 3)', { path: '@id', operator: '>=', not: true, values: [3] }],
    ["string(name) = ''", { path: 'name', operator: '!=', not: true, values: [''] }],
  ])('tells how values are compared: %s', (source, alternative) => {
    expect(explain(source)).toEqual({ indexed: true, by: [{ anyOf: [alternative] }], evaluated: false });
  });

  it('tells the types first, and what is required together of an alternative', () => {
    expect(explain("@type = 'a' and name = 'x' and @id > 3 or @type = 'b' and contains(name, 'y')")).toEqual({
      indexed: true,
      by: [
        { anyOf: [{ path: '@type', values: ['a', 'b'] }] },
        {
          anyOf: [
            {
              allOf: [
                { anyOf: [{ path: '@type', values: ['a'] }] },
                { anyOf: [{ path: 'name', values: ['x'] }] },
                { anyOf: [{ path: '@id', operator: '>', values: [3] }] },
              ],
            },
            {
              allOf: [
                { anyOf: [{ path: '@type', values: ['b'] }] },
                { anyOf: [{ path: 'name', operator: 'contains', values: ['y'] }] },
              ],
            },
          ],
        },
      ],
      evaluated: false,
    });
  });

  it('leaves out what nothing is looked up by', () => {
    expect(explain("not(name = 'x') and uuid = 'u'")).toEqual({
      indexed: true,
      by: [{ anyOf: [{ path: 'uuid', values: ['u'] }] }],
      evaluated: false,
    });
  });

  it('tells that no event can match', () => {
    expect(explain("@type = 'a' and @type = 'b'")).toMatchObject({ indexed: true, by: [{ anyOf: [] }] });
    expect(explain('false()')).toEqual({ indexed: true, by: [{ anyOf: [] }], evaluated: false });
  });

  it('of a list of types is by type', () => {
    const by = [{ anyOf: [{ path: '@type', values: ['a', 'b'] }] }];
    expect(explainTypesIndex(['a', 'b', 'a'])).toEqual({ indexed: true, by, evaluated: false });
    expect(explain("@type = 'a' or @type = 'b'")).toEqual(explainTypesIndex(['a', 'b']));
  });

  it('of a filter for every event is none', () => {
    expect(explainNoIndex()).toEqual({ indexed: false, because: 'it matches every event' });
  });

  it.each([
    ['contains(name, uuid)', 'it compares with what is not known before the event'],
    ["contains('x', name)", 'the path does not lead straight down from the event, or is too long'],
    ["contains(name, '')", 'every text begins with the empty one'],
    ["boolean(starts-with(translate(name, 'A', 'a'), 'x'))", 'translate() is evaluated for each event'],
    ["contains(../name, 'x')", 'the path does not lead straight down from the event, or is too long'],
    ["name and normalize-space(name) = 'x'", 'it asks whether a path selects something, whatever the value'],
    ["translate(name, 'A', 'a') = 'x'", 'translate() is evaluated for each event'],
    ["name = 'x' or lang('y')", "one operand of 'or' is enough, and lang() is evaluated for each event"],
    ['own()', "the program's own function own() is called for each event"],
    ["'x' = own(name)", "the program's own function own() is called for each event"],
    ["not(name = 'x')", 'not() asks that something be absent'],
    ["not(contains(name, 'x'))", 'not() asks that something be absent'],
    ["string(name) != 'x'", 'nearly every event is like that'],
    ['name = $yes', 'it compares with a boolean'],
    ['name = uuid', 'it compares with what is not known before the event'],
    ['name', 'it asks whether a path selects something, whatever the value'],
    ['name | uuid', 'it asks whether a path selects something, whatever the value'],
    ["name/following::uuid = ''", 'the path does not lead straight down from the event, or is too long'],
    ["name/following::uuid = 'x'", 'the path does not lead straight down from the event, or is too long'],
    ["'x' = string(../a)", 'the path does not lead straight down from the event, or is too long'],
    ['count(name) = 1', 'count() is evaluated for each event'],
    ['1 + 1', 'it is decided by a calculation'],
    ['-name = 1', 'it is decided by a calculation'],
  ])('of %s says: %s', (source, reason) => {
    expect(because(source)).toBe(`it needs no value that can be looked up: ${reason}`);
  });
});

describe('the explanation of { any }', () => {
  const explainAny = (...any: FilterSource[]) => compileFilter({ any }).explain().index;

  it('tells the values of all its filters together', () => {
    expect(explainAny("name = 'a'", "name = 'b'", "uuid = 'u'")).toEqual({
      indexed: true,
      by: [
        {
          anyOf: [
            { path: 'name', values: ['a', 'b'] },
            { path: 'uuid', values: ['u'] },
          ],
        },
      ],
      evaluated: false,
    });
    expect(explainAny("name = 'a'", "name = 'b' and count(x) = 1")).toMatchObject({ indexed: true, evaluated: true });
    expect(explainAny("name = 'a'", "/event/name = 'b'")).toMatchObject({ indexed: true, evaluated: false });
  });

  it('tells which of its filters is found by no value, and why', () => {
    const because = "one filter of 'any' is enough, and of any[1]: ";
    expect(explainAny("name = 'a'", 'disk', 'count(x) = 1')).toEqual({
      indexed: false,
      because: expect.stringContaining(`${because}it needs no value that can be looked up: it asks whether`),
    });
    expect(explainAny("name = 'a'", null)).toEqual({ indexed: false, because: `${because}it matches every event` });
  });
});

it('tells of a path in parentheses what it tells of one without', () => {
  expect(because('(disk)[1]')).toBe(because('disk[1]'));
  expect(because("(disk)[2] = ''")).toBe('indexed');
});
