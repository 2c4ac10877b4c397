import { homedir } from 'node:os';
import { join } from 'node:path';

/** What libvirt's rules for finding its files ask about the user and the machine. */
export interface Environment {
  /** The effective user; 0, root, has the system's files instead of its own. */
  readonly uid: number;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly systemSocketFolder: string;
  readonly systemConfigurationFolder: string;
  /** The folder of the system's certificates, with a folder for each use of them. */
  readonly systemPkiFolder: string;
}

/** The environment that this process runs in, with the folders that libvirt is built with for Linux distributions. */
export function processEnvironment(): Environment {
  return {
    uid: process.geteuid?.() ?? 0,
    home: homeFolder(),
    variables: process.env,
    systemSocketFolder: '/var/run/libvirt',
    systemConfigurationFolder: '/etc/libvirt',
    systemPkiFolder: '/etc/pki',
  };
}

/** The folder of the sockets of a user's own daemons, after GLib's `g_get_user_runtime_dir`. */
export function sessionSocketFolder({ variables, home }: Environment): string {
  return join(variables['XDG_RUNTIME_DIR'] || variables['XDG_CACHE_HOME'] || join(home, '.cache'), 'libvirt');
}

/** The folder of the client configuration: root's is the system's, another user's is their own. */
export function configurationFolder(environment: Environment): string {
  return environment.uid === 0 ? environment.systemConfigurationFolder : userConfigurationFolder(environment);
}

/** The folder of a user's own configuration, also root's, after GLib's `g_get_user_config_dir`. */
export function userConfigurationFolder({ variables, home }: Environment): string {
  return join(variables['XDG_CONFIG_HOME'] || join(home, '.config'), 'libvirt');
}

function homeFolder(): string {
  try {
    return homedir();
  } catch {
    // Neither HOME nor the user database knows one; GLib takes the root folder then.
    return '/';
  }
}
