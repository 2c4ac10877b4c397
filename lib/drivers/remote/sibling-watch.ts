import type { Clock } from '../../clock';
import { DaemonError } from '../../errors';
import { driverOf, type SiblingFamily } from './daemon-facts';
import { calls, errorNumber, type Procedure } from './rpc/protocol';
import type { RpcChannel } from './rpc/rpc-channel';
import { XdrWriter } from './rpc/xdr-writer';

const INTERVAL = 30_000;

/** What tells whether the daemon beside it answers. */
const families: Readonly<Record<SiblingFamily, { readonly list: Procedure; readonly things: string }>> = {
  network: { list: calls.listAllNetworks, things: 'networks' },
  'storage-pool': { list: calls.listAllStoragePools, things: 'storage pools' },
  'node-device': { list: calls.listAllNodeDevices, things: 'devices' },
  secret: { list: calls.listAllSecrets, things: 'secrets' },
};

/** The errors of a daemon that answers, but refuses to list. */
const REFUSALS: readonly number[] = [
  errorNumber.noSupport,
  errorNumber.operationDenied,
  errorNumber.operationUnsupported,
  errorNumber.accessDenied,
];

/**
 * Looks from time to time whether a daemon still reaches those beside it that have part of the events.
 *
 * A modular daemon has networks, storage pools, devices and secrets from other daemons. When one of them ends or is restarted,
 * its events are missing for the rest of the connection, and nobody is told; but calls that are passed on to it fail from then
 * on (seen with libvirt 11.3: "client socket is closed"). A daemon that has all by itself answers them always.
 */
export class SiblingWatch {
  readonly #channel: RpcChannel;
  readonly #clock: Clock;
  readonly #onLoss: (problem: string) => void;
  /** Those that are still asked for. */
  readonly #families: Set<SiblingFamily>;
  #unanswered = 0;
  #due: number;
  #stopTimer = (): void => {};

  /** @param onLoss Called once for each family whose events are missing from now on. */
  constructor(channel: RpcChannel, clock: Clock, had: Iterable<SiblingFamily>, onLoss: (problem: string) => void) {
    this.#channel = channel;
    this.#clock = clock;
    this.#families = new Set(had);
    this.#onLoss = onLoss;
    this.#due = clock.monotonic() + INTERVAL;
  }

  /** In how many milliseconds it is time to look. */
  get untilDue(): number {
    return this.#families.size === 0 ? Number.POSITIVE_INFINITY : this.#due - this.#clock.monotonic();
  }

  /** Looks if it is time to; the answers come in turn with the events. */
  lookIfDue(): void {
    if (this.untilDue > 0) {
      return;
    }
    this.#due = this.#clock.monotonic() + INTERVAL;
    if (this.#unanswered === 0) {
      for (const family of this.#families) {
        this.#ask(family);
      }
    }
  }

  /** Has the event loop look in time, until `unlisten`. */
  listen(): void {
    this.unlisten();
    if (this.#families.size > 0) {
      this.#stopTimer = this.#clock.schedule(this.untilDue, () => {
        this.lookIfDue();
        this.listen();
      });
    }
  }

  unlisten(): void {
    this.#stopTimer();
  }

  #ask(family: SiblingFamily): void {
    // Their number only, by no flags.
    const payload = new XdrWriter().int(0).uint(0).finish();
    this.#unanswered += 1;
    this.#channel.post({ procedure: families[family].list, payload }, (answer) => {
      this.#unanswered -= 1;
      if (answer instanceof DaemonError) {
        this.#families.delete(family);
        if (!REFUSALS.includes(answer.number)) {
          this.#onLoss(problemOf(family, answer));
        }
      }
    });
  }
}

function problemOf(family: SiblingFamily, { message }: DaemonError): string {
  const { things } = families[family];
  const why = `the daemon no longer reaches the one that has ${things} (${message})`;
  return `${why}: events of ${things} are missing until it is connected to anew; ${driverOf(family)}:///system follows that one by itself`;
}
