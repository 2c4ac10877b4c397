import { InvalidEventError } from '../../lib/errors';
import { EncodedText, refuseTooLarge, sharedBytes } from '../../lib/xml/encoded-text';
import { defaultEventLimits } from '../../lib/xml/limits';

/** The error that is thrown. */
function faultOf(run: () => unknown): InvalidEventError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEventError);
    return error as InvalidEventError;
  }
  throw new Error('nothing was thrown');
}

describe('a text in UTF-8', () => {
  it('has its bytes, and a 0 after them', () => {
    const { bytes, end } = new EncodedText('é<a/>');
    expect([...bytes.subarray(0, end + 1)]).toEqual([0xc3, 0xa9, 0x3c, 0x61, 0x2f, 0x3e, 0]);
  });

  it('shares one buffer with the others, up to a length at which it gets one of its own', () => {
    const ascii = (length: number) => new EncodedText('a'.repeat(length)).bytes;
    expect(sharedBytes.length).toBe(2 ** 21);
    expect(ascii(0)).toBe(sharedBytes);
    expect(ascii(2 ** 21 - 1)).toBe(sharedBytes);
    const longer = ascii(2 ** 21);
    expect(longer).not.toBe(sharedBytes);
    expect([longer.length, longer.at(-2), longer.at(-1)]).toEqual([2 ** 21 + 1, 0x61, 0]);
  });

  it('is measured in bytes, not in characters', () => {
    const longest = new EncodedText('\u20ac'.repeat(699_050));
    expect([longest.bytes, longest.end]).toEqual([sharedBytes, 2_097_150]);
    const longer = new EncodedText('\u20ac'.repeat(699_051));
    expect(longer.bytes).not.toBe(sharedBytes);
    expect([longer.end, longer.bytes.length]).toEqual([2_097_153, 2_097_154]);
  });

  it.each(['<a>text</a>', '<a>\u00e9\u20ac\u{10000}</a>'])('gives back its parts: %j', (string) => {
    const text = new EncodedText(string);
    expect(text.slice(3, text.end - 4)).toBe(string.slice(3, -4));
    expect(text.piece(3, text.end - 4)).toBe(string.slice(3, -4));
  });

  it('tells the place of a fault in characters, also behind those of several bytes', () => {
    expect(new EncodedText('abc').fault('ERR_EVENT_SYNTAX', 1, 'wrong')).toMatchObject({ line: 1, column: 2 });
    expect(new EncodedText('\u00e9\n\u20acbc').fault('ERR_EVENT_SYNTAX', 6, 'wrong')).toMatchObject({
      line: 2,
      column: 2,
    });
  });

  it('tells the place of a fault in the stream that it is a part of', () => {
    const place = { line: 7, column: 3 };
    const text = new EncodedText('abc', { locate: () => place });
    expect(text.fault('ERR_EVENT_SYNTAX', 1, 'wrong')).toMatchObject({ line: 7, column: 4 });
  });
});

describe('a character that needs attention', () => {
  it.each(['\uf8ff', '\uf900', '\ufefd', '\uffbc', '\uffbf', '\uffc0', '\ufffc', '\ufffd'])(
    'is passed if XML allows it: %j',
    (character) => {
      expect(new EncodedText(`${character}x`).skipCharacter(0, 'here')).toBe(3);
    },
  );

  it.each(['\ufffe', '\uffff', '\ud800', '\udfff', '\0'])('is refused if XML does not allow it: %j', (character) => {
    expect(faultOf(() => new EncodedText(`${character}x`).skipCharacter(0, 'here')).code).toBe('ERR_EVENT_CHARACTER');
  });

  it('is missing at the end', () => {
    const fault = faultOf(() => new EncodedText('a').skipCharacter(1, 'an element'));
    expect([fault.code, fault.problem]).toEqual(['ERR_EVENT_UNEXPECTED_END', 'the text ends inside an element']);
  });

  it('is looked for in the whole text when one may be a lone surrogate', () => {
    const fault = faultOf(() => new EncodedText('\ufffd\ud800').skipCharacter(0, 'here'));
    expect([fault.column, fault.problem]).toEqual([2, 'U+D800 is not allowed in XML']);
  });
});

describe('lone surrogates', () => {
  it('are looked for once in a text, however many characters could be one', () => {
    const search = jest.spyOn(String.prototype, 'search');
    try {
      const text = new EncodedText('\ufffd\ufffd\ufffd');
      expect([0, 3, 6].map((position) => text.skipCharacter(position, 'here'))).toEqual([3, 6, 9]);
      expect(search).toHaveBeenCalledTimes(1);
    } finally {
      jest.restoreAllMocks();
    }
  });
});

describe('the cap on the bytes of a text', () => {
  const refuse = (text: string, eventBytes: number) => () =>
    refuseTooLarge(text, { ...defaultEventLimits, eventBytes });

  it('counts bytes', () => {
    expect(refuse('abc', 3)).not.toThrow();
    expect(refuse('\u20ac', 3)).not.toThrow();
    expect(faultOf(refuse('abcd', 3)).problem).toBe('the event has 4 bytes; the cap is 3');
    expect(faultOf(refuse('\u20aca', 3)).code).toBe('ERR_EVENT_TOO_LARGE');
  });
});
