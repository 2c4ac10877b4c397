import { didYouMean } from '../did-you-mean';
import { InvalidUriError } from '../errors';
import type { Driver, DriverContext } from './driver';
import { MemoryDriver } from './memory';
import type { TestDomains } from './test/hypervisor';

export type { NatsOptions } from '../nats/hub-options';
export { identifyFile, isSameFile } from './io/file-identity';
export type { TestDomain } from './test/domain';
export type { TestDomainOptions } from './test/domain-options';
export type { OnCrash } from './test/domain-record';
export type { GivenDomain } from './test/given-domains';
export type { TestDomains } from './test/hypervisor';

// Not imports: a program should not pay at its start for drivers that it does not use.
const loadStream = () => require('./stream/open-stream') as typeof import('./stream/open-stream');
const loadTest = () => require('./test/driver') as typeof import('./test/driver');

const loadJournal = () => require('./journal/open-journal') as typeof import('./journal/open-journal');
const loadNats = () => require('./nats/open-nats') as typeof import('./nats/open-nats');
const loadRemote = () => require('./remote/open-remote') as typeof import('./remote/open-remote');

/** How a driver is opened: at once, or in the event loop, if that makes a difference. */
interface Opener {
  open(context: DriverContext): Driver;
  openAsync?(context: DriverContext): Promise<Driver>;
}

const stream: Opener = { open: (context) => loadStream().openStream(context) };

const remote: Opener = {
  open: (context) => loadRemote().openRemote(context),
  openAsync: (context) => loadRemote().openRemoteAsync(context),
};

const nats: Opener = {
  open: (context) => loadNats().openNats(context),
  openAsync: (context) => loadNats().openNatsAsync(context),
};

/** Which driver serves which URI scheme; every other one is the remote driver's, or nobody's. */
const DRIVERS: ReadonlyMap<string, Opener> = new Map<string, Opener>([
  ['memory', { open: openMemory }],
  ['test', { open: (context) => loadTest().openTest(context) }],
  ['fd', stream],
  ['file', stream],
  ['fifo', stream],
  [
    'journal',
    {
      open: (context) => loadJournal().openJournal(context),
      openAsync: (context) => loadJournal().openJournalAsync(context),
    },
  ],
  ['nats', nats],
  ['tls', nats],
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
  const { context, opener } = findDriver(given);
  return opener.open(context);
}

/** Does what `openDriver` does in the event loop, also where the transport cannot be opened without it. */
export async function openDriverAsync(given: DriverContext): Promise<Driver> {
  const { context, opener } = findDriver(given);
  return opener.openAsync === undefined ? opener.open(context) : opener.openAsync(context);
}

/** A driver's opener and the context to open it with. */
interface FoundDriver {
  readonly context: DriverContext;
  readonly opener: Opener;
}

function findDriver(given: DriverContext): FoundDriver {
  if (given.uri === '-') {
    return { context: given, opener: stream };
  }
  const isUri = schemeOf(given.uri) !== undefined;
  const context = isUri ? given : { ...given, uri: loadRemote().resolveLibvirtUri(given.uri) };
  const { uri } = context;
  if (uri === '') {
    return { context, opener: remote };
  }
  const scheme = schemeOf(uri);
  if (scheme === undefined) {
    const problem =
      "has no scheme; a connection URI looks like 'qemu:///system', 'test:///default' or 'file:events.xml'";
    throw new InvalidUriError('ERR_INVALID_URI', uri, problem);
  }
  const opener = DRIVERS.get(scheme);
  if (opener !== undefined) {
    return { context, opener };
  }
  if (loadRemote().isRemoteScheme(scheme)) {
    return { context, opener: remote };
  }
  const known = [...DRIVERS.keys()].map((name) => `${name}:`).join(', ');
  const meant = didYouMean(scheme, [...DRIVERS.keys(), 'qemu']);
  const problem = `no driver knows '${scheme}:'; there are ${known}, - and libvirt's own, such as qemu:${meant}`;
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
