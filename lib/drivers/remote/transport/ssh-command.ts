import { invalidUri, isFlagSet, type RemoteUri } from '../uri';
import type { SocketOptions } from './socket-path';
import { composeRemoteCommand, requirePlainText } from './ssh-remote-command';

export interface SshCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly host: string;
  /** Whether the host is known to be the one that is meant. */
  readonly isVerified: boolean;
  readonly warnings: readonly string[];
}

/** What OpenSSH refuses in a name from version 9.6 on, since commands in its configuration may hold the name. */
const UNSAFE_USER = /^-|[\s\p{Cc}'"`$;&<>|(){}]/u;

/** Beyond that, what OpenSSH takes for something else than a host. */
const UNSAFE_HOST = /^-|[\s\p{Cc}'"`$;&<>|(){},\\/@]/u;

/** The values of `known_hosts_verify`, and what they are in OpenSSH's configuration. */
const HOST_KEY_CHECKING: Readonly<Record<string, 'accept-new' | 'no' | undefined>> = {
  normal: undefined,
  auto: 'accept-new',
  ignore: 'no',
};

/**
 * Composes the command that connects to the daemon that a URI means by the user's own ssh, after the rules of libvirt's own
 * client.
 *
 * Whatever the URI holds, it becomes no option of ssh and no other command than what its parameters name. What isn't in the
 * URI (users, keys, jump hosts, time limits, …) is up to ssh's configuration. `libssh` and `libssh2` are ssh as well.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if its parts or parameters make no sense, or aren't safe.
 */
export function composeSshCommand(uri: RemoteUri, options: SocketOptions): SshCommand {
  const { port, parameters } = uri;
  const { command: program = 'ssh', keyfile, known_hosts: knownHosts } = parameters;
  requireNoMethods(uri);
  if (program === '') {
    throw invalidUri(uri.text, 'the parameter command must be a program to run instead of ssh, but is empty');
  }
  const host = hostOf(uri);
  const user = userOf(uri);
  const checking = hostKeyCheckingOf(uri);
  const settings = [
    ...(isFlagSet(uri, 'no_tty') ? ['BatchMode=yes'] : []),
    ...(checking === undefined ? [] : [`StrictHostKeyChecking=${checking}`]),
    ...(keyfile === undefined ? [] : [`IdentityFile=${quotePath(uri, 'keyfile', keyfile)}`]),
    ...(knownHosts === undefined ? [] : [`UserKnownHostsFile=${quotePath(uri, 'known_hosts', knownHosts)}`]),
  ];
  const args = [
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...['-T', '-e', 'none'],
    ...settings.flatMap((setting) => ['-o', setting]),
    ...['--', host, composeRemoteCommand(uri, options)],
  ];
  const isVerified = checking !== 'no';
  const warnings = isVerified
    ? []
    : [`the host key of ${host} was not verified: whoever answers there is taken for it`];
  return { program, args, host, isVerified, warnings };
}

function requireNoMethods(uri: RemoteUri): void {
  if (uri.parameters.sshauth !== undefined) {
    const remedy = "say it in ssh's configuration, by PreferredAuthentications";
    throw invalidUri(
      uri.text,
      `the parameter sshauth is for libvirt's ssh libraries, but the program ssh is run here; ${remedy}`,
    );
  }
}

function hostOf(uri: RemoteUri): string {
  const { host = 'localhost' } = uri;
  if (UNSAFE_HOST.test(host)) {
    throw invalidUri(uri.text, "ssh takes no such host; give it a name in ssh's configuration");
  }
  return host;
}

function userOf(uri: RemoteUri): string | undefined {
  const { user } = uri;
  if (user === '' || (user !== undefined && UNSAFE_USER.test(user))) {
    throw invalidUri(uri.text, "ssh takes no such user; say it in ssh's configuration");
  }
  return user;
}

function hostKeyCheckingOf(uri: RemoteUri): 'accept-new' | 'no' | undefined {
  const written = uri.parameters.known_hosts_verify ?? 'normal';
  if (!Object.hasOwn(HOST_KEY_CHECKING, written)) {
    const problem = `the parameter known_hosts_verify must be normal, auto or ignore, but is ${JSON.stringify(written)}`;
    throw invalidUri(uri.text, problem);
  }
  return isFlagSet(uri, 'no_verify') ? 'no' : HOST_KEY_CHECKING[written];
}

/**
 * Writes a path as ssh_config(5) reads it on the command line: only a leading `~` keeps its meaning there.
 *
 * What can't be written such that all versions read it is refused.
 */
function quotePath(uri: RemoteUri, parameter: 'keyfile' | 'known_hosts', path: string): string {
  requirePlainText(uri, `the parameter ${parameter}`, path);
  if (path === '' || /["\\]|\$\{/.test(path)) {
    const problem = `the parameter ${parameter} must be a path without ", \\ and \${, which ssh cannot be given, but is`;
    throw invalidUri(uri.text, `${problem} ${JSON.stringify(path)}`);
  }
  return `"${path.replaceAll('%', '%%')}"`;
}
