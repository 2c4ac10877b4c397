import * as fc from 'fast-check';
import { FileSyntaxError } from '../../../../lib/drivers/io/regular-file';
import { parseKeyFile, unescapeValue } from '../../../../lib/drivers/remote/auth/key-file';

/** The groups with the values as they are written. */
function read(text: string): Record<string, Record<string, string>> {
  const groups = [...parseKeyFile(text)].map(([name, { values }]) => {
    const entries = [...values].map(([key, value]) => [key, value.text]);
    return [name, Object.fromEntries(entries)];
  });
  return Object.fromEntries(groups);
}

describe('a key file', () => {
  it.each([
    ['', {}],
    ['# nothing\n#but\n\n \t\r\n  # comments', {}],
    ['[a]', { a: {} }],
    ['  [a b-c.d] \t\nx=1', { 'a b-c.d': { x: '1' } }],
    ['[::1]\nx=1', { '::1': { x: '1' } }],
    ['[a]\nx=1\r\ny = 2\n\tz\t=\t3', { a: { x: '1', y: '2', z: '3' } }],
    ['[a]\nx=', { a: { x: '' } }],
    ['[a]\nx==#;[b]=', { a: { x: '=#;[b]=' } }],
    ['[a]\nx=  at the end  ', { a: { x: 'at the end  ' } }],
    ['[a]\nx y[de]=1', { a: { 'x y[de]': '1' } }],
    ['[a]\nx=1\nx=2', { a: { x: '2' } }],
    ['[a]\nx=1\n[b]\nx=2\n[a]\ny=3', { a: { x: '1', y: '3' }, b: { x: '2' } }],
    ['[a]\nx=1\\n', { a: { x: '1\\n' } }],
    ['[__proto__]\n__proto__=1', Object.fromEntries([['__proto__', Object.fromEntries([['__proto__', '1']])]])],
  ])('%j is understood', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('tells the lines of groups and values', () => {
    const groups = parseKeyFile('\n[a]\n# comment\nx=1\r\n\n[b]\n[a]\ny=2');
    expect([...groups.values()].map(({ line }) => line)).toEqual([2, 6]);
    expect([...groups.get('a')!.values.values()].map(({ line }) => line)).toEqual([4, 8]);
  });

  it.each([
    ['x=1', 1, 'expected a line [group] before the first key'],
    ['\n[a]\nsecret', 3, 'expected [group], key=value or a comment that begins with #'],
    ['[a]\n=secret', 2, 'expected [group], key=value'],
    ['[a', 1, 'expected [group], key=value'],
    ['[]', 1, 'expected [group], key=value'],
    ['[a]b', 1, 'expected [group], key=value'],
    ['[a[b]]', 1, 'expected [group], key=value'],
    ['[a]\n[b=secret', 2, 'expected [group], key=value'],
  ])('%j is refused with the line', (text, line, problem) => {
    const parse = () => parseKeyFile(text);
    expect(parse).toThrow(FileSyntaxError);
    expect(parse).toThrow(expect.objectContaining({ line, message: expect.stringContaining(problem) }));
    expect(parse).not.toThrow('secret');
  });

  it('is understood or refused, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]=# \n\r\\ax') }), (text) => {
        try {
          parseKeyFile(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FileSyntaxError);
        }
      }),
      { seed: 2008 },
    );
  });
});

describe('a value', () => {
  it.each([
    ['', ''],
    ['plain "text", and more', 'plain "text", and more'],
    ['\\s\\t\\n\\r\\\\', ' \t\n\r\\'],
    ['\\\\s', '\\s'],
    ['a\\b\\é\\', 'a\\b\\é\\'],
  ])('%j means %j', (text, meant) => {
    expect(unescapeValue({ text, line: 1 })).toBe(meant);
  });
});
