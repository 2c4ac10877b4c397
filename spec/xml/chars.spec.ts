import { describeCharacter, isChar, isNameChar, isNameStartChar, isNCName } from '../../lib/xml/chars';

// The productions as they are printed in XML 1.0, fifth edition, without the colon.
const char = /^[\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u;
const nameStart =
  '[A-Z]|_|[a-z]|[\\u00C0-\\u00D6]|[\\u00D8-\\u00F6]|[\\u00F8-\\u02FF]|[\\u0370-\\u037D]|[\\u037F-\\u1FFF]|' +
  '[\\u200C-\\u200D]|[\\u2070-\\u218F]|[\\u2C00-\\u2FEF]|[\\u3001-\\uD7FF]|[\\uF900-\\uFDCF]|[\\uFDF0-\\uFFFD]|' +
  '[\\u{10000}-\\u{EFFFF}]';
const nameStartChar = new RegExp(`^(?:${nameStart})$`, 'u');
const nameChar = new RegExp(`^(?:${nameStart}|-|\\.|[0-9]|\\u00B7|[\\u0300-\\u036F]|[\\u203F-\\u2040])$`, 'u');

describe('the character classes', () => {
  it.each([
    ['Char', isChar, char],
    ['NameStartChar', isNameStartChar, nameStartChar],
    ['NameChar', isNameChar, nameChar],
  ])('are those of the specification: %s', (_, isMember, production) => {
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      // Beyond the first plane only the borders of the planes matter.
      if (point > 0x10100 && (point & 0xffff) === 0x100) {
        point += 0xfe00;
      }
      if (isMember(point) !== production.test(String.fromCodePoint(point))) {
        wrong.push(point.toString(16));
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['a', true],
    ['é·-.1', true],
    ['\u{10000}', true],
    ['', false],
    ['1', false],
    ['a b', false],
    ['a:b', false],
    ['a\ud800', false],
  ])('tell whether %j is an NCName: %s', (text, expected) => {
    expect(isNCName(text)).toBe(expected);
  });
});

describe('a character in a message', () => {
  it.each([
    ['a', "'a'"],
    ["'", `"'"`],
    [' ', 'a space'],
    ['\0', 'U+0000'],
    ['\n', 'U+000A'],
    ['\u00a0', 'U+00A0'],
    ['\u0301', 'U+0301'],
    ['\ud800', 'U+D800'],
    ['é', "'é' (U+00E9)"],
    ['\u{1f600}', "'\u{1f600}' (U+1F600)"],
  ])('is named: %j is %s', (character, description) => {
    expect(describeCharacter(character.codePointAt(0)!)).toBe(description);
  });
});
