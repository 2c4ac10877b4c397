import { Gap } from '../../lib/delivery/gap';

/** The counts in a gap's text: by type, the sum of the others without one. */
function counts(gap: Gap): Record<string, number> {
  const elements = gap.toXml().matchAll(/<lost (?:type="([^"]*)" )?count="(\d+)"\/>/g);
  return Object.fromEntries([...elements].map(([, type = 'others', count]) => [type, Number(count)]));
}

function gapOf(types: readonly string[], first = 1): Gap {
  const gap = new Gap('overflow', first, 'now');
  types.forEach((type, place) => {
    gap.addOverflowed(first + place, type);
  });
  return gap;
}

const types = (count: number, prefix = 't') => Array.from({ length: count }, (_, place) => `${prefix}${place}`);

describe('a gap', () => {
  it('counts each of 64 types by itself, and those of further types in one sum', () => {
    expect(counts(gapOf([...types(64), 't63']))).toEqual({
      ...Object.fromEntries(types(63).map((type) => [type, 1])),
      t63: 2,
    });
    const more = counts(gapOf([...types(66), 't0', 't65']));
    expect(Object.keys(more)).toHaveLength(65);
    expect(more).toMatchObject({ t0: 2, t63: 1, others: 3 });
  });

  it('holds to that when it takes in the one that follows', () => {
    const gap = gapOf(types(40));
    gap.merge(gapOf(types(70, 'u'), 41));
    const merged = counts(gap);
    expect(Object.keys(merged)).toHaveLength(65);
    expect(merged).toMatchObject({ t39: 1, u23: 1, others: 46 });
    expect([gap.first, gap.last, gap.count]).toEqual([1, 110, 110]);
  });

  it('repeats a type of 256 characters, and none that is longer', () => {
    const [short, long] = ['s'.repeat(256), 'l'.repeat(257)];
    expect(counts(gapOf([short, long]))).toEqual({ [short]: 1, others: 1 });
  });
});
