import { RecentlyUsed } from '../../lib/filter/recently-used';

describe('RecentlyUsed', () => {
  it('gives up what was not asked for longest', () => {
    const givenUp: number[] = [];
    const values = new RecentlyUsed<number>(2, (value) => givenUp.push(value));
    values.add('one', 1);
    values.add('two', 2);
    expect(values.get('one')).toBe(1);
    values.add('three', 3);
    expect(['one', 'two', 'three'].map((key) => values.get(key))).toEqual([1, undefined, 3]);
    expect(values.get('one')).toBe(1);
    values.add('four', 4);
    expect(givenUp).toEqual([2, 3]);
  });
});
