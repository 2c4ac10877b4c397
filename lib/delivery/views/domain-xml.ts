import { formatValue, readBoolean, requireOptions } from '../../arguments';
import type { DomainQuestion } from '../../drivers/driver';
import { type Dialogue, runInLoop, runNow } from '../../drivers/io/dialogue';
import { readUuid } from '../../drivers/io/uuid';
import { InvalidArgumentError } from '../../errors';
import type { Connection } from '../connection';
import { coreOf } from '../connection-core';

/**
 * Asks the hypervisor for the XML description of a domain, as `virsh dumpxml` does: its disks, interfaces, metadata, …
 *
 * It waits for the answer, for 10 seconds at most, and blocks the thread meanwhile. Events that arrive go to the queue. It may be
 * called in a handler; the description is of now, which may be later than the event. What was opened by tls in the event
 * loop can't be waited for in this way: there it is `domainXmlAsync`.
 *
 * The test driver describes what it knows of a domain: its type, name, UUID and `on_crash`.
 *
 * @param domain Its name or its UUID, or whatever has its UUID, such as `event.detail.domain` or one of `listDomains`.
 * @param options `inactive`: the configuration with which it will start the next time, though it runs; default `false`.
 * @throws {DaemonError} `ERR_DAEMON` if the daemon has no such domain, or refuses; with libvirt's message and `number`.
 * @throws {TestDomainError} `ERR_DOMAIN_NOT_FOUND`, from the test driver.
 * @throws {DaemonGoneError} `ERR_DAEMON_GONE` if the daemon is away, or goes away meanwhile.
 * @throws {CallTimeoutError} `ERR_CALL_TIMEOUT`
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the connection is to something that has no domains, such as a journal.
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @example
 * ```js
 * import { addEventHandler, deliverEvents, domainXml, openConnection, testDomains } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * addEventHandler(conn, ['domain-state-transition'], (conn, event) => console.log(domainXml(conn, event.detail.domain)));
 * testDomains(conn).get('test').suspend();
 * deliverEvents(conn);
 * conn.close();
 * ```
 */
export function domainXml(
  conn: Connection,
  domain: string | { readonly uuid: string; readonly name?: string },
  options: { readonly inactive?: boolean } = {},
): string {
  return runNow(ask(conn, domain, options));
}

/**
 * Does what `domainXml` does, and leaves the event loop free meanwhile.
 *
 * @returns A promise of what `domainXml` returns; it is rejected with what that throws.
 */
export async function domainXmlAsync(
  conn: Connection,
  domain: string | { readonly uuid: string; readonly name?: string },
  options: { readonly inactive?: boolean } = {},
): Promise<string> {
  return runInLoop(ask(conn, domain, options));
}

function ask(conn: Connection, domain: unknown, options: { readonly inactive?: boolean }): Dialogue<string> {
  const core = coreOf(conn);
  core.requireOpen();
  requireOptions('options', options, ['inactive']);
  const question = { ...readDomain(domain), inactive: readBoolean('options.inactive', options.inactive, false) };
  const answer = core.driver.domainXml?.(question);
  if (answer === undefined) {
    const remedy =
      "ask a connection to the domain's hypervisor, such as 'qemu:///system', which may be beside this one";
    throw new InvalidArgumentError('conn', `is to '${core.uri}', which tells of events alone; ${remedy}`);
  }
  return answer;
}

/** Reads by what a domain is to be found. */
function readDomain(domain: unknown): Pick<DomainQuestion, 'uuid' | 'name'> {
  if (typeof domain === 'string' && domain !== '' && !domain.includes('\0')) {
    return { uuid: readUuid(domain), name: domain };
  }
  const { uuid, name } = (typeof domain === 'object' && domain !== null ? domain : {}) as Record<string, unknown>;
  const read = typeof uuid === 'string' ? readUuid(uuid) : undefined;
  if (read === undefined) {
    const expected = 'must be the name or the UUID of a domain, or what has its UUID, such as event.detail.domain';
    throw new InvalidArgumentError('domain', `${expected}, but is ${formatValue(domain)}`);
  }
  return { uuid: read, name: typeof name === 'string' ? name : read };
}
