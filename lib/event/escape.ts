const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };

/**
 * Gives the value of an attribute from the text between its quotes, which must be well-formed: references are replaced,
 * and white space becomes spaces (XML 1.0 §2.11 and §3.3.3).
 */
export function attributeValue(text: string): string {
  return text.replace(
    /\r\n|[\t\n\r]|&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([a-z]+));/g,
    (_, hexadecimal?: string, decimal?: string, entity?: string) => referred(hexadecimal, decimal, entity) ?? ' ',
  );
}

/**
 * Gives the text that character data stands for, which must be well-formed: references are replaced, CDATA sections are
 * taken as they are, and line ends become line feeds (XML 1.0 §2.7 and §2.11).
 */
export function characterData(text: string): string {
  return text.replace(
    /<!\[CDATA\[([\s\S]*?)\]\]>|\r\n?|&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([a-z]+));/g,
    (_, cdata?: string, hexadecimal?: string, decimal?: string, entity?: string) => {
      return cdata === undefined ? (referred(hexadecimal, decimal, entity) ?? '\n') : normalizeLineEnds(cdata);
    },
  );
}

/** The character that a reference stands for, if one of its three forms is there. */
function referred(hexadecimal?: string, decimal?: string, entity?: string): string | undefined {
  if (hexadecimal !== undefined) {
    return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
  }
  if (decimal !== undefined) {
    return String.fromCodePoint(Number(decimal));
  }
  return entity === undefined ? undefined : predefined[entity]!;
}

/** Makes every line end a line feed (XML 1.0 §2.11). */
export function normalizeLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
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
