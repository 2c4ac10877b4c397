import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The packages of the official client. */
export interface Peers {
  readonly transport: typeof import('@nats-io/transport-node');
  readonly jetstream: typeof import('@nats-io/jetstream');
}

const PACKAGES = ['@nats-io/transport-node', '@nats-io/jetstream'] as const;

/** A package of the client is not installed. */
export class MissingPackageError extends Error {}

/**
 * Loads the packages of the official client from the first folder where both can be found.
 *
 * @throws {MissingPackageError} if there is none; it says which is missing, and what installs it.
 */
export function loadPeers(folders: readonly string[]): Peers {
  const found = folders.map((folder) => createRequire(join(folder, 'any.js')));
  const missing = found.map((load) => PACKAGES.filter((name) => !canFind(load, name)));
  const load = found[missing.findIndex((names) => names.length === 0)];
  if (load === undefined) {
    const [fewest = []] = missing.toSorted((one, other) => one.length - other.length);
    const what = `${fewest.join(' and ')} ${fewest.length === 1 ? 'is' : 'are'} not installed`;
    throw new MissingPackageError(`${what}, by which NATS is spoken to; run: npm install ${PACKAGES.join(' ')}`);
  }
  return {
    transport: load(PACKAGES[0]) as Peers['transport'],
    jetstream: load(PACKAGES[1]) as Peers['jetstream'],
  };
}

function canFind(load: NodeJS.Require, name: string): boolean {
  try {
    load.resolve(name);
    return true;
  } catch {
    return false;
  }
}
