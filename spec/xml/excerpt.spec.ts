import { invalidEvent } from '../../lib/xml/excerpt';

function excerptOf(text: string, offset: number): string[] {
  return invalidEvent('ERR_EVENT_SYNTAX', 'p', text, offset).excerpt.split('\n');
}

function placeOf(text: string, offset: number, origin?: { line: number; column: number }): number[] {
  const { line, column } = invalidEvent('ERR_EVENT_SYNTAX', 'p', text, offset, origin);
  return [line, column];
}

describe('the place of a fault', () => {
  it.each([
    ['', 0, [1, 1]],
    ['abc', 2, [1, 3]],
    ['abc', 3, [1, 4]],
    ['a\nb', 2, [2, 1]],
    ['a\rb', 2, [2, 1]],
    ['a\r\nb', 3, [2, 1]],
    ['a\r\r\n\n\rb', 6, [5, 1]],
    ['a\u0085\u2028b', 3, [1, 4]],
    ['\u{10000}a', 2, [1, 3]],
  ])('of %j at %i is %j', (text, offset, place) => {
    expect(placeOf(text, offset)).toEqual(place);
  });

  it('counts from where the text begins', () => {
    expect(placeOf('abc', 2, { line: 5, column: 10 })).toEqual([5, 12]);
    expect(placeOf('a\nbc', 3, { line: 5, column: 10 })).toEqual([6, 2]);
  });
});

describe('an excerpt', () => {
  it('shows the line of the fault alone', () => {
    expect(excerptOf('one\ntwo\nthree', 5)).toEqual(['two', ' ^']);
    expect(excerptOf('one\rtwo\r\nthree', 4)).toEqual(['two', '^']);
    expect(excerptOf('one', 3)).toEqual(['one', '   ^']);
    expect(excerptOf('one\n', 4)).toEqual(['', '^']);
    expect(excerptOf('one\ntwo', 3)).toEqual(['one', '   ^']);
  });

  it('shows a long line in part', () => {
    const line = '0123456789'.repeat(100);
    expect(excerptOf(line, 500)).toEqual([`…${line.slice(450, 530)}…`, `${' '.repeat(51)}^`]);
    expect(excerptOf(line, 5)).toEqual([`${line.slice(0, 80)}…`, '     ^']);
    expect(excerptOf(`${line.slice(0, 80)}\n${line}`, 5)).toEqual([line.slice(0, 80), '     ^']);
    expect(excerptOf(line, 1000)).toEqual([`…${line.slice(950)}`, `${' '.repeat(51)}^`]);
  });

  it('shows one visible character for each that is none', () => {
    expect(excerptOf('\0\t\u001b[31m\u007f\u0085\u202e\ufeff\ud800x', 12)).toEqual([
      '\u2400\u2409\u241b[31m\u2421\ufffd\ufffd\ufffd\ufffdx',
      '            ^',
    ]);
  });

  it('marks the place below characters of two code units', () => {
    expect(excerptOf('\u{1f600}\u{1f600}x', 4)).toEqual(['\u{1f600}\u{1f600}x', '  ^']);
  });
});
