import * as fc from 'fast-check';
import { FileSyntaxError } from '../../../lib/drivers/io/regular-file';
import { type ConfigurationValue, parseConfiguration } from '../../../lib/drivers/remote/configuration-file';

/** A value without its lines. */
function plain(value: ConfigurationValue): unknown {
  return value.kind === 'list' ? value.items.map(plain) : { [value.kind]: value.text };
}

function settings(text: string): Record<string, unknown> {
  return Object.fromEntries([...parseConfiguration(text)].map(([name, value]) => [name, plain(value)]));
}

function string(text: string): unknown {
  return { string: text };
}

describe('a configuration file', () => {
  it.each([
    ['', {}],
    ['\n \t\r\n', {}],
    ['# nothing but this', {}],
    ['  # a comment\n\n\ta = "x" # another', { a: string('x') }],
    ['a="x"', { a: string('x') }],
    ['a = \'x "y" # z\'', { a: string('x "y" # z') }],
    ['a = "it\'s\\n"', { a: string("it's\\n") }],
    ['a = ""', { a: string('') }],
    ["a = ''", { a: string('') }],
    ['a = """"x" and\n"y\'"""', { a: string('"x" and\n"y\'') }],
    ['a = """"""', { a: string('') }],
    ['a = 1\nb = -2\nc = +30', { a: { number: '1' }, b: { number: '-2' }, c: { number: '+30' } }],
    ['a = 1; b = 2;c = 3', { a: { number: '1' }, b: { number: '2' }, c: { number: '3' } }],
    ['a = 1\r\nb = "x"\r\n', { a: { number: '1' }, b: string('x') }],
    ['a = []', { a: [] }],
    ['a = [ "x", \'y\', 3 ]', { a: [string('x'), string('y'), { number: '3' }] }],
    ['a = [\n  "x",\n\n  "y",\n]\nb = 1', { a: [string('x'), string('y')], b: { number: '1' } }],
    ['a = [ # first\n "x" # second\n , "y" ] # third', { a: [string('x'), string('y')] }],
    ['a = [[1], []]', { a: [[{ number: '1' }], []] }],
    ['a = "first"\na = "second"', { a: string('first') }],
    ['A_1b = 0', { A_1b: { number: '0' } }],
  ])('%j is understood', (text, expected) => {
    expect(settings(text)).toEqual(expected);
  });

  it('tells the line of each value', () => {
    const text = '\n# comment\na = """x\ny"""; b = [\n"z",\n\n1 ]\r\nc = 1';
    const lines = [...parseConfiguration(text).values()].map((value) =>
      value.kind === 'list' ? [value.line, ...value.items.map(({ line }) => line)] : value.line,
    );
    expect(lines).toEqual([3, [4, 5, 7], 8]);
  });

  it.each([
    ['= 1', 1, 'expected a name, but there is "= 1"'],
    ['\n1a = 1', 2, 'expected a name, but there is "1a = 1"'],
    ['_a = 1', 1, 'expected a name'],
    ['a', 1, 'expected = after a, but the line ends'],
    ['a-b = 1', 1, 'expected = after a, but there is "-b = 1"'],
    ['a\n= 1', 1, 'expected = after a, but the line ends'],
    ['a =', 1, 'expected a string in quotes, a number or a list in brackets, but the line ends'],
    ['a = x', 1, 'expected a string in quotes, a number or a list in brackets, but there is "x"'],
    ['a = -', 1, 'expected a string in quotes'],
    ['a = "x', 1, 'a string is not closed'],
    ['a = 1\nb = "x\ny"', 2, 'a string is not closed'],
    ["a = 'x", 1, 'a string is not closed'],
    ['a = """x\n\n""', 1, 'a string is not closed'],
    ['a = 1 b = 2', 1, 'expected a new line or ; after the value of a, but there is "b = 2"'],
    ['a = 1.5', 1, 'expected a new line or ; after the value of a, but there is ".5"'],
    ['a = [ 1 2 ]', 1, 'expected , or ] in the list, but there is "2 ]"'],
    ['a = [\n1,\n', 3, 'but the line ends'],
    ['a = [\n1\n', 3, 'expected , or ] in the list, but the line ends'],
    ['a = [ , ]', 1, 'expected a string in quotes'],
    ['a = ]', 1, 'but there is "]"'],
  ])('%j is refused with the line', (text, line, problem) => {
    const parse = () => parseConfiguration(text);
    expect(parse).toThrow(FileSyntaxError);
    expect(parse).toThrow(expect.objectContaining({ line }));
    expect(parse).toThrow(problem);
  });

  it('gives back what was written into it', () => {
    const value = fc.letrec<{ value: unknown; list: unknown[] }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc
          .string({ unit: 'binary' })
          .filter((text) => !text.includes('"'))
          .map(string),
        fc.bigInt().map((number) => ({ number: String(number) })),
        tie('list'),
      ),
      list: fc.array(tie('value'), { maxLength: 4 }),
    })).value;
    const write = (written: unknown): string => {
      if (Array.isArray(written)) {
        return `[\n${written.map(write).join(' ,\t')} ]`;
      }
      const { string: text, number } = written as { string?: string; number?: string };
      return number ?? (/^[^\r\n]*$/.test(text as string) ? `"${text}"` : `"""${text}"""`);
    };
    fc.assert(
      fc.property(value, (written) => {
        expect(settings(`a = ${write(written)}\nb = 1`)).toEqual({ a: written, b: { number: '1' } });
      }),
      { seed: 2008 },
    );
  });
});
