import { clearInterval, setInterval } from 'node:timers';
import type { Durable } from '../delivery/completion';
import type { ConnectionCore } from '../delivery/connection-core';
import type { JournalBehind } from '../drivers/driver';
import { OpenError, PublishError } from '../errors';
import { nodeFiles } from '../journal/node-files';
import { HubError } from '../nats/hub-error';
import type { StreamFacts, StreamLimits } from '../nats/protocol';
import { chosenSubject, isCovered } from '../nats/subjects';
import { Ahead } from './ahead';
import { Backlog } from './backlog';
import { findBeginning } from './beginning';
import { AwayError, type HubLink } from './hub-link';
import { noteOf, readNote } from './known-stream';
import { entryOfGap, gapFor, type Message, messageOf, type PublishableEvent, type PublishableEvents } from './message';
import { isOfJournal, type OwnJournal, readOwnJournal } from './own-journal';

/** How often it looks after its connection if nothing is delivered, in milliseconds. */
const LOOK_INTERVAL = 1000;

/** For how long it publishes what a stream has lost before whoever delivers has his turn again, in milliseconds. */
const SLICE = 200;

/**
 * What stands between the handler of a journal's reader and a stream.
 *
 * Each event is published when the one before is acknowledged. An event that can't be published isn't lost: its handler wants it again,
 * and the bookmark stays. When the delivery is over the forwarder says why, if it is for good.
 */
export class Forwarder implements Durable {
  readonly #core: ConnectionCore;
  readonly #journal: JournalBehind;
  readonly #link: HubLink;
  readonly #uri: string;
  readonly #limits: StreamLimits | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  /** The events that the reader is given. */
  readonly #events: PublishableEvents;
  readonly #ahead: Ahead;
  #published = 0;
  #waitsFor: string | undefined;
  /** Whether the delivery that is under way has brought something, so that the hub was looked after, and whether that went well. */
  #isAttended = false;
  #isReady = false;
  #failure: unknown;
  #isClosed = false;
  /** The connection for which is known where to go on, what the journal and the stream were then, and what the stream had acknowledged. */
  #checked = 0;
  #own: OwnJournal | undefined;
  #created = '';
  #acked: number | undefined;
  /** Up to which entry the stream has everything, though the bookmark doesn't know. */
  #through = 0;
  /** The entries before the bookmark that the stream is to get once more. */
  #backlog: Backlog | undefined;

