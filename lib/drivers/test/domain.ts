import { inspect } from 'node:util';
import { formatValue } from '../../arguments';
import { InvalidArgumentError, TestDomainError } from '../../errors';
import { type DomainState, isActive, type TransitionState } from '../../event/vocabulary/domain';
import { escapeAttributeValue, escapeText } from '../../xml/escape';
import type { DomainChange } from './domain-change';
import { requireName } from './domain-options';
import { type DomainRecord, isRunning, type OnCrash } from './domain-record';

/** What a domain needs of the hypervisor that it belongs to. */
export interface DomainHost {
  /** @throws {ConnectionClosedError} `ERR_CONNECTION_CLOSED` */
  begin(record: DomainRecord): DomainChange;
  /** @throws {TestDomainError} `ERR_DOMAIN_EXISTS` */
  requireFreeName(name: string): void;
  /**
   * Carries a change out, or throws and leaves everything as it was.
   *
   * @throws {QueueFullError} `ERR_QUEUE_FULL`
   */
  carryOut(domain: TestDomain, change: DomainChange, apply: (record: DomainRecord) => void): void;
}

/**
 * A simulated domain: each of its operations changes its state and queues the events that libvirt would send.
 *
 * An operation is done when it returns. It throws, and then has changed nothing, with:
 * - `TestDomainError`, in libvirt's words: `ERR_DOMAIN_STATE` if the domain's state does not allow it,
 *   `ERR_DOMAIN_NOT_FOUND` if the domain is gone;
 * - `QueueFullError`, `ERR_QUEUE_FULL`: the connection's queue has no room for the events and refuses what does not fit;
 * - `ConnectionClosedError`, `ERR_CONNECTION_CLOSED`.
 *
 * @example
 * ```js
 * import { openConnection, takeEvents, testDomains } from 'virdeliver';
 *
 * const conn = openConnection('test:///default');
 * const domain = testDomains(conn).get('test');
 * domain.suspend();
 * console.log(domain.state, takeEvents(conn)[0]?.string('transition/@from')); // paused running
 * conn.close();
 * ```
 */
export class TestDomain {
  readonly #host: DomainHost;
  #record: DomainRecord;

  /** @internal Domains are made by `TestDomains`. */
  constructor(host: DomainHost, record: DomainRecord) {
    this.#host = host;
    this.#record = record;
  }

  get name(): string {
    return this.#record.name;
  }

  /** In lower case with hyphens. */
  get uuid(): string {
    return this.#record.uuid;
  }

  /** The hypervisor's number for it, a new one with each start; -1 if it does not run. */
  get id(): number {
    return this.#record.id;
  }

  /** The state it is in; `absent` when it is gone for good. */
  get state(): TransitionState {
    return this.#record.state;
  }

  /** Whether it stays when it stops; one that is not persistent is transient, and gone then. */
  get persistent(): boolean {
    return this.#record.persistent;
  }

  /** What becomes of it when its guest crashes. */
  get onCrash(): OnCrash {
    return this.#record.onCrash;
  }

  /** Whether `save()` has kept its memory, so that `restore()` can start it from there. */
  get saved(): boolean {
    return this.#record.saved;
  }

