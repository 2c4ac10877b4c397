import { optionNames, readNumber, requireFunction, requireOptions } from '../arguments';
import { journalEvents } from '../collector/index';
import { InvalidArgumentError } from '../errors';
import {
  type Connection,
  type ConnectionOptions,
  ManualClock,
  openConnection,
  type TestDomains,
  testDomains,
} from '../index';

/** The options of `openTestConnection`. */
export interface TestConnectionOptions
  extends Pick<ConnectionOptions, 'domains' | 'seed' | 'queue' | 'limits' | 'decoders'> {
  /** The clock, if several connections share one; by default a new one, which shows 1970-01-01T00:00:00Z. */
  readonly clock?: ManualClock | undefined;
  /**
   * The folder of a journal that gets the events when they are delivered, for a program that reads it; an event `collector-alive` every ten
   * minutes of the clock, too. It ends with the connection.
   */
  readonly journal?: string | undefined;
}

/** A simulated hypervisor, and a connection to it whose time passes only when the test says so. */
export interface TestConnection extends Disposable {
  readonly conn: Connection;
  readonly clock: ManualClock;
  /** The domains, to be started, suspended, crashed … */
  readonly domains: TestDomains;
  /**
   * Writes a step into the script: what happens when the clock comes to a time.
   *
   * Steps of the same time happen in the order in which they were written. A step that throws makes what moved the clock
   * throw. When the connection is closed, what is left of the script does not happen.
   *
   * @param time In milliseconds since the connection was opened; not in the past.
   * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
   */
  at(time: number, step: () => void): void;
  /** Closes the connection. */
  [Symbol.dispose](): void;
}

const OPTIONS = optionNames<TestConnectionOptions>({
  domains: true,
  seed: true,
  queue: true,
  limits: true,
  decoders: true,
  clock: true,
  journal: true,
});

/**
 * Opens a connection to a simulated hypervisor that follows a script, for tests.
 *
 * Nothing happens by itself. The time passes by `clock.advance`, and in `expectEvent` and its like by their `within`;
 * the steps of the script happen on the way, each at its time. No timer is involved, so a test runner's fake timers make no
 * difference.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @throws what `journalEvents` throws, with the option `journal`.
 * @example
 * ```js
 * import { expectEvent, openTestConnection } from 'virdeliver/testing';
 *
 * const hypervisor = openTestConnection({ domains: [{ name: 'web', state: 'running' }] });
 * const { conn, domains, at } = hypervisor;
 * at(1500, () => domains.get('web').crash());
 *
 * const event = expectEvent(conn, "domain/name = 'web' and transition/@to = 'crashed'", { within: 2000 });
 * console.log(event.timestamp); // 1970-01-01T00:00:01.500000Z
 * hypervisor.conn.close();
 * ```
 */
export function openTestConnection(options: TestConnectionOptions = {}): TestConnection {
  requireOptions('options', options, OPTIONS);
  const { clock = new ManualClock(), journal, ...others } = options;
  const conn = openConnection('test:///default', { ...others, clock });
  if (journal !== undefined) {
    keep(conn, journal);
  }
  const opened = clock.monotonic();
  return {
    conn,
    clock,
    domains: testDomains(conn),
    at(time, step) {
      const due = opened + readNumber('time', time, 0, { least: 0, whole: false }) - clock.monotonic();
      if (due < 0) {
        throw new InvalidArgumentError('time', `must not be in the past, but is ${time}, and it is ${time - due} now`);
      }
      requireFunction('step', step);
      clock.schedule(due, () => {
        if (conn.state !== 'closed') {
          requireNoPromise(step());
        }
      });
    },
    [Symbol.dispose]: () => conn[Symbol.dispose](),
  };
}

/**
 * Refuses what a step returns if nobody would wait for it, nor hear of its failure.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
function requireNoPromise(returned: unknown): void {
  if (returned instanceof Promise) {
    // It is told here that it went wrong, whatever becomes of it.
    returned.catch(() => {});
    throw new InvalidArgumentError('step', 'must not return a promise: the clock does not wait for it');
  }
}

/** Has a journal get the events of a connection; without it the connection isn't there either. */
function keep(conn: Connection, folder: string): void {
  try {
    journalEvents(conn, folder);
  } catch (error) {
    conn[Symbol.dispose]();
    throw error;
  }
}
