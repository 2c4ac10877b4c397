import type { Clock } from '../clock';
import type { InvalidEventError, ProtocolError } from '../errors';
import type { ReadEvent } from '../event/read-event';
import type { NatsOptions } from '../nats/hub-options';
import type { EventLimits } from '../xml/limits';
import type { Dialogue } from './io/dialogue';
import type { FileIdentity } from './io/file-identity';
import type { Reconnecting } from './io/reconnection';
import type { GivenDomain } from './test/given-domains';

export type { Reconnecting } from './io/reconnection';

/**
 * Where a driver puts what it takes from its transport: the queue of its connection, as the driver sees it.
 *
 * What a driver puts in is never refused. A driver that can leave data in its transport asks `hasRoomFor` first, and
 * stops reading while the answer is no; one that cannot wait (a call to a daemon awaits its reply) puts it in all the
 * same, and the queue exceeds its bound by that much.
 */
export interface EventSink {
  /** What the queue holds at most, by which a driver bounds what it keeps outside of it, and what it does when it is full. */
  readonly bounds: { readonly maxEvents: number; readonly maxBytes: number; readonly overflow: string };
  /**
   * Whether an event of so many bytes of UTF-8 fits.
   *
   * Always yes where the connection's `overflow` drops events, since dropping is then the queue's own business.
   */
  hasRoomFor(bytes: number): boolean;
  /**
   * Makes sure that so many events of so many bytes in all fit, for a driver whose events the program itself causes.
   *
   * @throws {QueueFullError} `ERR_QUEUE_FULL`
   */
  requireRoomFor(bytes: number, events: number): void;
  /** Queues an event; a source that numbers its events itself says which one it is. */
  event(event: ReadEvent, origin?: EventOrigin): void;
  /** Queues a gap instead of an event that could not be read, by its number in a source that numbers its events itself. */
  invalid(error: InvalidEventError | ProtocolError, sequence?: number): void;
  /** Queues a gap in the place of events that such a source has not any more. */
  missing(events: MissingEvents): void;
  /** Says that no event will come any more, in good order: the file is read, the writer has closed. */
  ended(): void;
  /** Says that no event will come any more, because the transport failed. */
  lost(cause: Error): void;
  /** Says that the transport failed, and that the driver tries to reach the other end again. */
  interrupted(cause: Error): void;
  /** Says that the driver has reached the other end: again, or for the first time if it wasn't there at opening. */
  connected(again: boolean): void;
}

/** What a source that numbers its events itself says of one. */
export interface EventOrigin {
  /** Its number, higher than that of the one before. */
  readonly sequence: number;
  /** By what a program recognises it, whoever reads it, and in whatever process. */
  readonly key: string;
  /** How many lost events it tells of, if it is a gap that was stored. */
  readonly lost: number;
}

/** Events that a source has not any more. */
export interface MissingEvents {
  readonly cause: 'corrupt' | 'expired';
  /** The number of the first and the last of them. */
  readonly first: number;
  readonly last: number;
  /** How many they are, if that is known. */
  readonly count: number | undefined;
  /** The host whose events they were, if it is one. */
  readonly host?: string | undefined;
}

/**
 * A reader's place in a source that keeps its events: up to which event the program has completed them.
 *
 * Nothing of it throws: what cannot be written down is a problem, which the delivery asks for.
 */
export interface ReaderPlace {
  /** Says that an event is offered to handlers for the first time here; tells what came of it in processes before. */
  offered(sequence: number): EarlierOffers;
  /** Says that the event that was offered last is wanted again: how often it was offered, and how often a handler threw on it. */
  putOff(attempt: number, throws: number): void;
  /**
   * Says that everything up to a number is completed.
   *
   * @param isHandled Whether that is to be written down at once; otherwise it is by the next one that is, or by `settle()`.
   */
  completed(sequence: number, isHandled: boolean): void;
  /** Says that a delivery is over, so that what is completed can be written down. */
  settle(): void;
  /** Why the place could not be written down, once, if it could not. */
  takeProblem(): Error | undefined;
  /** Where the reader is. */
  readonly stats: JournalPlace;
}

/** What came of an event in processes that did not complete it. */
export interface EarlierOffers {
  /** How many times it was offered. */
  readonly attempts: number;
  /** How many times a handler has thrown on it. */
  readonly throws: number;
}

/** Where a reader is in a journal. */
export interface JournalPlace {
  /** The number of the next event that is not completed, at least. */
  readonly next: number;
  /** The number that the next event to be written will have, at least. */
  readonly end: number;
  /** How many events there are between. */
  readonly behind: number;
}

