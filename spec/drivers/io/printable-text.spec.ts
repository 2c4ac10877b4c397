import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { printableText } from '../../../lib/drivers/io/printable-text';
import { often } from '../../support/often';
import { root } from '../../support/run-program';

describe('a text from outside', () => {
  it('is one line, without what a terminal would act upon, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, longest) => {
        const shown = printableText(text, longest);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFD]/u);
        expect(shown.length).toBeLessThanOrEqual(longest + 1);
      }),
      { seed: 1337, numRuns: often(2000) },
    );
  });

  it('is shown whole if it is as long as may be, and cut if it is longer', () => {
    expect(printableText('x'.repeat(1024))).toBe('x'.repeat(1024));
    expect(printableText('x'.repeat(1025))).toBe(`${'x'.repeat(1024)}…`);
    expect(printableText('x\u{1f600}', 2)).toBe('x…');
  });

  it('is shown as it is if nothing speaks against it', () => {
    expect(printableText('größer, 日本語 "quoted" \u{1f600}')).toBe('größer, 日本語 "quoted" \u{1f600}');
  });
});

it('every string of a daemon is read as text that XML can carry, or as a message', () => {
  const folder = join(root, 'lib/drivers/remote');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(50);
  // A reader's calls name the field; a writer's have a value.
  const raw = files.filter((name) => /\.string\(['"`]|reader\.string\b/.test(readFileSync(join(folder, name), 'utf8')));
  expect(raw).toEqual(['rpc/xdr-writer.ts']);
});
