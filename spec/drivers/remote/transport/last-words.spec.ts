import { LastWords } from '../../../../lib/drivers/remote/transport/child-transport';

function hear(...said: (string | Uint8Array)[]): string {
  const words = new LastWords();
  for (const text of said) {
    words.add(Buffer.from(text as string));
  }
  return words.toString();
}

describe('what a program said last', () => {
  it('is one line, without what is empty', () => {
    expect(hear('')).toBe('');
    expect(hear('\n \r\n')).toBe('');
    expect(hear('  Permission ', 'denied.\r\n\nGood', 'bye.\n')).toBe('Permission denied. / Goodbye.');
  });

  it('holds nothing that a terminal would act upon, or that makes a text look like another', () => {
    expect(hear('\x1b[2J\x07a\u202eb\u2028c\tz\u009b')).toBe('[2J a b c z');
  });

  it('may be any bytes, in any pieces', () => {
    const bytes = Buffer.from('é');
    expect(hear(bytes.subarray(0, 1), bytes.subarray(1), Buffer.of(0xff, 0xfe), 'x')).toBe('é x');
  });

  it('is its end where it is long', () => {
    const long = hear(...Array<string>(1000).fill('0123456789'), '!');
    expect(long).toMatch(/^… \d{4095}!$/);
    expect(hear('x'.repeat(4096))).toBe('x'.repeat(4096));
    expect(hear('y', 'x'.repeat(4096))).toBe(`… ${'x'.repeat(4096)}`);
  });
});