  /** @param limits How the stream is made if it isn't there; nothing if it isn't to be made. */
  constructor(
    core: ConnectionCore,
    journal: JournalBehind,
    link: HubLink,
    uri: string,
    limits: StreamLimits | undefined,
  ) {
    this.#core = core;
    this.#journal = journal;
    this.#link = link;
    this.#uri = uri;
    this.#limits = limits;
    this.#events = {
      entryOf: (sequence) => journal.place.entryOf(sequence),
      eventsAfter: (sequence) => core.queue.eventsAfter(sequence),
    };
    this.#ahead = new Ahead(link);
    // A program in the event loop may deliver nothing for hours, since nothing comes.
    this.#timer = core.clock.manual ? undefined : setInterval(() => this.#attend(), LOOK_INTERVAL).unref();
  }

  /** How many events were acknowledged. */
  get published(): number {
    return this.#published;
  }

  /** Why nothing can be published now, if that is so. */
  get waitsFor(): string | undefined {
    return this.#waitsFor;
  }

  /** Whether publishing goes on with entries that the stream had once, and has lost. */
  get isRepeating(): boolean {
    return this.#backlog !== undefined;
  }

  /**
   * Connects for the first time, and finds out where to go on.
   *
   * @throws what is wrong for good.
   */
  begin(): void {
    this.#prepare();
    this.#throwFailure();
  }

  /** Publishes an event: a handler's work. */
  take(event: PublishableEvent): 'retry' | undefined {
    this.#isAttended = true;
    // What happens to the connection meanwhile is found out by publishing.
    this.#isReady ||= this.#prepare();
    this.#isReady &&= this.#try(() => this.#pass(event, this.#events));
    return this.#isReady ? undefined : 'retry';
  }

  /**
   * Looks after the connection when a delivery is over, also one that has brought nothing.
   *
   * @throws {VirdeliverError} each time, if nothing can be published any more.
   */
  settle(): void {
    if (this.#ahead.isUnderWay) {
      this.#try(() => this.#settleAhead());
    }
    if (!this.#isAttended) {
      this.#prepare();
    }
    this.#isAttended = false;
    this.#isReady = false;
    this.#throwFailure();
  }

  /** Ends the client. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#backlog?.close();
    this.#link.close();
  }

  #attend(): void {
    if (!this.#core.delivering) {
      // What fails is said by the next delivery.
      this.#prepare();
    }
  }

  /** Sees to it that the next event can be published; says whether it can. */
  #prepare(): boolean {
    return this.#try(() => {
      const connection = this.#link.look();
      if (connection !== this.#checked) {
        this.#check();
        this.#checked = connection;
      }
      return this.#repeat();
    });
  }

  /** Finds out where to go on. */
  #check(): void {
    this.#dropBacklog();
    this.#ahead.forget();
    const facts = this.#findStream();
    this.#own = readOwnJournal(nodeFiles, this.#journal.folder);
    this.#created = facts.created;
    const own = this.#own;
    if (own === undefined) {
      // Nobody has written to the journal yet, so that there is nothing to publish either.
      throw new AwayError('the journal has no events yet');
    }
    this.#requireSubjects(facts, own.host);
    const { folder, place } = this.#journal;
    const known = readNote(place.note);
    const stream = { ...facts, isDeleted: (number: number) => this.#link.isDeleted(number) };
    const newest = this.#newestOf(own.host);
    const beginning = findBeginning(known, stream, newest, (message) =>
      isOfJournal(nodeFiles, folder, own, message, this.#link.stream),
    );
    this.#acked = typeof beginning === 'object' ? newest?.at : undefined;
    this.#through = typeof beginning === 'object' ? beginning.after : 0;
    if (beginning !== 'bookmark' && this.#through + 1 < place.next) {
      this.#backlog = new Backlog(this.#core, folder, beginning, place.next);
    } else {
      this.#note();
    }
  }

  /** Or another stream would get the events, or nobody. */
  #requireSubjects({ subjects }: StreamFacts, host: string): void {
    const own = chosenSubject({ host });
    if (!subjects.some((subject) => isCovered(own, subject))) {
      const what = subjects.length === 0 ? 'none: it is a mirror, or has sources' : `only ${subjects.join(', ')}`;
      throw new OpenError(
        this.#uri,
        `the stream ${this.#link.stream} does not take the subjects ${own} of the host '${host}', but ${what}`,
      );
    }
  }

  #newestOf(host: string) {
    try {
      return this.#link.newestOf(host);
    } catch (error) {
      throw error instanceof HubError ? new OpenError(this.#uri, error.message, { cause: error }) : error;
    }
  }

  #findStream() {
    const { stream } = this.#link;
    try {
      if (this.#limits !== undefined) {
        this.#link.create(this.#limits);
      }
      const facts = this.#link.facts();
      if (facts.unfit !== undefined) {
        throw new OpenError(this.#uri, facts.unfit);
      }
      if (!facts.isDirect) {
        const remedy = `run: nats stream edit ${stream} --allow-direct`;
        throw new OpenError(this.#uri, `the stream ${stream} doesn't tell hosts their newest message; ${remedy}`);
      }
      return facts;
    } catch (error) {
      if (error instanceof HubError) {
        const remedy = 'make it with --create, or the option create';
        const problem = error.kind === 'absent' ? `there is no stream ${stream}; ${remedy}` : error.message;
        throw new OpenError(this.#uri, problem, { cause: error });
      }
      throw error;
    }
  }

  /** Publishes what the stream has lost, for a while; says whether nothing of it is left. */
  #repeat(): boolean {
    const backlog = this.#backlog;
    if (backlog === undefined) {
      return true;
    }
    backlog.pass(SLICE, (event) => this.#pass(event, backlog));
    this.#ahead.settle();
    if (!backlog.isDone) {
      return false;
    }
    this.#dropBacklog();
    this.#note();
    return true;
  }

  #dropBacklog(): void {
    this.#backlog?.close();
    this.#backlog = undefined;
  }

  /** Publishes an event, unless the stream has it. */
  #pass(event: PublishableEvent, events: PublishableEvents): true {
    if (event.sequence > this.#through) {
      const { host, id } = this.#own as OwnJournal;
      const entry = events.entryOf(event.sequence) ?? entryOfGap(event, id);
      const following = (sequence: number) => this.#messagesAfter(sequence, events);
      try {
        this.#acked = this.#ahead.publish(messageOf(event, entry, host), following);
      } catch (error) {
        if (!(error instanceof HubError && error.kind === 'too-large')) {
          throw error;
        }
        this.#acked = this.#ahead.publish(gapFor(event, entry, host), following);
      }
      this.#published += 1;
      this.#note();
    }
    return true;
  }

  *#messagesAfter(sequence: number, events: PublishableEvents): IterableIterator<Message> {
    const { host } = this.#own as OwnJournal;
    for (const event of events.eventsAfter(sequence)) {
      const entry = events.entryOf(event.sequence);
      if (entry === undefined) {
        return;
      }
      yield messageOf(event, entry, host);
    }
  }

  #settleAhead(): true {
    this.#ahead.settle();
    return true;
  }

  /** Remembers with the bookmark what the stream has acknowledged; while something is repeated, what it had before. */
  #note(): void {
    if (this.#acked !== undefined && this.#backlog === undefined) {
      this.#journal.place.note = noteOf({ created: this.#created, acked: this.#acked });
    }
  }

  /** Does something that needs the hub; what is wrong for good is kept, and ends the forwarder's work. */
  #try(step: () => boolean): boolean {
    if (this.#failure !== undefined || this.#isClosed) {
      return false;
    }
    try {
      const isDone = step();
      this.#waitsFor = undefined;
      return isDone;
    } catch (error) {
      if (error instanceof AwayError) {
        this.#waitsFor = error.message;
        // What was on its way may have arrived.
        this.#checked = 0;
      } else {
        this.#failure = error instanceof HubError ? this.#refusal(error) : error;
      }
      return false;
    }
  }

  /** What is wrong if the server will never take a message. */
  #refusal(cause: HubError): PublishError {
    const { host } = this.#own as OwnJournal;
    const subjects = chosenSubject({ host }).replace(/\*$/, '>');
    const remedy = cause.message.includes('Permissions Violation') ? `; let the user publish ${subjects}` : '';
    return new PublishError(this.#uri, `an event of the host '${host}': ${cause.message}${remedy}`, { cause });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }
}
