import { type TestDomains, testDomainsOf } from '../../drivers/schemes';
import { InvalidArgumentError } from '../../errors';
import type { Connection } from '../connection';
import { coreOf } from '../connection-core';

/**
 * The simulated domains of a connection to `test:///…`, to be started, suspended, crashed … by the program.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the connection is to something else.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @example
 * ```js
 * import { openConnection, testDomains } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * testDomains(conn).get('test').suspend();
 * conn.close();
 * ```
 */
export function testDomains(conn: Connection): TestDomains {
  const core = coreOf(conn);
  core.requireOpen();
  const domains = testDomainsOf(core.driver);
  if (domains === undefined) {
    throw new InvalidArgumentError('conn', `must be a connection to test:///…, but is one to '${core.uri}'`);
  }
  return domains;
}
