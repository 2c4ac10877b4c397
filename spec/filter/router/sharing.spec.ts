import { EventRecord } from '../../../lib/event/event-record';
import { readEvent } from '../../../lib/event/read-event';
import { compileFilter } from '../../../lib/filter/compile-filter';
import type { CompiledFilter } from '../../../lib/filter/compiled-filter';
import type { FilterSource } from '../../../lib/filter/filter';
import { type IndexPath, typePath } from '../../../lib/filter/index-path';
import type { Requirement } from '../../../lib/filter/requirement';
import { noRequirements } from '../../../lib/filter/requirements';
import { Checks } from '../../../lib/filter/router/check';
import { EventGroup } from '../../../lib/filter/router/event-group';
import { Many, memberCount, withMember, withoutMember } from '../../../lib/filter/router/one-or-many';
import { PathReader, PathReaders } from '../../../lib/filter/router/path-reader';
import { RouterEntry } from '../../../lib/filter/router/route';
import { Router } from '../../../lib/filter/router/router';
import { defaultEventLimits } from '../../../lib/xml/limits';

function event(content: string, type = 't'): EventRecord {
  return new EventRecord(readEvent(`<event type="${type}" timestamp="now">${content}</event>`, defaultEventLimits));
}

class Entry extends RouterEntry {
  readonly source: unknown;

  constructor(source: unknown) {
    super();
    this.source = source;
  }
}

function routerOf(sources: readonly FilterSource[]) {
  const router = new Router<Entry>();
  const entries = sources.map((source, place) => {
    const entry = new Entry(source);
    router.add(entry, compileFilter(source), place);
    return entry;
  });
  return { router, entries };
}

function matching(router: Router<Entry>, record: EventRecord): unknown[] {
  return router
    .find(record)
    .filter((found) => found.evaluate(record) === 'matched')
    .flatMap(({ entries }) => entries)
    .map(({ source }) => source);
}

function requirement(source: string): Requirement {
  return (compileFilter(source) as CompiledFilter).requirements.needs;
}

function pathOf(source: string): IndexPath {
  const required = requirement(source);
  return required.kind === 'value' ? required.path : typePath;
}

/** So many filters at each of some values of `@id` that other filters are found by something else. */
function crowd(...ids: string[]): string[] {
  return ids.flatMap((id) => [1, 2, 3, 4].map((number) => `@id = '${id}' and count(x) = ${number}`));
}

describe('checks that filters share', () => {
  it('are not taken for others that are about the same path and begin with the same value', () => {
    const filters = ['b', 'c', 'd'].map((other) => `uuid = 'u' and (key/@id = 'a' or key/@id = '${other}')`);
    const two = ["uuid = 'u' and (key/@id = 'a' or key/@no = 'b')", "uuid = 'u' and key/@id = 'a'"];
    const crowds = ['a', 'b', 'c', 'd'].flatMap((id) =>
      [1, 2, 3, 4, 5, 6].map((number) => `key/@id = '${id}' and count(x) = ${number}`),
    );
    const { router } = routerOf([...crowds, ...filters, ...two]);
    const content = (attributes: string) => event(`<uuid>u</uuid><key ${attributes}/>`);
    expect(matching(router, content('id="a"'))).toEqual([...filters, ...two]);
    expect(matching(router, content('id="c"'))).toEqual([filters[1]]);
    expect(matching(router, content('no="b"'))).toEqual([two[0]]);
    expect(matching(router, content('id="e"'))).toEqual([]);
  });

  it('are looked at once an event for all of them', () => {
    const filters = ['u', 'v', 'w'].flatMap((uuid) =>
      ['n', 'm'].map((name) => `(uuid = '${uuid}' or uuid = '${uuid}${name}') and @id = 'a'`),
    );
    const { router } = routerOf([...crowd('a'), ...filters]);
    const looked = jest.spyOn(PathReader.prototype, 'has');
    const all = event('<uuid>u</uuid><uuid>v</uuid><uuid>w</uuid>');
    expect(matching(router, all)).toEqual([]);
    expect(looked).toHaveBeenCalledTimes(1);
    expect(matching(router, all)).toEqual([]);
    expect(looked).toHaveBeenCalledTimes(2);
    looked.mockRestore();
  });

  it('last until the last of them is gone, with the paths that they read', () => {
    const readers = new PathReaders();
    const checks = new Checks(readers);
    const first = checks.acquire(requirement("a = 'x'"));
    expect([checks.isEmpty, readers.isEmpty]).toEqual([false, false]);
    expect(checks.acquire(requirement("/*/a = 'x'"))).not.toBe(checks.acquire(requirement("a = 'y'")));
    expect(checks.acquire(requirement("a = 'x'"))).toBe(first);
    checks.release(first);
    expect(checks.acquire(requirement("a = 'x'"))).toBe(first);
    for (let user = 0; user < 2; user += 1) {
      checks.release(first);
      expect(checks.acquire(requirement("a = 'x'"))).toBe(first);
      checks.release(first);
    }
    expect(readers.isEmpty).toBe(false);
    expect(checks.isEmpty).toBe(false);
  });

  it('leave nothing behind', () => {
    const readers = new PathReaders();
    const checks = new Checks(readers);
    const acquired = [0, 1, 2].map(() => checks.acquire(requirement("a = 'x'")));
    expect(new Set(acquired).size).toBe(1);
    checks.release(acquired[0]!);
    checks.release(acquired[1]!);
    expect([checks.isEmpty, readers.isEmpty]).toEqual([false, false]);
    checks.release(acquired[2]!);
    expect([checks.isEmpty, readers.isEmpty]).toEqual([true, true]);
    expect(checks.acquire(requirement("a = 'x'"))).not.toBe(acquired[0]);
  });
});

