import fc from 'fast-check';
import { knownTypes } from '../../lib/event/known-types';

function find(text: string): string | undefined {
  const bytes = Buffer.from(`<${text}>`);
  return knownTypes.find(bytes, 1, bytes.length - 1);
}

describe('the known types', () => {
  it('are found by their bytes', () => {
    expect(find('a-type-of-its-own')).toBeUndefined();
    expect(knownTypes.add('a-type-of-its-own')).toBe('a-type-of-its-own');
    expect(find('a-type-of-its-own')).toBe('a-type-of-its-own');
  });

  it('are never taken for one another', () => {
    const word = fc.stringMatching(/^[abé\u0080\u00a9\u{1f600}]{1,4}$/u);
    fc.assert(
      fc.property(word, word, (added, sought) => {
        expect(knownTypes.add(added)).toBe(added);
        expect([sought, undefined]).toContain(find(sought));
      }),
      { seed: 20260110, numRuns: 3_000 },
    );
  });

  it('take long ones and ever new ones, which they do not keep', () => {
    for (const type of ['x'.repeat(300), ...Array.from({ length: 3_000 }, (_, number) => `type-${number}`)]) {
      expect(knownTypes.add(type)).toBe(type);
    }
    expect(find('x'.repeat(300))).toBeUndefined();
    expect(find('type-2999')).toBeUndefined();
  });
});
