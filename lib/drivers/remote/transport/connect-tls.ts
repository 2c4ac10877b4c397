import { OpenError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { DIAL_TIMEOUT } from './dial-tcp';
import { dialTls } from './dial-tls';
import { TimeLimit } from './time-limit';
import { isVerified, tlsTarget, warningsAbout } from './tls-target';
import { TlsTransport } from './tls-transport';
import type { OpenedTransport } from './transport';

/**
 * Connects to a daemon by TLS, in the event loop, which what it gives needs from then on.
 *
 * @param signal Gives it up: nothing is left of it then.
 * @throws {InvalidUriError} `ERR_INVALID_URI` where a parameter makes no sense.
 * @throws {OpenError} `ERR_OPEN` where a file is missing, a check fails or the daemon refuses; with what to do.
 */
export async function connectTls(
  uri: RemoteUri,
  environment: Environment,
  timeoutMs: number = DIAL_TIMEOUT,
  signal?: AbortSignal,
): Promise<OpenedTransport> {
  const target = tlsTarget(uri, environment);
  try {
    const transport = new TlsTransport(await dialTls(target, new TimeLimit(timeoutMs, signal)));
    return {
      transport,
      name: uri.name,
      host: target.host,
      isPrivate: isVerified(target),
      warnings: warningsAbout(target),
    };
  } catch (cause) {
    throw new OpenError(uri.text, (cause as Error).message, { cause });
  }
}
