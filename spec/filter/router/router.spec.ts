import type { FilterEvaluationError } from '../../../lib/errors';
import { EventRecord } from '../../../lib/event/event-record';
import { readEvent } from '../../../lib/event/read-event';
import { compileFilter, type FilterOptions } from '../../../lib/filter/compile-filter';
import type { CompiledFilter } from '../../../lib/filter/compiled-filter';
import type { Filter, FilteredEvent, FilterSource } from '../../../lib/filter/filter';
import { byPlace, type Found, RouterEntry } from '../../../lib/filter/router/route';
import { Router } from '../../../lib/filter/router/router';
import { defaultEventLimits } from '../../../lib/xml/limits';
import type * as PathValues from '../../../lib/xpath/evaluation/path-values';

const calls = { compiled: 0, read: 0, visited: 0 };

jest.mock('../../../lib/xpath/evaluation/path-values', () => {
  const { compilePathValues } = jest.requireActual<typeof PathValues>('../../../lib/xpath/evaluation/path-values');
  return {
    compilePathValues: (...of: Parameters<typeof compilePathValues>): ReturnType<typeof compilePathValues> => {
      calls.compiled += 1;
      const read = compilePathValues(...of);
      return (tree, visit) => {
        calls.read += 1;
        return read(tree, (value, node) => {
          calls.visited += 1;
          visit(value, node);
        });
      };
    },
  };
});

beforeEach(() => {
  Object.assign(calls, { compiled: 0, read: 0, visited: 0 });
});

function event(content: string, type = 't'): EventRecord {
  return new EventRecord(readEvent(`<event type="${type}" timestamp="now">${content}</event>`, defaultEventLimits));
}

/** An event that was not read yet, and at which nothing may be looked but its type. */
function untouchable(type: string): FilteredEvent {
  const touched = (): never => {
    throw new Error('the event was looked into');
  };
  const unread: Pick<FilteredEvent, 'type' | 'isUnread'> = { type, isUnread: true };
  const reading = Object.fromEntries(['shape', 'tree', 'document'].map((name) => [name, { get: touched }]));
  return Object.defineProperties(unread as FilteredEvent, reading);
}

class Entry extends RouterEntry {
  readonly item: unknown;

  constructor(item: unknown) {
    super();
    this.item = item;
  }
}

/** Adds an entry to a router. */
function add(router: Router<Entry>, filter: Filter, item: unknown, place: number): Entry {
  const entry = new Entry(item);
  router.add(entry, filter, place);
  return entry;
}

/** A router with filters in order; each filter's item is its source. */
function routerOf(sources: readonly FilterSource[], options?: FilterOptions) {
  const router = new Router<Entry>();
  const entries = sources.map((source, place) => add(router, compileFilter(source, options), source, place));
  return { router, entries };
}

/** The entries of what was found, in order. */
function entriesOf(found: readonly Found<Entry>[]): Entry[] {
  return found.flatMap(({ entries }) => entries).sort(byPlace);
}

function items(found: readonly Found<Entry>[]): unknown[] {
  return entriesOf(found).map(({ item }) => item);
}

/** The items whose filters match an event, in order. */
function matching(router: Router<Entry>, record: FilteredEvent): unknown[] {
  return items(router.find(record).filter((found) => found.evaluate(record) === 'matched'));
}

