import type { PublishedEntry } from './headers';
import type { NatsOptions } from './hub-options';
import type { HubFiles } from './hub-uri';

/** How the child connects: all that it must know, it is told by its standard input. */
export interface HubJob {
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly files: HubFiles;
  readonly options: NatsOptions;
  readonly inbox: string | undefined;
  readonly domain: string | undefined;
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
  /** Whether a message can be asked for by its subject (`allow_direct`). */
  readonly isDirect: boolean;
  /** The subjects that can be published to it; none if it only takes over what others have. */
  readonly subjects: readonly string[];
  /** Why it can't carry events, and what is to be done about it, if it can't. */
  readonly unfit?: string | undefined;
}

/** How much a stream is to hold, and how safely. */
export interface StreamLimits {
  readonly replicas?: number | undefined;
  readonly maxAgeMs?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** A message as it is to be published. */
export interface OutgoingMessage {
  readonly subject: string;
  /** By this the server knows it, should it come twice. */
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many bytes its text has. */
  readonly length: number;
}

/** Messages that are to be published one after the other, each when the one before is acknowledged. */
export interface PublishJob {
  readonly stream: string;
  /** Over which connection: the first is 1, and each `connected` makes it one more. */
  readonly connection: number;
  /**
   * Which jobs belong together, in the order of their numbers: when one of their messages can't be published, none that comes after it
   * is, in whatever job. They must be sent anew, in a run of a higher number.
   */
  readonly run: number;
  readonly messages: readonly OutgoingMessage[];
}

/** What has become of a job's messages. */
export interface PublishOutcome {
  /** The numbers in the stream of those that were acknowledged, which are the first ones. */
  readonly sequences: readonly number[];
  /** Why the one behind them can't be published; nothing if it wasn't tried. */
  readonly problem?: HubProblem | undefined;
}

/** A message that was looked for. */
export interface HostMessageFacts {
  /** Its number in the stream. */
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the parent asks the child for, by name: what it says, and what is answered. */
export interface HubRequests {
  /** Connects; it is asked for once, before all else. */
  connect: { ask: HubJob; answer: HubServer };
  stream: { ask: { readonly stream: string }; answer: StreamFacts };
  /** The number of the first message that a stream got at or after a time, or else the one behind its end. */
  find: { ask: { readonly stream: string; readonly time: string }; answer: { readonly next: number } };
  /** Begins to read; what is read comes as notices. */
  read: { ask: ReadJob; answer: object };
  /** What was kept last under each of some subjects of the stream of bookmarks. */
  places: { ask: { readonly stream: string; readonly subjects: readonly string[] }; answer: KeptPlaces };
  /**
   * Writes the first bookmarks of ours; from then on whoever else writes under the same subjects is noticed. If it was done already
   * under the same name by a child that has ended, the bookmarks are ours as well.
   */
  claim: { ask: ClaimJob; answer: object };
  /** Has a bookmark written; nothing is answered. */
  keep: { ask: PlaceText; answer: object };
  /** Waits for a moment until all bookmarks are written; says why not, if they aren't. */
  settle: { ask: object; answer: { readonly problem?: string | undefined } };
  /** Whether the message of a number was deleted, and not by a limit. */
  deleted: { ask: { readonly stream: string; readonly number: number }; answer: { readonly isDeleted: boolean } };
  /** Finds the newest message with a subject. */
  newest: {
    ask: { readonly stream: string; readonly subject: string };
    answer: { readonly found?: HostMessageFacts };
  };
  /** Makes a stream, and that of its readers' bookmarks, as far as they aren't there. */
  create: { ask: { readonly stream: string; readonly limits: StreamLimits }; answer: object };
  /** Publishes messages, whose texts follow, behind those of earlier jobs; it is answered when all are acknowledged that can be. */
  publish: { ask: PublishJob; answer: PublishOutcome };
}

/** What is to be read: one series of messages, or several that are each in order. */
export interface ReadJob {
  readonly stream: string;
  /** When the stream was made in which the numbers count. */
  readonly created: string;
  readonly feeds: readonly FeedJob[];
}

/** A message that was read: while the stream has it under its number, that tells whether it is the stream that was read. */
export interface SeenMessage {
  readonly at: number;
  /** When the server got it, in nanoseconds since 1970, as exactly as a number can be. */
  readonly time: number;
}

/** How far a series of messages was read. */
export interface FeedPlace {
  /** The number of the next message, at least. */
  readonly next: number;
  /** The one that was read last, if one was. */
  readonly seen?: SeenMessage | undefined;
}

/** A series of messages: those of a subject, from a place on. */
export interface FeedJob extends FeedPlace {
  readonly subject: string;
}

/** A bookmark's text, by its subject. */
export interface PlaceText {
  readonly subject: string;
  readonly text: string;
}

/** In the order of the subjects; nothing where nothing was kept. */
export interface KeptPlaces {
  readonly places: readonly ({ readonly text: string; readonly at: number } | null)[];
}

/** The bookmarks that are to be ours. */
export interface ClaimJob {
  readonly stream: string;
  /** By this a text is known to be ours, which has it in it. */
  readonly by: string;
  readonly places: readonly (PlaceText & {
    /** The number of the message that was kept last; 0 if there was none. */
    readonly after: number;
  })[];
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

/** The server's number for another last sequence of a subject than was expected: somebody else has written there. */
export const WRONG_LAST_SEQUENCE = 10_071;

/** Why the child could not do what it was asked for. */
export interface HubProblem {
  readonly message: string;
  /** What kind of problem it is, as far as anybody asks. */
  readonly kind: HubProblemKind;
  /** The server's own number of it, such as `WRONG_LAST_SEQUENCE`. */
  readonly code?: number | undefined;
}

/**
 * `missing`: a package isn't installed; `absent`: there is no such stream or message; `refused`: the server doesn't allow it;
 * `too-large`: it never takes a message of that size; `gone`: there is no connection, or no answer in time; `other`: the message says what.
 */
export type HubProblemKind = 'missing' | 'absent' | 'refused' | 'too-large' | 'gone' | 'other';

/** What the child says without being asked; a feed is named by its place in the `ReadJob`. */
export type HubNotice =
  /** The connection to the hub broke, or the stream can't be read; the child tries again. */
  | { readonly notice: 'disconnected'; readonly problem: string }
  | { readonly notice: 'connected' }
  | EventNotice
  /** Messages that the stream has not got any more; how many of them were ours may be unknown. */
  | { readonly notice: 'missing'; readonly feed: number; readonly last: number; readonly count?: number | undefined }
  /** The feed has no message up to a number that wasn't told. */
  | { readonly notice: 'quiet'; readonly feed: number; readonly last: number }
  /** The stream is another one, or was set back: the child reads no more. */
  | { readonly notice: 'replaced'; readonly problem: string }
  /** A bookmark can't be written, though the hub answers; the child tries again. */
  | { readonly notice: 'unkept'; readonly problem: string }
  /** Another process has written a bookmark of ours, or an earlier one has come back: the child writes it no more. */
  | { readonly notice: 'fenced'; readonly subject: string; readonly by: 'another' | 'earlier' };

/** A message was read; its text is beside the notice. */
export interface EventNotice {
  readonly notice: 'event';
  readonly feed: number;
  /** Its number in the stream. */
  readonly at: number;
  /** When the server got it, as `SeenMessage` has it. */
  readonly time: number;
  /** How many of the feed are behind it. */
  readonly pending: number;
  /** Which entry of which journal it is, unless the message doesn't say that. */
  readonly entry: PublishedEntry | undefined;
}

/** What the child says. */
export type HubMessage =
  | { readonly id: number; readonly answer: object }
  | { readonly id: number; readonly problem: HubProblem }
  | HubNotice;
