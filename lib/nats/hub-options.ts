import { optionNames, requireOptions } from '../arguments';
import { InvalidArgumentError } from '../errors';
import type { HubAddress } from './hub-uri';

/**
 * Who a program is to the servers of a hub, and whom it trusts: a user and a password, a token, the text of a credentials file,
 * or the seed of an nkey; with TLS perhaps a certificate. The URI names files instead.
 */
export interface NatsOptions {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** What a credentials file holds, a JWT and a seed. */
  readonly creds?: string | undefined;
  /** The seed of an nkey, which begins with SU. */
  readonly nkey?: string | undefined;
  /** The certificates, in PEM, of who may sign the server's; those that Node.js trusts by default. */
  readonly ca?: string | undefined;
  /** The program's certificate, and its key, in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const OPTIONS = optionNames<NatsOptions>({
  user: true,
  password: true,
  token: true,
  creds: true,
  nkey: true,
  ca: true,
  cert: true,
  key: true,
});

/** The ways to say who one is; each excludes the others. */
const IDENTITIES = ['user', 'token', 'creds', 'nkey'] as const;

/**
 * Reads what a program says of who it is; what it holds isn't shown in errors.
 *
 * @param name The option's name.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is wrong, or if the URI says the same in another way.
 */
export function readNatsOptions(
  name: string,
  given: NatsOptions | undefined,
  { files }: Pick<HubAddress, 'files'>,
): NatsOptions {
  if (given === undefined) {
    return {};
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidArgumentError(name, `must be an object, but is ${Array.isArray(given) ? 'a list' : typeof given}`);
  }
  requireOptions(name, given, OPTIONS);
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined && typeof value !== 'string') {
      throw new InvalidArgumentError(`${name}.${key}`, `must be a string, but is ${typeof value}`);
    }
  }
  requireTogether(name, given, 'user', 'password');
  requireTogether(name, given, 'cert', 'key');
  const [first, second] = IDENTITIES.filter((identity) => given[identity] !== undefined);
  if (first !== undefined && second !== undefined) {
    throw new InvalidArgumentError(name, `has both ${first} and ${second}; one says who you are`);
  }
  const file = (['creds', 'nkey', 'login'] as const).find((one) => files[one] !== undefined);
  if (first !== undefined && file !== undefined) {
    throw new InvalidArgumentError(name, `has ${first}, but the URI has ${file}; one says who you are`);
  }
  for (const key of ['ca', 'cert'] as const) {
    if (given[key] !== undefined && files[key] !== undefined) {
      throw new InvalidArgumentError(`${name}.${key}`, 'is given, but the URI names a file of it');
    }
  }
  return given;
}

function requireTogether(name: string, given: NatsOptions, one: keyof NatsOptions, other: keyof NatsOptions): void {
  if ((given[one] === undefined) !== (given[other] === undefined)) {
    const [there, missing] = given[one] === undefined ? [other, one] : [one, other];
    throw new InvalidArgumentError(`${name}.${missing}`, `must be given where ${there} is`);
  }
}
