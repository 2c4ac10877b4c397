import { InvalidUriError } from '../errors';
import type { Driver, DriverContext } from './driver';
import { MemoryDriver } from './memory';
import type { TestDomains } from './test/hypervisor';

export { identifyFile, isSameFile } from './io/file-identity';
export type { TestDomain } from './test/domain';
export type { TestDomainOptions } from './test/domain-options';
export type { OnCrash } from './test/domain-record';
export type { GivenDomain } from './test/given-domains';
export type { TestDomains } from './test/hypervisor';

// Not imports: a program should not pay at its start for drivers that it does not use.
const loadStream = () => require('./stream/open-stream') as typeof import('./stream/open-stream');
const loadTest = () => require('./test/driver') as typeof import('./test/driver');

const loadRemote = () => require('./remote/open-remote') as typeof import('./remote/open-remote');

const openStream = (context: DriverContext): Driver => loadStream().openStream(context);

/** Which driver serves which URI scheme. */
const DRIVERS: ReadonlyMap<string, (context: DriverContext) => Driver> = new Map([
  ['memory', openMemory],
  ['test', (context: DriverContext) => loadTest().openTest(context)],
  ['fd', openStream],
  ['file', openStream],
  ['fifo', openStream],
]);

/** RFC 3986 section 3.1, up to the colon. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/**
 * Opens the driver that a URI asks for; `-` is standard input.
 *
 * The empty URI is libvirt's default, and a name without a colon is an alias of libvirt's client configuration.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`, `ERR_UNSUPPORTED_URI`
 * @throws {OpenError} `ERR_OPEN`
 */
export function openDriver(given: DriverContext): Driver {
  const { context, open } = findDriver(given);
  return open === undefined ? loadRemote().openRemote(context) : open(context);
}

/** Does what `openDriver` does in the event loop, also where the transport cannot be opened without it. */
export async function openDriverAsync(given: DriverContext): Promise<Driver> {
  const { context, open } = findDriver(given);
  return open === undefined ? loadRemote().openRemoteAsync(context) : open(context);
}

/** A driver and the context to open it with; the remote driver is the one that is not in the table. */
interface FoundDriver {
  readonly context: DriverContext;
  readonly open: ((context: DriverContext) => Driver) | undefined;
}

function findDriver(given: DriverContext): FoundDriver {
  if (given.uri === '-') {
    return { context: given, open: openStream };
  }
  const isUri = schemeOf(given.uri) !== undefined;
  const context = isUri ? given : { ...given, uri: loadRemote().resolveLibvirtUri(given.uri) };
  const { uri } = context;
  if (uri === '') {
    return { context, open: undefined };
  }
  const scheme = schemeOf(uri);
  if (scheme === undefined) {
    const problem =
      "has no scheme; a connection URI looks like 'qemu:///system', 'test:///default' or 'file:events.xml'";
    throw new InvalidUriError('ERR_INVALID_URI', uri, problem);
  }
  const open = DRIVERS.get(scheme);
  if (open !== undefined || loadRemote().isRemoteScheme(scheme)) {
    return { context, open };
  }
  const known = [...DRIVERS.keys()].map((name) => `${name}:`).join(', ');
  const problem = `no driver knows '${scheme}:'; there are ${known}, - and libvirt's own, such as qemu:`;
  throw new InvalidUriError('ERR_UNSUPPORTED_URI', uri, problem);
}

function schemeOf(uri: string): string | undefined {
  return SCHEME.exec(uri)?.[1]?.toLowerCase();
}

/** The descriptor that a connection to this URI takes over, where it takes one over. */
export function descriptorTakenBy(uri: string): number | undefined {
  const digits = /^fd:(\d+)$/i.exec(uri)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The simulated domains behind a driver, where it is the test driver. */
export function testDomainsOf(driver: Driver): TestDomains | undefined {
  return driver instanceof loadTest().TestDriver ? driver.domains : undefined;
}

/** @throws {InvalidUriError} `ERR_INVALID_URI` where the URI is more than `memory:`. */
function openMemory({ uri }: DriverContext): Driver {
  if (uri.toLowerCase() !== 'memory:') {
    throw new InvalidUriError('ERR_INVALID_URI', uri, "the memory driver takes nothing after 'memory:'");
  }
  return new MemoryDriver();
}
