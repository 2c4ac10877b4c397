import fc from 'fast-check';
import { EventRecord } from '../../../lib/event/event-record';
import { readEvent } from '../../../lib/event/read-event';
import { compileFilter } from '../../../lib/filter/compile-filter';
import { nextNumber } from '../../../lib/filter/range';
import { Many } from '../../../lib/filter/router/one-or-many';
import { RangeIndex } from '../../../lib/filter/router/range-index';
import { RouterEntry } from '../../../lib/filter/router/route';
import { Router } from '../../../lib/filter/router/router';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { often } from '../../support/often';

const end = fc.integer({ min: -9, max: 9 });
const ends = fc.tuple(end, end);

/** What a search finds, in whatever order. */
function found(index: RangeIndex<string>, least: number, greatest: number): string[] {
  const all: string[] = [];
  index.findBetween(least, greatest, (routes) => all.push(...(routes instanceof Many ? routes : [routes])));
  return all.sort();
}

describe('RangeIndex', () => {
  it('finds the ranges that begin below the greatest number and end above the least, while they come and go', () => {
    const action = fc.record({ comes: fc.integer({ min: 0, max: 2 }), which: fc.nat(), range: ends, at: ends });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150, size: 'max' }), (actions) => {
        const index = new RangeIndex<string>();
        const there: { readonly operand: string; readonly route: string; readonly range: [number, number] }[] = [];
        for (const [step, { comes, which, range, at }] of actions.entries()) {
          if (comes > 0) {
            const added = { operand: range.join(' '), route: `${step}: ${range}`, range };
            there.push(added);
            index.add(added.operand, added.route);
          } else if (there.length > 0) {
            const [gone] = there.splice(which % there.length, 1);
            index.delete(gone!.operand, gone!.route);
          }
          const [least, greatest] = at.sort((one, other) => one - other) as [number, number];
          const expected = there.filter(({ range: [from, to] }) => from <= greatest && to >= least);
          expect(found(index, least, greatest)).toEqual([...new Set(expected.map(({ route }) => route))].sort());
        }
      }),
      { seed: 7, numRuns: often(300) },
    );
  });

  it('finds one of many thousands by a look at few, in whatever order they came', () => {
    const many = 20_000;
    const orders: ((place: number) => number)[] = [
      (place) => place,
      (place) => many - place,
      (place) => (place * 7_919) % many,
    ];
    for (const order of orders) {
      const index = new RangeIndex<string>();
      for (let place = 0; place < many; place += 1) {
        index.add(`${order(place)} ${order(place) + 0.5}`, String(order(place)));
      }
      const looks = jest.spyOn(Map.prototype, 'get');
      expect(found(index, 777.2, 777.2)).toEqual(['777']);
      expect(looks).toHaveBeenCalledTimes(1);
      looks.mockRestore();
      expect(depthOf(index)).toBeLessThan(60);
    }
  });
});

/** How deep its tree is: as deep as calls are nested while a range is added. */
function depthOf(index: RangeIndex<string>): number {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  let depth = 0;
  index.findBetween(777.2, 777.2, () => {
    depth = (new Error('here').stack ?? '').split('\n').filter((line) => line.includes('visit')).length;
  });
  Error.stackTraceLimit = limit;
  return depth;
}

describe('Filters that ask for ranges', () => {
  it('are found by what they match, at their very ends, and where there are several values or none', () => {
    const bound = fc.constantFrom('1', '2', '2.5', '3', '1 div 0', '-1 div 0', '-0');
    const lower = fc.tuple(fc.constantFrom('>', '>='), bound);
    const upper = fc.tuple(fc.constantFrom('<', '<='), bound);
    const path = fc.constantFrom('d', 'd', 'number(d)');
    const source = fc.tuple(path, lower, upper, fc.boolean()).map(([of, [above, least], [below, most], isNot]) => {
      const beyond = `${of} ${above} ${least}`;
      return `${isNot ? `not(${beyond})` : beyond} and ${of} ${below} ${most}`;
    });
    const values = fc.array(fc.constantFrom('0', '1', '2', '2.5', '3', '4', 'x', `1${'0'.repeat(400)}`), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 8 }),
        fc.array(values, { minLength: 1 }),
        (sources, events) => {
          const router = new Router<RouterEntry>();
          const filters = sources.map((each) => compileFilter(each));
          const entries = filters.map((filter, place) => {
            const entry = new (class extends RouterEntry {})();
            router.add(entry, filter, place);
            return entry;
          });
          for (const each of events) {
            const xml = `<event type="t" timestamp="now">${each.map((value) => `<d>${value}</d>`).join('')}</event>`;
            const event = new EventRecord(readEvent(xml, defaultEventLimits));
            const matching = router.find(event).filter((one) => one.evaluate(event) === 'matched');
            const matched = new Set(matching.flatMap((one) => one.entries));
            expect(entries.map((entry) => matched.has(entry))).toEqual(filters.map((filter) => filter.matches(event)));
          }
        },
      ),
      { seed: 11, numRuns: often(500) },
    );
  });
});

describe('nextNumber', () => {
  it('is the least number that is greater', () => {
    expect([0, -0, 1, -1, 2 ** 53].map(nextNumber)).toEqual([
      Number.MIN_VALUE,
      Number.MIN_VALUE,
      1 + Number.EPSILON,
      -1 + Number.EPSILON / 2,
      2 ** 53 + 2,
    ]);
    expect(nextNumber(-Number.MIN_VALUE)).toBe(-0);
    expect(nextNumber(Number.MAX_VALUE)).toBe(Number.POSITIVE_INFINITY);
  });
});
