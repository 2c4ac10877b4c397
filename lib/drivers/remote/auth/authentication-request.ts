import type { Credentials, CredentialsCallback } from '../../driver';
import type { Environment } from '../environment';
import type { RemoteUri } from '../uri';

/** What proving to a daemon who we are depends on. */
export interface AuthenticationRequest {
  readonly uri: RemoteUri;
  /** The daemon's host, by which credentials are looked up; `localhost` on this machine. */
  readonly host: string;
  /** Whether nobody on the way can read the bytes, so that a password may be among them. */
  readonly isPrivate: boolean;
  /** The option `credentials`. */
  readonly credentials: Credentials | CredentialsCallback | undefined;
  readonly environment: Environment;
  /** How long the daemon may take to answer a call. */
  readonly timeoutMs: number;
}
