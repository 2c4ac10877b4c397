const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };

/**
 * Gives the value of an attribute from the text between its quotes, which must be well-formed: references are replaced,
 * and white space becomes spaces (XML 1.0 §2.11 and §3.3.3).
 */
export function attributeValue(text: string): string {
  return withoutReferences(hasWhiteSpace.test(text) ? replaceAll(text, ['\r\n', '\r', '\n', '\t'], ' ') : text);
}

const hasWhiteSpace = /[\t\n\r]/;

/**
 * Gives the text that character data stands for, which must be well-formed: references are replaced, CDATA sections are
 * taken as they are, and line ends become line feeds (XML 1.0 §2.7 and §2.11).
 */
export function characterData(text: string): string {
  const lines = normalizeLineEnds(text);
  let data = '';
  let done = 0;
  for (let start = lines.indexOf(CDATA); start !== -1; start = lines.indexOf(CDATA, done)) {
    const end = lines.indexOf(CDATA_END, start);
    data += withoutReferences(lines.slice(done, start)) + lines.slice(start + CDATA.length, end);
    done = end + CDATA_END.length;
  }
  return data + withoutReferences(lines.slice(done));
}

const CDATA = '<![CDATA[';
const CDATA_END = ']]>';

/** Puts the characters that references stand for in their places. */
function withoutReferences(text: string): string {
  let replaced = '';
  let done = 0;
  for (let start = text.indexOf('&'); start !== -1; start = text.indexOf('&', done)) {
    const end = text.indexOf(';', start);
    replaced += text.slice(done, start) + referred(text.slice(start + 1, end));
    done = end + 1;
  }
  return done === 0 ? text : replaced + text.slice(done);
}

/** The character that a reference stands for, given what is between `&` and `;`. */
function referred(reference: string): string {
  if (!reference.startsWith('#')) {
    return predefined[reference]!;
  }
  const isHexadecimal = reference.startsWith('x', 1);
  return String.fromCodePoint(Number.parseInt(reference.slice(isHexadecimal ? 2 : 1), isHexadecimal ? 16 : 10));
}

/** Makes every line end a line feed (XML 1.0 §2.11). */
export function normalizeLineEnds(text: string): string {
  return text.includes('\r') ? replaceAll(text, ['\r\n', '\r'], '\n') : text;
}

/** Replaces texts by another, one after the other. Many of them take `replace` several times as long. */
function replaceAll(text: string, others: readonly string[], replacement: string): string {
  return others.reduce((rest, other) => rest.split(other).join(replacement), text);
}

/** Writes a string as an attribute value between double quotes, such that it is read back as it is. */
export function escapeAttributeValue(value: string): string {
  return hasSpecial.test(value) ? value.replace(/[<>&"\t\n\r\u0085\u2028\u2029]/g, escapeOf) : value;
}

/** Writes a string as character data, such that it is read back as it is. */
export function escapeText(text: string): string {
  return hasSpecial.test(text) ? text.replace(/[<>&\r\u0085\u2028\u2029]/g, escapeOf) : text;
}

/** What has none of these, as most values and texts, is written as it is: to look is quicker than to replace nothing. */
const hasSpecial = /[<>&"\t\n\r\u0085\u2028\u2029]/;

function escapeOf(character: string): string {
  return escapes[character]!;
}

const escapes: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
  // Readers of XML 1.1, and some others, take these for line ends.
  '\u0085': '&#133;',
  '\u2028': '&#8232;',
  '\u2029': '&#8233;',
};
