import type { ChildProcess } from 'node:child_process';
import { systemClock } from '../../clock';

/** How long a child process may take to end after it was asked to, in milliseconds. */
const GRACE_MS = 1000;

// Taken at import, so that a test runner's fake timers don't keep a child alive.
const startTimer = setTimeout;

/** The children that aren't known to have ended. If the event loop has no turn, none ever is. */
const lives = new Set<ChildLife>();

/**
 * Makes sure that a child process ends: when it is asked to, by SIGTERM; by SIGKILL if it hasn't after a moment; and at the
 * latest with this process.
 *
 * It never blocks. Without a turn of the event loop the moment is over when another child is started or ended, or when this
 * process exits. A process that is killed itself can do nothing; then the child finds its input closed.
 */
export class ChildLife {
  readonly #child: ChildProcess;
  readonly #mayFinish: boolean;
  /** When it is killed, once it was asked to end. */
  #due = Number.POSITIVE_INFINITY;
  /** Whether it has begun to pass on bytes, so that it no longer asks anybody for a password, with a terminal to set right. */
  hasSpoken = false;

  /** @param mayFinish Whether it is left alone when this process exits, since it ends by itself soon after its input. */
  constructor(child: ChildProcess, mayFinish: boolean) {
    this.#child = child;
    this.#mayFinish = mayFinish;
    killOverdue();
    // If nothing was started, Node would send a signal to process 0, which is all of this process's group.
    if (child.pid === undefined) {
      return;
    }
    if (lives.size === 0) {
      process.on('exit', killAll);
    }
    lives.add(this);
    child.once('exit', () => this.#forget());
  }

  /** Asks it to end; it will have ended after a moment, whether it wants to or not. */
  end(): void {
    if (!lives.has(this) || this.#due < Number.POSITIVE_INFINITY) {
      return;
    }
    this.#child.kill();
    this.#due = systemClock.monotonic() + GRACE_MS;
    startTimer(killOverdue, GRACE_MS + 1).unref();
    killOverdue();
  }

  killIfDue(): void {
    if (systemClock.monotonic() >= this.#due) {
      this.#child.kill('SIGKILL');
      // There is no more to be done, though it may be long until the event loop tells that it has ended.
      this.#forget();
    }
  }

  /** This process exits: there is no time to wait any more. */
  endNow(): void {
    const isAsked = this.#due < Number.POSITIVE_INFINITY;
    if (isAsked || !this.#mayFinish) {
      this.#child.kill(isAsked || this.hasSpoken ? 'SIGKILL' : 'SIGTERM');
    }
  }

  #forget(): void {
    lives.delete(this);
    if (lives.size === 0) {
      process.removeListener('exit', killAll);
    }
  }
}

function killOverdue(): void {
  for (const life of lives) {
    life.killIfDue();
  }
}

function killAll(): void {
  for (const life of lives) {
    life.endNow();
  }
}
