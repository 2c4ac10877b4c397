import fc from 'fast-check';
import { Deque } from '../lib/deque';

describe('a deque', () => {
  it('behaves as an array does, whatever is pushed, unshifted, shifted and cleared', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('push' as const) },
      { weight: 2, arbitrary: fc.constant('unshift' as const) },
      { weight: 4, arbitrary: fc.constant('shift' as const) },
      { weight: 1, arbitrary: fc.constant('shift all' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const deque = new Deque<number>();
        const model: number[] = [];
        steps.forEach((name, number) => {
          if (name === 'push') {
            deque.push(number);
            model.push(number);
          } else if (name === 'unshift') {
            deque.unshift(number);
            model.unshift(number);
          } else {
            do {
              expect(deque.shift()).toBe(model.shift());
            } while (name === 'shift all' && model.length > 0);
          }
          expect([deque.length, deque.first, deque.last]).toEqual([model.length, model[0], model.at(-1)]);
        });
        while (model.length > 0) {
          expect(deque.shift()).toBe(model.shift());
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('keeps many in order, until the last is gone, and then others', () => {
    const deque = new Deque<number>();
    for (const round of [1, 2, 3]) {
      const model: number[] = [];
      for (let number = 0; number < 100; number += 1) {
        deque.push(number);
        model.push(number);
        if (number % (round + 1) === 0) {
          deque.unshift(-number);
          model.unshift(-number);
        }
      }
      while (model.length > 0) {
        expect([...deque]).toStrictEqual(model);
        expect(deque.shift()).toBe(model.shift());
      }
      expect([deque.length, deque.first, deque.last, ...deque]).toEqual([0, undefined, undefined]);
    }
  });

  it('gives nothing when it is empty', () => {
    const deque = new Deque<string>();
    expect([deque.first, deque.last, deque.shift(), deque.length]).toEqual([undefined, undefined, undefined, 0]);
  });

  it('forgets everything when it is cleared', () => {
    const deque = new Deque<string>();
    deque.push('a');
    deque.clear();
    expect([deque.first, deque.last, deque.length]).toEqual([undefined, undefined, 0]);
    const items = Array.from({ length: 40 }, (_, number) => `b${number}`);
    for (const item of items) {
      deque.push(item);
    }
    expect([...deque]).toEqual(items);
  });
});
