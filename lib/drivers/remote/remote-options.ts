import { formatValue, optionNames, readBoolean, readNumber, requireOptions } from '../../arguments';
import { InvalidArgumentError } from '../../errors';
import type { Credentials, CredentialsCallback, DriverContext, DriverOptions } from '../driver';
import { readClientConfiguration } from './client-configuration';
import type { SessionOptions } from './daemon-session';
import { processEnvironment } from './environment';
import { readEventChoice } from './events/event-choice';
import type { KeepAliveOptions } from './rpc/keepalive';
import { parseRemoteUri } from './uri';

/** Whether a daemon is waited for: never, when it went away, or also before it was there. */
export type Reconnect = Exclude<DriverOptions['reconnect'], undefined>;

const KEEP_ALIVE: KeepAliveOptions = { intervalMs: 5000, count: 5 };

/**
 * Reads what a program and libvirt's client configuration say of a connection to a daemon.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`, `ERR_UNSUPPORTED_URI`
 * @throws {OpenError} `ERR_OPEN` if the client configuration can't be read.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if an option is wrong.
 */
export function readSessionOptions({ uri: text, clock, options }: DriverContext): SessionOptions {
  const environment = processEnvironment();
  return {
    uri: parseRemoteUri(text),
    clock,
    environment,
    readOnly: readBoolean('options.readOnly', options.readOnly, false),
    reconnect: readReconnect(options.reconnect),
    relay: readBoolean('options.relay', options.relay, false),
    events: readEventChoice(options.events),
    keepAlive: readKeepAlive(options.keepAlive),
    credentials: readCredentials(options.credentials),
    remoteMode: readClientConfiguration(text, environment).remoteMode,
  };
}

/**
 * Reads the option `reconnect`.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is wrong.
 */
export function readReconnect(given: DriverOptions['reconnect'] = false): Reconnect {
  if (typeof given !== 'boolean' && given !== 'from-start') {
    throw new InvalidArgumentError(
      'options.reconnect',
      `must be true, false or 'from-start', but is ${formatValue(given)}`,
    );
  }
  return given;
}

/** Reads the option `keepAlive`: how a silent daemon is pinged, or `false`. */
function readKeepAlive(given: DriverOptions['keepAlive']): KeepAliveOptions | undefined {
  if (given === false) {
    return undefined;
  }
  if (given === undefined || given === true) {
    return KEEP_ALIVE;
  }
  requireOptions('options.keepAlive', given, optionNames<KeepAliveOptions>({ intervalMs: true, count: true }));
  return {
    intervalMs: readNumber('options.keepAlive.intervalMs', given.intervalMs, KEEP_ALIVE.intervalMs, {
      least: 1,
      whole: false,
    }),
    count: readNumber('options.keepAlive.count', given.count, KEEP_ALIVE.count, { least: 1, whole: true }),
  };
}

/** Reads the option `credentials`; what it holds isn't shown in errors. */
function readCredentials(given: DriverOptions['credentials']): Credentials | CredentialsCallback | undefined {
  if (given === undefined || typeof given === 'function') {
    return given;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const found = given === null ? 'null' : typeof given;
    throw new InvalidArgumentError(
      'options.credentials',
      `must be an object or a function, but is ${Array.isArray(given) ? 'a list' : found}`,
    );
  }
  requireOptions('options.credentials', given, optionNames<Credentials>({ user: true, password: true }));
  for (const name of ['user', 'password'] as const) {
    if (typeof given[name] !== 'string') {
      throw new InvalidArgumentError(`options.credentials.${name}`, `must be a string, but is ${typeof given[name]}`);
    }
  }
  return given;
}
