import { FilterError, InvalidArgumentError } from '../../lib/errors';
import { compileFilter } from '../../lib/filter/compile-filter';
import { defaultFilterLimits, type FilterLimits } from '../../lib/xpath/limits';
import { referenceEvent } from '../filter/reference-event';

function matches(source: string, limits?: Partial<FilterLimits>): boolean {
  return compileFilter(source, { limits }).matches(referenceEvent);
}

function refusal(source: string, limits?: Partial<FilterLimits>): FilterError {
  try {
    compileFilter(source, { limits });
  } catch (error) {
    if (error instanceof FilterError) {
      return error;
    }
    throw error;
  }
  throw new Error('not refused');
}

/** `count` copies with a separator between them. */
function chain(piece: string, separator: string, count: number): string {
  return Array(count).fill(piece).join(separator);
}

describe('the caps on a filter', () => {
  it('are 16,384 characters, 128 levels, 4,096 operators, steps and predicates, and 10,000,000 operations', () => {
    expect(defaultFilterLimits).toEqual({
      filterLength: 16_384,
      filterDepth: 128,
      filterOperators: 4096,
      evaluationOperations: 10_000_000,
    });
  });

  describe('filterLength', () => {
    it('is the longest expression allowed', () => {
      expect(matches(`'${'x'.repeat(16_382)}'`)).toBe(true);
      const error = refusal(`'${'x'.repeat(16_383)}'`);
      expect(error.code).toBe('ERR_FILTER_TOO_COMPLEX');
      expect(error.message).toContain("16385 characters long, the cap 'filterLength' is 16384");
      expect(error.message.length).toBeLessThan(300);
    });
  });

  describe('filterDepth', () => {
    it.each([
      ['parentheses', (n: number) => `${'('.repeat(n)}1${')'.repeat(n)}`],
      ['function calls', (n: number) => `${'not('.repeat(n)}1${')'.repeat(n)}`],
      ['predicates', (n: number) => `${'*['.repeat(n)}1${']'.repeat(n)}`],
      ['predicates of parentheses', (n: number) => `${'(*)['.repeat(n)}1${']'.repeat(n)}`],
      ['minus signs', (n: number) => `${'-'.repeat(n)}1`],
      ['comparisons of comparisons', (n: number) => chain('1', ' = ', n + 2)],
      ['last arguments', (n: number) => `${"concat('', ".repeat(n)}''${')'.repeat(n)}`],
    ])('counts %s', (_, expression) => {
      expect(typeof matches(expression(128))).toBe('boolean');
      const error = refusal(expression(129));
      expect(error.code).toBe('ERR_FILTER_TOO_COMPLEX');
      expect(error.problem).toBe("it is nested deeper than the cap 'filterDepth', 128");
    });

    it('does not let chains of comparisons hide in one another', () => {
      let expression = '1';
      for (let level = 0; level < 100; level++) {
        expression = `(${expression}) = 1 = 1 = 1`;
      }
      expect(refusal(expression).code).toBe('ERR_FILTER_TOO_COMPLEX');
    });

    it('shows the place', () => {
      expect(refusal('((1))', { filterDepth: 1 }).position).toBe(1);
    });
  });

  describe('filterOperators', () => {
    it.each([
      ['or', chain('@x', ' or ', 2048), chain('@x', ' or ', 2049), false],
      ['and', chain('.', ' and ', 2048), chain('.', ' and ', 2049), true],
      ['unions', chain('b', '|', 2048), chain('b', '|', 2049), false],
      ['sums', chain('1', '+', 4097), chain('1', '+', 4098), true],
      ['products', chain('1', '*', 4097), chain('1', '*', 4098), true],
      ['steps', chain('.', '/', 4096), chain('.', '/', 4097), true],
      ['steps down', chain('a', '/', 4096), chain('a', '/', 4097), false],
      ['steps up and down', chain('*/..', '/', 2048), chain('*/..', '/', 2049), true],
      ['steps of //', chain('a', '//', 2048), chain('a', '//', 2049), false],
      ['predicates', `domain${'[1]'.repeat(4095)}`, `domain${'[1]'.repeat(4096)}`, true],
    ])('counts %s, and what is under the cap is evaluated', (_, allowed, refused, result) => {
      expect(matches(allowed)).toBe(result);
      const error = refusal(refused);
      expect(error.code).toBe('ERR_FILTER_TOO_COMPLEX');
      expect(error.problem).toBe("it has more operators, steps and predicates than the cap 'filterOperators', 4096");
    });
  });

  it('leave enough stack where a program raises them as far as they go', () => {
    const limits = { filterLength: 100_000, filterDepth: 256, filterOperators: 8192 };
    expect(matches(`${'not('.repeat(256)}1${')'.repeat(256)}`, limits)).toBe(true);
    expect(matches(`${'*['.repeat(256)}1${']'.repeat(256)}`, limits)).toBe(false);
    expect(matches(chain('1', '+', 8193), limits)).toBe(true);
    expect(matches(chain('@x', ' or ', 4096), limits)).toBe(false);
    expect(matches(chain('1', ' = ', 258), limits)).toBe(true);
    expect(matches(chain('*/..', '/', 4096), limits)).toBe(true);
  });

  it.each([
    [5, 'options.limits must be an object, but is 5'],
    [null, 'options.limits must be an object, but is null'],
    [
      { filterSize: 1 },
      'options.limits.filterSize is no option; the options are filterLength, filterDepth, filterOperators',
    ],
    [{ filterDepth: 0 }, 'options.limits.filterDepth must be a whole number from 1 to 256, but is 0'],
    [{ filterDepth: 257 }, 'options.limits.filterDepth must be a whole number from 1 to 256, but is 257'],
    [{ filterLength: 1.5 }, 'options.limits.filterLength must be a whole number from 1 to 16777216, but is 1.5'],
    [{ filterOperators: '9' }, "options.limits.filterOperators must be a whole number from 1 to 8192, but is '9'"],
  ])('cannot be %j', (limits, message) => {
    const compile = (): unknown => compileFilter('a', { limits: limits as never });
    expect(compile).toThrow(InvalidArgumentError);
    expect(compile).toThrow(message);
  });

  it('that are not given keep their defaults', () => {
    expect(() => compileFilter('((1))', { limits: { filterDepth: undefined } as never })).not.toThrow();
    expect(() => compileFilter('((1))', { limits: { filterOperators: 1 } })).not.toThrow();
  });
});
