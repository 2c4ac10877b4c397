import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/run-program';

function codesIn(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...new Set(text.match(/\bERR_[A-Z0-9_]+/g))].sort();
}

describe('docs/errors.md', () => {
  it('explains every code of lib/errors.ts and no other', () => {
    const codes = codesIn('lib/errors.ts');
    expect(codes).toContain('ERR_DELIVERY');
    expect(codesIn('docs/errors.md')).toEqual(codes);
  });
});