/** What stands behind the events of a journal, for who passes them on to somewhere else. */
export interface JournalBehind {
  readonly folder: string;
  /** The file of its reader's bookmark, if the reader has one. */
  readonly bookmark: string | undefined;
  readonly place: EntryPlace;
}

/** A reader's place in a journal, as who passes its entries on sees it. */
export interface EntryPlace {
  /** The number of the next event that is not completed, at least. */
  readonly next: number;
  /** What is remembered beside the place, a word that is written down with it. */
  get note(): string | undefined;
  set note(note: string);
  /** The entry that an event in the queue is; nothing for a gap in the place of entries that the journal has not got any more. */
  entryOf(sequence: number): StoredEntry | undefined;
}

/** By what an entry of a journal is known anywhere. */
export interface StoredEntry {
  /** The journal's id when it was written. */
  readonly journal: string;
  readonly sequence: number;
  readonly crc: number;
  /** When it was appended: a time stamp. */
  readonly time: string;
}

/** What a driver is given when a connection opens. */
export interface DriverContext {
  /** The URI as the program gave it, for error messages. */
  readonly uri: string;
  readonly sink: EventSink;
  readonly clock: Clock;
  readonly limits: EventLimits;
  /** The options of `openConnection` that are the driver's own. */
  readonly options: DriverOptions;
}

/** The options of `openConnection` that one driver or another reads. */
export interface DriverOptions {
  /** Test driver: starts a random life, and fixes its course. The same seed on the same clock makes the same events. */
  readonly seed?: number | undefined;
  /** Test driver: the domains of `test:///default`, instead of its one. */
  readonly domains?: readonly GivenDomain[] | undefined;
  /**
   * Stream driver, `file:PATH`: waits out the pauses that `recordEvents` of `virdeliver/testing` has written between the
   * events, this many times as fast; by default they are passed over.
   */
  readonly replaySpeed?: number | undefined;
  /** Remote driver: asks for no more than reading; default `false`. It is enough for all events but the monitor's. */
  readonly readOnly?: boolean | undefined;
  /** Remote driver: the types of the events that the daemon is asked for; default all but `qemu-monitor`. */
  readonly events?: readonly string[] | undefined;
  /**
   * Remote driver: whether it tries to reach a daemon again that went away, at growing intervals; default `false`, which
   * makes the connection lost. With `'from-start'` the daemon need not even be there when the connection is opened.
   */
  readonly reconnect?: boolean | 'from-start' | undefined;
  /**
   * Remote driver: after how many milliseconds of silence the daemon is pinged, and how many pings may stay without an
   * answer; default 5000 and 5. `false` never pings.
   */
  readonly keepAlive?: KeepAlive | boolean | undefined;
  /**
   * Remote driver: whether tcp and tls go through a child process, so that they work without an event loop; default `false`.
   */
  readonly relay?: boolean | undefined;
  /**
   * Remote driver: who the program is to a daemon that asks by SASL, or a function that says so when it is asked, also anew
   * after a reconnection; by default libvirt's files of credentials are looked up.
   */
  readonly credentials?: Credentials | CredentialsCallback | undefined;
  /** Journal driver: for how many milliseconds it waits for a reader of the same name to end; default 0, which refuses at once. */
  readonly lockWaitMs?: number | undefined;
  /**
   * Journal driver: how many milliseconds pass at least, while events are delivered, between two times that the bookmark is made to
   * reach the disk; default 1000. What a loss of power undoes of a bookmark only repeats events.
   */
  readonly syncIntervalMs?: number | undefined;
  /** NATS driver: who the program is to the servers of a hub, and whom it trusts; the URI may name files instead. */
  readonly nats?: NatsOptions | undefined;
}

/** Who a program is to a daemon. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** For what a daemon asks who the program is. */
export interface CredentialsRequest {
  /** The connection's URI. */
  readonly uri: string;
  /** The daemon's host; `localhost` on this machine. */
  readonly host: string;
  /** How the daemon is told: `SCRAM-SHA-256`, … */
  readonly mechanism: string;
  /** The user that the URI names, if it names one. */
  readonly user: string | undefined;
}

/** Says who the program is; a promise of it is awaited by `openConnectionAsync` and in the event loop only. */
export type CredentialsCallback = (request: CredentialsRequest) => Credentials | PromiseLike<Credentials>;

/** How a silent daemon is watched. */
export interface KeepAlive {
  readonly intervalMs?: number | undefined;
  readonly count?: number | undefined;
}

/**
 * What feeds a connection: the one interface between delivery and every driver.
 *
 * A driver does nothing by itself. It takes events from its transport when the connection pumps it or waits on it, and,
 * between `listen()` and `unlisten()`, from the event loop.
 */
