import { readDuration, readShare, readSize } from '../../lib/cli/quantities';

it.each([
  ['0', 0],
  ['700', 700],
  ['1K', 1024],
  ['1.5M', 1.5 * 2 ** 20],
  ['2g', 2 ** 31],
  ['1T', 2 ** 40],
])('%s is a size', (text, bytes) => {
  expect(readSize('max-size', text)).toBe(bytes);
});

it.each([
  ['90s', 90_000],
  ['0.5m', 30_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
])('%s is a time', (text, milliseconds) => {
  expect(readDuration('max-age', text)).toBe(milliseconds);
});

it('a share is a number of percents', () => {
  expect([readShare('keep-free', '5%'), readShare('keep-free', '100%')]).toEqual([0.05, 1]);
});

it('what is not given is none, and what is none of them is refused', () => {
  expect([readSize('a', undefined), readDuration('b', undefined), readShare('c', undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  for (const text of ['', '-1K', '1KB', 'K', '1 K', '1e3', 'constructor']) {
    expect(() => readSize('max-size', text)).toThrow(/^--max-size takes a size/);
  }
  for (const text of ['10', '1y', 's', '10ms']) {
    expect(() => readDuration('max-age', text)).toThrow(/^--max-age takes a time/);
  }
});
