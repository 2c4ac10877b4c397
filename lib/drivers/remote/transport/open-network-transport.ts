import { InvalidUriError, OpenError } from '../../../errors';
import { type Dialogue, waitFor } from '../../io/dialogue';
import { TimeLimit } from '../../io/time-limit';
import type { Transport } from '../../io/transport';
import type { Environment } from '../environment';
import { invalidUri, type RemoteUri } from '../uri';
import { addressIn, DIAL_TIMEOUT } from './dial-tcp';
import { dialTls } from './dial-tls';
import type { OpenedTransport } from './opened-transport';
import { type RelayJob, startRelay } from './relay';
import { SocketTransport } from './socket-transport';
import { isVerified, tlsTarget, warningsAbout } from './tls-target';
import { TlsTransport } from './tls-transport';

/**
 * Connects to a daemon by TCP or TLS: in the event loop, which TLS needs from then on, too, or through a child process.
 *
 * By TCP nothing is encrypted: whoever is on the way can read everything, and take the daemon's place.
 *
 * @param signal Gives it up: nothing is left of it then.
 * @throws {InvalidUriError} `ERR_INVALID_URI` if a parameter makes no sense, `ERR_UNSUPPORTED_URI` if the thread is blocked for
 *   it, and there is to be no child process.
 * @throws {OpenError} `ERR_OPEN` if a file is missing, a check fails, or the daemon refuses or can't be connected to within
 *   the time; with what to do.
 */
export function* openNetworkTransport(
  uri: RemoteUri,
  { relay }: { readonly relay: boolean },
  environment: Environment,
  timeoutMs: number = DIAL_TIMEOUT,
  signal?: AbortSignal,
): Dialogue<OpenedTransport> {
  refuseMistakenHost(uri);
  const refuse = () => refuseToBlock(uri);
  if (!relay) {
    // Before any file is read.
    yield* waitFor({ now: refuse, inLoop: () => {} });
  }
  const connect = (job: RelayJob): Dialogue<Transport> =>
    relay ? startRelay(job, environment, signal) : waitFor({ now: refuse, inLoop: () => dial(job, signal) });
  try {
    const { name } = uri;
    if (uri.transport === 'tcp') {
      const target = addressIn(uri, 'tcp');
      const transport = yield* connect({ transport: 'tcp', target, timeoutMs });
      return { transport, name, host: target.host, isPrivate: false, warnings: [] };
    }
    const target = tlsTarget(uri, environment);
    const transport = yield* connect({ transport: 'tls', target, timeoutMs });
    return { transport, name, host: target.host, isPrivate: isVerified(target), warnings: warningsAbout(target) };
  } catch (cause) {
    const isClear = cause instanceof InvalidUriError || cause instanceof OpenError;
    throw isClear ? cause : new OpenError(uri.text, (cause as Error).message, { cause });
  }
}

async function dial({ transport, target, timeoutMs }: RelayJob, signal?: AbortSignal): Promise<Transport> {
  const limit = new TimeLimit(timeoutMs, signal);
  return transport === 'tcp'
    ? await SocketTransport.toAddress(target, limit)
    : new TlsTransport(await dialTls(target, limit));
}

/** @throws {InvalidUriError} `ERR_UNSUPPORTED_URI` */
function refuseToBlock(uri: RemoteUri): never {
  const { text, transport } = uri;
  const problem = `${transport} connects in the event loop: use openConnectionAsync, or the option { relay: true }`;
  const why = isTlsImplied(uri) ? 'a host without a transport means tls, and ' : '';
  throw new InvalidUriError('ERR_UNSUPPORTED_URI', text, `${why}${problem}`);
}

/**
 * Refuses a slip of the pen: `qemu://system`, in which `system` is a host and there is no path.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`
 */
function refuseMistakenHost(uri: RemoteUri): void {
  const { text, driver = 'remote', host, path } = uri;
  if (isTlsImplied(uri) && path === '' && (host === 'system' || host === 'session')) {
    const problem = `did you mean "${driver}:///${host}"? With two slashes ${host} is a host, to be reached by tls`;
    throw invalidUri(text, problem);
  }
}

/** Whether a URI's transport is tls only because there is a host. */
function isTlsImplied({ text, transport }: RemoteUri): boolean {
  return transport === 'tls' && !/^[^:]*\+/.test(text);
}
