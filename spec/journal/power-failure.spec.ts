/**
 * Has the power fail at every call of every script, with every kind of remains of what had not reached the disk, and holds what is
 * there afterwards against what a journal promises.
 */
import type { Bookmark, BookmarkRecord } from '../../lib/journal/bookmark';
import type { JournalReader } from '../../lib/journal/journal-reader';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { findStart } from '../../lib/journal/places';
import { bookmarkPath, createBookmark, openBookmark } from '../../lib/journal/readers';
import { resume } from '../../lib/journal/resume';
import { FakeDisk, type Survival } from './fake-disk';

const FOLDER = '/journal';
const BOOKMARK = bookmarkPath(FOLDER, 'cron');

/** What is done to a journal, step by step. */
type Step =
  | 'sync'
  | 'close'
  | 'prune'
  | 'kill'
  /** A synced one of so many events. */
  | { readonly append: number }
  /** The reader takes so many entries, completes each, and syncs its bookmark at the end or not. */
  | { readonly read: number; readonly sync: boolean };

const append = (count: number) => ({ append: count });
const read = (count: number, sync = true) => ({ read: count, sync });

const scripts: readonly (readonly Step[])[] = [
  [append(2), 'sync', read(1), append(2), read(3, false), 'sync', append(1), 'close'],
  [append(3), read(3), append(1), read(1, false), append(4), 'sync', read(9)],
  [append(1), 'close', append(1), 'sync', 'close', append(2), read(4), 'close', read(1)],
  [append(9), 'sync', read(4), append(9), 'sync', read(4, false), append(9), 'sync', 'prune', read(2)],
  [append(2), read(2), 'kill', append(2), read(1), 'kill', append(1), 'sync', read(5), 'kill', 'kill', append(1)],
];

/** What a reader finds: an event, the gap of a loss of power, or how many entries after so many are missing. */
type Found = number | 'unclean' | { readonly after: number; readonly missing: number; readonly cause: string };

/** A machine on which a journal is written and read. */
class Machine {
  readonly disk: FakeDisk;
  readonly boot: string;
  readonly history: History;
  #writer: JournalWriter | undefined;
  #appended: number[] = [];

  constructor(disk: FakeDisk, boot: string, history: History) {
    this.history = history;
    this.disk = disk;
    this.boot = boot;
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      this.do(step);
    }
  }

  do(step: Step): void {
    if (step === 'kill') {
      this.disk.killAll();
      this.#writer = undefined;
    } else if (step === 'close') {
      this.writer.close();
      this.#noteSynced();
      this.#writer = undefined;
    } else if (step === 'sync') {
      this.writer.sync();
      this.#noteSynced();
    } else if (step === 'prune') {
      this.writer.prune();
    } else if ('append' in step) {
      for (let count = 0; count < step.append; count += 1) {
        this.#appended.push(this.history.newEvent());
        this.writer.append(eventOf(this.#appended.at(-1) as number));
      }
    } else {
      this.read(step.read, step.sync);
    }
  }

  get writer(): JournalWriter {
    this.#writer ??= JournalWriter.open(this.disk, FOLDER, {
      host: 'kvm-17',
      boot: this.boot,
      now: () => 1_767_323_045_000,
      segmentBytes: 900,
      maxBytes: 3000,
    });
    return this.#writer;
  }

  /** Reads entries by the bookmark, each of which is completed. */
  read(count: number, isSynced: boolean): Found[] {
    const found: Found[] = [];
    const { bookmark, reader } = this.#openReader();
    for (let left = count; left > 0; left -= 1) {
      const { ordinal } = reader.position;
      const item = reader.next();
      if (item.kind === 'nothing') {
        break;
      }
      let { completed } = bookmark.record;
      if (item.kind === 'entry') {
        const { sequence, crc, position, event } = item.entry;
        const number = numberOf(event);
        found.push(number ?? 'unclean');
        this.history.see(sequence, event.toString());
        completed = { id: item.id, sequence, crc, segment: item.segment, position };
      } else {
        found.push({ after: ordinal, missing: item.count, cause: item.cause });
      }
      bookmark.write({ ...reader.position, completed, attempt: 0, throws: 0, isOffered: false });
      if (item.kind === 'entry') {
        this.history.completed.add(numberOf(item.entry.event) ?? -1);
      } else {
        for (let number = ordinal + 1; number <= ordinal + item.count; number += 1) {
          this.history.completed.add(number);
        }
      }
    }
    if (isSynced) {
      bookmark.sync();
    }
    bookmark.close();
    reader.close();
    return found;
  }

  #openReader(): { bookmark: Bookmark; reader: JournalReader } {
    // There must be a segment, so that there is a place to begin at.
    if (this.#writer === undefined && findStart(this.disk, FOLDER, 'oldest') === undefined) {
      this.writer.sync();
    }
    const first: BookmarkRecord = {
      ...findStart(this.disk, FOLDER, 'oldest')!,
      attempt: 0,
      throws: 0,
      isOffered: false,
    };
    const bookmark = openBookmark(this.disk, BOOKMARK) ?? createBookmark(this.disk, BOOKMARK, first)!;
    try {
      return { bookmark, reader: resume(this.disk, FOLDER, bookmark.record, BOOKMARK) };
    } catch (error) {
      bookmark.close();
      throw error;
    }
  }

  #noteSynced(): void {
    for (const number of this.#appended) {
      this.history.synced.add(number);
    }
    this.#appended = [];
  }
}

