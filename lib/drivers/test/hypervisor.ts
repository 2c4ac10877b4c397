import { formatValue } from '../../arguments';
import { formatTimestamp } from '../../clock';
import { didYouMean } from '../../did-you-mean';
import { ConnectionClosedError, InvalidArgumentError, TestDomainError } from '../../errors';
import type { ReadEvent } from '../../event/read-event';
import { isActive } from '../../event/vocabulary/domain';
import { defaultEventLimits } from '../../xml/limits';
import type { DriverContext } from '../driver';
import { readUuid } from '../io/uuid';
import { type DomainHost, TestDomain } from './domain';
import { DomainChange } from './domain-change';
import { type CheckedDomainOptions, checkDomainOptions, type TestDomainOptions } from './domain-options';
import { blankRecord, type DomainRecord } from './domain-record';
import { uuidForName } from './uuid';

/**
 * The simulated domains of a connection to the test driver: `testDomains(conn)`.
 *
 * Each connection has its own; they go with it. Iterating goes through them in the order of their names.
 *
 * @example
 * ```js
 * import { deliverEvents, addEventHandler, openConnection, testDomains } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * addEventHandler(conn, 'domain/name = "web"', (_, event) => {
 *   console.log(event.string('transition/@event')); // defined, then started
 * });
 * testDomains(conn).define({ name: 'web' }).start();
 * deliverEvents(conn);
 * conn.close();
 * ```
 */
export class TestDomains {
  readonly #context: Pick<DriverContext, 'uri' | 'sink' | 'clock'>;
  readonly #host: DomainHost;
  readonly #byName = new Map<string, TestDomain>();
  readonly #byUuid = new Map<string, TestDomain>();
  #lastId = 0;
  #lastTime = Number.NEGATIVE_INFINITY;
  #dueTime: number | undefined;
  #closed = false;

