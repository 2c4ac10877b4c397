import { DaemonError } from '../../../errors';
import { XdrReader } from './xdr-reader';

/**
 * Reads why a daemon refused a call (`virNetMessageError` of libvirt's virnetprotocol.x).
 *
 * What follows the level repeats the message in pieces, and is left alone.
 *
 * @param call The call's name, for error messages.
 * @throws {ProtocolError} `ERR_PROTOCOL` where the payload is none.
 */
export function decodeError(payload: Uint8Array, call: string): DaemonError {
  const reader = new XdrReader(payload, `the error of ${call}`);
  const number = reader.int('code');
  const domain = reader.int('domain');
  const message = reader.optional('message', (inner) => inner.message('message'));
  const level = reader.int('level');
  return new DaemonError(message || `error ${number} in part ${domain}, without a message`, { number, domain, level });
}
