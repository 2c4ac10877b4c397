import { InvalidUriError } from '../../../errors';
import type { RemoteUri, TransportParameter } from '../uri';

/**
 * Reads a parameter that is a number other than 0 where it holds, as libvirt does; without it, it does not hold.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where it is no number.
 */
export function isFlagSet({ text, parameters }: RemoteUri, name: TransportParameter): boolean {
  const value = parameters[name] ?? '0';
  if (!/^[+-]?\d+$/.test(value)) {
    const problem = `the parameter ${name} must be 0 or 1, but is ${JSON.stringify(value)}`;
    throw new InvalidUriError('ERR_INVALID_URI', text, problem);
  }
  return Number(value) !== 0;
}
