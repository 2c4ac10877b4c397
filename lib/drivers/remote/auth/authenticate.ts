import { DaemonError, OpenError } from '../../../errors';
import { authType, calls, countLimit, errorNumber } from '../rpc/protocol';
import { noPayload, type RpcChannel } from '../rpc/rpc-channel';
import { XdrReader } from '../rpc/xdr-reader';

/** How long polkit may take: an agent may ask the user for a password meanwhile. */
const POLKIT_TIMEOUT = 120_000;

/**
 * Proves to a daemon who we are, in the way that its socket wants; it has to be asked even where it wants nothing.
 *
 * @param timeoutMs How long the daemon may take to say what it wants.
 * @throws {OpenError} `ERR_OPEN` where it wants SASL, which is not there yet, or refuses us.
 */
export function authenticate(channel: RpcChannel, uri: string, timeoutMs: number): void {
  const wanted = askForTypes(channel, timeoutMs)[0] ?? authType.none;
  if (wanted === authType.none) {
    return;
  }
  if (wanted !== authType.polkit) {
    const name = wanted === authType.sasl ? 'SASL' : `authentication of the unknown type ${wanted}`;
    const advice = 'use a socket whose authentication is none or polkit (auth_unix_rw and auth_unix_ro of the daemon)';
    throw new OpenError(uri, `the daemon wants ${name}, which is not supported; ${advice}`);
  }
  try {
    channel.call(calls.authPolkit, noPayload, POLKIT_TIMEOUT);
  } catch (cause) {
    if (cause instanceof DaemonError) {
      const advice = 'run as root, join the group libvirt, or connect read-only';
      throw new OpenError(uri, `polkit refuses: ${cause.message}; ${advice}`, { cause });
    }
    throw cause;
  }
}

function askForTypes(channel: RpcChannel, timeoutMs: number): number[] {
  try {
    const reader = new XdrReader(channel.call(calls.authList, noPayload, timeoutMs), 'the reply to auth_list');
    return reader.array('types', countLimit.authTypes, () => reader.int('type'));
  } catch (error) {
    // A daemon without any authentication may not know the question.
    if (error instanceof DaemonError && error.number === errorNumber.noSupport) {
      return [];
    }
    throw error;
  }
}
