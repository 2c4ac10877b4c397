import { deliverEvents } from '../../lib';
import { openJournal } from '../../lib/collector/journal-events';
import { JournalReader } from '../../lib/journal/journal-reader';
import { findStart } from '../../lib/journal/places';
import { diskWith, openJournalOn } from '../drivers/journal/journal-on-fake-disk';
import { type FakeDisk, PowerFailure, type Survival } from '../journal/fake-disk';

const EVENTS = 12;

/** Copies one journal into another until it has come to the end. */
function copy(disk: FakeDisk): void {
  const conn = openJournalOn(disk, '?reader=copy&follow=no');
  openJournal(conn, '/copy', { host: 'kvm-17', segmentBytes: 900 }, disk);
  while (deliverEvents(conn, { limit: 5 }).stoppedBy !== 'ended') {
    // On to the next.
  }
  conn.close();
}

/** The numbers of the events in the copy, as its readers are given them; gaps that it tells of itself are left out. */
function copied(disk: FakeDisk): number[] {
  const reader = new JournalReader(disk, '/copy', findStart(disk, '/copy', 'oldest')!);
  const numbers: number[] = [];
  for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
    const text = item.kind === 'entry' ? item.entry.event.toString() : `<n>${item.cause}</n>`;
    if (!text.includes('events-lost')) {
      numbers.push(Number(/<n>(.*)<\/n>/.exec(text)?.[1]));
    }
  }
  reader.close();
  return numbers;
}

/** What is there twice must be what wasn't known to be safe: all of it once more, in order, from some event on. */
function requireStory(numbers: readonly number[], when: string): void {
  const expected = Array.from({ length: EVENTS }, (_, at) => at + 1);
  const lastTime = numbers.slice(
    numbers.lastIndexOf(numbers.findLast((each, at) => each <= (numbers[at - 1] ?? 0)) ?? 1),
  );
  const first = lastTime[0] ?? 1;
  const before = numbers.slice(0, numbers.length - lastTime.length);
  expect({ when, numbers: [...before.filter((each) => each < first), ...lastTime] }).toEqual({
    when,
    numbers: expected,
  });
}

const ways: readonly [string, (disk: FakeDisk) => FakeDisk][] = [
  ['its process is killed', (disk) => disk],
  [
    'the power fails, and nothing survives that is not on the disk for sure',
    (disk) => disk.afterPowerFailure(survival(false)),
  ],
  ['the power fails, and all that was written survives', (disk) => disk.afterPowerFailure(survival(true))],
];

function survival(survives: boolean): Survival {
  return {
    writes: (count) => Array<boolean>(count).fill(survives),
    cut: (length) => (survives ? length : 0),
    steps: (count) => (survives ? count : 0),
  };
}

describe('a journal that is copied into another', () => {
  it.each(ways)('is there as a whole, in order, at whatever call %s', (_, fail) => {
    let isDone = false;
    let call = 0;
    while (!isDone) {
      call += 1;
      const disk = diskWith(EVENTS, { segmentBytes: 700 });
      disk.failsAt = disk.calls + call;
      try {
        copy(disk);
        isDone = true;
      } catch (error) {
        const { cause } = error as Error;
        if (!(error instanceof PowerFailure || cause instanceof PowerFailure)) {
          throw error;
        }
      }
      disk.killAll();
      disk.failsAt = Number.POSITIVE_INFINITY;
      const after = isDone ? disk : fail(disk);
      copy(after);
      requireStory(copied(after), `call ${call}`);
    }
    expect(call).toBeGreaterThan(50);
  });
});
