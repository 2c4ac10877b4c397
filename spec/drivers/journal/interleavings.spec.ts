import { addEventHandler, type Connection, DeliveryError, deliverEvents } from '../../../lib';
import { ManualClock } from '../../../lib/clock';
import { Random } from '../../../lib/drivers/test/random';
import type { JournalWriter } from '../../../lib/journal/journal-writer';
import type { FakeDisk } from '../../journal/fake-disk';
import { append, emptyDisk, openJournalOn, openWriter } from './journal-on-fake-disk';

/** How many stories are told; more where there is time. */
const STORIES = process.env['CI'] ? 300 : 60;

/** What a handler does with an event. */
type Answer = 'takes it' | 'breaks' | 'retries' | 'throws' | 'closes' | 'closes, and wants it again' | 'is killed';

/**
 * A reader that lives through many processes, and what is known of the promises: the number of the event that must come next, and
 * from which on events may come again.
 */
class Story {
  readonly #disk: FakeDisk;
  #writer: JournalWriter;
  readonly #random: Random;
  readonly #log: string[] = [];
  readonly #maxAttempts: number;
  readonly #segmentBytes: number;
  #conn: Connection | undefined;
  /** The events up to this one are done with, in the order of their numbers. */
  #completed = 0;
  /** What the handlers have met in this process is behind it: the next event must be the one that follows. */
  #last = 0;
  #throws = 0;
  /** Whether the process came to its end otherwise than by closing its connection. */
  #wasKilled = false;
  #isOver = false;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#disk = emptyDisk();
    this.#maxAttempts = 1 + this.#random.below(3);
    this.#segmentBytes = 500 + this.#random.below(1500);
    this.#writer = this.#openWriter();
  }

  tell(): void {
    for (let step = 0; step < 40; step += 1) {
      append(this.#writer, this.#random.below(6));
      this.#conn ??= this.#open();
      this.#deliver(this.#conn);
      if (this.#random.below(5) === 0) {
        this.#log.push('close');
        this.#conn?.close();
        this.#conn = undefined;
      } else if (this.#random.below(8) === 0) {
        this.#kill();
      }
    }
    this.#conn ??= this.#open();
    this.#isOver = true;
    this.#deliver(this.#conn);
    this.#require(
      this.#completed === this.#writer.next - 1,
      `${this.#completed} of ${this.#writer.next - 1} are completed`,
    );
  }

  /** The writer is a process that is killed with the reader. */
  #openWriter(): JournalWriter {
    return openWriter(this.#disk, { segmentBytes: this.#segmentBytes });
  }

  #open(): Connection {
    this.#log.push('open');
    this.#wasKilled = false;
    this.#last = this.#completed;
    const queue = this.#random.below(3) === 0 ? { maxEvents: 1 + this.#random.below(4) } : {};
    const clock = new ManualClock(0);
    const conn = openJournalOn(this.#disk, '?reader=a', { syncIntervalMs: this.#random.below(2) * 1e9, queue, clock });
    addEventHandler(conn, null, (_, event) => this.#receive(event.sequence), undefined, {
      maxAttempts: this.#maxAttempts,
    });
    return conn;
  }

  #deliver(conn: Connection): void {
    const limit = this.#isOver ? undefined : [undefined, 1, 2, 5][this.#random.below(4)];
    this.#log.push(`deliver ${limit}`);
    try {
      do {
        deliverEvents(conn, { limit });
      } while (this.#isOver && this.#completed < this.#writer.next - 1);
    } catch (error) {
      const isExpected = error instanceof DeliveryError || this.#wasKilled;
      if (!isExpected) {
        throw new Error(`${error}, after: ${this.#log.join(', ')}`, { cause: error });
      }
    }
    if (this.#wasKilled || conn.state === 'closed') {
      this.#conn = undefined;
    }
  }

  #kill(): void {
    this.#log.push('kill');
    this.#disk.killAll();
    this.#wasKilled = true;
    this.#conn = undefined;
    this.#writer = this.#openWriter();
  }

  #receive(sequence: number): 'break' | 'retry' | undefined {
    const expected = this.#last + 1;
    this.#require(sequence === expected, `event ${sequence} comes where ${expected} should`);
    const answer = this.#answer();
    this.#log.push(`${sequence} ${answer}`);
    switch (answer) {
      case 'takes it':
        this.#complete(sequence);
        return undefined;
      case 'breaks':
        this.#complete(sequence);
        return 'break';
      case 'retries':
        return 'retry';
      case 'throws':
        this.#throws += 1;
        if (this.#throws === this.#maxAttempts) {
          this.#complete(sequence);
        }
        throw new Error('no');
      case 'closes':
        this.#complete(sequence);
        this.#conn?.close();
        return undefined;
      case 'closes, and wants it again':
        this.#conn?.close();
        return 'retry';
      case 'is killed':
        this.#kill();
        return undefined;
    }
  }

  #answer(): Answer {
    if (this.#isOver) {
      return 'takes it';
    }
    const answers: readonly Answer[] = [
      'breaks',
      'retries',
      'throws',
      'closes',
      'closes, and wants it again',
      'is killed',
    ];
    return this.#random.below(3) > 0 ? 'takes it' : (answers[this.#random.below(answers.length)] as Answer);
  }

  #complete(sequence: number): void {
    this.#completed = sequence;
    this.#last = sequence;
    this.#throws = 0;
  }

  #require(condition: boolean, problem: string): void {
    if (!condition) {
      throw new Error(`${problem}, after: ${this.#log.join(', ')}`);
    }
  }
}

describe('a reader of a journal that delivers, breaks off, retries, throws, closes, and is killed, as chance will have it', () => {
  it.each(Array.from({ length: 10 }, (_, at) => at))(
    'meets every event in order, again only where it may (%i)',
    (part) => {
      for (let story = 0; story < STORIES / 10; story += 1) {
        new Story(part * 10_000 + story).tell();
      }
    },
  );
});
