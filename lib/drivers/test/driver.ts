import { formatValue } from '../../arguments';
import { sleep } from '../../clock';
import { InvalidArgumentError, InvalidUriError, QueueFullError } from '../../errors';
import type { DomainListing, DomainQuestion, Driver, DriverContext } from '../driver';
import type { Dialogue } from '../io/dialogue';
import { type FileIdentity, identifyFile } from '../io/file-identity';
import { blankRecord, type DomainRecord } from './domain-record';
import { readGivenDomains } from './given-domains';
import { TestDomains } from './hypervisor';
import { readNodeFile } from './node-xml';
import { RandomLife } from './random-life';

/** How long to wait before looking again whether a full queue has room, in milliseconds. */
const PAUSE_WHILE_FULL = 100;

/** The domain of `test:///default`, as libvirt's own test driver has it. */
const defaultDomain: DomainRecord = {
  ...blankRecord,
  name: 'test',
  uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f',
  state: 'running',
};

/**
 * Opens the test driver: `test:///default`, or `test:///path.xml` with the domains of a `<node>` document.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if the URI has a host, a query, or no path.
 * @throws {OpenError} `ERR_OPEN` if the document cannot be read.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if `seed` is not a whole number, or `domains` are not as they must be.
 */
export function openTest(context: DriverContext): TestDriver {
  const { uri, options } = context;
  const path = pathOf(uri);
  if (path === '/default') {
    return new TestDriver(context, options.domains === undefined ? [defaultDomain] : readGivenDomains(options.domains));
  }
  if (options.domains !== undefined) {
    throw new InvalidArgumentError(
      'options.domains',
      'is for test:///default; other domains are in the file of the URI',
    );
  }
  return new TestDriver(context, readNodeFile(uri, path), identifyFile(path));
}

/** A hypervisor that is only simulated: its domains change by the program's calls and, with a seed, by a random life. */
export class TestDriver implements Driver {
  readonly domains: TestDomains;
  readonly input: FileIdentity | undefined;
  readonly #context: DriverContext;
  readonly #life: RandomLife | undefined;
  /** When the life began, on the clock's monotonic time and as a time of day. */
  readonly #began: { readonly monotonic: number; readonly wall: number };
  #isListening = false;
  #stopTimer = () => {};

  /** @param input The file that the domains come from, if they come from one. */
  constructor(context: DriverContext, records: readonly DomainRecord[], input?: FileIdentity) {
    this.input = input;
    const { clock, options } = context;
    this.#context = context;
    this.#began = { monotonic: clock.monotonic(), wall: clock.now() };
    this.domains = new TestDomains(context);
    this.domains.populate(records);
    if (options.seed !== undefined) {
      if (!Number.isSafeInteger(options.seed)) {
        throw new InvalidArgumentError('options.seed', `must be a whole number, but is ${formatValue(options.seed)}`);
      }
      this.#life = new RandomLife(this.domains, options.seed);
    }
  }

  get isSilentWhileBlocked(): boolean {
    return this.#life === undefined;
  }

  /** The domains and their states, in the order of their names. */
  listDomains(): DomainListing[] {
    return [...this.domains].map(({ name, uuid, id, state }) => ({ name, uuid, id, state }));
  }

  // biome-ignore lint/correctness/useYield: this hypervisor answers at once.
  *domainXml({ uuid, name, inactive }: DomainQuestion): Dialogue<string> {
    return this.domains.get(uuid ?? name).describe(inactive);
  }

  pump(shouldContinue: () => boolean): void {
    while (this.#untilDue() <= 0 && this.#happen() && shouldContinue()) {
      // Each round is one thing that happens to a domain.
    }
  }

  wait(milliseconds: number): void {
    sleep(Math.min(milliseconds, Math.max(this.#untilDue(), 0)));
  }

  listen(): void {
    if (!this.#isListening && this.#life !== undefined) {
      this.#isListening = true;
      this.#startTimer(0);
    }
  }

  unlisten(): void {
    this.#isListening = false;
    this.#stopTimer();
  }

  close(): void {
    this.unlisten();
    this.domains.close();
  }

  #startTimer(leastPause: number): void {
    const pause = Math.max(this.#untilDue(), leastPause);
    this.#stopTimer = this.#context.clock.schedule(pause, () => this.#onTimer());
  }

  #onTimer(): void {
    // What is queued may wake those who wait, and make them stop listening.
    this.pump(() => this.#isListening);
    if (this.#isListening) {
      this.#startTimer(this.#untilDue() > 0 ? 0 : PAUSE_WHILE_FULL);
    }
  }

  /** How long it is until something happens; infinite if nothing happens by itself. */
  #untilDue(): number {
    if (this.#life === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    return this.#began.monotonic + this.#life.due - this.#context.clock.monotonic();
  }

  /** Lets what is due happen; `false` if the queue has no room for its events. */
  #happen(): boolean {
    const life = this.#life as RandomLife;
    try {
      this.domains.at(this.#began.wall + life.due, () => life.happen());
      return true;
    } catch (error) {
      if (error instanceof QueueFullError) {
        return false;
      }
      throw error;
    }
  }
}

/** The path in a `test:` URI. */
function pathOf(uri: string): string {
  const [, host, path, rest] = /^test:(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is.exec(uri) ?? [];
  const refuse = (problem: string) => {
    const expected = 'the test driver takes test:///default or test:///path/to/node.xml';
    return new InvalidUriError('ERR_INVALID_URI', uri, `${problem}; ${expected}`);
  };
  if (host === undefined || path === undefined) {
    throw refuse("it must begin with 'test:///'");
  }
  if (host !== '') {
    throw refuse('it names a host');
  }
  if (rest !== '') {
    throw refuse('nothing may follow the path');
  }
  if (path === '' || path === '/') {
    throw refuse('it has no path');
  }
  try {
    return decodeURIComponent(path);
  } catch {
    throw refuse('its path has a broken percent-encoding');
  }
}