  /** The names of its snapshots, the oldest first. */
  get snapshots(): readonly string[] {
    return [...this.#record.snapshots.keys()];
  }

  /** Starts it from shut off; what `save()` has kept is dropped. */
  start(): void {
    const change = this.#begin();
    this.#require(this.state === 'shutoff', `internal error: Domain '${this.name}' is already running`);
    this.#carryOut(change.set({ saved: false }).transition('started', 'booted', 'running'));
  }

  /** Pauses it while it runs. */
  suspend(): void {
    const change = this.#begin();
    this.#requireRunning();
    this.#carryOut(change.transition('suspended', 'paused', 'paused'));
  }

  /** Lets it go on from paused. */
  resume(): void {
    const change = this.#begin();
    this.#require(this.state === 'paused', `internal error: domain '${this.name}' not paused`);
    this.#carryOut(change.transition('resumed', 'unpaused', 'running'));
  }

  /** Asks the guest to shut down, which it does at once. */
  shutdown(): void {
    const change = this.#begin();
    this.#require(isActive(this.state), `internal error: domain '${this.name}' not running`);
    this.#carryOut(change.transition('stopped', 'shutdown', 'shutoff'));
  }

  /** Stops it by force; the domain itself is not lost. */
  destroy(): void {
    const change = this.#begin();
    this.#requireActive();
    this.#carryOut(change.transition('stopped', 'destroyed', 'shutoff'));
  }

  /** Boots it again without stopping it: a `domain-reboot`. If it did not run, it goes on, which is one event more. */
  reboot(): void {
    const change = this.#begin();
    this.#requireActive();
    change.signal('domain-reboot');
    this.#carryOut(this.state === 'running' ? change : change.transition('resumed', 'unpaused', 'running'));
  }

  /** Makes the guest panic while it runs; what then becomes of the domain is up to its `onCrash`. */
  crash(): void {
    const change = this.#begin();
    this.#requireRunning();
    change.transition('crashed', 'panicked', 'crashed');
    if (this.onCrash === 'destroy') {
      change.transition('stopped', 'crashed', 'shutoff');
    } else if (this.onCrash === 'restart') {
      change.signal('domain-reboot').transition('resumed', 'unpaused', 'running');
    }
    this.#carryOut(change);
  }

  /** Puts the guest to sleep while it runs, with its state in memory or on its disk. */
  pmSuspend(target: 'mem' | 'disk'): void {
    if (target !== 'mem' && target !== 'disk') {
      throw new InvalidArgumentError('target', `must be 'mem' or 'disk', but is ${formatValue(target)}`);
    }
    const change = this.#begin();
    this.#requireRunning();
    change.signal(target === 'mem' ? 'domain-pm-suspend' : 'domain-pm-suspend-disk');
    this.#carryOut(change.transition('pmsuspended', target === 'mem' ? 'memory' : 'disk', 'pmsuspended'));
  }

  /** Wakes the guest after `pmSuspend()`. */
  pmWakeup(): void {
    const change = this.#begin();
    this.#require(this.state === 'pmsuspended', `internal error: domain '${this.name}' not pmsuspended`);
    this.#carryOut(change.signal('domain-pm-wakeup').transition('started', 'wakeup', 'running'));
  }

  /** Keeps its memory and stops it; only of a persistent domain. */
  save(): void {
    const change = this.#begin();
    this.#requireActive();
    this.#requireValid(this.persistent, 'cannot do managed save for transient domain');
    this.#carryOut(change.set({ saved: true }).transition('stopped', 'saved', 'shutoff'));
  }

  /** Starts it from where `save()` has stopped it; it runs then, even if it was paused before. */
  restore(): void {
    const change = this.#begin();
    this.#requireValid(this.state === 'shutoff', `domain '${this.name}' is already active`);
    this.#requireValid(this.saved, `domain '${this.name}' has no managed save image`);
    this.#carryOut(change.set({ saved: false }).transition('started', 'restored', 'running'));
  }

  /**
   * Takes a snapshot of the state it is in; no event tells of it.
   *
   * @throws {TestDomainError} `ERR_SNAPSHOT_EXISTS` if it has one of that name.
   */
  createSnapshot(name: string): void {
    requireName('name', name);
    const change = this.#begin();
    const { snapshots, state } = this.#record;
    if (snapshots.has(name)) {
      throw new TestDomainError('ERR_SNAPSHOT_EXISTS', `operation failed: domain moment ${name} already exists`);
    }
    this.#carryOut(change.set({ snapshots: new Map(snapshots).set(name, state as DomainState) }));
  }

  /**
   * Goes back to a snapshot: stops if it is active, then starts if the snapshot was taken of a running or paused
   * domain.
   *
   * @throws {TestDomainError} `ERR_SNAPSHOT_NOT_FOUND`
   */
  revertToSnapshot(name: string): void {
    const change = this.#begin();
    const then = this.#stateInSnapshot(name);
    if (isActive(this.state)) {
      change.transition('stopped', 'from-snapshot', 'shutoff');
    }
    if (then === 'running' || then === 'paused') {
      change.set({ saved: false }).transition('started', 'from-snapshot', 'running');
    }
    if (then === 'paused') {
      change.transition('suspended', 'from-snapshot', 'paused');
    }
    this.#carryOut(change);
  }

  /**
   * Deletes a snapshot; no event tells of it.
   *
   * @throws {TestDomainError} `ERR_SNAPSHOT_NOT_FOUND`
   */
  deleteSnapshot(name: string): void {
    const change = this.#begin();
    this.#stateInSnapshot(name);
    const left = new Map(this.#record.snapshots);
    left.delete(name);
    this.#carryOut(change.set({ snapshots: left }));
  }

  /**
   * Gives it another name while it is shut off; its UUID stays.
   *
   * @throws {TestDomainError} `ERR_DOMAIN_EXISTS` if a domain has that name.
   */
  rename(name: string): void {
    requireName('name', name);
    const change = this.#begin();
    this.#requireValid(!isActive(this.state), 'cannot rename active domain');
    this.#requireValid(name !== this.name, "Can't rename domain to itself");
    this.#host.requireFreeName(name);
    change.transition('undefined', 'renamed', 'absent');
    this.#carryOut(change.set({ name }).transition('defined', 'renamed', 'shutoff'));
  }

  /**
   * Makes it transient; if it is shut off it is gone at once.
   *
   * What is shut off and has snapshots or a saved memory is not undefined.
   */
  undefine(): void {
    const change = this.#begin();
    const { persistent, saved, snapshots, state } = this.#record;
    this.#requireValid(persistent, 'cannot undefine transient domain');
    this.#requireValid(!saved, 'Refusing to undefine while domain managed save image exists');
    const keeps = !isActive(state) && snapshots.size > 0;
    this.#requireValid(!keeps, `cannot delete inactive domain with ${snapshots.size} snapshots`);
    change.set({ persistent: false }).transition('undefined', 'removed', isActive(state) ? state : 'absent');
    this.#carryOut(change);
  }

  /** @internal Defines it anew, or makes it persistent; the way in is `TestDomains.define`. */
  redefine(onCrash: OnCrash): void {
    const change = this.#begin();
    const detail = this.persistent ? 'updated' : 'added';
    this.#carryOut(change.set({ onCrash, persistent: true }).transition('defined', detail, this.state));
  }

  /**
   * @internal What is known of it, as the XML of a domain; the way in is `domainXml`.
   *
   * @param inactive Whether it is described as it will start the next time.
   */
  describe(inactive: boolean): string {
    const { type, name, uuid, id, onCrash } = this.#record;
    const number = id === -1 || inactive ? '' : ` id="${id}"`;
    return [
      `<domain type="${escapeAttributeValue(type)}"${number}>`,
      `  <name>${escapeText(name)}</name>`,
      `  <uuid>${uuid}</uuid>`,
      `  <on_crash>${onCrash}</on_crash>`,
      '</domain>\n',
    ].join('\n');
  }

  /** @internal */
  [inspect.custom](): string {
    const { name, uuid, id, state } = this.#record;
    return `TestDomain { name: ${formatValue(name)}, uuid: '${uuid}', id: ${id}, state: '${state}' }`;
  }

  #begin(): DomainChange {
    const change = this.#host.begin(this.#record);
    if (this.state === 'absent') {
      throw new TestDomainError(
        'ERR_DOMAIN_NOT_FOUND',
        `Domain not found: no domain with matching uuid '${this.uuid}' (${this.name})`,
      );
    }
    return change;
  }

  #carryOut(change: DomainChange): void {
    this.#host.carryOut(this, change, (record) => {
      this.#record = record;
    });
  }

  #stateInSnapshot(name: string): DomainState {
    if (typeof name !== 'string') {
      throw new InvalidArgumentError('name', `must be a text, but is ${formatValue(name)}`);
    }
    const state = this.#record.snapshots.get(name);
    if (state === undefined) {
      throw new TestDomainError(
        'ERR_SNAPSHOT_NOT_FOUND',
        `Domain snapshot not found: no domain snapshot with matching name '${name}'`,
      );
    }
    return state;
  }

  #requireRunning(): void {
    this.#require(isRunning(this.state), `internal error: domain '${this.name}' not running`);
  }

  #requireActive(): void {
    this.#requireValid(isActive(this.state), 'domain is not running');
  }

  #requireValid(allowed: boolean, problem: string): void {
    this.#require(allowed, `Requested operation is not valid: ${problem}`);
  }

  #require(allowed: boolean, message: string): void {
    if (!allowed) {
      throw new TestDomainError('ERR_DOMAIN_STATE', message);
    }
  }
}
