import type { HubJob, HubProblemKind } from '../protocol';
import { NoConnectionError } from './problems';

/** What is probably wrong, by what the client or the system says, and what kind of problem it is where they don't tell. */
const EXPLANATIONS: readonly {
  readonly says: RegExp;
  readonly means: (job: HubJob) => string;
  readonly kind?: HubProblemKind;
}[] = [
  {
    says: /^timeout$/i,
    means: ({ timeoutMs, tls, options, files }) => {
      const isEncrypted = tls || [options.ca, files.ca, options.cert, files.cert].some((given) => given !== undefined);
      const certificate = isEncrypted ? ', and does it take the certificate (cert=, key=)' : '';
      return `no answer within ${timeoutMs / 1000} s: is that a NATS server${certificate}?`;
    },
  },
  { says: /unexpected response/i, means: () => 'what answers there is no NATS server', kind: 'other' },
  { says: /undefined error/i, means: () => 'the connection is closed as soon as it is made: is that a NATS server?' },
  {
    says: /does not support 'tls'/i,
    means: () => 'it has no TLS, which tls://, ca= and cert= ask for',
    kind: 'refused',
  },
  {
    says: /ENOTFOUND|EAI_AGAIN/,
    means: () => 'there is no such host, or its name cannot be looked up now',
    kind: 'gone',
  },
  { says: /key values mismatch/i, means: () => 'cert= and key= do not belong together', kind: 'refused' },
  {
    says: /expired/i,
    means: () => 'look at the dates of the certificates, or of the credentials, and at the clocks',
    kind: 'refused',
  },
  {
    says: /certificate|altnames/i,
    means: () => 'is ca= the file of who has signed the certificate of the server, and is that made out to this host?',
    kind: 'refused',
  },
  { says: /authorization|authentication/i, means: () => 'look at creds=, nkey=, login=, or the option nats' },
];

/** Why there is no connection: what the client says of it, where it was tried, and what is probably wrong. */
export function whyNotConnected(error: Error, job: HubJob): NoConnectionError {
  const { message, cause } = error;
  const said = cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
  const { means, kind } = EXPLANATIONS.find(({ says }) => says.test(said)) ?? {};
  const where = job.servers.join(', ');
  return new NoConnectionError(`${where}: ${said}${means === undefined ? '' : `; ${means(job)}`}`, error, kind);
}