describe('filters that differ in literals alone', () => {
  it.each<[outline: (literal: string) => string, literals: string[], matched: string[]]>([
    [(literal) => `name = '${literal}'`, ['x', '', '2'], ['2']],
    [(literal) => `name < '${literal}'`, ['x', '3', '', '1'], ['3']],
    [(literal) => `not(name < '${literal}')`, ['2', 'x', '3'], ['2', 'x']],
    [(literal) => `name != '${literal}'`, ['2', '', 'x'], ['', 'x']],
    [(literal) => `string(none) = '${literal}'`, ['', 'x'], ['']],
    [(literal) => `string(none) = '${literal}'`, ['y', '', 'x'], ['']],
    [(literal) => `contains(name, '${literal}')`, ['2', '', '3'], ['2', '']],
    [(literal) => `contains(name, '${literal}')`, ['', '3', '2'], ['', '2']],
    [(literal) => `starts-with(name, '${literal}') and @type = 't'`, ['3', '', '2'], ['', '2']],
    [(literal) => `name = ${literal} and number(name) = ${literal}`, ['2', '3', '2.0'], ['2', '2.0']],
    [(literal) => `/event[name = 'x' or name >= ${literal}]`, ['2', '3', '1'], ['2', '1']],
  ])('do not take the one for the other: %s', (outline, literals, matched) => {
    const { router } = routerOf(literals.map(outline));
    const record = event('<name>2</name>');
    expect(matching(router, record)).toEqual(matched.map(outline));
  });
});

describe('filters at one value of a path', () => {
  const sources = [0, 1, 2].map((count) => `//a = 'y' and count(//b) = ${count}`);
  const long = 'x'.repeat(1000);
  /** So much of `//a` that reading stops before the innermost. */
  const nested = `${'<a>'.repeat(100)}${long}<a>y</a>${'</a>'.repeat(100)}`;

  it('are all found by the value, also after some of them are gone', () => {
    const { router, entries } = routerOf(sources);
    const found = () => router.find(event('<a>y</a>')).map(({ entries: [entry] }) => entry);
    expect(found()).toEqual(entries);
    router.remove(entries[0]!);
    expect(found()).toEqual(entries.slice(1));
    router.remove(entries[1]!);
    expect(found()).toEqual([entries[2]]);
    router.remove(entries[2]!);
    expect([found(), router.isEmpty]).toEqual([[], true]);
  });

  it('are all found where not all values are read', () => {
    const { router } = routerOf([...sources, "//a = 'z' and count(//b) = 1"]);
    expect(router.find(event(nested))).toHaveLength(4);
    expect(matching(router, event(nested))).toEqual([sources[0]]);
    expect(matching(router, event(`${nested}<b/>`))).toEqual([sources[1]]);
  });

  it('stay when those at another value are gone', () => {
    const { router, entries } = routerOf(["name = 'x'", "name = 'y'"]);
    router.remove(entries[0]!);
    expect(matching(router, event('<name>y</name>'))).toEqual(["name = 'y'"]);
  });
});

describe('a reader of a path', () => {
  function readerOf(source: string) {
    const filled: PathReader[] = [];
    return { reader: new PathReader(pathOf(source), filled), filled };
  }

  it.each([1, 2, 16, 17, 40])('lets go of the values of an event: %i of them', (count) => {
    const { reader, filled } = readerOf("a = 'x'");
    reader.read(event('<a>text</a>'.repeat(count)), 1);
    expect([reader.count, reader.value(0), reader.value(count - 1)]).toEqual([count, 'text', 'text']);
    expect(filled).toEqual([reader]);
    reader.clear();
    expect(reader.count).toBe(0);
    expect(new Set(Array.from({ length: count }, (_, place) => reader.value(place) || ''))).toEqual(new Set(['']));
  });

  it('lets go of them when the readers are told to', () => {
    const readers = new PathReaders();
    const reader = readers.acquire(pathOf("a = 'x'"));
    reader.read(event('<a>text</a>'), 1);
    readers.clear();
    expect([reader.count, reader.value(0)]).toEqual([0, '']);
  });

  it('throws what goes wrong', () => {
    const { reader } = readerOf("a = 'x'");
    expect(() => reader.read({ tree: { text: '<a/>' } } as EventRecord, 1)).toThrow(TypeError);
  });
});

