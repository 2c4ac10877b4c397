import type { Driver, DriverContext } from '../driver';
import { runInLoop, runNow } from '../io/dialogue';
import { readClientConfiguration, resolveUri } from './client-configuration';
import { processEnvironment } from './environment';
import { RemoteDriver } from './remote-driver';

export { isRemoteScheme } from './uri';

/**
 * Opens a connection to a libvirt daemon, blocking the thread: its events are asked for, and its domains listed.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`, `ERR_UNSUPPORTED_URI`
 * @throws {OpenError} `ERR_OPEN` if there is no daemon, or it refuses; the message says what to do.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if an option is wrong.
 */
export function openRemote(context: DriverContext): Driver {
  return runNow(RemoteDriver.open(context));
}

/** Does what `openRemote` does in the event loop, over every transport. */
export function openRemoteAsync(context: DriverContext): Promise<Driver> {
  return runInLoop(RemoteDriver.open(context));
}

/**
 * Finds the URI that is meant by a text that isn't one: libvirt's default if it's empty, otherwise an alias.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if there is no such alias.
 * @throws {OpenError} `ERR_OPEN` if libvirt's client configuration can't be read.
 */
export function resolveLibvirtUri(text: string): string {
  const environment = processEnvironment();
  return resolveUri(text, readClientConfiguration(text, environment), environment);
}