/** What has happened before the power failed, as far as promises depend on it. */
class History {
  readonly synced = new Set<number>();
  readonly completed = new Set<number>();
  #events = 0;
  readonly #seen = new Map<number, string>();

  copy(): History {
    const copy = new History();
    copy.#events = this.#events;
    for (const [from, to] of [
      [this.synced, copy.synced],
      [this.completed, copy.completed],
    ] as const) {
      for (const number of from) {
        to.add(number);
      }
    }
    for (const [sequence, event] of this.#seen) {
      copy.#seen.set(sequence, event);
    }
    return copy;
  }

  newEvent(): number {
    this.#events += 1;
    return this.#events;
  }

  /** A number never stands for two events. */
  see(sequence: number, event: string): void {
    const before = this.#seen.get(sequence);
    if (before !== undefined && before !== event) {
      throw new Error(`the number ${sequence} was used twice: for ${before}, and for ${event}`);
    }
    this.#seen.set(sequence, event);
  }
}

const eventOf = (n: number) => `<event type="t" timestamp="s"><n>${n}</n>${'.'.repeat((n * 37) % 90)}</event>`;

function numberOf(event: Buffer): number | undefined {
  const digits = /<n>(\d+)/.exec(event.toString())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const emptyDisk = () => new FakeDisk(new Map([['/', new Map()]]));

/** What may be left of what had not reached the disk: any of the last writes to a file, cut or not, and names. */
function survivals(): Survival[] {
  // Each of the last three is there or not, and what was written before them as the first of them.
  const kinds: Survival['writes'][] = Array.from(
    { length: 8 },
    (_, kept) => (count: number) =>
      Array.from({ length: count }, (_, place) => ((kept >> Math.max(0, place + 3 - count)) & 1) === 1),
  );
  const cuts: Survival['cut'][] = [
    (length) => length,
    (length) => Math.floor(length / 2),
    (length) => Math.min(length, 60),
    (length) => length - 1,
  ];
  const steps: Survival['steps'][] = [(count) => count, () => 0, (count) => Math.ceil(count / 2)];
  return kinds.flatMap((writes) => cuts.flatMap((cut) => steps.map((each) => ({ writes, cut, steps: each }))));
}

/** Runs a script until the power fails; says whether it did. */
function runUntil(machine: Machine, script: readonly Step[], failsAt: number): boolean {
  machine.disk.failsAt = failsAt;
  try {
    machine.run(script);
    return false;
  } catch (error) {
    // Whoever met it may have made an error of its own of it.
    if (machine.disk.calls >= failsAt) {
      return true;
    }
    throw error;
  }
}

/** Starts the machine anew, writes one more event, and reads everything by the bookmark: what is promised must hold. */
function check(disk: FakeDisk, history: History, boot = 'boot-2'): void {
  const machine = new Machine(disk, boot, history);
  const news = history.newEvent();
  machine.writer.append(eventOf(news));
  machine.writer.close();
  const found = machine.read(Number.POSITIVE_INFINITY, true);
  if (found.at(-1) !== news) {
    throw new Error(`the event that came after the loss of power is skipped: ${JSON.stringify(found)}`);
  }
  const numbers = found.filter((each) => typeof each === 'number');
  if (numbers.some((number, place) => place > 0 && number <= numbers[place - 1]!)) {
    throw new Error(`out of order: ${JSON.stringify(found)}`);
  }
  // The events are numbered as they were written, so that the first number tells how many are missing.
  const [first, second] = found;
  const pruned = typeof first === 'object' && first.cause === 'expired' ? first.after + first.missing : 0;
  if (pruned > 0 && second !== pruned + 1) {
    throw new Error(`so many events aren't missing: ${JSON.stringify(found)}`);
  }
  for (const number of history.synced) {
    if (!history.completed.has(number) && !numbers.includes(number) && number > pruned) {
      throw new Error(`${number} was synced, and is lost: ${JSON.stringify(found)}`);
    }
  }
}

describe('a journal on a machine whose power fails', () => {
  it.each(scripts.map((script, place) => [place + 1, script] as const))(
    'keeps what it promises at every call of script %d',
    (_, script) => {
      let states = 0;
      for (let failsAt = 1; ; failsAt += 1) {
        const machine = new Machine(emptyDisk(), 'boot-1', new History());
        if (!runUntil(machine, script, failsAt)) {
          break;
        }
        const different = new Map<string, Survival>();
        for (const survival of survivals()) {
          different.set(machine.disk.afterPowerFailure(survival).fingerprint, survival);
        }
        for (const [place, survival] of [...different.values()].entries()) {
          try {
            check(machine.disk.afterPowerFailure(survival), machine.history.copy());
            // And the power fails again while the next one writes and reads.
            const next = new Machine(machine.disk.afterPowerFailure(survival), 'boot-2', machine.history.copy());
            runUntil(next, [append(2), 'sync', read(9), append(1), read(1)], 1 + ((failsAt + place) % 25));
            check(next.disk.afterPowerFailure(survival), next.history, 'boot-3');
          } catch (error) {
            throw new Error(`call ${failsAt}, survival ${place}: ${(error as Error).stack}`, { cause: error });
          }
          states += 1;
        }
      }
      expect(states).toBeGreaterThan(200);
    },
    300_000,
  );
});
