import type { NatsConnection } from '@nats-io/transport-node';
import { GoneError } from './problems';

/**
 * Whether there is a connection to the hub: when one breaks the client makes another.
 *
 * Nothing is left of an answer that came, however long the connection lasts.
 */
export class ConnectionLife {
  /** Counts the connections; the one that there was first is 1. */
  #number = 1;
  #isConnected = true;
  /** Those who wait until the connection breaks, or is made again. */
  readonly #waiting = new Set<() => void>();

  /**
   * @param onBroken Told which server is gone.
   * @param onMade Told when there is a connection again.
   */
  constructor(connection: Pick<NatsConnection, 'status'>, onBroken: (server: string) => void, onMade: () => void) {
    void this.#follow(connection, onBroken, onMade);
  }

  /** The number of the connection; `undefined` while it is broken. */
  get number(): number | undefined {
    return this.#isConnected ? this.#number : undefined;
  }

  /** Waits while the connection is broken. */
  async isConnected(): Promise<void> {
    while (!this.#isConnected) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Waits until something is over, or the connection breaks. */
  untilBroken(course: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => this.#waitBeside(course, resolve, reject, resolve));
  }

  /**
   * Waits for what the server answers, as long as the connection lasts.
   *
   * @throws {GoneError} when it breaks: nobody knows then whether the server has done what it was asked for.
   */
  orBroken<Answer>(answer: Promise<Answer>, problem = 'the connection broke'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waitBeside(answer, resolve, reject, () => reject(new GoneError(problem)));
    });
  }

  #waitBeside<Result>(
    course: Promise<Result>,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
    onBroken: () => void,
  ): void {
    if (this.#isConnected) {
      this.#waiting.add(onBroken);
    } else {
      onBroken();
    }
    void course.then(resolve, reject).finally(() => this.#waiting.delete(onBroken));
  }

  async #follow(
    connection: Pick<NatsConnection, 'status'>,
    onBroken: (server: string) => void,
    onMade: () => void,
  ): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.#turn(false);
        onBroken(status.server);
      } else if (status.type === 'reconnect') {
        this.#number += 1;
        this.#turn(true);
        onMade();
      }
    }
  }

  #turn(isConnected: boolean): void {
    this.#isConnected = isConnected;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const goOn of waiting) {
      goOn();
    }
  }
}
