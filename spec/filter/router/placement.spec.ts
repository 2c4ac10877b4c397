import { compileFilter } from '../../../lib/filter/compile-filter';
import type { CompiledFilter } from '../../../lib/filter/compiled-filter';
import { type IndexPath, indexPathText, indexRank } from '../../../lib/filter/index-path';
import { conjuncts, type Requirement } from '../../../lib/filter/requirement';
import { EventGroup } from '../../../lib/filter/router/event-group';
import { JointEvaluation } from '../../../lib/filter/router/joint-evaluation';
import { PathReaders } from '../../../lib/filter/router/path-reader';
import { type EventGroups, placeFilter } from '../../../lib/filter/router/placement';
import { Route, type RouterEntry } from '../../../lib/filter/router/route';

function needsOf(source: string): Requirement {
  return (compileFilter(source) as CompiledFilter).requirements.needs;
}

function pathOf(source: string): IndexPath {
  const [value] = conjuncts(needsOf(source)).filter((required) => required.kind === 'value');
  return value!.path;
}

/** The groups of a router in which so many filters are found by each of these conditions: `a: name=x`, `*: name=x`, or `a`. */
function crowded(conditions: readonly string[]) {
  const readers = new PathReaders();
  const all = new Map<string | undefined, EventGroup<Route<RouterEntry>>>();
  const groups: EventGroups<Route<RouterEntry>> = {
    find: (type) => all.get(type),
    make: (type) => {
      const group = all.get(type) ?? new EventGroup<Route<RouterEntry>>(type, readers);
      all.set(type, group);
      return group;
    },
  };
  for (const condition of conditions) {
    const [type, equality] = condition.split(': ') as [string, string | undefined];
    const group = groups.make(type === '*' ? undefined : type);
    const route = new Route<RouterEntry>(
      compileFilter(null) as CompiledFilter,
      [],
      undefined,
      false,
      new JointEvaluation(),
    );
    if (equality === undefined) {
      group.unindexed.add(route);
    } else {
      const [path, value] = equality.split('=') as [string, string];
      group
        .makeIndex(pathOf(`${path} = 'x'`))
        .make({ kind: '=', operand: value })
        .add(value, route);
    }
  }
  return groups;
}

/** Where a filter is placed: a line for each slot. */
function slotsOf(source: string, conditions: readonly string[] = []): string[] {
  const { slots } = placeFilter(needsOf(source), crowded(conditions));
  return slots.map(({ group: { type = '*' }, path, operand }) =>
    path === undefined ? type : `${type}: ${indexPathText(path.reader.path)}=${operand}`,
  );
}

