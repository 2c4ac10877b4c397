import { InvalidUriError, OpenError } from '../../../errors';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';
import { ChildTransport } from './child-transport';

/** A program that connects to a daemon by its standard input and output. */
export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Starts a program that connects to the daemon that a URI means. Linux and macOS only.
 *
 * @param remedy What to do where it cannot be started.
 * @throws {InvalidUriError} `ERR_UNSUPPORTED_URI` on other systems.
 * @throws {OpenError} `ERR_OPEN` where the program cannot be started.
 */
export function startChild(
  uri: RemoteUri,
  { program, args }: ChildCommand,
  remedy: string,
  { variables }: Environment,
): ChildTransport {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    const problem = `the pipes of a child process need Linux or macOS, but this is ${process.platform}`;
    throw new InvalidUriError('ERR_UNSUPPORTED_URI', uri.text, problem);
  }
  try {
    return new ChildTransport(program, args, { environment: variables });
  } catch (cause) {
    throw new OpenError(uri.text, `${(cause as Error).message}; ${remedy}`, { cause });
  }
}
