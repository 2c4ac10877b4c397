import type { TransitionState } from '../../event/vocabulary/domain';
import type { TestDomain } from './domain';
import { crashReactions } from './domain-record';
import type { TestDomains } from './hypervisor';
import { Random } from './random';

/** The longest pause between two happenings, in milliseconds; they are half of it on average. */
const LONGEST_PAUSE = 1000;

/** How many domains there are at most before the life defines no more. */
const ENOUGH_DOMAINS = 6;

/** One in so many happenings is that a new domain is defined, while there are not enough. */
const NEWCOMERS = 10;

/** How often, against others, something happens to a domain in a state; 0 for never. */
interface Habit {
  readonly weight: number | ((domain: TestDomain) => number);
  readonly act: (domain: TestDomain) => void;
}

const running: readonly Habit[] = [
  { weight: 5, act: (domain) => domain.suspend() },
  { weight: 3, act: (domain) => domain.reboot() },
  { weight: 3, act: (domain) => domain.shutdown() },
  { weight: 2, act: (domain) => domain.crash() },
  { weight: 2, act: (domain) => domain.pmSuspend('mem') },
  { weight: 1, act: (domain) => domain.pmSuspend('disk') },
  { weight: (domain) => (domain.persistent ? 2 : 0), act: (domain) => domain.save() },
  { weight: 1, act: (domain) => domain.destroy() },
];

const destroyed: readonly Habit[] = [{ weight: 1, act: (domain) => domain.destroy() }];

const habits: Readonly<Record<TransitionState, readonly Habit[]>> = {
  running,
  blocked: running,
  nostate: running,
  shutdown: [{ weight: 1, act: (domain) => domain.shutdown() }],
  paused: [{ weight: 5, act: (domain) => domain.resume() }, ...destroyed],
  pmsuspended: [{ weight: 5, act: (domain) => domain.pmWakeup() }, ...destroyed],
  crashed: destroyed,
  shutoff: [
    { weight: (domain) => (domain.saved ? 0 : 8), act: (domain) => domain.start() },
    { weight: (domain) => (domain.saved ? 8 : 0), act: (domain) => domain.restore() },
    { weight: (domain) => (domain.saved || domain.snapshots.length > 0 ? 0 : 1), act: (domain) => domain.undefine() },
  ],
  absent: [],
};

/**
 * A random life of domains: at random moments something happens to one of them, or a new one is defined.
 *
 * The seed and what the domains are at first decide all of it. It does nothing by itself: whoever owns it looks at
 * `due` and calls `happen()`.
 */
export class RandomLife {
  readonly #domains: TestDomains;
  readonly #random: Random;
  #due: number;
  #born = 0;

  constructor(domains: TestDomains, seed: number) {
    this.#domains = domains;
    this.#random = new Random(seed);
    this.#due = this.#pause();
  }

  /** When the next thing happens, in whole milliseconds since the life began. */
  get due(): number {
    return this.#due;
  }

  /**
   * Does what is due.
   *
   * @throws what an operation throws; then nothing has happened, and the same happens the next time.
   */
  happen(): void {
    const before = this.#random.state;
    try {
      this.#act();
    } catch (error) {
      this.#random.state = before;
      throw error;
    }
    this.#due += this.#pause();
  }

  #act(): void {
    const domains = [...this.#domains];
    const isShort = domains.length < ENOUGH_DOMAINS && this.#random.below(NEWCOMERS) === 0;
    const domain = domains[this.#random.below(domains.length)];
    if (isShort || domain === undefined) {
      this.#define();
      return;
    }
    const choices = habits[domain.state].map(({ weight, act }) => ({
      weight: typeof weight === 'number' ? weight : weight(domain),
      act,
    }));
    let chosen = this.#random.below(choices.reduce((sum, { weight }) => sum + weight, 0));
    choices
      .find(({ weight }) => {
        chosen -= weight;
        return chosen < 0;
      })
      ?.act(domain);
  }

  #define(): void {
    const onCrash = crashReactions[this.#random.below(crashReactions.length)];
    this.#domains.define({ name: this.#freeName(), onCrash });
    this.#born += 1;
  }

  #freeName(): string {
    const taken = new Set([...this.#domains].map(({ name }) => name));
    let number = this.#born + 1;
    while (taken.has(`guest-${number}`)) {
      number += 1;
    }
    return `guest-${number}`;
  }

  #pause(): number {
    return 1 + this.#random.below(LONGEST_PAUSE - 1);
  }
}