describe('Router', () => {
  describe('by type', () => {
    const { router } = routerOf([null, ['a', 'b'], ['b'], "@type = 'a' or @type = 'c'", { select: ['b'] }]);

    it('finds filters that the type decides without looking at more', () => {
      expect(items(router.find(untouchable('a')))).toEqual([null, ['a', 'b'], "@type = 'a' or @type = 'c'"]);
      expect(items(router.find(untouchable('b')))).toEqual([null, ['a', 'b'], ['b'], { select: ['b'] }]);
      expect(items(router.find(untouchable('x')))).toEqual([null]);
    });

    it('takes the type for what the XML says, references resolved and white space normalised', () => {
      const record = event('', 'a&amp;b&#10;c\nd');
      const { router: odd } = routerOf([
        ['a&b\nc d'],
        "@type = 'a&b\nc d'",
        "@type = 'a&b\nc d' and contains(@type, 'd')",
      ]);
      expect(matching(odd, record)).toHaveLength(3);
    });

    it('decides about them without looking at more', () => {
      expect(matching(router, untouchable('a'))).toEqual([null, ['a', 'b'], "@type = 'a' or @type = 'c'"]);
    });

    it('does not look into events of types about which no filter asks more', () => {
      const { router: mixed } = routerOf([['b'], "@type = 'a' and name = 'x'", "@type = 'c' and count(name) = 1"]);
      expect(items(mixed.find(untouchable('b')))).toEqual([['b']]);
      expect(items(mixed.find(untouchable('c')))).toEqual(["@type = 'c' and count(name) = 1"]);
      expect(() => mixed.find(untouchable('a'))).toThrow('looked into');
    });

    it('evaluates suppress', () => {
      const { router: suppressing } = routerOf([{ select: ['a'], suppress: "name = 'x'" }, { suppress: ['a'] }]);
      const verdicts = (record: FilteredEvent) => suppressing.find(record).map((found) => found.evaluate(record));
      expect(verdicts(event('<name>x</name>', 'a'))).toEqual(['suppressed', 'suppressed']);
      expect(verdicts(event('<name>y</name>', 'a'))).toEqual(['matched', 'suppressed']);
      expect(verdicts(event('<name>x</name>', 'b'))).toEqual(['matched']);
    });
  });

  describe('by value', () => {
    it('finds the filters that may match, and no others', () => {
      const { router } = routerOf([
        "name = 'x'",
        "name = 'y'",
        "uuid = 'x'",
        "not(name = 'x')",
        "'z' = name or uuid = 'u'",
      ]);
      const found = (content: string) => items(router.find(event(content)));
      expect(found('<name>x</name>')).toEqual(["name = 'x'", "not(name = 'x')"]);
      expect(found('<uuid>u</uuid>')).toEqual(["not(name = 'x')", "'z' = name or uuid = 'u'"]);
      expect(found('<name>x</name><name>y</name>')).toEqual(["name = 'x'", "name = 'y'", "not(name = 'x')"]);
    });

    it('reads each path once an event for all filters, of whatever type', () => {
      const { router } = routerOf([
        "domain/name = 'a'",
        "/event/domain/name = 'b'",
        "@type = 't' and domain[@id = 1]/name = 'c'",
        "@type = 'u' and domain/name = 'd'",
        "string(/*/domain/name) = 'e'",
      ]);
      expect(items(router.find(event('<domain><name>b</name></domain>')))).toEqual(["/event/domain/name = 'b'"]);
      expect(calls.read).toBe(1);
      expect(items(router.find(event('<domain><name>c</name></domain>')))).toHaveLength(1);
      expect(calls.read).toBe(2);
    });

    it('takes prefixes for what they are declared to be', () => {
      const router = new Router<Entry>();
      add(router, compileFilter("p:a = 'x'", { namespaces: { p: 'urn:1' } }), 'p', 0);
      add(router, compileFilter("q:a = 'x'", { namespaces: { q: 'urn:1' } }), 'q', 1);
      add(router, compileFilter("p:a = 'x'", { namespaces: { p: 'urn:2' } }), 'r', 2);
      expect(items(router.find(event('<a xmlns="urn:1">x</a>')))).toEqual(['p', 'q']);
      expect(items(router.find(event('<a xmlns="urn:2">x</a>')))).toEqual(['r']);
      expect(calls.compiled).toBe(2);
    });

    it('comes to look up what tells filters apart', () => {
      const names = Array.from({ length: 1000 }, (_, number) => `web-${number}`);
      const { router } = routerOf(
        names.map((name) => `/event[@type = 't' and transition/@to = 'b' and domain/title = '${name}']`),
      );
      const found = router.find(event('<domain><title>web-7</title></domain><transition to="b"/>'));
      expect(found.length).toBeLessThanOrEqual(2);
      expect(items(found)).toContain("/event[@type = 't' and transition/@to = 'b' and domain/title = 'web-7']");
    });

    it('finds a filter once, by however many of its values', () => {
      const { router } = routerOf(["//disk/@dev = 'a' or //disk/@dev = 'b' or name = 'x'", "//disk/@dev = 'a'"]);
      const disks = '<disk dev="a"/><disk dev="b"/>'.repeat(100);
      expect(items(router.find(event(`<name>x</name>${disks}`)))).toHaveLength(2);
    });

    it('finds { any } by what each of its filters needs, and by nothing else', () => {
      const names = { any: ["domain/name = 'a'", "domain/name = 'b'"] };
      const mixed = { any: [['t'], { select: "domain/name = 'b'", suppress: 'disk' }] };
      const { router } = routerOf([names, mixed, { any: [names, 'disk'] }]);
      expect(items(router.find(event('<domain><name>c</name></domain>', 'u')))).toEqual([{ any: [names, 'disk'] }]);
      expect(matching(router, event('<domain><name>b</name></domain>', 'u'))).toEqual([
        names,
        mixed,
        { any: [names, 'disk'] },
      ]);
      expect(matching(router, event('<domain><name>b</name></domain><disk/>', 'u'))).toEqual([
        names,
        { any: [names, 'disk'] },
      ]);
      expect(matching(router, event('', 't'))).toEqual([mixed]);
    });

    it('finds a filter by its type or by a value', () => {
      const { router } = routerOf(["@type = 'a' and count(b) or name = 'x'"]);
      expect(router.find(event('', 'a'))).toHaveLength(1);
      expect(router.find(event('<name>x</name>', 'a'))).toHaveLength(1);
      expect(router.find(event('<name>x</name>', 'b'))).toHaveLength(1);
      expect(router.find(event('', 'b'))).toHaveLength(0);
    });

    it('never finds what can never match', () => {
      const { router, entries } = routerOf([
        'false()',
        "@type = 't' and @type = 'u'",
        "@type = 'u' and @type = 'v' and (@type = 't' or name = 'x')",
        "name = 'x' and ''",
      ]);
      expect(router.find(event('<name>x</name>'))).toEqual([]);
      for (const entry of entries) {
        router.remove(entry);
      }
    });

    it('stops reading where elements inside each other repeat the text, and misses nothing', () => {
      const depth = 100;
      const content = `${'<a>'.repeat(depth)}${'x'.repeat(1000)}${'</a>'.repeat(depth)}`;
      const { router } = routerOf(["//a = 'y'", `//a = '${'x'.repeat(1000)}'`, "@type = 't' and //a = 'z'"]);
      expect(router.find(event(content))).toHaveLength(3);
      expect(calls.visited).toBeLessThan(10);
    });
  });

  describe('where elements inside each other repeat more text than is read', () => {
    const long = 'x'.repeat(1000);
    /** So much of `//a` that reading stops before the innermost. */
    const nested = `${'<a>'.repeat(100)}${long}<a>y</a>${'</a>'.repeat(100)}`;

    it('decides by an evaluation about filters that no value has found', () => {
      const { router } = routerOf(["//a = 'y'", "//a = 'z'", `//a = '${long}y'`, `//a = '${long}'`]);
      expect(router.find(event(nested))).toHaveLength(4);
      expect(matching(router, event(nested))).toEqual(["//a = 'y'", `//a = '${long}y'`]);
    });

    it('decides by values again about the next event', () => {
      const filter = compileFilter("//a = 'y'");
      const evaluate = jest.spyOn(filter as CompiledFilter, 'evaluate');
      const router = new Router<Entry>();
      add(router, filter, 'y', 0);
      expect(matching(router, event(nested))).toEqual(['y']);
      expect(evaluate).toHaveBeenCalledTimes(1);
      expect(matching(router, event('<a>y</a>'))).toEqual(['y']);
      expect(matching(router, event('<a>z</a>'))).toEqual([]);
      expect(evaluate).toHaveBeenCalledTimes(1);
    });

    it.each([
      "name = 'n' and //a = 'y'",
      "name = 'n' and (//a = 'y' or //b = 'z')",
      "name = 'n' and (//b = 'z' or //a = 'y')",
      "name = 'n' and (//b = 'z' or //a = 'y' or //c = 'z')",
      "name = 'n' and //a = 'y' and b = 'b'",
    ])('takes no value for missing that was not read: %s', (source) => {
      // The other finds events by the name; it is in the index first, so that the names are where filters are found.
      const { router } = routerOf(["name = 'm'", source]);
      expect(matching(router, event(`<name>n</name><b>b</b>${nested}`))).toEqual([source]);
      expect(matching(router, event(`<name>n</name><b>b</b>${nested.replace('y', 'z')}`))).toEqual([]);
    });

    it('decides by the values that were read where one of them is enough', () => {
      const filter = compileFilter(`name = 'n' and (//a = '${long}y' or b = 'b')`);
      const evaluate = jest.spyOn(filter as CompiledFilter, 'evaluate');
      const router = new Router<Entry>();
      add(router, filter, 'found', 0);
      expect(matching(router, event(`<name>n</name>${nested}`))).toEqual(['found']);
      expect(evaluate).not.toHaveBeenCalled();
    });
  });

  describe('evaluation', () => {
    it('does not happen where a needed value is missing', () => {
      let called = 0;
      const functions = {
        own: () => {
          called += 1;
          return true;
        },
      };
      const { router } = routerOf(["own() and name = 'x'"], { functions });
      expect(router.find(event('<name>y</name>'))).toEqual([]);
      expect(called).toBe(0);
      const record = event('<name>x</name>');
      expect(matching(router, record)).toHaveLength(1);
      expect(called).toBe(1);
    });

    it('does not happen where values decide', () => {
      const filter = compileFilter("/event[@type = 't' and transition/@to = 'b']/domain[name = 'x' or uuid = 'u']");
      const evaluate = jest.spyOn(filter as CompiledFilter, 'evaluate');
      const router = new Router<Entry>();
      add(router, filter, 0, 0);
      const matches = (content: string) => {
        const record = event(content);
        return matching(router, record).length > 0;
      };
      expect(matches('<domain><name>x</name></domain><transition to="b"/>')).toBe(true);
      expect(matches('<domain><name>y</name></domain><domain><uuid>u</uuid></domain><transition to="b"/>')).toBe(true);
      expect(matches('<domain><name>x</name></domain><transition to="c"/>')).toBe(false);
      expect(evaluate).not.toHaveBeenCalled();
    });

    it('reads a path once, whether it is needed to find filters or to decide about them', () => {
      const { router } = routerOf([
        "name = 'x' and uuid = 'u'",
        "name = 'y' and uuid = 'u'",
        "uuid = 'u'",
        "uuid = 'v'",
      ]);
      const record = event('<name>y</name><uuid>u</uuid>');
      expect(matching(router, record)).toEqual(["name = 'y' and uuid = 'u'", "uuid = 'u'"]);
      expect(calls.read).toBe(2);
    });

    it('looks for the name of the event where a path names it', () => {
      const { router } = routerOf(["/event/@id = 'x'", "/*/@id = 'x'", '/event']);
      const elsewhere = '<event type="t" timestamp="now" id="x" xmlns="urn:elsewhere"/>';
      expect(matching(router, new EventRecord(readEvent(elsewhere, defaultEventLimits)))).toEqual(["/*/@id = 'x'"]);
      const plain = '<event type="t" timestamp="now" id="x"/>';
      expect(matching(router, new EventRecord(readEvent(plain, defaultEventLimits)))).toHaveLength(3);
    });

    it.each([0, 1, 3, 7, 8, 9, 12, 15, 20])(
      'takes no value of the event before for one of this: after %i values',
      (count) => {
        const { router } = routerOf([
          "uuid = 'u' and disk/@dev = ''",
          "uuid = 'u' and disk/@dev = 'd0'",
          "disk/@dev = ''",
        ]);
        const disks = (some: number, first: string) =>
          `<uuid>u</uuid>${Array.from({ length: some }, (_, number) => `<disk dev="${number === 0 ? first : `e${number}`}"/>`).join('')}`;
        for (const less of [0, 1, 2, 5, 7, 8, 9, 10, 14]) {
          matching(router, event(disks(count, 'd0')));
          expect(matching(router, event(disks(less, 'e0')))).toEqual([]);
          expect(matching(router, event(disks(less + 1, 'd0')))).toEqual(["uuid = 'u' and disk/@dev = 'd0'"]);
          expect(matching(router, event(disks(less + 1, '')))).toEqual([
            "uuid = 'u' and disk/@dev = ''",
            "disk/@dev = ''",
          ]);
        }
      },
    );

    it('leads along each path to its own nodes, however alike it is written to another', () => {
      const sources = ['//b', './/b', '*/b', '*//b', '*/descendant-or-self::b', 'descendant-or-self::b', '*/*/b', 'b']
        .concat([
          'descendant-or-self::text()/.',
          'descendant-or-self::node()/.',
          './/text()/..',
          '//@b',
          './/@b',
          '*/@b',
        ])
        .concat(['descendant::text()/self::node()', './/comment()', './/node()', '*//node()', 'b/text()', 'b/node()'])
        .flatMap((path) => ['x', 'xy', 'y', ''].map((value) => `${path} = '${value}'`));
      const { router } = routerOf(sources);
      const contents = [
        '<b>x</b>',
        '<a><b>x</b></a>',
        '<b><b>x</b></b>',
        '<a>x<b/>y</a>',
        '<b b="x">y</b>',
        '<a b="y"/>',
      ];
      for (const content of [...contents, '<b>x<!--y--></b>', '<a><a><b>xy</b></a></a>', '', 'x', '<!--x-->']) {
        const record = event(content);
        const expected = sources.filter((source) => compileFilter(source).matches(record));
        expect([content, matching(router, record)]).toEqual([content, expected]);
      }
    });

    it('decides about { any } by values where each of its filters is decided so, and by the name of the event where one is', () => {
      const anyOf = [
        ["/event/@id = 'x'", "name = 'n'"],
        ["/*/@id = 'x'", "name = 'n'"],
        ["name = 'n' and @id = 'y'", "uuid = 'u'"],
        [['t'], "name = 'n'"],
        ["name = 'n'", 'count(a) = 1'],
        ["name = 'n'", 'disk'],
      ].map((any) => ({ any }) as FilterSource);
      const { router } = routerOf(anyOf);
      const names = ['', 'xmlns="urn:elsewhere"'];
      const contents = ['', '<name>n</name>', '<name xmlns="">n</name>', '<uuid>u</uuid>', '<a/>', '<disk/>'];
      for (const [declared, id, content] of names.flatMap((name) =>
        ['x', 'y'].flatMap((id) => contents.map((content) => [name, id, content] as const)),
      )) {
        const xml = `<event type="u" timestamp="now" id="${id}" ${declared}>${content}</event>`;
        const record = new EventRecord(readEvent(xml, defaultEventLimits));
        const expected = anyOf.filter((source) => compileFilter(source).matches(record));
        expect([xml, matching(router, record)]).toEqual([xml, expected]);
      }
    });

    it('decides by many values as by few', () => {
      const { router } = routerOf(["name = 'x' and disk/@dev = 'd77'", "name = 'x' and disk/@dev = 'd100'"]);
      const disks = Array.from({ length: 100 }, (_, number) => `<disk dev="d${number}"/>`).join('');
      const record = event(`<name>x</name>${disks}`);
      expect(matching(router, record)).toEqual(["name = 'x' and disk/@dev = 'd77'"]);
    });

    it('happens once an event for entries of one filter', () => {
      let called = 0;
      const functions = {
        own: () => {
          called += 1;
          return called === 1;
        },
      };
      const filter = compileFilter('own()', { functions });
      const router = new Router<Entry>();
      for (let place = 0; place < 5; place += 1) {
        add(router, filter, place, place);
      }
      const record = event('');
      expect(matching(router, record)).toEqual([0, 1, 2, 3, 4]);
      expect(matching(router, record)).toEqual([]);
      expect(called).toBe(2);
    });

    it('happens once an event for filters that are written alike', () => {
      const router = new Router<Entry>();
      const filters = [0, 1, 2].map(() => compileFilter('count(*) = 0'));
      const evaluated = filters.map((filter) => jest.spyOn(filter as CompiledFilter, 'evaluate'));
      filters.forEach((filter, place) => {
        add(router, filter, place, place);
      });
      const record = event('');
      expect(matching(router, record)).toEqual([0, 1, 2]);
      expect(evaluated.flatMap(({ mock }) => mock.calls)).toHaveLength(1);
    });

    it('does not confuse filters that are written alike and mean different things', () => {
      const router = new Router<Entry>();
      add(router, compileFilter('name = $n', { variables: { n: 'x' } }), 'x', 0);
      add(router, compileFilter('name = $n', { variables: { n: 'y' } }), 'y', 1);
      add(router, compileFilter('yes()', { functions: { yes: () => true } }), 'yes', 2);
      add(router, compileFilter('yes()', { functions: { yes: () => false } }), 'no', 3);
      const record = event('<name>y</name>');
      expect(matching(router, record)).toEqual(['y', 'yes']);
    });

    it('does not confuse filters that are written alike under different caps', () => {
      const router = new Router<Entry>();
      const source = "count(//node()) > 50 and name = 'x'";
      const capped = (evaluationOperations: number) => compileFilter(source, { limits: { evaluationOperations } });
      const filters = [capped(5), compileFilter(source), capped(5), capped(1_000_000), capped(10_000_000)];
      filters.forEach((filter, place) => {
        add(router, filter, place, place);
      });
      const record = event(`<name>x</name>${'<b/>'.repeat(100)}`);
      const outcomes = router.find(record).map((found) => {
        const places = found.entries.map(({ item }) => item);
        try {
          return [...places, found.evaluate(record)];
        } catch (error) {
          return [...places, (error as FilterEvaluationError).code];
        }
      });
      expect(outcomes).toEqual([
        [0, 2, 'ERR_FILTER_BUDGET'],
        [1, 4, 'matched'],
        [3, 'matched'],
      ]);
    });

    it('does not confuse an expression with a list of types, or with every event', () => {
      const { router } = routerOf([['a'], '"a"', 'null', null, ['null'], ['a', 'b'], ['b', 'a']]);
      expect(matching(router, event('', 'a'))).toEqual([['a'], '"a"', null, ['a', 'b'], ['b', 'a']]);
      expect(matching(router, event('<null/>', 'null'))).toEqual(['"a"', 'null', null, ['null']]);
    });

    it('counts for each entry how many events have matched while it was there', () => {
      const { router, entries } = routerOf(["name = 'x'", "name = 'x'", "name = 'y'"]);
      const matched = () => entries.map((entry) => entry.matched);
      matching(router, event('<name>x</name>'));
      matching(router, event('<name>x</name>'));
      expect(matched()).toEqual([2, 2, 0]);
      router.remove(entries[0]!);
      router.add(entries[0]!, compileFilter("name = 'y'"), 0);
      matching(router, event('<name>y</name>'));
      expect(matched()).toEqual([3, 2, 1]);
      router.remove(entries[1]!);
      matching(router, event('<name>x</name>'));
      router.add(entries[1]!, compileFilter("name = 'x'"), 1);
      expect(matched()).toEqual([3, 2, 1]);
    });
  });

  describe('adding and removing', () => {
    it('finds entries in the order of their places, whatever the order in which they came', () => {
      const router = new Router<Entry>();
      const sources = ["name = 'x'", null, ['t'], 'name', "@type = 't' and name = 'x'"];
      const places = [7, 3, 9, 1, 5, 8, 2, 6, 4, 0];
      places.forEach((place, index) => {
        add(router, compileFilter(sources[index % sources.length]!), place, place);
      });
      expect(items(router.find(event('<name>x</name>')))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('forgets an entry, and keeps others of the same filter', () => {
      const { router, entries } = routerOf(["name = 'x'", "name = 'x'", "name = 'x'"]);
      const record = event('<name>x</name>');
      router.remove(entries[1]!);
      expect(entriesOf(router.find(record))).toEqual([entries[0], entries[2]]);
      router.remove(entries[0]!);
      router.remove(entries[0]!);
      expect(entriesOf(router.find(record))).toEqual([entries[2]]);
      router.remove(entries[2]!);
      router.remove(entries[2]!);
      expect(router.find(record)).toEqual([]);
    });

    it('removes nothing of another when an entry is removed twice', () => {
      const { router, entries } = routerOf(["name = 'x'"]);
      router.remove(entries[0]!);
      const again = add(router, compileFilter("name = 'x'"), null, 0);
      router.remove(entries[0]!);
      expect(entriesOf(router.find(event('<name>x</name>')))).toEqual([again]);
    });

    it('leaves what an event has found as it was', () => {
      const { router, entries } = routerOf(["name = 'x'", "name = 'x'"]);
      const [found] = router.find(event('<name>x</name>'));
      router.remove(entries[0]!);
      add(router, compileFilter("name = 'x'"), 'later', 2);
      expect(found!.entries).toEqual(entries);
      expect(items(router.find(event('<name>x</name>')))).toEqual(["name = 'x'", 'later']);
    });

    it('reads a path no more when its last filter is gone', () => {
      const { router, entries } = routerOf(["name = 'x'", "uuid = 'x'", "@type = 'a' and id = 'x'", "id = 'y'"]);
      for (const entry of [entries[1]!, entries[0]!, entries[2]!]) {
        router.remove(entry);
      }
      calls.read = 0;
      router.find(event('<name>x</name>', 'a'));
      expect(calls.read).toBe(1);
      router.remove(entries[3]!);
      expect(router.find(untouchable('a'))).toEqual([]);
    });
  });
});
