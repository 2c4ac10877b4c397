import { setTimeout as pause } from 'node:timers/promises';
import { type ClaimJob, type KeptPlaces, type PlaceText, WRONG_LAST_SEQUENCE } from '../protocol';
import type { Hub } from './hub';
import { problemIn } from './problems';

/** The pause before another attempt to write, in milliseconds. */
const PAUSE = 200;

/** For how long it is waited that all is written, in milliseconds. */
const PATIENCE = 2000;

/** A bookmark of ours. */
interface Kept {
  readonly subject: string;
  /** The number of the message that we have written last. */
  at: number;
  /** What is to be written, if it isn't written yet. */
  text: string | undefined;
  /** The course of the writing, while it is under way. */
  writing: Promise<void> | undefined;
}

/**
 * The bookmarks of a reader: each is the last message of its subject, and whoever writes says which one that was. If it was another,
 * somebody else reads under the same name, and only one of the two may go on.
 */
export class Bookmarks {
  readonly #hub: Hub;
  readonly #stream: string;
  readonly #kept = new Map<string, Kept>();
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
        this.#kept.set(subject, { subject, at, text: undefined, writing: undefined });
      }),
    );
  }

  /** Has a text written; one that comes before another was written takes its place. */
  keep({ subject, text }: PlaceText): void {
    const kept = this.#kept.get(subject);
    if (kept !== undefined) {
      kept.text = text;
      kept.writing ??= this.#write(kept);
    }
  }

  /** Waits for a while until all is written that was to be; says whether it is. */
  async settle(): Promise<boolean> {
    const writings = [...this.#kept.values()].map(({ writing }) => writing);
    const timer = new AbortController();
    const isLate = pause(PATIENCE, false, { signal: timer.signal, ref: false }).catch(() => false);
    const isWritten = await Promise.race([Promise.all(writings).then(() => true), isLate]);
    timer.abort();
    return isWritten;
  }

  async #find(subject: string): Promise<{ readonly text: string; readonly at: number } | null> {
    const { direct, streams } = this.#hub.manager;
    const query = { last_by_subj: subject };
    // The direct way is the one that can be allowed for one subject alone. A stream that doesn't have it doesn't answer.
    const message = await direct.getMessage(this.#stream, query).catch(() => streams.getMessage(this.#stream, query));
    return message === null ? null : { text: message.string(), at: message.seq };
  }

  /** Fails if there is no such stream, which nobody says who is asked for a message of it; otherwise it never ends. */
  async #unlessThere(): Promise<never> {
    try {
      await this.#hub.streamInfo(this.#stream);
    } catch (error) {
      if (problemIn(error).kind === 'absent') {
        throw error;
      }
    }
    return new Promise(() => {});
  }

  async #publish(subject: string, text: string, after: number): Promise<number> {
    const expect = { lastSubjectSequence: after, streamName: this.#stream };
    return (await this.#hub.client.publish(subject, text, { expect })).seq;
  }

  async #write(kept: Kept): Promise<void> {
    let isInDoubt = false;
    while (kept.text !== undefined) {
      const { text, subject } = kept;
      try {
        await this.#hub.life.isConnected();
        kept.at = isInDoubt ? await this.#hub.life.orBroken(this.#findOurs(kept)) : kept.at;
        isInDoubt = false;
        kept.at = await this.#hub.life.orBroken(this.#publish(subject, text, kept.at));
        if (kept.text === text) {
          kept.text = undefined;
        }
      } catch (error) {
        if (error instanceof FencedError) {
          this.#kept.delete(subject);
          await this.#hub.parent.say({ notice: 'fenced', subject });
          return;
        }
        // If the server is gone, nobody knows whether it has written it before.
        isInDoubt = true;
        if (problemIn(error).code !== WRONG_LAST_SEQUENCE) {
          await pause(PAUSE);
        }
      }
    }
    kept.writing = undefined;
  }

  /** Finds the message that is the last one, if it is of ours. */
  async #findOurs({ subject, at }: Kept): Promise<number> {
    const last = await this.#find(subject);
    if (last === null || last.at < at || !last.text.includes(this.#by)) {
      throw new FencedError();
    }
    return last.at;
  }
}

/** Another process has written our bookmark. */
class FencedError extends Error {}