describe('a path that filters of several types need', () => {
  it('is read once an event, also after some of them are gone', () => {
    const { router, entries } = routerOf(["@type = 'a' and name = 'x'", "name = 'x'", "@type = 't' and name = 'z'"]);
    router.remove(entries[0]!);
    router.remove(entries[2]!);
    router.add(new Entry('later'), compileFilter("@type = 't' and name = 'y'"), 3);
    const read = jest.spyOn(PathReader.prototype, 'clear');
    expect(matching(router, event('<name>x</name><name>y</name>'))).toEqual(["name = 'x'", 'later']);
    // A reader lets go of the values of the event before when it reads.
    expect(new Set(read.mock.contexts).size).toBe(1);
    read.mockRestore();
  });
});

describe('{ any }', () => {
  it('is decided without a look at the event where one of its filters matches every event', () => {
    for (const any of [
      [null, "name = 'n'"],
      ["name = 'n'", null],
      ["name = 'n'", { any: [['t'], null] }, 'count(x) = 1'],
    ] as FilterSource[][]) {
      expect((compileFilter({ any }) as CompiledFilter).requirements).toEqual(noRequirements);
    }
    for (const any of [
      ["name = 'n'", 'count(x) = 1'],
      ['disk'],
      [{ select: null, suppress: ['t'] }, ['u']],
    ] as FilterSource[][]) {
      expect((compileFilter({ any }) as CompiledFilter).requirements).toEqual({ ...noRequirements, isExact: false });
    }
  });
});

describe('filters that are written alike', () => {
  it.each<[what: string, source: FilterSource]>([
    ['every event', null],
    ['a type', ['t']],
    ['types', ['t', 'u']],
    ['an expression that values decide', "name = 'n'"],
    ['an expression that is evaluated', 'count(name) = 1'],
  ])('are one route: %s', (_, source) => {
    const { router, entries } = routerOf([source, source, source]);
    expect(router.find(event('<name>n</name>')).map((found) => found.entries)).toEqual([entries]);
    router.remove(entries[1]!);
    expect(router.find(event('<name>n</name>')).map((found) => found.entries)).toEqual([[entries[0], entries[2]]]);
  });

  it('are routes of their own where their names mean something', () => {
    const router = new Router<Entry>();
    const prefixed = ['urn:1', 'urn:2'].map((p) => compileFilter("p:a = 'x'", { namespaces: { p } }));
    prefixed.forEach((filter, place) => {
      router.add(new Entry(place), filter, place);
    });
    expect(matching(router, event('<a xmlns="urn:2">x</a>'))).toEqual([1]);
  });
});

