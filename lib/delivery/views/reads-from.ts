import { formatValue } from '../../arguments';
import { identifyFile, isSameFile } from '../../drivers/schemes';
import { InvalidArgumentError } from '../../errors';
import type { Connection } from '../connection';
import { coreOf } from '../connection-core';

/**
 * Whether a connection reads from a file, or a journal in a folder, or did when it was opened: a program that wrote to it would destroy its own input,
 * or read what it writes without end.
 *
 * @param file A path or a descriptor; other names of a file, symbolic and hard links for two, are the same file.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { writeFileSync } from 'node:fs';
 * import { openConnection, readsFrom } from 'virdeliver';
 *
 * writeFileSync('events.xml', '');
 * const conn = openConnection('file:events.xml');
 * console.log(readsFrom(conn, './events.xml'), readsFrom(conn, 'copy.xml')); // true false
 * conn.close();
 * ```
 */
export function readsFrom(conn: Connection, file: string | number): boolean {
  if (typeof file !== 'string' && typeof file !== 'number') {
    throw new InvalidArgumentError('file', `must be a path or a descriptor, but is ${formatValue(file)}`);
  }
  return isSameFile(coreOf(conn).driver.input, identifyFile(file));
}
