import { systemClock } from '../../../lib/clock';
import { firstRecord, type StreamRecord } from '../../../lib/drivers/nats/stream-bookmark';
import { StreamPlace } from '../../../lib/drivers/nats/stream-place';
import { JournalError } from '../../../lib/errors';

/** What is written, in short: the feed, the next number, and the attempt of an event that is offered. */
let written: string[];
/** Whether there is somebody who writes. */
let isThere = true;
const record = (next: number, more: Partial<StreamRecord> = {}): StreamRecord => ({ ...firstRecord(next), ...more });

function placeAt(...records: StreamRecord[]): StreamPlace {
  return new StreamPlace(records, (feed, { next, attempt, isOffered }) => {
    if (isThere) {
      written.push(`${feed}: ${next}${isOffered ? ` offered ${attempt}` : attempt > 0 ? ` after ${attempt}` : ''}`);
    }
    return isThere;
  });
}

/** What was written since this was asked last. */
function news(): string[] {
  return written.splice(0);
}

beforeEach(() => {
  written = [];
  isThere = true;
});

const seen = (at: number) => ({ at, time: at * 1e9 });

describe('the place of a reader in a stream', () => {
  it('is written at the first offer and at the end of a delivery', () => {
    const place = placeAt(record(100));
    place.read(1, 0, seen(100), 1);
    place.read(2, 0, seen(101), 0);
    expect(place.offered(1)).toEqual({ attempts: 0, throws: 0 });
    expect(news()).toEqual(['0: 100 offered 1']);
    place.completed(1, true);
    place.offered(2);
    place.completed(2, true);
    expect(news()).toEqual([]);
    place.settle();
    expect(news()).toEqual(['0: 102']);
    place.settle();
    expect(news()).toEqual([]);
  });

  it('is written when there is somebody again who writes it, if there was nobody', () => {
    const place = placeAt(record(100), record(200));
    place.read(1, 0, seen(100), 0);
    place.offered(1);
    expect(news()).toEqual(['0: 100 offered 1']);
    isThere = false;
    place.completed(1, true);
    place.settle();
    expect(place.isKept).toBe(false);
    isThere = true;
    place.settle();
    expect(news()).toEqual(['0: 101']);
    expect(place.isKept).toBe(true);
  });

  it('is written once a second, too, while there is nothing for anybody', () => {
    const now = jest.spyOn(systemClock, 'monotonic').mockReturnValue(0);
    const place = placeAt(record(100));
    place.passed(0, 100, 0);
    expect(news()).toEqual([]);
    now.mockReturnValue(1000);
    place.passed(0, 105, 0);
    now.mockRestore();
    expect(news()).toEqual(['0: 106']);
  });

  it('is written at most once a second within a delivery', () => {
    const now = jest.spyOn(systemClock, 'monotonic').mockReturnValue(0);
    const place = placeAt(record(100));
    for (let number = 1; number <= 50; number += 1) {
      place.read(number, 0, seen(99 + number), 0);
    }
    place.offered(1);
    news();
    const times: number[] = [];
    for (let number = 1; number <= 50; number += 1) {
      now.mockReturnValue(number * 100);
      place.completed(number, number !== 10);
      times.push(...news().map(() => number * 100));
    }
    now.mockRestore();
    // What nobody was handed waits for what somebody was.
    expect(times).toEqual([1100, 2100, 3100, 4100]);
  });

  it('tells what came of the first event before, and of no other', () => {
    const place = placeAt(record(100, { attempt: 3, throws: 2 }));
    place.read(1, 0, seen(100), 1);
    place.read(2, 0, seen(101), 0);
    expect(place.offered(1)).toEqual({ attempts: 3, throws: 2 });
    expect(place.offered(2)).toEqual({ attempts: 0, throws: 0 });
  });

  it('has forgotten it if that event is missing by now', () => {
    const place = placeAt(record(100, { attempt: 3, throws: 2 }));
    place.missed(1, 0, 100);
    place.read(2, 0, seen(101), 0);
    expect(place.offered(2)).toEqual({ attempts: 0, throws: 0 });
  });

  it('is written with each event, after a death with one in hand, until a delivery has ended', () => {
    const place = placeAt(record(100, { attempt: 1, isOffered: true }));
    for (const number of [1, 2, 3, 4]) {
      place.read(number, 0, seen(99 + number), 0);
    }
    place.offered(1);
    place.completed(1, true);
    place.offered(2);
    expect(news()).toEqual(['0: 100 offered 2', '0: 101', '0: 101 offered 1']);
    place.completed(2, true);
    place.settle();
    news();
    place.offered(3);
    place.completed(3, true);
    expect(news()).toEqual([]);
  });

  it('remembers an event that is put off', () => {
    const place = placeAt(record(100));
    place.read(1, 0, seen(100), 0);
    place.offered(1);
    place.putOff(2, 1);
    news();
    place.settle();
    expect(news()).toEqual(['0: 100 after 2']);
  });

  it("is not touched by the connection's own events", () => {
    const place = placeAt(record(100));
    place.read(2, 0, seen(100), 0);
    expect(place.offered(1)).toEqual({ attempts: 0, throws: 0 });
    place.putOff(1, 1);
    place.settle();
    place.completed(1, true);
    place.settle();
    expect(news()).toEqual([]);
  });

  it('moves over what nobody is given, but not before what stands in front of that is completed', () => {
    const place = placeAt(record(100));
    place.passed(0, 104, 0);
    place.settle();
    expect(news()).toEqual(['0: 105']);
    place.read(1, 0, seen(105), 1);
    place.passed(0, 106, 0);
    place.settle();
    expect(news()).toEqual([]);
    place.completed(1, false);
    place.settle();
    expect(news()).toEqual(['0: 107']);
  });

  it('is one for each feed, of which those are written that have moved', () => {
    const place = placeAt(record(100), record(50, { attempt: 1 }), record(7));
    place.read(1, 1, seen(60), 0);
    place.read(2, 0, seen(100), 4);
    expect(place.offered(1)).toEqual({ attempts: 1, throws: 0 });
    place.completed(1, true);
    place.offered(2);
    expect(news()).toEqual(['1: 50 offered 2', '0: 100 offered 1']);
    place.settle();
    expect(news()).toEqual(['1: 61']);
    place.completed(2, true);
    place.close();
    expect(news()).toEqual(['0: 101']);
    expect(place.records.map(({ next }) => next)).toEqual([101, 61, 7]);
  });

  it('tells where it is, and how much is behind it', () => {
    const place = placeAt(record(100), record(100));
    place.read(1, 0, seen(120), 30);
    place.read(2, 1, seen(121), 5);
    expect(place.stats).toEqual({ next: 100, end: 122, behind: 37 });
    place.completed(2, true);
    expect(place.stats).toEqual({ next: 121, end: 122, behind: 35 });
  });

  it('is never written again when somebody else has, and says so in each delivery', () => {
    const place = placeAt(record(100));
    const busy = new JournalError('ERR_READER_BUSY', 'another');
    place.read(1, 0, seen(100), 1);
    place.read(2, 0, seen(101), 0);
    place.fence(busy);
    expect(place.takeProblem()).toBe(busy);
    expect(place.takeProblem()).toBeUndefined();
    place.offered(1);
    place.completed(1, true);
    place.settle();
    expect(place.takeProblem()).toBe(busy);
    expect(news()).toEqual([]);
  });
});