  /** @internal It is made when a connection opens. */
  constructor(context: Pick<DriverContext, 'uri' | 'sink' | 'clock'>) {
    this.#context = context;
    this.#host = {
      begin: (record) => this.#begin(record),
      requireFreeName: (name) => this.#requireFreeName(name),
      carryOut: (domain, change, apply) => this.#carryOut(domain, change, apply),
    };
  }

  /** How many there are. */
  get size(): number {
    return this.#byUuid.size;
  }

  /**
   * Finds a domain by its name or its UUID.
   *
   * @throws {TestDomainError} `ERR_DOMAIN_NOT_FOUND`
   */
  get(nameOrUuid: string): TestDomain {
    if (typeof nameOrUuid !== 'string') {
      throw new InvalidArgumentError('nameOrUuid', `must be a text, but is ${formatValue(nameOrUuid)}`);
    }
    const domain = this.#byName.get(nameOrUuid) ?? this.#byUuid.get(readUuid(nameOrUuid) ?? '');
    if (domain === undefined) {
      throw new TestDomainError(
        'ERR_DOMAIN_NOT_FOUND',
        `Domain not found: no domain with matching name '${nameOrUuid}'${didYouMean(nameOrUuid, this.#byName.keys())}`,
      );
    }
    return domain;
  }

  /** Goes through the domains of this moment, in the order of their names. */
  [Symbol.iterator](): IterableIterator<TestDomain> {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).values();
  }

  /**
   * Defines a domain: a new one, shut off, or, if one of this name and UUID is there, that one anew. A transient
   * domain becomes persistent by it.
   *
   * @throws {TestDomainError} `ERR_DOMAIN_EXISTS` if the name or the UUID is another domain's, and the name's if
   *   no UUID is given.
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
   * @throws {QueueFullError} `ERR_QUEUE_FULL`
   * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
   */
  define(options: TestDomainOptions): TestDomain {
    const checked = checkDomainOptions(options);
    this.#requireOpen();
    const present = this.#present(checked);
    if (present !== undefined) {
      present.redefine(checked.onCrash);
      return present;
    }
    const change = this.#begin(this.#blank(checked));
    return this.#add(change.set({ persistent: true }).transition('defined', 'added', 'shutoff'));
  }

  /**
   * Creates a transient domain, which runs and is gone when it stops, or starts the defined one of this name and UUID.
   *
   * @throws {TestDomainError} `ERR_DOMAIN_EXISTS` as `define`; `ERR_DOMAIN_STATE` if it is active.
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
   * @throws {QueueFullError} `ERR_QUEUE_FULL`
   * @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED`
   */
  create(options: TestDomainOptions): TestDomain {
    const checked = checkDomainOptions(options);
    this.#requireOpen();
    const present = this.#present(checked);
    if (present === undefined) {
      return this.#add(this.#begin(this.#blank(checked)).transition('started', 'booted', 'running'));
    }
    if (isActive(present.state)) {
      throw new TestDomainError(
        'ERR_DOMAIN_STATE',
        `Requested operation is not valid: domain '${present.name}' is already active`,
      );
    }
    present.start();
    return present;
  }

  /** @internal Puts domains in that were there before the connection, without events; active ones get their numbers. */
  populate(records: Iterable<DomainRecord>): void {
    for (const record of records) {
      this.#lastId += isActive(record.state) ? 1 : 0;
      const id = isActive(record.state) ? this.#lastId : -1;
      this.#index(new TestDomain(this.#host, { ...record, id }));
    }
  }

  /** @internal Does something as if at a time of day, or later if events have been made since. */
  at(time: number, act: () => void): void {
    this.#dueTime = Math.max(time, this.#lastTime);
    try {
      act();
    } finally {
      this.#dueTime = undefined;
    }
  }

  /** @internal Makes every operation throw from now on. */
  close(): void {
    this.#closed = true;
  }

  /** The domain that a definition is about, if it is there. */
  #present({ name, uuid }: CheckedDomainOptions): TestDomain | undefined {
    const sameUuid = uuid === undefined ? undefined : this.#byUuid.get(uuid);
    if (sameUuid === undefined) {
      const sameName = this.#byName.get(name);
      if (sameName !== undefined) {
        throw exists(`operation failed: domain '${name}' already exists with uuid ${sameName.uuid}`);
      }
    } else if (sameUuid.name !== name) {
      throw exists(`operation failed: domain '${sameUuid.name}' is already defined with uuid ${uuid}`);
    }
    return sameUuid;
  }

  #blank({ name, uuid, onCrash }: CheckedDomainOptions): DomainRecord {
    const own = uuid ?? uuidForName(name, (candidate) => this.#byUuid.has(candidate));
    return { ...blankRecord, name, uuid: own, state: 'absent', persistent: false, onCrash };
  }

  #add(change: DomainChange): TestDomain {
    const domain = new TestDomain(this.#host, change.result);
    this.#carryOut(domain, change, () => {});
    return domain;
  }

  #requireOpen(): void {
    if (this.#closed) {
      throw new ConnectionClosedError(this.#context.uri);
    }
  }

  #begin(record: DomainRecord): DomainChange {
    this.#requireOpen();
    return new DomainChange(record, this.#lastId + 1);
  }

  #requireFreeName(name: string): void {
    if (this.#byName.has(name)) {
      throw exists(`Requested operation is not valid: domain with name '${name}' already exists`);
    }
  }

  #carryOut(domain: TestDomain, change: DomainChange, apply: (record: DomainRecord) => void): void {
    const isGone = change.result.state === 'shutoff' && !change.result.persistent;
    const events = this.#finish(isGone ? change.leave() : change);
    const { result } = change;
    this.#byName.delete(domain.name);
    this.#byUuid.delete(domain.uuid);
    apply(result);
    this.#index(domain);
    this.#lastId = Math.max(this.#lastId, result.id);
    for (const event of events) {
      this.#context.sink.event(event);
    }
  }

  #index(domain: TestDomain): void {
    if (domain.state !== 'absent') {
      this.#byName.set(domain.name, domain);
      this.#byUuid.set(domain.uuid, domain);
    }
  }

  /** Finishes the events of a change, and makes sure that all of them fit into the queue. */
  #finish(change: DomainChange): ReadEvent[] {
    const { clock, sink } = this.#context;
    const time = this.#dueTime ?? clock.now();
    const timestamp = formatTimestamp(time);
    // The program's caps guard against what comes from outside.
    const events = change.events.map((event) => event.finish(timestamp, defaultEventLimits));
    if (events.length > 0) {
      const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
      sink.requireRoomFor(bytes, events.length);
      this.#lastTime = time;
    }
    return events;
  }
}

function exists(message: string): TestDomainError {
  return new TestDomainError('ERR_DOMAIN_EXISTS', message);
}
