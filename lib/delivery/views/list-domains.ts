import type { DomainListing } from '../../drivers/driver';
import { InvalidArgumentError } from '../../errors';
import type { Connection } from '../connection';
import { coreOf } from '../connection-core';

/**
 * Lists the domains of a connection and their states, in the order of their names, as of the newest event that arrived.
 *
 * It does not ask a daemon: the states are those that it told when the connection was opened, followed by the events.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the connection is to something that has no domains.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @example
 * ```js
 * import { listDomains, openConnection } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * console.log(listDomains(conn)[0]?.state); // running
 * conn.close();
 * ```
 */
export function listDomains(conn: Connection): DomainListing[] {
  const core = coreOf(conn);
  core.requireOpen();
  const domains = core.driver.listDomains?.();
  if (domains === undefined) {
    throw new InvalidArgumentError('conn', `is to '${core.uri}', which has no domains; only hypervisors have`);
  }
  return domains;
}
