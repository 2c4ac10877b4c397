import { invalidUri, type RemoteUri } from '../uri';
import { modeOf, type SocketMode, type SocketOptions } from './socket-path';

/** The folder of the sockets of the system's daemons; `/run` isn't on all systems. */
const SOCKET_FOLDER = '/var/run/libvirt';

/** What runs netcat: `$nc` is the program, `$socket` the path. Some netcats end with their input only if asked to. */
const NETCAT =
  'if "$nc" -q </dev/null 2>&1 | grep "requires an argument" >/dev/null; then exec "$nc" -q0 -U "$socket"; fi; ' +
  'exec "$nc" -U "$socket"';

/** A script for `sh -c`, with `$1` netcat and `$2` the socket. */
const NETCAT_SCRIPT = `nc=$1 socket=$2; ${NETCAT}`;

/** The same, but for libvirt's helper if it is installed, with the other arguments. */
const HELPER_OR_NETCAT_SCRIPT = `nc=$1 socket=$2; shift 2; if command -v virt-ssh-helper >/dev/null 2>&1; then exec virt-ssh-helper "$@"; fi; ${NETCAT}`;

/**
 * Composes the line that the other machine's shell runs, whichever that is: it connects its standard input and output to
 * the daemon that a URI means, after the rules of libvirt's own client.
 *
 * - `proxy=native` is libvirt's helper `virt-ssh-helper`, which finds the daemon itself; `netcat` is a netcat that knows unix
 *   sockets; `auto` is the first if it is installed, and the second if it isn't.
 * - Without `proxy`, a parameter `socket` or `netcat` means netcat, and the path `/session` the helper, since only that one
 *   knows where the other machine has such a socket.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if the parameters make no sense.
 */
export function composeRemoteCommand(uri: RemoteUri, options: SocketOptions): string {
  switch (proxyOf(uri)) {
    case 'native':
      return lineOf('virt-ssh-helper', ...helperArguments(uri, options));
    case 'netcat':
      return lineOf('sh', '-c', NETCAT_SCRIPT, 'sh', netcatOf(uri), socketOf(uri, options));
    case 'auto': {
      const netcat = [netcatOf(uri), socketOf(uri, options)];
      return lineOf('sh', '-c', HELPER_OR_NETCAT_SCRIPT, 'sh', ...netcat, ...helperArguments(uri, options));
    }
  }
}

/** @throws {InvalidUriError} `ERR_INVALID_URI` if a control character makes a value one that no shell is given. */
export function requirePlainText(uri: RemoteUri, what: string, value: string): void {
  if (/\p{Cc}/u.test(value)) {
    throw invalidUri(uri.text, `${what} must not hold a control character, but is ${JSON.stringify(value)}`);
  }
}

function proxyOf(uri: RemoteUri): 'auto' | 'native' | 'netcat' {
  const { proxy = 'auto', netcat, socket } = uri.parameters;
  if (proxy !== 'auto' && proxy !== 'native' && proxy !== 'netcat') {
    throw invalidUri(uri.text, `the parameter proxy must be auto, native or netcat, but is ${JSON.stringify(proxy)}`);
  }
  const wantsNetcat = proxy === 'netcat' || netcat !== undefined || socket !== undefined;
  const needsHelper = uri.path === '/session' && socket === undefined;
  if (proxy === 'native' && wantsNetcat) {
    const parameter = netcat === undefined ? 'socket' : 'netcat';
    throw invalidUri(
      uri.text,
      `proxy=native finds the daemon itself; leave out the parameter ${parameter}, or use proxy=netcat`,
    );
  }
  if (wantsNetcat && needsHelper) {
    const remedy = "name it by the parameter socket, or leave it to libvirt's helper by proxy=native";
    throw invalidUri(uri.text, `nobody here knows the path of the socket of /session on the other machine; ${remedy}`);
  }
  if (needsHelper) {
    return 'native';
  }
  return wantsNetcat ? 'netcat' : proxy;
}

function netcatOf(uri: RemoteUri): string {
  const { netcat = 'nc' } = uri.parameters;
  requirePlainText(uri, 'the parameter netcat', netcat);
  if (netcat === '' || netcat.startsWith('-')) {
    throw invalidUri(uri.text, `the parameter netcat must be a program, but is ${JSON.stringify(netcat)}`);
  }
  return netcat;
}

function socketOf(uri: RemoteUri, { readOnly, remoteMode }: SocketOptions): string {
  const { driver, parameters } = uri;
  const { socket } = parameters;
  if (socket !== undefined) {
    requirePlainText(uri, 'the parameter socket', socket);
    if (!socket.startsWith('/')) {
      const problem = `the parameter socket must be an absolute path on the other machine, but is ${JSON.stringify(socket)}`;
      throw invalidUri(uri.text, problem);
    }
    return socket;
  }
  const isDirect = (modeOf(uri) ?? remoteMode) === 'direct';
  if (isDirect && driver === undefined) {
    throw invalidUri(uri.text, 'mode=direct means the socket of one driver, but no driver is named');
  }
  // What the other machine has can't be looked at from here: the one daemon for all, or what stands in for it, is likeliest.
  return `${SOCKET_FOLDER}/${isDirect ? `virt${driver}d` : 'libvirt'}-sock${readOnly ? '-ro' : ''}`;
}

function helperArguments(uri: RemoteUri, { readOnly }: SocketOptions): string[] {
  // The helper takes no empty URI.
  const name = uri.name || `remote://${uri.path || '/'}`;
  requirePlainText(uri, 'the parameter name', name);
  if (name.startsWith('-')) {
    throw invalidUri(uri.text, 'the parameter name must be a URI');
  }
  return [...(readOnly ? ['-r'] : []), withMode(name, modeOf(uri))];
}

/** Adds the parameter `mode` to a URI that lacks it: which of its sockets is tried is up to the other machine. */
function withMode(name: string, mode: SocketMode | undefined): string {
  if (mode === undefined) {
    return name;
  }
  const [, front, fragment] = /^([^#]*)(.*)$/.exec(name) as unknown as [string, string, string];
  return `${front}${front.includes('?') ? '&' : '?'}mode=${mode}${fragment}`;
}

function lineOf(...words: string[]): string {
  return words.map(quoteForShell).join(' ');
}

/** Runs of characters that no shell gives a meaning to in single quotes, and the three that some shell does. */
const PIECES = /[^'!\\]+|'|[!\\]/g;

/** What means itself without quotes, wherever it stands in a word; `=` and `~` don't in zsh, `%` not in old fish. */
const PLAIN = /^[\w./:,@+-]+$/;

/**
 * Writes a word such that a shell reads it as it is: POSIX shells, zsh, csh and fish alike.
 *
 * In single quotes POSIX shells (XCU 2.2.2) take everything as it is, but fish takes a backslash for its escape there, and
 * csh an exclamation mark for its history; after a backslash all of them take both as they are.
 *
 * @param word Must not hold line breaks, which csh doesn't take in quotes, nor NUL.
 */
export function quoteForShell(word: string): string {
  if (PLAIN.test(word)) {
    return word;
  }
  return word === '' ? "''" : word.replaceAll(PIECES, quotePiece);
}

function quotePiece(piece: string): string {
  switch (piece) {
    case "'":
      return `"'"`;
    case '!':
    case '\\':
      return `\\${piece}`;
    default:
      return `'${piece}'`;
  }
}