export interface Driver {
  /**
   * Takes what the transport holds now and puts it into the sink, without waiting.
   *
   * Stops when the transport is empty, when the sink has no room, or when `shouldContinue` says no; it asks `shouldContinue` after each
   * chunk of its transport, so that at least one is taken.
   */
  pump(shouldContinue: () => boolean): void;
  /**
   * Blocks the thread until the transport may hold something, or the time is up; no JavaScript runs meanwhile.
   *
   * It may return early. A driver that has ended returns at once. Never called where the clock is manual.
   *
   * @param milliseconds A positive number; fractions count.
   */
  wait(milliseconds: number): void;
  /**
   * Begins to feed the sink from the event loop, while the sink has room, until `unlisten()`.
   *
   * The connection keeps the process alive meanwhile; the driver need not. It is called again, while it listens, when
   * there may be room again in a sink that was full; otherwise a second call changes nothing.
   */
  listen(): void;
  /** Stops feeding the sink from the event loop. */
  unlisten(): void;
  /** Lets go of the transport; nothing is put into the sink any more. */
  close(): void;
  /** The file that it reads, or has read when it was opened. */
  readonly input?: FileIdentity | undefined;
  /** Whether nothing can come while the thread is blocked, so that waiting is no more than sleeping. */
  readonly isSilentWhileBlocked?: boolean;
  /** Whether the transport keeps what is not read yet for as long as that takes, as a file does: nothing is gained by reading ahead. */
  readonly keepsUnread?: boolean;
  /** The domains behind it and their states as of the last event, where it has domains. */
  listDomains?(): DomainListing[];
  /**
   * Asks its hypervisor for a domain's XML description, where there is one to be asked.
   *
   * @throws {DaemonError} `ERR_DAEMON`, {TestDomainError} `ERR_DOMAIN_NOT_FOUND` if the hypervisor has no such domain.
   */
  domainXml?(question: DomainQuestion): Dialogue<string>;
  /** The types of events that were asked for, but that its daemon does not have. */
  readonly unsupported?: readonly string[];
  /** The reader's place, if its source keeps events: it is told of all that the program completes. */
  readonly place?: ReaderPlace;
  /** The journal that it reads, if it is one. */
  readonly journal?: JournalBehind;
  /** How it tries to reach the other end, while it does. */
  readonly reconnecting?: Reconnecting | undefined;
  /** Whose domains it tells of, where it has domains. */
  readonly origin?: Origin;
  /**
   * Goes on from what was known when somebody who keeps its events stopped, where it has domains. It is to be called before the
   * first `pump` or `listen`.
   *
   * The first list of the domains, however late it comes, is compared with what was known: what has changed is told as
   * transitions found by comparison, then a gap of unknown size, both in front of all that comes. Where other domains were known
   * (see `Origin`) there is only the gap.
   *
   * @param earlier `undefined` if nothing was known yet: then nothing is told, and only the host is asked for.
   */
  resumeFrom?(earlier: EarlierStates | undefined): void;
}

/** Whose domains a driver tells of: those with another URI, or of another host, are others. */
export interface Origin {
  /** The connection's URI, without what may be a password; of libvirt's default or an alias, the one that is meant. */
  readonly uri: string;
  /** The UUID of the daemon's host; `undefined` until it is known, and if the daemon has none. It is asked for by `resumeFrom` only. */
  readonly hostUuid: string | undefined;
}

/** What was known when somebody who keeps a driver's events stopped. */
export interface EarlierStates {
  /** As the driver had it then. */
  readonly origin: Origin;
  readonly domains: readonly EarlierDomain[];
  /** Whether this machine was started anew since; `undefined` if that can't be told. */
  readonly rebooted: boolean | undefined;
}

/** A domain as it was known. */
export interface EarlierDomain {
  readonly uuid: string;
  readonly name: string;
  /** The hypervisor's number for it; -1 if it didn't run. */
  readonly id: number;
  /** Whether it stays when it stops, if that is known. */
  readonly persistent: boolean | undefined;
  /** In the words of `domain-state-transition`. */
  readonly state: string;
}

/** Which description of which domain is wanted. */
export interface DomainQuestion {
  /** What the domain is found by: its UUID, in lower case with hyphens, or its name if that isn't given. */
  readonly uuid: string | undefined;
  /** Its name, or what errors call it. */
  readonly name: string;
  /** Whether it is that with which it will start the next time, though it runs. */
  readonly inactive: boolean;
}

/** A domain and its state, as `virdeliver list` shows it. */
export interface DomainListing {
  readonly name: string;
  readonly uuid: string;
  /** The hypervisor's number for a running domain, -1 for one that does not run. */
  readonly id: number;
  /** The state, in the words of `domain-state-transition`: `running`, `shutoff`, …; `unknown` until the daemon has told it. */
  readonly state: string;
}
