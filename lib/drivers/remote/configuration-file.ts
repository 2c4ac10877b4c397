import { FileSyntaxError } from '../io/regular-file';

/** A value in a configuration file; numbers are kept as they are written, since none is used. */
export type ConfigurationValue =
  | { readonly kind: 'string'; readonly text: string; readonly line: number }
  | { readonly kind: 'number'; readonly text: string; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly ConfigurationValue[]; readonly line: number };

/**
 * Reads the text of a configuration file in libvirt's syntax: `name = value`, one a line or separated by `;`.
 *
 * A value is a string in `"` or `'` on one line, a string in `"""` that may go over lines, a whole number, or a list in
 * brackets that may go over lines and end in a comma. Strings know no escapes. `#` begins a comment that ends with the
 * line, between the items of a list too, where libvirt itself takes none.
 *
 * @returns The values by their names; of a name that is given twice, the first one counts, as in libvirt.
 * @throws {FileSyntaxError}
 */
export function parseConfiguration(text: string): Map<string, ConfigurationValue> {
  return new Parser(text).settings();
}

const BLANKS = /[ \t]*/y;
const BLANKS_AND_LINES = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
const NUMBER = /[-+]?\d+/y;
const STRING = /"""([\s\S]*?)"""|"(?!"")([^"\r\n]*)"|'([^'\r\n]*)'/y;
const COMMENT = /#[^\r\n]*/y;
const SEPARATOR = /[;\r\n]|$/y;

class Parser {
  readonly #text: string;
  #position = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  settings(): Map<string, ConfigurationValue> {
    const settings = new Map<string, ConfigurationValue>();
    for (this.#skip(BLANKS_AND_LINES); this.#position < this.#text.length; this.#skip(BLANKS_AND_LINES)) {
      const name = this.#expect(NAME, 'a name')[0];
      this.#skip(BLANKS);
      this.#expect(/=/y, `= after ${name}`);
      this.#skip(BLANKS);
      const value = this.#value();
      if (!settings.has(name)) {
        settings.set(name, value);
      }
      this.#skip(BLANKS);
      this.#skip(COMMENT);
      this.#expect(SEPARATOR, `a new line or ; after the value of ${name}`);
    }
    return settings;
  }

  #value(): ConfigurationValue {
    const line = this.#line;
    if (this.#take(/\[/y) !== undefined) {
      return { kind: 'list', items: this.#items(), line };
    }
    const string = this.#take(STRING);
    if (string !== undefined) {
      return { kind: 'string', text: string[1] ?? string[2] ?? string[3] ?? '', line };
    }
    const number = this.#take(NUMBER);
    if (number !== undefined) {
      return { kind: 'number', text: number[0], line };
    }
    if (this.#take(/["']/y) !== undefined) {
      throw new FileSyntaxError('a string is not closed', line);
    }
    throw this.#unexpected('a string in quotes, a number or a list in brackets');
  }

  #items(): ConfigurationValue[] {
    const items: ConfigurationValue[] = [];
    this.#skip(BLANKS_AND_LINES);
    while (this.#take(/\]/y) === undefined) {
      items.push(this.#value());
      this.#skip(BLANKS_AND_LINES);
      if (this.#take(/,/y) === undefined) {
        this.#expect(/\]/y, ', or ] in the list');
        break;
      }
      this.#skip(BLANKS_AND_LINES);
    }
    return items;
  }

  /** Takes what the (sticky) pattern matches here. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match === null) {
      return undefined;
    }
    this.#position += match[0].length;
    this.#line += match[0].split('\n').length - 1;
    return match;
  }

  #skip(pattern: RegExp): void {
    this.#take(pattern);
  }

  #expect(pattern: RegExp, expected: string): RegExpExecArray {
    const match = this.#take(pattern);
    if (match === undefined) {
      throw this.#unexpected(expected);
    }
    return match;
  }

  #unexpected(expected: string): FileSyntaxError {
    const [found = ''] = /^[^\r\n]{1,20}/.exec(this.#text.slice(this.#position)) ?? [];
    const where = found === '' ? 'the line ends' : `there is ${JSON.stringify(found)}`;
    return new FileSyntaxError(`expected ${expected}, but ${where}`, this.#line);
  }
}
