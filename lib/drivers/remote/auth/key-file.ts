import { FileSyntaxError } from '../../io/regular-file';

/** A value in a key file, before its escapes are read, and the line where it stands. */
export interface KeyFileValue {
  readonly text: string;
  readonly line: number;
}

/** A group of a key file; if it comes in several pieces, they are one. */
export interface KeyFileGroup {
  /** Where its first piece begins, counted from 1. */
  readonly line: number;
  readonly values: ReadonlyMap<string, KeyFileValue>;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\s': ' ', '\\n': '\n', '\\t': '\t', '\\r': '\r', '\\\\': '\\' };

/**
 * Reads the text of a key file in GLib's syntax: groups, each a line `[name]` and lines `key=value`; of a key that is given
 * twice the last one counts. A line that begins with `#` is a comment.
 *
 * Errors don't show the line, since it may hold a password.
 *
 * @throws {FileSyntaxError}
 */
export function parseKeyFile(text: string): Map<string, KeyFileGroup> {
  const groups = new Map<string, { line: number; values: Map<string, KeyFileValue> }>();
  let values: Map<string, KeyFileValue> | undefined;
  for (const [place, written] of text.split(/\r?\n/).entries()) {
    const line = place + 1;
    const content = written.trimStart();
    if (content === '' || content.startsWith('#')) {
      continue;
    }
    const name = /^\[([^[\]]+)\]\s*$/.exec(content)?.[1];
    if (name !== undefined) {
      const group = groups.get(name) ?? { line, values: new Map() };
      groups.set(name, group);
      values = group.values;
      continue;
    }
    // White space at the end of a value belongs to it.
    const [, key, value] = /^([^[=\s][^=]*)=\s*(.*)$/s.exec(content) ?? [];
    if (key === undefined || value === undefined) {
      throw new FileSyntaxError('expected [group], key=value or a comment that begins with #', line);
    }
    if (values === undefined) {
      throw new FileSyntaxError('expected a line [group] before the first key', line);
    }
    values.set(key.trimEnd(), { text: value, line });
  }
  return groups;
}

/** Reads the escapes of a value: `\s`, `\n`, `\t`, `\r` and `\\`. Any other `\` stands for itself, as in libvirt. */
export function unescapeValue(value: KeyFileValue): string {
  return value.text.replace(/\\[sntr\\]/g, (sequence) => ESCAPES[sequence] as string);
}
