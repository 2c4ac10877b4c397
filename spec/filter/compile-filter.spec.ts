import { FilterError, FilterEvaluationError, InvalidArgumentError, InvalidEventError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { compileFilter, type FilterOptions } from '../../lib/filter/compile-filter';
import type { FilterSource } from '../../lib/filter/filter';
import { referenceEvent } from './reference-event';

const type = 'domain-state-transition';
const record = new EventRecord({ xml: referenceEvent, type, timestamp: '2026-01-02T03:04:05.000006Z', bytes: 300 });

/** An event whose tree must not be asked for. */
const untouchable = {
  type,
  xml: '<event/>',
  get tree(): never {
    throw new Error('the tree was built');
  },
  get document(): never {
    throw new Error('the document was built');
  },
};

/** Its details are for the router to tell. */
const index = expect.objectContaining({ indexed: expect.any(Boolean) });

function refusal(compile: () => unknown): Error {
  try {
    compile();
  } catch (error) {
    return error as Error;
  }
  throw new Error('not refused');
}

describe('compileFilter', () => {
  describe('of null', () => {
    const filter = compileFilter(null);

    it('matches every event without building anything', () => {
      expect(filter.matches(untouchable)).toBe(true);
      expect(filter.matches('<anything/>')).toBe(true);
    });

    it('explains itself', () => {
      expect(filter.source).toBeNull();
      expect(filter.explain()).toEqual({ kind: 'all', source: null, engine: 'none', index, warnings: [] });
    });
  });

  describe('of a list of type names', () => {
    it('matches by the type alone', () => {
      expect(compileFilter(['x', type]).matches(untouchable)).toBe(true);
      expect(compileFilter(['x']).matches(untouchable)).toBe(false);
    });

    it("matches a text by its root's type attribute", () => {
      expect(compileFilter(['x']).matches("<?xml version='1.0'?><anything type='&#120;'/>")).toBe(true);
      expect(compileFilter(['x']).matches('<anything p:type="x" xmlns:p="urn:p"/>')).toBe(false);
      expect(compileFilter(['x']).matches('<a><b type="x"/></a>')).toBe(false);
    });

    it('does not change with the list it was made from', () => {
      const types = [type];
      const filter = compileFilter(types);
      types[0] = 'x';
      types.push('y');
      expect(filter.matches(untouchable)).toBe(true);
      expect(filter.source).toEqual([type]);
      expect(Object.isFrozen(filter.source)).toBe(true);
    });

    it('explains itself', () => {
      expect(compileFilter(['a', 'b', 'a']).explain()).toEqual({
        kind: 'types',
        source: ['a', 'b', 'a'],
        types: ['a', 'b'],
        engine: 'none',
        index,
        warnings: [],
      });
    });

    it.each([
      [[], 'filter is an empty list, which matches nothing; null matches every event'],
      [[''], "filter[0] must be the name of an event type, but is ''"],
      [['a', 5], 'filter[1] must be the name of an event type, but is 5'],
      // biome-ignore lint/suspicious/noSparseArray: the hole is the point
      [['a', , 'b'], 'filter[1] must be the name of an event type, but is undefined'],
      [[['a']], "filter[0] must be the name of an event type, but is [ 'a' ]"],
    ])('refuses %j', (source, message) => {
      const error = refusal(() => compileFilter(source as never));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toBe(message);
    });
  });

  describe('of an XPath expression', () => {
    it.each([
      ["@type = 'domain-state-transition'", true],
      ["domain/name = 'web' and transition/@to = 'shutoff'", true],
      ["/event/domain/name = 'web'", true],
      ['//name', true],
      ['//disk', false],
      ['count(//*) - 5', false],
      ['count(//*) - 4', true],
      ['string(//nothing)', false],
      ['0 div 0', false],
      ["'false'", true],
    ])('%s takes the result with boolean(): %s', (source, result) => {
      expect(compileFilter(source).matches(record)).toBe(result);
      expect(compileFilter(source).matches(referenceEvent)).toBe(result);
    });

    it('matches a text from its root element, whatever that is', () => {
      const filter = compileFilter("a = '1' and /root/a and count(/node()) = 2");
      expect(filter.matches("\uFEFF<?xml version='1.0'?>\n<!--x-->\n<root><a>1</a></root>\n")).toBe(true);
    });

    it('binds variables, namespaces and functions when it is compiled', () => {
      const options = {
        namespaces: { p: 'urn:p' },
        variables: { name: 'web' as string | number },
        functions: { yes: () => true },
      };
      const filter = compileFilter('domain/name = $name and yes() and not(p:a)', options);
      options.namespaces.p = '';
      options.variables.name = 5;
      options.functions.yes = () => false;
      expect(filter.matches(record)).toBe(true);
    });

    it('explains itself', () => {
      expect(compileFilter("domain/name = 'web' or 'db'").explain()).toEqual({
        kind: 'expression',
        source: "domain/name = 'web' or 'db'",
        parsed: "child::domain/child::name = 'web' or 'db'",
        engine: 'light',
        cost: 'children',
        index,
        warnings: [{ position: 23, message: expect.stringContaining('same for every event') }],
      });
    });

    it.each([type, ` ${type}\n`, 'events-lost'])('refuses %j, the name of a known event type', (source) => {
      const error = refusal(() => compileFilter(source)) as FilterError;
      expect(error).toBeInstanceOf(FilterError);
      expect(error.code).toBe('ERR_FILTER_TYPE_NAME');
      expect(error.message).toContain(`did you mean ['${source.trim()}']?`);
      expect(error.position).toBe(source.indexOf(source.trim()));
    });

    it('throws where a function of the program throws', () => {
      const functions = {
        fail: () => {
          throw new Error('no database');
        },
      };
      const filter = compileFilter('fail()', { functions });
      const error = refusal(() => filter.matches(record)) as FilterEvaluationError;
      expect(error).toBeInstanceOf(FilterEvaluationError);
      expect(error.message).toBe('the filter "fail()" could not be evaluated: no database');
    });
  });

  describe('of a compiled filter', () => {
    it('returns it as it is', () => {
      const filter = compileFilter('domain');
      expect(compileFilter(filter)).toBe(filter);
      expect(compileFilter(filter, { variables: { a: 1 } })).toBe(filter);
    });
  });

  describe('of { any }', () => {
    const other = 'domain-reboot';

    it.each<[FilterSource, boolean]>([
      [{ any: [[type]] }, true],
      [{ any: [[other], "domain/name = 'web'"] }, true],
      [{ any: [[other], "domain/name = 'db'"] }, false],
      [{ any: ["domain/name = 'db'", 'disk', compileFilter('domain')] }, true],
      [{ any: [[other], null] }, true],
      [{ any: [[other], { any: ['disk', { any: [[type]] }] }] }, true],
      [{ any: [{ select: [type], suppress: 'domain' }, 'disk'] }, false],
      [{ any: [{ select: [type], suppress: 'domain' }, 'domain'] }, true],
      [{ select: { any: [[type], [other]] }, suppress: { any: ['disk', 'domain'] } }, false],
      [{ any: Array.from({ length: 1000 }, (_, place) => `domain/name = 'web-${place}'`) }, false],
      [{ any: [...Array.from({ length: 1000 }, (_, place) => `domain/@id > ${place + 5}`), 'domain'] }, true],
    ])('%j: %s', (source, result) => {
      expect(compileFilter(source).matches(record)).toBe(result);
      expect(compileFilter(source).matches(referenceEvent)).toBe(result);
    });

    it('of type names builds nothing', () => {
      expect(compileFilter({ any: [[other], [type]] }).matches(untouchable)).toBe(true);
    });

    it('asks its filters in order, until one matches', () => {
      const asked: unknown[] = [];
      const functions = { ask: (answer: unknown) => asked.push(answer) > 0 && answer === 'yes' };
      const filter = compileFilter({ any: ["ask('no')", "ask('yes')", "ask('never')"] }, { functions });
      expect(filter.matches(record)).toBe(true);
      expect(asked).toEqual(['no', 'yes']);
    });

    it('fails with the filter that fails before one matches', () => {
      const functions = {
        fail: () => {
          throw new Error('no luck');
        },
      };
      expect(compileFilter({ any: ['domain', 'fail()'] }, { functions }).matches(record)).toBe(true);
      expect(refusal(() => compileFilter({ any: ['fail()', 'domain'] }, { functions }).matches(record))).toBeInstanceOf(
        FilterEvaluationError,
      );
    });

    it('does not change with what it was made from', () => {
      const any: FilterSource[] = [[other]];
      const filter = compileFilter({ any });
      any.push(null);
      expect(filter.matches(record)).toBe(false);
      expect(filter.source).toEqual({ any: [[other]] });
    });

    it('explains itself and its parts', () => {
      expect(compileFilter({ any: [[other], 'domain'] }).explain()).toEqual({
        kind: 'any',
        source: { any: [[other], 'domain'] },
        engine: 'light',
        index: { indexed: false, because: expect.stringMatching(/^one filter of 'any' is enough, and of any\[1\]: /) },
        warnings: [],
        parts: [compileFilter([other]).explain(), compileFilter('domain').explain()],
      });
      expect(compileFilter({ any: ['domain', null] }).explain().warnings).toEqual([
        { position: 0, message: "'any[1]' is null, every event, so this filter matches every event" },
      ]);
    });

    it('is found by the values that its filters need', () => {
      const names = compileFilter({ any: ["domain/name = 'a'", { any: ["domain/name = 'b'"] }] }).explain();
      expect(names.index).toEqual({
        indexed: true,
        by: [{ anyOf: [{ path: 'domain/name', values: ['a', 'b'] }] }],
        evaluated: false,
      });
      const mixed = compileFilter({ any: [['x'], { select: "domain/name = 'a'", suppress: 'disk' }] }).explain();
      expect(mixed.index).toEqual({
        indexed: true,
        by: [
          {
            anyOf: [
              { path: '@type', values: ['x'] },
              { path: 'domain/name', values: ['a'] },
            ],
          },
        ],
        evaluated: true,
      });
    });

    it.each<[unknown, string]>([
      [{ any: [] }, 'filter.any is an empty list, which matches nothing; null matches every event'],
      [{ any: 'domain' }, "filter.any must be a list of filters, but is 'domain'"],
      [{ any: undefined }, 'filter.any must be a list of filters, but is undefined'],
      [
        { any: [['a']], suppress: null },
        "filter.suppress is no part of a filter; its parts are 'select' and 'suppress', or 'any' by itself",
      ],
      [{ any: [['a'], ['b', '']] }, "filter.any[1][1] must be the name of an event type, but is ''"],
      [
        { select: { any: [null, undefined] } },
        'filter.select.any[1] must be null, a list of event type names, an XPath expression, a compiled filter, { any } or { select, suppress }, but is undefined',
      ],
    ])('refuses %j', (source, message) => {
      const error = refusal(() => compileFilter(source as never));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toBe(message);
    });

    it('says of a regular expression what there is instead', () => {
      expect(refusal(() => compileFilter(/web/ as never)).message).toMatch(
        /^filter must be null, .* or \{ select, suppress \}, but is \/web\/; XPath 1\.0 has contains\(\)/,
      );
    });

    it.each<[FilterSource, string, string]>([
      [{ any: ['a', 'b', 'c d'] }, 'any[2]', 'ERR_FILTER_SYNTAX'],
      [{ any: [['a'], { select: 'a', suppress: 'f()' }] }, 'any[1].suppress', 'ERR_FILTER_FUNCTION'],
      [{ select: { any: ['$x'] } }, 'select.any[0]', 'ERR_FILTER_VARIABLE'],
      [{ any: ['domain', 'domain-reboot'] }, 'any[1]', 'ERR_FILTER_TYPE_NAME'],
    ])('names the place of a fault in %j', (source, part, code) => {
      const error = refusal(() => compileFilter(source));
      expect(error).toBeInstanceOf(FilterError);
      expect(error).toMatchObject({ part, code });
      expect(error.message.startsWith(`invalid filter ${part}: `)).toBe(true);
    });

    it('names no place if the expression is all of the filter', () => {
      expect(refusal(() => compileFilter('c d'))).toMatchObject({
        part: undefined,
        message: expect.stringMatching(/^invalid filter: /),
      });
    });

    it('refuses to nest without an end', () => {
      const any: unknown[] = [];
      any.push({ any });
      expect(refusal(() => compileFilter({ any } as never)).message).toMatch(/nests \{ any \} more than 8 deep$/);
    });
  });

  describe('of { select, suppress }', () => {
    const other = 'x';
    it.each<[FilterSource, boolean]>([
      [{ select: null }, true],
      [{ select: [type] }, true],
      [{ select: [other] }, false],
      [{ suppress: [type] }, false],
      [{ suppress: [other] }, true],
      [{ select: [type], suppress: [type] }, false],
      [{ select: [type], suppress: "domain/name = 'web'" }, false],
      [{ select: [type], suppress: "domain/name = 'db'" }, true],
      [{ select: 'domain', suppress: { select: [type], suppress: "transition/@to = 'shutoff'" } }, true],
      [{ select: { suppress: 'disk' } }, true],
      [{ select: compileFilter('domain'), suppress: undefined }, true],
      [{ suppress: null }, false],
    ])('%j: %s', (source, result) => {
      expect(compileFilter(source).matches(record)).toBe(result);
      expect(compileFilter(source).matches(referenceEvent)).toBe(result);
    });

    it('of type names builds nothing', () => {
      expect(compileFilter({ select: [type], suppress: [other] }).matches(untouchable)).toBe(true);
    });

    it('does not change with what it was made from', () => {
      const source: { select: FilterSource; suppress?: FilterSource } = { select: [type] };
      const filter = compileFilter(source);
      source.select = [other];
      source.suppress = null;
      expect(filter.matches(record)).toBe(true);
      expect(filter.source).toEqual({ select: [type] });
    });

    it('explains itself and its parts', () => {
      expect(compileFilter({ select: [type], suppress: 'domain' }).explain()).toEqual({
        kind: 'select-suppress',
        source: { select: [type], suppress: 'domain' },
        engine: 'light',
        index,
        warnings: [],
        select: compileFilter([type]).explain(),
        suppress: compileFilter('domain').explain(),
      });
      expect(compileFilter({ suppress: null }).explain()).toMatchObject({
        engine: 'none',
        warnings: [{ position: 0, message: expect.stringContaining('never matches') }],
      });
    });

    it.each<[unknown, string]>([
      [{}, "filter must have 'any', 'select' or 'suppress', but has none of them"],
      [{ select: undefined }, "filter must have 'any', 'select' or 'suppress', but has none of them"],
      [
        { select: null, supress: ['a'] },
        "filter.supress is no part of a filter; its parts are 'select' and 'suppress', or 'any' by itself",
      ],
      [
        { select: null, suppress: [] },
        'filter.suppress is an empty list, which matches nothing; null matches every event',
      ],
      [{ select: { suppress: [''] } }, "filter.select.suppress[0] must be the name of an event type, but is ''"],
      [
        { select: 5 },
        'filter.select must be null, a list of event type names, an XPath expression, a compiled filter, { any } or { select, suppress }, but is 5',
      ],
      [
        { matches: () => true, source: null },
        "filter.matches is no part of a filter; its parts are 'select' and 'suppress', or 'any' by itself",
      ],
    ])('refuses %j', (source, message) => {
      const error = refusal(() => compileFilter(source as never));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toBe(message);
    });

    it('refuses an expression inside as it would outside', () => {
      expect(refusal(() => compileFilter({ suppress: type }))).toMatchObject({ code: 'ERR_FILTER_TYPE_NAME' });
      expect(refusal(() => compileFilter({ suppress: 'a b' }))).toMatchObject({
        code: 'ERR_FILTER_SYNTAX',
        position: 2,
      });
    });

    it('refuses to nest without an end', () => {
      const source: { select?: unknown } = {};
      source.select = source;
      expect(refusal(() => compileFilter(source as never)).message).toMatch(
        /nests \{ select, suppress \} more than 8 deep$/,
      );
    });
  });

  it.each([undefined, 5, true, () => true, Symbol('x')])('refuses %p', (source) => {
    const error = refusal(() => compileFilter(source as never));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toMatch(/^filter must be null, a list of event type names, .*, but is /);
  });

  describe('refuses the option', () => {
    it.each<[unknown, string]>([
      [null, 'options must be an object, but is null'],
      [[], 'options must be an object, but is []'],
      [{ namespace: {} }, 'options.namespace is no option; the options are namespaces, variables, functions, limits'],
      [{ namespaces: 'p=urn:p' }, "options.namespaces must be an object, but is 'p=urn:p'"],
      [
        { namespaces: new Map([['p', 'urn:p']]) },
        "options.namespaces must be an object, but is Map(1) { 'p' => 'urn:p' }",
      ],
      [
        { namespaces: { p: 5 } },
        "options.namespaces.p must be a namespace's name, a string that is not empty, but is 5",
      ],
      [
        { namespaces: { p: '' } },
        "options.namespaces.p must be a namespace's name, a string that is not empty, but is ''",
      ],
      [
        { namespaces: { '': 'urn:p' } },
        "options.namespaces has an empty prefix; XPath 1.0 has no default namespace, so choose a prefix and write 'p:name'",
      ],
      [{ namespaces: { 'a b': 'urn:p' } }, "options.namespaces has the prefix 'a b', which is no name"],
      [{ namespaces: { 'a:b': 'urn:p' } }, "options.namespaces has the prefix 'a:b', which is no name"],
      [{ namespaces: { xml: 'urn:p' } }, 'options.namespaces.xml cannot be declared: Namespaces in XML reserves it'],
      [
        { namespaces: { p: 'http://www.w3.org/XML/1998/namespace' } },
        'options.namespaces.p cannot be declared: Namespaces in XML reserves it',
      ],
      [
        { namespaces: { xmlns: 'urn:p' } },
        'options.namespaces.xmlns cannot be declared: Namespaces in XML reserves it',
      ],
      [{ variables: 5 }, 'options.variables must be an object, but is 5'],
      [{ variables: { a: null } }, 'options.variables.a must be a string, a number or a boolean, but is null'],
      [
        { variables: { a: undefined } },
        'options.variables.a must be a string, a number or a boolean, but is undefined',
      ],
      [
        { variables: { $a: 1 } },
        "options.variables has the key '$a', which is neither a name nor a name with a prefix",
      ],
      [{ functions: [] }, 'options.functions must be an object, but is []'],
      [{ functions: { f: 'x' } }, "options.functions.f must be a function, but is 'x'"],
      [
        { functions: { 'a:b:c': () => '' } },
        "options.functions has the key 'a:b:c', which is neither a name nor a name with a prefix",
      ],
      [
        { functions: { count: () => '' } },
        'options.functions.count cannot take the place of what XPath 1.0 defines itself',
      ],
      [
        { functions: { text: () => '' } },
        'options.functions.text cannot take the place of what XPath 1.0 defines itself',
      ],
    ])('%p', (options, message) => {
      const error = refusal(() => compileFilter(null, options as FilterOptions));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toBe(message);
    });

    it('but takes options that are not given', () => {
      const nothing = { namespaces: undefined, variables: undefined, functions: undefined, limits: undefined };
      expect(compileFilter('domain', nothing).matches(record)).toBe(true);
      expect(
        compileFilter('domain', { namespaces: { xml: 'http://www.w3.org/XML/1998/namespace' } }).matches(record),
      ).toBe(true);
    });
  });

  describe('makes a filter that', () => {
    it.each([null, ['x'], 'x', { select: 'x' }])('of %j refuses a text that is not well-formed', (source) => {
      const filter = compileFilter(source);
      expect(() => filter.matches('<a>&</a>')).toThrow(InvalidEventError);
      expect(() => filter.matches('<!DOCTYPE a><a/>')).toThrow(InvalidEventError);
      expect(() => filter.matches('')).toThrow(InvalidEventError);
    });

    it.each([undefined, null, 5, {}, { type: 5 }])('cannot match %p', (event) => {
      expect(() => compileFilter(null).matches(event as never)).toThrow(
        'event must be an event or the text of an XML document',
      );
    });

    it("loads @xmldom/xmldom only when the program's own function is given nodes, and xpath never", () => {
      jest.isolateModules(() => {
        const loaded: string[] = [];
        for (const name of ['xpath', '@xmldom/xmldom']) {
          jest.doMock(name, () => {
            loaded.push(name);
            return jest.requireActual(name);
          });
        }
        const { compileFilter: compile } =
          require('../../lib/filter/compile-filter') as typeof import('../../lib/filter/compile-filter');
        const filter = compile("yes() and yes(domain) and domain/name = 'web'", { functions: { yes: () => true } });
        filter.explain();
        compile([type]).matches({ type, xml: '<event/>', document: undefined as never });
        expect(compile("domain/name = 'web'").matches(referenceEvent)).toBe(true);
        expect(loaded).toEqual([]);
        expect(filter.matches(referenceEvent)).toBe(true);
        expect(loaded).toEqual(['@xmldom/xmldom']);
        jest.dontMock('xpath').dontMock('@xmldom/xmldom');
      });
    });
  });
});