describe('a router', () => {
  it.each<[source: FilterSource]>([[null], [['a']], ['false()'], ["name = 'x'"], ["name = 'x' and uuid = 'u'"]])(
    'is empty before a filter has come, and when it is gone: %j',
    (source) => {
      const router = new Router<Entry>();
      const entry = new Entry(source);
      expect(router.isEmpty).toBe(true);
      router.add(entry, compileFilter(source), 0);
      expect(router.isEmpty).toBe(false);
      router.remove(entry);
      expect(router.isEmpty).toBe(true);
    },
  );

  it('gives the entries of a filter in the order of their places', () => {
    const router = new Router<Entry>();
    for (const place of [2, 0, 3, 1]) {
      router.add(new Entry(place), compileFilter(['t']), place);
    }
    expect(router.find(event('')).map(({ entries }) => entries.map(({ source }) => source))).toEqual([[0, 1, 2, 3]]);
  });

  it('counts what an entry has matched since it came, and nothing that was found and did not match', () => {
    const { router, entries } = routerOf(["contains(name, 'x')"]);
    matching(router, event('<name>x</name>'));
    matching(router, event('<name>y</name>'));
    const later = new Entry('later');
    router.add(later, compileFilter("contains(name, 'x')"), 1);
    expect([entries[0]!.matched, later.matched]).toEqual([1, 0]);
    matching(router, event('<name>x</name>'));
    expect([entries[0]!.matched, later.matched]).toEqual([2, 1]);
    router.remove(later);
    matching(router, event('<name>x</name>'));
    expect([entries[0]!.matched, later.matched]).toEqual([3, 1]);
  });

  it.each([
    "/event/@id = 'x'",
    "@id = 'x' and name = 'n'",
    "@id = 'x' and count(name) = 1",
    "name = 'n' and @id = 'y'",
  ])('says that an event is unmatched: %s', (source) => {
    const { router } = routerOf([source]);
    const xml =
      '<event type="t" timestamp="now" id="x" xmlns="urn:u"><name xmlns="">n</name><name xmlns="">m</name></event>';
    const other = '<event type="t" timestamp="now" id="x"/>';
    for (const text of [xml, other]) {
      const record = new EventRecord(readEvent(text, defaultEventLimits));
      const verdicts = router.find(record).map((found) => found.evaluate(record));
      const matches = compileFilter(source).matches(record);
      expect(verdicts.filter((verdict) => verdict !== 'unmatched')).toEqual(matches ? ['matched'] : []);
    }
  });

  it('asks for the name of the event only if a filter names it', () => {
    const elsewhere = '<event type="t" timestamp="now" xmlns="urn:elsewhere"/>';
    const whole = { any: ['/event', "name = 'x'"] };
    const { router } = routerOf([null, ['t'], { any: [null, "/event/@id = 'x'"] }, '/event', whole]);
    expect(matching(router, new EventRecord(readEvent(elsewhere, defaultEventLimits)))).toHaveLength(3);
  });

  it.each([
    "descendant-or-self::text()/name = 'x'",
    "descendant-or-self::node()/name = 'x'",
    "a/following::name = 'x'",
    "a/following-sibling::name = 'x'",
    "name/preceding::a = ''",
    "a/descendant-or-self::b = 'x'",
    "a/descendant-or-self::a = 'x'",
    "string(.) = 'x'",
    "name/self::text() = 'x'",
  ])('finds what an evaluation does: %s', (source) => {
    const { router } = routerOf(["a/descendant-or-self::c = 'x'", source]);
    for (const content of ['<name>x</name>', '<a/><name>x</name>', '<a>x</a>', '<a><b>x</b></a>', 'x', '<b>x</b>']) {
      const record = event(content);
      expect([content, matching(router, record)]).toEqual([
        content,
        compileFilter(source).matches(record) ? [source] : [],
      ]);
    }
  });
});

describe('the group of a type', () => {
  it('stays while a filter is left in it, found by a value or not', () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { router, entries } = routerOf(["@type = 'a' and count(x) = 0", "@type = 'a' and name = 'n'"]);
      router.remove(entries[first]!);
      expect(matching(router, event('<name>n</name>', 'a'))).toEqual([entries[second]!.source]);
      router.remove(entries[second]!);
      expect(router.isEmpty).toBe(true);
    }
  });

  it('has one index for each path, and others when it is dropped', () => {
    const readers = new PathReaders();
    const group = new EventGroup<Entry>('a', readers);
    expect(group.isEmpty).toBe(true);
    const paths = ['1', '2', '3'].map((key) => ({ ...typePath, key }));
    const indexes = paths.map((path) => group.makeIndex(path));
    expect(paths.map((path) => group.makeIndex(path))).toEqual(indexes);
    expect(group.indexes).toEqual(indexes);
    expect(group.isEmpty).toBe(false);
    group.dropIndex(indexes[0]!);
    expect(new Set(group.indexes)).toEqual(new Set(indexes.slice(1)));
    expect(group.indexes.map(({ position }) => position)).toEqual([0, 1]);
    expect(group.findIndex(paths[0]!)).toBeUndefined();
    expect(group.findIndex(paths[2]!)).toBe(indexes[2]);
    group.dropIndex(indexes[1]!);
    group.dropIndex(indexes[2]!);
    expect([group.isEmpty, readers.isEmpty]).toEqual([true, true]);
  });
});

describe('a set of one member or many', () => {
  it('is the member itself, or several', () => {
    expect(memberCount(undefined)).toBe(0);
    const one = withMember(undefined, 'a');
    expect([one, memberCount(one)]).toEqual(['a', 1]);
    const two = withMember(one, 'b');
    expect(two).toBeInstanceOf(Many);
    expect(memberCount(two)).toBe(2);
    expect(memberCount(withMember(two, 'c'))).toBe(3);
    expect(withoutMember(withoutMember(two, 'c'), 'a')).toBe(two);
    expect(memberCount(two)).toBe(1);
    expect(withoutMember(two, 'b')).toBeUndefined();
  });

  it('keeps what is there when another is taken out', () => {
    expect(withoutMember('a', 'b')).toBe('a');
    expect(withoutMember('a', 'a')).toBeUndefined();
    expect(withoutMember(undefined, 'a')).toBeUndefined();
    expect(memberCount(withoutMember(withMember('a', 'b'), 'c'))).toBe(2);
  });
});
