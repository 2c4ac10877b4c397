import { hostname } from 'node:os';
import { optionNames, readNumber, requireOptions } from '../arguments';
import { type ConnectionCore, coreOf } from '../delivery/connection-core';
import type { Registration } from '../delivery/registration';
import type { JournalBehind } from '../drivers/driver';
import { InvalidArgumentError } from '../errors';
import { addEventHandler, type Connection } from '../index';
import { hubJob } from '../nats/hub-job';
import { type NatsOptions, readNatsOptions } from '../nats/hub-options';
import { parseHubUri } from '../nats/hub-uri';
import type { StreamLimits } from '../nats/protocol';
import { Forwarder } from './forwarder';
import { HubLink } from './hub-link';

/** How a stream is made that isn't there. */
export interface StreamOptions {
  /** On how many servers each message is kept; default 1. */
  readonly replicas?: number | undefined;
  /** For how long messages are kept at most, in milliseconds; default without end. */
  readonly maxAgeMs?: number | undefined;
  /** How many bytes of messages are kept at most, before the oldest go; default without end. */
  readonly maxBytes?: number | undefined;
}

/** The options of `publishEvents`. */
export interface PublishOptions {
  /** Who the program is to the hub, unless the URI names files that say so. */
  readonly nats?: NatsOptions | undefined;
  /** Makes the stream, and that of its readers' bookmarks (`STREAM-readers`), if they aren't there; default `false`. */
  readonly create?: boolean | StreamOptions | undefined;
}

/** Events that are being published. */
export interface Publication extends Disposable {
  /** The URI of the stream. */
  readonly uri: string;
  /** How many events the stream has acknowledged so far. */
  readonly published: number;
  /** Why nothing can be published just now, such as that the server is gone; `undefined` if it can, as far as is known. */
  readonly waitsFor: string | undefined;
  /** Ends it: the connection to the hub is closed, the journal's stays open; closing that does both. */
  close(): void;
  [Symbol.dispose](): void;
}

const OPTIONS = optionNames<PublishOptions>({ nats: true, create: true });
const STREAM_OPTIONS = optionNames<StreamOptions>({ replicas: true, maxAgeMs: true, maxBytes: true });

/** The most servers on which JetStream keeps a message. */
const MOST_REPLICAS = 5;

/** For how long it tries to connect, in milliseconds: the thread is blocked meanwhile. */
const CONNECT_TIMEOUT = 5000;

/**
 * Publishes the events of a journal to a NATS JetStream stream, from which any number of programs read them, on whatever machines:
 * `openConnection('nats://HOST/STREAM?reader=NAME')`.
 *
 * It is a handler: each event is published when it is delivered, and the reader's bookmark moves behind it when the stream has acknowledged
 * it. While the hub is away, or the stream full, events stay in the journal, and it is tried again for ever. What servers had acknowledged
 * and have lost is published again, as far as the journal has it.
 *
 * @param conn The connection to the journal, with a reader's name; nothing of it may have been delivered, or waited for, yet.
 * @param uri The stream's: `nats://HOST[:PORT][,HOST…]/STREAM`, or `tls://…`.
 * @throws {OpenError} `ERR_OPEN` if there is no such stream, or the hub refuses who the program is.
 * @throws {JournalError} `ERR_BOOKMARK` if the stream has events of this journal that this journal hasn't: it was set back. Each delivery
 *   throws it, too, if that is found out only when the hub is there again.
 * @throws {PublishError} `ERR_PUBLISH`, by each delivery, if the hub refuses an event for good.
 * @throws {InvalidUriError} `ERR_INVALID_URI`; `ERR_UNSUPPORTED_URI` if the packages `@nats-io/transport-node` and `@nats-io/jetstream` aren't
 *   installed.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
 * @throws {NestedDeliveryError} `ERR_NESTED_DELIVERY` inside a delivery of such a connection.
 * @example
 * ```ts no-run
 * import { openConnection, runDelivery } from 'virdeliver';
 * import { publishEvents } from 'virdeliver/nats';
 *
 * using conn = openConnection('journal:/var/lib/virdeliver?reader=nats');
 * using publication = publishEvents(conn, 'nats://hub/EVENTS?creds=/etc/virdeliver/hub.creds');
 * await runDelivery(conn);
 * console.log(publication.published);
 * ```
 */
export function publishEvents(conn: Connection, uri: string, options: PublishOptions = {}): Publication {
  requireOptions('options', options, OPTIONS);
  const core = coreOf(conn);
  const journal = requireJournal(core);
  const address = parseHubUri(uri);
  const nats = readNatsOptions('options.nats', options.nats, address);
  const limits = readStreamOptions(options.create);
  const job = hubJob(address, nats, `virdeliver forward ${hostname()}`, CONNECT_TIMEOUT);
  const link = new HubLink(uri, address.stream, job);
  const forwarder = new Forwarder(core, journal, link, uri, limits);
  try {
    forwarder.begin();
    return new OpenedPublication(uri, conn, core, forwarder);
  } catch (error) {
    forwarder.close();
    throw error;
  }
}

class OpenedPublication implements Publication {
  readonly uri: string;
  readonly #core: ConnectionCore;
  readonly #forwarder: Forwarder;
  readonly #registration: Registration;

  constructor(uri: string, conn: Connection, core: ConnectionCore, forwarder: Forwarder) {
    this.uri = uri;
    this.#core = core;
    this.#forwarder = forwarder;
    const registration = addEventHandler(
      conn,
      null,
      (_, event) => {
        const result = forwarder.take(event);
        registration.longestPause = forwarder.isRepeating ? 0 : Number.POSITIVE_INFINITY;
        return result;
      },
      undefined,
      { name: 'publishEvents', onRelease: () => this.close() },
    ) as Registration;
    this.#registration = registration;
    core.durables.add(forwarder);
  }

  get published(): number {
    return this.#forwarder.published;
  }

  get waitsFor(): string | undefined {
    return this.#forwarder.waitsFor;
  }

  close(): void {
    this.#forwarder.close();
    this.#registration.remove();
    this.#core.dismiss(this.#forwarder);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it isn't a fresh connection to a journal with a bookmark. */
function requireJournal(core: ConnectionCore): JournalBehind {
  core.requireOpen();
  core.requireNoDelivery('publishEvents');
  const { journal } = core.driver;
  if (journal?.bookmark === undefined) {
    const form = "a journal with a reader's name, as journal:DIR?reader=nats";
    throw new InvalidArgumentError('conn', `must be a connection to ${form}, but is one to '${core.uri}'`);
  }
  core.requireUnread('publishEvents', 'conn');
  return journal;
}

function readStreamOptions(create: PublishOptions['create']): StreamLimits | undefined {
  if (create === undefined || create === false) {
    return undefined;
  }
  const given = create === true ? {} : create;
  requireOptions('options.create', given, STREAM_OPTIONS);
  const number = (name: keyof StreamOptions, whole: boolean) =>
    given[name] === undefined ? undefined : readNumber(`options.create.${name}`, given[name], 1, { least: 1, whole });
  const replicas = number('replicas', true);
  if (replicas !== undefined && replicas > MOST_REPLICAS) {
    throw new InvalidArgumentError('options.create.replicas', `must be at most ${MOST_REPLICAS}, but is ${replicas}`);
  }
  return { replicas, maxAgeMs: number('maxAgeMs', false), maxBytes: number('maxBytes', true) };
}