describe('the place of a filter', () => {
  it.each<[source: string, slots: string[]]>([
    ['count(a) = 1', ['*']],
    ["@type = 'a'", ['a']],
    ["@type = 'a' or @type = 'b'", ['a', 'b']],
    ["(@type = 'a' or @type = 'b') and (@type = 'b' or @type = 'c')", ['b']],
    ["@type = 'a' and @type = 'b'", []],
    ['false()', []],
    ["name = 'x'", ['*: name=x']],
    ["@type = 'a' and name = 'x'", ['a: name=x']],
    [
      "(@type = 'a' or @type = 'b') and (name = 'x' or name = 'y')",
      ['a: name=x', 'b: name=x', 'a: name=y', 'b: name=y'],
    ],
    ["name = 'x' or uuid = 'y'", ['*: name=x', '*: uuid=y']],
  ])('is under its types, and there under its values: %s', (source, slots) => {
    expect(slotsOf(source)).toEqual(slots);
  });

  it.each<[source: string, slot: string]>([
    ["name = 'n' and uuid = 'u'", 'uuid=u'],
    ["uuid = 'u' and name = 'n'", 'uuid=u'],
    ["id = 'i' and name = 'n'", 'name=n'],
    ["name = 'n' and id = 'i'", 'name=n'],
    ["//uuid = 'u' and id = 'i'", 'id=i'],
    ["//uuid = 'u' and //name = 'n'", '//uuid=u'],
    ["//id = 'i' and //name = 'n'", '//name=n'],
    ["domain//uuid = 'u' and text() = 'i'", 'text()=i'],
    ["a/@uuid = 'u' and name = 'n'", 'a/@uuid=u'],
    ["uuid/text() = 'u' and name = 'n'", 'name=n'],
  ])('is under what few events share, all else being equal: %s', (source, slot) => {
    expect(slotsOf(source)).toEqual([`*: ${slot}`]);
  });

  it.each<[source: string, conditions: string[], slots: string[]]>([
    ["name = 'n' and uuid = 'u'", ['*: uuid=u'], ['*: name=n']],
    ["name = 'n' and uuid = 'u'", ['*: uuid=v'], ['*: uuid=u']],
    ["name = 'n' and uuid = 'u'", ['*: uuid=u', '*: name=n'], ['*: uuid=u']],
    ["name = 'n' and uuid = 'u'", ['*: uuid=u', '*: uuid=u', '*: name=n'], ['*: name=n']],
    ["@type = 'a' and name = 'n' and uuid = 'u'", ['*: uuid=u'], ['a: uuid=u']],
    ["@type = 'a' and name = 'n' and uuid = 'u'", ['a: uuid=u'], ['a: name=n']],
    ["@type = 'a' and name = 'n' and uuid = 'u'", ['b: uuid=u'], ['a: uuid=u']],
    ["(uuid = 'u' or uuid = 'v') and name = 'n'", ['*: uuid=v'], ['*: name=n']],
  ])('is under what fewest other filters share: %s beside %j', (source, conditions, slots) => {
    expect(slotsOf(source, conditions)).toEqual(slots);
  });

  it.each<[source: string, conditions: string[], slots: string[]]>([
    // A path that is read already costs nothing more.
    ["id = 'i' and key = 'k'", ['*: key=other'], ['*: key=k']],
    ["id = 'i' and key = 'k'", ['*: id=other'], ['*: id=i']],
    ["id = 'i' and key = 'k'", ['*: id=other', '*: key=other'], ['*: id=i']],
    // Of two that are alike otherwise, the one with fewer values.
    ["(id = 'i' or id = 'j') and key = 'k'", [], ['*: key=k']],
    ["key = 'k' and (id = 'i' or id = 'j')", [], ['*: key=k']],
  ])(
    'is rather under a path that is read anyway, and under fewer values: %s beside %j',
    (source, conditions, slots) => {
      expect(slotsOf(source, conditions)).toEqual(slots);
    },
  );

  it('is rather under a path of many values, where each is met by few events, than under one that most events find', () => {
    const names = ['n', 'n', 'n', 'a', 'b', 'c', 'd', 'e', 'f'].map((name) => `*: name=${name}`);
    expect(slotsOf("state = 'shutoff' and name = 'n'", [...names, '*: state=shutoff', '*: state=shutoff'])).toEqual([
      '*: name=n',
    ]);
  });

  it('counts filters that are found by their type alone where a type is an alternative', () => {
    const source = "(@type = 'a' or name = 'n') and id = 'i'";
    expect(slotsOf(source, ['*: id=i'])).toEqual(['a', '*: name=n']);
    expect(slotsOf(source, ['*: id=i', 'a', 'a'])).toEqual(['*: id=i']);
    expect(slotsOf(`@type = 'b' and ${source}`, ['b: id=i'])).toEqual(['b: name=n']);
  });
});

describe('the rank of a path', () => {
  it('is that of the last name on it, and worse where it goes deep', () => {
    const rank = (path: string) => indexRank(pathOf(`${path} = 'x'`));
    const ranks = ['uuid', 'name', 'id', '//uuid', '//name', '//id'].map(rank);
    expect(ranks).toEqual([...ranks].sort((one, other) => one - other));
    expect(new Set(ranks).size).toBe(6);
    expect(rank('a/b/@uuid')).toBe(rank('uuid'));
    expect(rank('uuid/*')).toBe(rank('id'));
    expect(rank('uuid/text()')).toBe(rank('id'));
    expect(rank('a//b/uuid')).toBe(rank('//uuid'));
    expect(rank('descendant-or-self::name')).toBe(rank('//name'));
  });
});
