import { type Connection, closeConnection, readsFrom } from '../index';
import { UsageError } from './command-line';

const STANDARD_OUTPUT = 1;

/**
 * Makes sure that what a command prints isn't what it reads.
 *
 * @throws {UsageError} if standard output is the file that the connection reads from; the connection is closed then.
 */
export function refuseOwnInput(conn: Connection): void {
  if (readsFrom(conn, STANDARD_OUTPUT)) {
    closeConnection(conn);
    throw new UsageError('standard output is the file that the events are read from; write to another one');
  }
}
