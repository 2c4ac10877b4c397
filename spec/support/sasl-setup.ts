import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a service authenticates its clients by SASL. */
export interface SaslSetup {
  /** The names of the mechanisms that it may offer. */
  readonly mechanisms: readonly string[];
  /** The passwords of those it knows, by name. */
  readonly users: Readonly<Record<string, string>>;
}

/**
 * Writes a service's configuration and its users for Cyrus SASL into a folder.
 *
 * The service finds them if `SASL_CONF_PATH` in its environment names the folder.
 */
export function writeSaslSetup(folder: string, service: string, { mechanisms, users }: SaslSetup): void {
  const database = join(folder, 'sasl-users');
  const settings = [`mech_list: ${mechanisms.join(' ')}`, `sasldb_path: ${database}`];
  writeFileSync(join(folder, `${service}.conf`), `${settings.join('\n')}\n`);
  rmSync(database, { force: true });
  for (const [name, password] of Object.entries(users)) {
    const args = ['-p', '-c', '-f', database, '-a', service, name];
    const { status, error, stderr } = spawnSync('saslpasswd2', args, { input: password, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`saslpasswd2 for ${name}: ${error?.message ?? stderr}`);
    }
  }
}
