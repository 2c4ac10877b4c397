import { readFileSync } from 'node:fs';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import type { HubJob } from '../protocol';
import type { Peers } from './peers';
import { whyNotConnected } from './why-not-connected';

/** The pause between two attempts to connect again, and how much longer it may be by chance, in milliseconds. */
const PAUSE = 250;
const JITTER = 250;

/** How often a server that is silent is pinged, in milliseconds, and how many pings may stay without an answer. */
const PING_INTERVAL = 5000;
const PINGS = 3;

/**
 * Connects to a hub, from then on for ever: a connection that breaks is made again.
 *
 * @throws {Error} if it can't be made in the first place.
 */
export async function connectTo(job: HubJob, { transport }: Peers): Promise<NatsConnection> {
  const options = connectionOptions(job, transport);
  try {
    return await transport.connect(options);
  } catch (error) {
    throw whyNotConnected(error as Error, job);
  }
}

function connectionOptions(job: HubJob, transport: Peers['transport']): ConnectionOptions {
  return {
    servers: [...job.servers],
    name: job.name,
    timeout: job.timeoutMs,
    reconnectTimeWait: PAUSE,
    reconnectJitter: JITTER,
    reconnectJitterTLS: JITTER,
    maxReconnectAttempts: -1,
    pingInterval: PING_INTERVAL,
    maxPingOut: PINGS,
    // Who is refused today, since the hub is set up anew, may be taken tomorrow.
    ignoreAuthErrorAbort: true,
    // Otherwise the client makes errors with their stacks before each request, which takes longer than all else that it does.
    noAsyncTraces: true,
    ...(job.inbox === undefined ? {} : { inboxPrefix: job.inbox }),
    ...identity(job, transport),
    ...encryption(job),
  };
}

/** Who the program is; files are read for each attempt, since they may have been replaced. */
function identity({ options, files }: HubJob, transport: Peers['transport']): ConnectionOptions {
  const { user, password = '', token, creds, nkey } = options;
  if (user !== undefined) {
    return { user, pass: password };
  }
  if (token !== undefined) {
    return { token };
  }
  if (creds !== undefined || files.creds !== undefined) {
    return { authenticator: transport.credsAuthenticator(contents('creds', creds, files.creds)) };
  }
  if (nkey !== undefined || files.nkey !== undefined) {
    const seed = contents('nkey', nkey, files.nkey);
    return { authenticator: transport.nkeyAuthenticator(() => Buffer.from(seed().toString().trim())) };
  }
  return files.login === undefined ? {} : readLogin(files.login);
}

/** Gives the contents of what is given as a text or by the name of a file, after the file was read once for a try. */
function contents(name: string, text: string | undefined, path = ''): () => Buffer {
  const read = () => (text === undefined ? readNamed(name, path) : Buffer.from(text));
  read();
  return read;
}

function readNamed(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`the file of ${name} can't be read: ${(error as Error).message}`);
  }
}

/** Reads a user and a password, or a token. What the file holds isn't shown in errors. */
function readLogin(path: string): ConnectionOptions {
  let login: { readonly user?: unknown; readonly password?: unknown; readonly token?: unknown } | null;
  try {
    login = JSON.parse(readNamed('login', path).toString()) as typeof login;
  } catch (error) {
    throw error instanceof SyntaxError ? new Error(`the login file ${path} is not JSON`) : error;
  }
  const { user, password, token } = login ?? {};
  if (typeof user === 'string' && typeof password === 'string' && token === undefined) {
    return { user, pass: password };
  }
  if (typeof token === 'string' && user === undefined && password === undefined) {
    return { token };
  }
  throw new Error(`the login file ${path} must hold {"user": "…", "password": "…"} or {"token": "…"}`);
}

function encryption({ tls, options, files }: HubJob): ConnectionOptions {
  const read = (name: 'ca' | 'cert' | 'key') =>
    options[name] ?? (files[name] === undefined ? undefined : readNamed(name, files[name]).toString());
  const given = Object.entries({ ca: read('ca'), cert: read('cert'), key: read('key') }).filter(
    ([, value]) => value !== undefined,
  );
  return tls || given.length > 0 ? { tls: Object.fromEntries(given) } : {};
}
