import { setTimeout as pause } from 'node:timers/promises';
import { type ClaimJob, type KeptPlaces, type PlaceText, WRONG_LAST_SEQUENCE } from '../protocol';
import type { Hub } from './hub';
import { problemIn } from './problems';
import { whyUnfit } from './unfit-stream';

/** The pause before another attempt to write, in milliseconds. */
const PAUSE = 200;

/**
 * How long after another a bookmark is written at the earliest, in milliseconds: a reader that is given events one by one would make a
 * message of its own of each.
 */
const INTERVAL = 250;

/** For how long it is waited that all is written, in milliseconds. */
const PATIENCE = 2000;

/** For how long writing must fail, though there is a connection, until that is told, in milliseconds. */
const TOLD_AFTER = 1000;

/** How often one that was written earlier must be found: servers that follow another one may not know the latest yet. */
const LOOKS = 5;

/** A bookmark of ours. */
interface Kept {
  readonly subject: string;
  /** The number of the message that we have written last. */
  at: number;
  /** When that was. */
  writtenAt: number;
  /** What is to be written, if it isn't written yet. */
  text: string | undefined;
  /** The course of the writing, while it is under way. */
  writing: Promise<void> | undefined;
  /** Why it can't be written, once that is told. */
  problem: string | undefined;
}

/**
 * The bookmarks of a reader: each is the last message of its subject, and whoever writes says which one that was. If it was another,
 * somebody else reads under the same name, and only one of the two may go on. One that is gone, since the stream was emptied or made
 * anew, was written by nobody: it is written again.
 */
export class Bookmarks {
  readonly #hub: Hub;
  readonly #stream: string;
  readonly #kept = new Map<string, Kept>();
  /** Ends the intervals: nothing more is to come. */
  readonly #hurry = new AbortController();
  #by = '';

  constructor(hub: Hub, stream: string) {
    this.#hub = hub;
    this.#stream = stream;
  }

