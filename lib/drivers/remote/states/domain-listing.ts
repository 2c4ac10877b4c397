import { DaemonError } from '../../../errors';
import type { Dialogue } from '../../io/dialogue';
import { printableText } from '../../io/printable-text';
import { TimeLimit } from '../../io/time-limit';
import type { RpcChannel } from '../rpc/rpc-channel';
import { askDomains, askState, type NamedDomain } from './domain-inquiry';
import type { ListedDomain } from './domain-states';
import type { StateAnswer } from './state-answer';

/** Who is told of what comes too late to be waited for. */
export interface ListingListener {
  /** How many changes of states were followed until now: what a question is dated by. */
  changes(): number;
  onDomains(domains: readonly ListedDomain[], askedAt: number): void;
  onState(domain: NamedDomain, answer: StateAnswer, askedAt: number): void;
  /** Something is missing of which the program's user should know. */
  onWarning(problem: string): void;
}

/**
 * How long a connection's opening waits for the next answer, in milliseconds. A daemon answers in less than one; if one domain
 * is locked, while it is slow to be destroyed, for instance, neither its state nor any list comes until it isn't.
 */
const PATIENCE = 500;

/** How long it waits for all answers together, in milliseconds. */
const LONGEST_WAIT = 10_000;

const QUESTIONS_AT_A_TIME = 3;

/** The domains of a daemon and their states: asked for when it is made, and waited for as long as that is quick. */
export class DomainListing {
  readonly #channel: RpcChannel;
  readonly #listener: ListingListener;
  readonly #askedAt: number;
  /** `undefined` until the list has come. */
  #domains: readonly NamedDomain[] | undefined;
  #asked = 0;
  readonly #answers = new Map<string, StateAnswer>();
  #refusal: DaemonError | undefined;
  readonly #whole = new TimeLimit(LONGEST_WAIT);
  #limit = new TimeLimit(PATIENCE);
  #isLate = false;

  constructor(channel: RpcChannel, listener: ListingListener) {
    this.#channel = channel;
    this.#listener = listener;
    this.#askedAt = listener.changes();
    askDomains(channel, (answer) => this.#onDomains(answer));
  }

  /** The domains, as far as they are known; `undefined` if the list hasn't come yet. */
  get domains(): readonly ListedDomain[] | undefined {
    return this.#domains?.flatMap((domain) => {
      const answer = this.#answers.get(domain.uuid) ?? 'unknown';
      if (answer === 'gone') {
        return [];
      }
      return [answer === 'unknown' ? { ...domain, state: undefined } : { ...domain, ...answer }];
    });
  }

  /** What the program should know of it; `undefined` if nothing is missing. */
  get problem(): string | undefined {
    if (this.#domains === undefined) {
      return 'the daemon has not listed its domains in time: their states are unknown until it does';
    }
    const missing = this.#domains
      .filter(({ uuid }) => !this.#answers.has(uuid))
      .map(({ name }) => printableText(name, 80));
    if (missing.length === 0) {
      return undefined;
    }
    const names = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? `, … (${missing.length} domains)` : ''}`;
    return `the daemon has not told in time in which state it has ${names}: unknown until it does`;
  }

  /**
   * Waits until all is there, no more has come for a while, or it takes too long; from then on the listener is told.
   *
   * @throws {DaemonError} `ERR_DAEMON` if the daemon refuses to list its domains.
   * @throws What `RpcChannel.awaitUntil` throws.
   */
  *await(): Dialogue<void> {
    yield* this.#channel.awaitUntil(
      () => this.#isComplete,
      () => this.#limit,
    );
    this.#isLate = true;
    if (this.#refusal !== undefined) {
      throw this.#refusal;
    }
  }

  get #isComplete(): boolean {
    return this.#refusal !== undefined || this.#answers.size === this.#domains?.length;
  }

  /** Something has come: the next answer has its time anew. */
  #onAnswer(): void {
    if (this.#whole.left > 0) {
      this.#limit = new TimeLimit(Math.min(PATIENCE, this.#whole.left));
    }
  }

  #onDomains(answer: readonly NamedDomain[] | DaemonError): void {
    this.#onAnswer();
    if (answer instanceof DaemonError) {
      this.#refusal = answer;
      if (this.#isLate) {
        this.#listener.onWarning(`the daemon lists no domains: ${answer.message}`);
      }
      return;
    }
    // One that is there twice would never be complete.
    this.#domains = [...new Map(answer.map((domain) => [domain.uuid, domain])).values()];
    if (this.#isLate) {
      this.#listener.onDomains(this.domains ?? [], this.#askedAt);
    }
    for (let under = 0; under < QUESTIONS_AT_A_TIME; under += 1) {
      this.#askNext();
    }
  }

  #askNext(): void {
    const domain = this.#domains?.[this.#asked];
    if (domain === undefined) {
      return;
    }
    this.#asked += 1;
    const askedAt = this.#listener.changes();
    askState(this.#channel, domain, (answer) => {
      this.#onAnswer();
      this.#answers.set(domain.uuid, answer);
      if (this.#isLate) {
        this.#listener.onState(domain, answer, askedAt);
      }
      this.#askNext();
    });
  }
}
