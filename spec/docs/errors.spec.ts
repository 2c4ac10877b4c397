import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/run-program';

/** Codes of errors that Node throws, which the library knows and gives others in their place. */
const ofNode = ['ERR_ENCODING_INVALID_ENCODED_DATA', 'ERR_TLS_CERT_ALTNAME_INVALID'];

function codesIn(...files: string[]): string[] {
  const codes = files.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/\bERR_[A-Z0-9_]+/g) ?? []);
  return [...new Set(codes)].sort();
}

describe('docs/errors.md', () => {
  it('explains every code of the error classes and no other', () => {
    const codes = codesIn('lib/errors.ts', 'lib/delivery/delivery-errors.ts');
    expect(codes).toContain('ERR_DELIVERY');
    expect(codesIn('docs/errors.md')).toEqual(codes);
  });

  it('explains every code that stands anywhere in lib', () => {
    const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join('lib', name));
    const explained = codesIn('docs/errors.md');
    expect(codesIn(...files).filter((code) => !explained.includes(code))).toEqual(ofNode);
  });
});