  /**
   * What was kept last under some subjects.
   *
   * @throws {Error} if there is no such stream.
   */
  find(subjects: readonly string[]): Promise<KeptPlaces['places']> {
    return Promise.race([Promise.all(subjects.map((subject) => this.#find(subject))), this.#unlessThere()]);
  }

  /** @throws {Error} if one was written by somebody else since it was found. */
  async claim({ by, places }: ClaimJob): Promise<void> {
    this.#by = by;
    await Promise.all(
      places.map(async ({ subject, text, after }) => {
        const at = await this.#publish(subject, text, after);
        const writtenAt = performance.now();
        this.#kept.set(subject, { subject, at, writtenAt, text: undefined, writing: undefined, problem: undefined });
      }),
    );
  }

  /** Has a text written before long; one that comes before another was written takes its place. */
  keep({ subject, text }: PlaceText): void {
    const kept = this.#kept.get(subject);
    if (kept !== undefined) {
      kept.text = text;
      kept.writing ??= this.#write(kept);
    }
  }

  /** Has all written at once from now on, and waits for a while until it is; says why not, if it isn't. */
  async settle(): Promise<string | undefined> {
    this.#hurry.abort();
    const all = [...this.#kept.values()];
    const timer = new AbortController();
    const late = pause(PATIENCE, true, { signal: timer.signal, ref: false }).catch(() => true);
    const isLate = await Promise.race([Promise.all(all.map(({ writing }) => writing)).then(() => false), late]);
    timer.abort();
    return isLate
      ? (all.find(({ problem }) => problem !== undefined)?.problem ?? 'the hub does not answer')
      : undefined;
  }

  async #find(subject: string): Promise<{ readonly text: string; readonly at: number } | null> {
    const { direct, streams } = this.#hub.manager;
    const query = { last_by_subj: subject };
    // The direct way is the one that can be allowed for one subject alone. A stream that doesn't have it doesn't answer.
    const message = await direct.getMessage(this.#stream, query).catch((error: unknown) => {
      if (problemIn(error).kind === 'refused') {
        throw error;
      }
      return streams.getMessage(this.#stream, query);
    });
    return message === null ? null : { text: message.string(), at: message.seq };
  }

  /** Fails if there is no such stream, which nobody says who is asked for a message of it, or if it keeps nothing; otherwise it never ends. */
  async #unlessThere(): Promise<never> {
    const unfit = await this.#hub.streamInfo(this.#stream).then(
      ({ config }) => whyUnfit(config),
      (error: unknown) => {
        if (problemIn(error).kind === 'absent') {
          throw error;
        }
        return undefined;
      },
    );
    if (unfit !== undefined) {
      throw new Error(unfit);
    }
    return new Promise(() => {});
  }

  async #publish(subject: string, text: string, after: number): Promise<number> {
    const expect = { lastSubjectSequence: after, streamName: this.#stream };
    return (await this.#hub.client.publish(subject, text, { expect })).seq;
  }

  /** Waits until a bookmark may be written again. */
  async #interval({ writtenAt }: Kept): Promise<void> {
    const { signal } = this.#hurry;
    const rest = writtenAt + INTERVAL - performance.now();
    if (rest > 0 && !signal.aborted) {
      await pause(rest, undefined, { signal }).catch(() => {});
    }
  }

  async #write(kept: Kept): Promise<void> {
    const { subject } = kept;
    let failingSince: number | undefined;
    while (kept.text !== undefined) {
      await this.#interval(kept);
      const { text } = kept;
      try {
        await this.#hub.life.isConnected();
        kept.at = failingSince === undefined ? kept.at : await this.#hub.life.orBroken(this.#findOurs(kept));
        kept.at = await this.#hub.life.orBroken(this.#publish(subject, text, kept.at));
        kept.writtenAt = performance.now();
        failingSince = undefined;
        kept.problem = undefined;
        if (kept.text === text) {
          kept.text = undefined;
        }
      } catch (error) {
        if (error instanceof FencedError) {
          this.#kept.delete(subject);
          await this.#hub.parent.say({ notice: 'fenced', subject, by: error.by });
          return;
        }
        // If the server is gone, nobody knows whether it has written it before.
        const isSure = failingSince === undefined && problemIn(error).code === WRONG_LAST_SEQUENCE;
        failingSince = this.#hub.life.number === undefined ? performance.now() : (failingSince ?? performance.now());
        if (!isSure) {
          await this.#failed(kept, error, failingSince);
        }
      }
    }
    kept.writing = undefined;
  }

  /** Waits until it can be tried again, and tells of it if it fails for long. */
  async #failed(kept: Kept, error: unknown, since: number): Promise<void> {
    await pause(PAUSE);
    if (kept.problem === undefined && performance.now() - since > TOLD_AFTER) {
      const isTold = [...this.#kept.values()].some(({ problem }) => problem !== undefined);
      kept.problem = await this.#whyNot(problemIn(error).message);
      if (!isTold) {
        await this.#hub.parent.say({ notice: 'unkept', problem: kept.problem });
      }
    }
  }

  /** What is wrong with the stream, which those who write to it aren't told if it isn't there. */
  async #whyNot(problem: string): Promise<string> {
    try {
      await this.#hub.streamInfo(this.#stream);
      return problem;
    } catch (error) {
      const isAbsent = problemIn(error).kind === 'absent';
      return isAbsent ? `there is no stream ${this.#stream} any more; make it anew, and nothing is lost` : problem;
    }
  }

  /** Finds the number of the message that is the last one, unless somebody else has written it; 0 if there is none. */
  async #findOurs({ subject, at }: Kept): Promise<number> {
    for (let look = 1; ; look += 1) {
      const last = await this.#find(subject);
      if (last === null || last.text.includes(this.#by)) {
        return last?.at ?? 0;
      }
      if (last.at > at || look === LOOKS) {
        throw new FencedError(last.at > at ? 'another' : 'earlier');
      }
      await pause(PAUSE);
    }
  }
}

/** What is our bookmark was not written by us. */
class FencedError extends Error {
  readonly by: 'another' | 'earlier';
  constructor(by: 'another' | 'earlier') {
    super();
    this.by = by;
  }
}
