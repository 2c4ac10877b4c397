import { ManualClock } from '../../lib/clock';
import { EventQueue, type QueueBounds } from '../../lib/delivery/queue';
import { defaultEventLimits } from '../../lib/event/limits';
import { readEvent } from '../../lib/event/read-event';

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
