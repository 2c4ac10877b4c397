import { ManualClock } from '../../../lib/clock';
import { EventQueue, type QueueBounds } from '../../../lib/delivery/queue/queue';
import type { InvalidEventError } from '../../../lib/errors';
import { readEvent } from '../../../lib/event/read-event';
import { defaultEventLimits } from '../../../lib/xml/limits';

const WITHOUT_TEXT = '<event type="e" timestamp="t"></event>'.length;

/** An event of so many bytes. */
const eventOf = (bytes: number) =>
  readEvent(`<event type="e" timestamp="t">${'x'.repeat(bytes - WITHOUT_TEXT)}</event>`, defaultEventLimits);

function queueOf(bounds: Partial<QueueBounds>): { queue: EventQueue; lost: number[] } {
  const lost: number[] = [];
  const all = { maxEvents: 100, maxBytes: 1000, overflow: 'drop-oldest' as const, ...bounds };
  const queue = new EventQueue(all, new ManualClock(), (sequence) => lost.push(sequence));
  return { queue, lost };
}

/** What is queued: the number of an event, or of a gap how many it stands for. */
const contents = (queue: EventQueue) => queue.peek().map(({ sequence, lost }) => (lost > 0 ? `-${lost}` : sequence));

/** What is queued: the number of an event; of a gap its cause, its count, and its first and last number. */
const places = (queue: EventQueue) =>
  queue.peek().map(({ xml, sequence }) => {
    const [, count, first, last, cause] = /count="(\d+)" first="(\d+)" last="(\d+)" cause="(\w+)"/.exec(xml) ?? [];
    return cause === undefined ? sequence : `${count} ${cause} in ${first}-${last}`;
  });

const unreadable = (() => {
  try {
    readEvent('<event', defaultEventLimits);
  } catch (error) {
    return error as InvalidEventError;
  }
  throw new Error('it was read');
})();

/** Puts in what each letter stands for: an event of 100 bytes, or something that cannot be read. */
function put(queue: EventQueue, letters: string): void {
  for (const letter of letters) {
    if (letter === 'e') {
      queue.push(eventOf(100));
    } else {
      queue.pushInvalid(unreadable);
    }
  }
}

