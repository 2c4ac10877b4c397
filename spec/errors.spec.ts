import * as library from '../lib/index';
import { FilterError, InvalidArgumentError, QueueFullError, VirdeliverError } from '../lib/index';

/** Another copy of the library, as two packages in a program may bring one each. */
function anotherCopy(): typeof library {
  let copy: typeof library | undefined;
  jest.isolateModules(() => {
    copy = require('../lib/index') as typeof library;
  });
  return copy as typeof library;
}

const classes = Object.entries(library).filter(
  ([, value]) => typeof value === 'function' && value.prototype instanceof Error,
) as [name: string, value: { readonly prototype: Error }][];

describe('The errors of the library', () => {
  it('are more than twenty classes', () => {
    expect(classes.length).toBeGreaterThan(20);
  });

  it.each(classes.filter(([name]) => name !== 'VirdeliverError'))(
    'give %s as their name, a literal',
    (name, { prototype }) => {
      const { get } = Object.getOwnPropertyDescriptor(prototype, 'name') as PropertyDescriptor;
      expect(get?.call(undefined)).toBe(name);
    },
  );

  it('have a name and a code that the compiler narrows by', () => {
    const error: InvalidArgumentError | QueueFullError = new InvalidArgumentError('limit', 'is wrong');
    const name: 'InvalidArgumentError' | 'QueueFullError' = error.name;
    const code: library.ErrorCode = error.code;
    expect([name, code]).toEqual(['InvalidArgumentError', 'ERR_INVALID_ARGUMENT']);
  });

  it('are instances of the classes of another copy of the library, and of no other class of it', () => {
    const copy = anotherCopy();
    expect(copy.QueueFullError).not.toBe(QueueFullError);
    const thrown = new copy.QueueFullError('1 event', '1');
    expect(thrown).toBeInstanceOf(VirdeliverError);
    expect(thrown).toBeInstanceOf(QueueFullError);
    expect(thrown).not.toBeInstanceOf(FilterError);
    expect(thrown instanceof Error).toBe(true);
  });

  it('are no instances of what a program derives from their classes', () => {
    class OwnError extends QueueFullError {}
    const copy = anotherCopy();
    expect(new QueueFullError('1 event', '1')).not.toBeInstanceOf(OwnError);
    expect(new copy.QueueFullError('1 event', '1')).not.toBeInstanceOf(OwnError);
    expect(new OwnError('1 event', '1')).toBeInstanceOf(OwnError);
    expect(new OwnError('1 event', '1')).toBeInstanceOf(copy.QueueFullError);
  });

  it.each([
    ['an error that only bears the name', Object.assign(new Error('x'), { name: 'QueueFullError' })],
    ['an object that only bears the name', { name: 'QueueFullError', code: 'ERR_QUEUE_FULL' }],
    ['null', null],
    ['undefined', undefined],
    ['a string', 'QueueFullError'],
  ])('take %s for none of theirs', (_, value) => {
    expect(value instanceof QueueFullError).toBe(false);
    expect(value instanceof VirdeliverError).toBe(false);
  });
});
