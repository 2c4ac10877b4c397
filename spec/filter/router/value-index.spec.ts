import fc from 'fast-check';
import { type Lookup, type LookupKind, passes, type ValueOperator } from '../../../lib/filter/requirement';
import { Many, type OneOrMany } from '../../../lib/filter/router/one-or-many';
import { PathIndex } from '../../../lib/filter/router/path-index';
import type { PathReader } from '../../../lib/filter/router/path-reader';
import { SortedNumbers } from '../../../lib/filter/router/sorted-numbers';
import { often } from '../../support/often';

/** All indexes of one path; a route is the lookup that finds it. */
function indexes() {
  return new PathIndex<Lookup>(undefined as unknown as PathReader, 0);
}

function found(index: PathIndex<Lookup>, value: string): Set<Lookup> {
  const routes = new Set<Lookup>();
  const take = (each: OneOrMany<Lookup>) => {
    for (const route of each instanceof Many ? each : [each]) {
      routes.add(route);
    }
  };
  index.texts?.find(value, take);
  for (const each of index.others) {
    each.find(value, take);
  }
  return routes;
}

/** Whether a value is what a lookup looks for, found out the plain way. */
function isFound({ kind, operand }: Lookup, value: string): boolean {
  switch (kind) {
    case 'absent':
      return false;
    case 'present':
      return true;
    case '= number':
      return passes({ operator: '=', operand }, value);
    case 'not <':
    case 'not <=':
    case 'not >':
    case 'not >=':
      return !passes({ operator: kind.slice(4) as ValueOperator, operand }, value);
    case 'range':
      throw new Error('which ranges are found is told elsewhere');
    default:
      return passes({ operator: kind, operand }, value);
  }
}

function put(index: PathIndex<Lookup>, lookup: Lookup): void {
  index.make(lookup).add(lookup.operand, lookup);
}

function takeOut(index: PathIndex<Lookup>, lookup: Lookup): void {
  const of = index.find(lookup)!;
  of.delete(lookup.operand, lookup);
  if (of.isEmpty) {
    index.drop(of);
  }
}

/** Of few characters, so that texts often begin alike and stand in each other. */
const text = fc.string({
  unit: fc.constantFrom('a', 'a', 'b', '0', '\ud83d\ude00', '\ud83d', '\u00e9'),
  maxLength: 20,
});
const someText = text.filter((each) => each !== '');
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom(-0, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const lookup: fc.Arbitrary<Lookup> = fc.oneof(
  fc.record({ kind: fc.constant<LookupKind>('='), operand: text }),
  fc.record({ kind: fc.constantFrom<LookupKind>('starts-with', 'contains', 'contains'), operand: someText }),
  fc.record({
    kind: fc.constantFrom<LookupKind>('= number', '<', '<=', '>', '>=', 'not <', 'not <=', 'not >', 'not >='),
    operand: number,
  }),
  fc.record({ kind: fc.constantFrom<LookupKind>('present', 'absent'), operand: fc.constant('') }),
);
const value = fc.oneof(text, number.map(String), fc.constantFrom(' 3 ', '3.0', '1e3', '+3', '.5', '-', 'Infinity'));

describe('the indexes of a path', () => {
  it('find what comparing each operand finds, while operands come and go', () => {
    const action = fc.record({ lookup, comes: fc.integer({ min: 0, max: 3 }), which: fc.nat(), value });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120, size: 'max' }), (actions) => {
        const index = indexes();
        const there: Lookup[] = [];
        for (const { lookup: next, comes, which, value: at } of actions) {
          if (comes > 0) {
            there.push(next);
            put(index, next);
          } else if (there.length > 0) {
            takeOut(index, there.splice(which % there.length, 1)[0]!);
          }
          expect(found(index, at)).toEqual(new Set(there.filter((each) => isFound(each, at))));
          expect([...new Set(index.routes())]).toHaveLength(there.length);
        }
        for (const each of there) {
          takeOut(index, each);
        }
        expect(index.isEmpty).toBe(true);
        expect([index.texts, index.others, index.absent]).toEqual([undefined, [], undefined]);
      }),
      { seed: 3, numRuns: often(400) },
    );
  });

  it('find thousands of operands that begin alike, and none that is gone', () => {
    const index = indexes();
    const kinds: readonly LookupKind[] = ['starts-with', 'contains'];
    const lookups = kinds.flatMap((kind) =>
      Array.from({ length: 3_000 }, (_, place): Lookup => ({ kind, operand: `web-${place}` })),
    );
    for (let round = 0; round < 3; round += 1) {
      for (const each of lookups) {
        put(index, each);
      }
      const operands = [...found(index, 'web-2999')].map(({ operand }) => operand).sort();
      expect(operands).toEqual(['web-2', 'web-29', 'web-299', 'web-2999'].flatMap((operand) => [operand, operand]));
      for (const each of lookups) {
        takeOut(index, each);
      }
      expect(index.isEmpty).toBe(true);
    }
  });

  it('look at each place of a text a bounded number of times, however many parts may begin there', () => {
    const index = indexes();
    const parts = Array.from(
      { length: 400 },
      (_, place): Lookup => ({
        kind: 'contains',
        operand: `${'a'.repeat(8 + place)}b`,
      }),
    );
    for (const each of parts) {
      put(index, each);
    }
    const length = 5_000;
    const slice = jest.spyOn(String.prototype, 'slice');
    expect(found(index, 'a'.repeat(length)).size).toBe(0);
    const cutOut = slice.mock.calls.reduce((sum, [start, end]) => sum + Number(end) - Number(start), 0);
    slice.mockRestore();
    expect(cutOut).toBeLessThan(100 * length);
    expect(found(index, `${'a'.repeat(length)}b`).size).toBe(400);
  });
});

describe('SortedNumbers', () => {
  it('visits from either end, in order, what has come and not gone', () => {
    const numbers = new SortedNumbers();
    const there = new Set<number>();
    for (let step = 0; step < 20_000; step += 1) {
      const next = Math.imul(step, 2_654_435_761) % 3_000;
      if (there.delete(next)) {
        numbers.delete(next);
      } else {
        there.add(next);
        numbers.add(next);
      }
      numbers.delete(0.5);
    }
    const sorted = [...there].sort((one, other) => one - other);
    const visited = (fromGreatest: boolean, most = Number.POSITIVE_INFINITY) => {
      const seen: number[] = [];
      numbers.visit(fromGreatest, (each) => seen.push(each) < most);
      return seen;
    };
    expect(there.size).toBeGreaterThan(1_000);
    expect(visited(false)).toEqual(sorted);
    expect(visited(true)).toEqual(sorted.toReversed());
    expect(visited(true, 2)).toEqual(sorted.toReversed().slice(0, 2));
  });
});