describe('losses for different causes', () => {
  it('are gaps of their own, each in its place', () => {
    const { queue } = queueOf({ maxEvents: 1, overflow: 'drop-newest' });
    put(queue, 'eiieeieii');
    expect(places(queue)).toEqual([
      1,
      '2 invalid in 2-3',
      '2 overflow in 4-5',
      '1 invalid in 6-6',
      '1 overflow in 7-7',
      '2 invalid in 8-9',
    ]);
    expect(queue.length).toBe(6);
    expect([queue.take(), queue.take()].map((entry) => entry?.sequence)).toEqual([1, 3]);
    expect([queue.length, queue.headSequence]).toEqual([4, 5]);
  });

  it('stay apart when the events between them are dropped', () => {
    const { queue } = queueOf({ maxEvents: 2 });
    put(queue, 'ieiieeieee');
    expect(places(queue)).toEqual([
      '1 invalid in 1-1',
      '1 overflow in 2-2',
      '2 invalid in 3-4',
      '2 overflow in 5-6',
      '1 invalid in 7-7',
      '1 overflow in 8-8',
      9,
      10,
    ]);
  });

  it('stay apart from a gap that was offered', () => {
    const { queue } = queueOf({ maxEvents: 1, overflow: 'drop-newest' });
    put(queue, 'iee');
    expect(queue.pinHead()?.sequence).toBe(1);
    put(queue, 'i');
    expect(places(queue)).toEqual(['1 invalid in 1-1', 2, '1 overflow in 3-3', '1 invalid in 4-4']);
    queue.take();
    queue.take();
    expect(queue.pinHead()?.sequence).toBe(3);
    put(queue, 'i');
    expect(places(queue)).toEqual(['1 overflow in 3-3', '2 invalid in 4-5']);
    queue.clear();
    expect([queue.length, queue.headSequence]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('make 1,024 gaps, and beyond that count on in the last of their cause', () => {
    const { queue } = queueOf({ maxEvents: 1, overflow: 'drop-newest' });
    put(queue, `e${'ie'.repeat(512)}`);
    expect(queue.length).toBe(1025);
    expect(places(queue).slice(-2)).toEqual(['1 invalid in 1024-1024', '1 overflow in 1025-1025']);
    put(queue, 'i');
    expect(places(queue).slice(-2)).toEqual(['2 overflow in 1023-1025', '2 invalid in 1024-1026']);
    put(queue, 'ei');
    expect(places(queue).slice(-2)).toEqual(['3 overflow in 1023-1027', '3 invalid in 1024-1028']);
    put(queue, 'ei'.repeat(10_000));
    expect(places(queue).slice(-2)).toEqual(['10003 overflow in 1023-21027', '10003 invalid in 1024-21028']);
    expect(queue.length).toBeLessThanOrEqual(1025);
    const sequences = queue.peek().map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((one, other) => one - other));
  });

  it.each([
    ['drop-newest', `e${'ie'.repeat(50_000)}`],
    ['drop-oldest', 'ie'.repeat(50_000)],
    ['drop-oldest', 'iee'.repeat(33_000)],
  ] as const)(
    'leave no more than two gaps to each event beyond that, and lose no count, with %s',
    (overflow, letters) => {
      const { queue } = queueOf({ maxEvents: 500, maxBytes: 1_000_000, overflow });
      put(queue, letters);
      expect(queue.length).toBeLessThanOrEqual(500 + 1024 + 2 * 501);
      const counted = queue.peek().reduce((sum, { lost }) => sum + Math.max(lost, 1), 0);
      expect(counted).toBe(letters.length);
      expect(queue.peek()).toHaveLength(queue.length);
    },
  );
});

describe('losses for different causes behind a head that was offered', () => {
  it('leave no more gaps than elsewhere, though what does not fit beside it is dropped as the newest', () => {
    const { queue } = queueOf({});
    queue.push(eventOf(500));
    queue.pinHead();
    for (let round = 0; round < 5000; round += 1) {
      put(queue, 'i');
      queue.push(eventOf(600));
      put(queue, 'e');
    }
    expect(queue.length).toBeLessThan(1100);
    expect(queue.peek().reduce((sum, { lost }) => sum + Math.max(lost, 1), 0)).toBe(15_001);
  });
});

describe('a queue', () => {
  it('is empty before an event comes, and when it is cleared', () => {
    const { queue } = queueOf({ maxEvents: 1, overflow: 'drop-newest' });
    const isEmpty = () => {
      expect([queue.pinHead(), queue.headIsPinned, queue.take(), queue.headIsPinned]).toEqual([
        undefined,
        false,
        undefined,
        false,
      ]);
      expect([queue.length, queue.bytes, queue.headSequence, queue.peek()]).toEqual([
        0,
        0,
        Number.POSITIVE_INFINITY,
        [],
      ]);
    };
    isEmpty();
    put(queue, 'ei');
    queue.pinHead();
    queue.clear();
    expect(queue.headIsPinned).toBe(false);
    isEmpty();
  });

  it('takes no count of what was taken, be it an event or a gap', () => {
    const { queue } = queueOf({ maxEvents: 1, overflow: 'drop-newest' });
    for (let round = 0; round < 3; round += 1) {
      put(queue, 'eie');
      expect([queue.length, queue.bytes]).toEqual([3, 100]);
      expect([queue.take()?.lost, queue.take()?.lost, queue.take()?.lost]).toEqual([0, 1, 1]);
      expect([queue.length, queue.bytes, queue.fits(1000)]).toEqual([0, 0, true]);
    }
    expect([queue.highWater, queue.lastSequence]).toEqual([1, 9]);
  });

  it('says how full it is, and what its bounds are', () => {
    const { queue } = queueOf({ maxEvents: 2, maxBytes: 200, overflow: 'refuse' });
    expect(queue.bounds).toEqual({ maxEvents: 2, maxBytes: 200, overflow: 'refuse' });
    put(queue, 'e');
    expect(() => queue.requireRoomFor(100)).not.toThrow();
    expect(() => queue.requireRoomFor(101)).toThrow(
      'is full: 1 events of 100 bytes queued, the bound is 2 events and 200 bytes;',
    );
    expect(() => queue.requireRoomFor(50, 2)).toThrow('is full');
  });

  it('counts the gaps that are left when what was between them is dropped', () => {
    const { queue } = queueOf({ maxEvents: 1 });
    put(queue, 'ieie');
    expect([queue.length, queue.peek().length]).toEqual([4, 4]);
    put(queue, 'e'.repeat(5));
    expect([queue.length, places(queue)]).toEqual([
      5,
      ['1 invalid in 1-1', '1 overflow in 2-2', '1 invalid in 3-3', '5 overflow in 4-8', 9],
    ]);
  });
});

describe("a queue with 'drop-oldest'", () => {
  it('keeps an event that exactly fits beside a head that was offered, and drops what stands between', () => {
    const { queue, lost } = queueOf({});
    queue.push(eventOf(400));
    queue.pinHead();
    queue.push(eventOf(100));
    queue.push(eventOf(600));
    expect(contents(queue)).toEqual([1, '-1', 3]);
    expect(lost).toEqual([2]);
    queue.push(eventOf(601));
    expect(contents(queue)).toEqual([1, '-1', 3, '-1']);
    expect(lost).toEqual([2, 4]);
  });

  it('drops what came after a head that was offered, be it the only other event', () => {
    const { queue } = queueOf({ maxEvents: 2 });
    queue.push(eventOf(100));
    queue.pinHead();
    queue.push(eventOf(100));
    queue.push(eventOf(100));
    expect(contents(queue)).toEqual([1, '-1', 3]);
  });

  it('drops the only event behind a gap that was offered', () => {
    const { queue } = queueOf({ maxEvents: 1 });
    queue.push(eventOf(100));
    queue.push(eventOf(100));
    expect(queue.pinHead()?.lost).toBe(1);
    queue.push(eventOf(100));
    expect(contents(queue)).toEqual(['-1', '-1', 3]);
    expect([queue.length, queue.bytes]).toEqual([3, 100]);
  });

  it('drops the newest if nothing is queued but a head that was offered', () => {
    const { queue } = queueOf({ maxEvents: 1 });
    queue.push(eventOf(100));
    queue.pinHead();
    queue.push(eventOf(100));
    expect(contents(queue)).toEqual([1, '-1']);
  });

  it('fills its bounds to the last byte and event', () => {
    const { queue, lost } = queueOf({ maxEvents: 2 });
    queue.push(eventOf(500));
    queue.push(eventOf(500));
    expect(lost).toEqual([]);
    queue.push(eventOf(500));
    expect(contents(queue)).toEqual(['-1', 2, 3]);
  });
});

describe('the events behind one', () => {
  it('are those with higher numbers, up to the next gap', () => {
    const { queue } = queueOf({});
    put(queue, 'eeeie');
    const after = (sequence: number) => [...queue.eventsAfter(sequence)].map((event) => event.sequence);
    expect([0, 1, 2, 3, 4, 5].map(after)).toEqual([[1, 2, 3], [2, 3], [3], [], [], []]);
    queue.take();
    expect(after(1)).toEqual([2, 3]);
    queue.take();
    queue.take();
    expect(after(3)).toEqual([]);
  });
});
