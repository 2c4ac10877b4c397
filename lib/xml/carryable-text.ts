/** What XML 1.0 production [2] does not allow. */
const NO_XML_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Where in a text the first character is that XML cannot carry, as an index; -1 if it can carry all of them. */
export function indexOfUncarryable(text: string): number {
  return text.search(NO_XML_CHARACTER);
}

/** Makes any text one that XML can carry: the characters that it cannot, most control characters, become U+FFFD. */
export function carryableText(text: string): string {
  return text.replace(NO_XML_CHARACTER, '\uFFFD');
}
