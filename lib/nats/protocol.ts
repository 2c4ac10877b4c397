import type { NatsOptions } from './hub-options';
import type { HubFiles } from './hub-uri';

/** How the child connects: all that it must know, it is told by its standard input. */
export interface HubJob {
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly files: HubFiles;
  readonly options: NatsOptions;
  readonly inbox: string | undefined;
  /** By which name the servers' operator sees the connection. */
  readonly name: string;
  /** For how many milliseconds it tries to connect. */
  readonly timeoutMs: number;
  /** The folders from which the client's packages are looked for. */
  readonly folders: readonly string[];
}

/** The server that the child is connected to. */
export interface HubServer {
  readonly version: string;
  /** The longest message that it takes, in bytes. */
  readonly maxPayload: number;
}

/** What a stream is, as far as it matters here. */
export interface StreamFacts {
  /** When it was made, as the server writes it: another stream of the same name has another time. */
  readonly created: string;
  /** The number of its first and of its last message; an empty stream's first is one behind its last. */
  readonly first: number;
  readonly last: number;
}

/** What the parent asks the child for, by name: what it says, and what is answered. */
export interface HubRequests {
  /** Connects; it is asked for once, before all else. */
  connect: { ask: HubJob; answer: HubServer };
  stream: { ask: { readonly stream: string }; answer: StreamFacts };
}

export type HubRequestName = keyof HubRequests;

/** A request as it goes to the child. */
export type HubRequest = {
  readonly [Name in HubRequestName]: {
    readonly id: number;
    readonly ask: Name;
    readonly with: HubRequests[Name]['ask'];
  };
}[HubRequestName];

/** Why the child could not do what it was asked for. */
export interface HubProblem {
  readonly message: string;
  /** What kind of problem it is, as far as anybody asks. */
  readonly kind: HubProblemKind;
  /** The server's own number of it, such as 10071 for another last sequence than was expected. */
  readonly code?: number | undefined;
}

/**
 * `missing`: a package isn't installed; `absent`: there is no such stream or message; `refused`: the server doesn't allow it;
 * `gone`: there is no connection, or no answer in time; `other`: the message says what.
 */
export type HubProblemKind = 'missing' | 'absent' | 'refused' | 'gone' | 'other';

/** What the child says without being asked. */
export type HubNotice =
  /** The connection to the hub broke; the child tries to connect again. */
  { readonly notice: 'disconnected'; readonly problem: string } | { readonly notice: 'connected' };

/** What the child says. */
export type HubMessage =
  | { readonly id: number; readonly answer: object }
  | { readonly id: number; readonly problem: HubProblem }
  | HubNotice;
