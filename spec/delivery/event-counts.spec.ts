import { CountsByType } from '../../lib/delivery/event-counts';

const zero = { delivered: 0, taken: 0, unmatched: 0, suppressed: 0, failed: 0, retries: 0, lost: 0 };

describe('the counts by type', () => {
  it('keep each type for itself, in the order in which the types came', () => {
    const counts = new CountsByType();
    for (const type of ['b', 'a', 'b', 'b', 'a']) {
      counts.of(type).delivered += 1;
    }
    counts.of('a').lost += 1;
    expect(counts.list()).toEqual([
      { ...zero, type: 'b', delivered: 3 },
      { ...zero, type: 'a', delivered: 2, lost: 1 },
    ]);
  });

  it('add up to the sums', () => {
    const counts = new CountsByType();
    for (const name of Object.keys(zero) as (keyof typeof zero)[]) {
      counts.of('a')[name] += 1;
      counts.of('b')[name] += 10;
      counts.others[name] += 100;
    }
    expect([...new Set(Object.values(counts.total()))]).toEqual([111]);
  });

  it('take no more memory after 128 types, and count the rest together, last', () => {
    const counts = new CountsByType();
    for (let number = 0; number < 1000; number += 1) {
      counts.of(`type-${number}`).taken += 1;
    }
    counts.of('type-127').taken += 1;
    counts.of('type-128').taken += 1;
    const list = counts.list();
    expect(list).toHaveLength(129);
    expect(list.at(-2)).toMatchObject({ type: 'type-127', taken: 2 });
    expect(list.at(-1)).toMatchObject({ type: null, taken: 873 });
    expect(counts.total().taken).toBe(1002);
  });

  it('have no line for the rest if there is none', () => {
    expect(new CountsByType().list()).toEqual([]);
  });

  it('count types together that are very long', () => {
    const counts = new CountsByType();
    counts.of('x'.repeat(256)).failed += 1;
    counts.of('x'.repeat(257)).failed += 1;
    expect(counts.list().map(({ type }) => type?.length ?? null)).toEqual([256, null]);
  });

  it('tell any two names apart', () => {
    const counts = new CountsByType();
    for (const type of ['__proto__', 'constructor', '']) {
      counts.of(type).delivered += 1;
    }
    expect(counts.list().map(({ type, delivered }) => [type, delivered])).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
      ['', 1],
    ]);
  });
});
