import { QueueEntry } from '../../../lib/delivery/queue/queued-event';
import { readEvent } from '../../../lib/event/read-event';
import { defaultEventLimits } from '../../../lib/xml/limits';

const xml = '<event type="t" timestamp="s"><name>web</name><size>12</size><disk/><disk/></event>';

describe('a queued event', () => {
  const entry = new QueueEntry(readEvent(xml, defaultEventLimits), 7, 40, { lost: 3 });

  it('answers expressions, each as what is asked for', () => {
    expect(entry.string('name')).toBe('web');
    expect(entry.number('size + 1')).toBe(13);
    expect([entry.boolean('disk'), entry.boolean("name = 'db'")]).toEqual([true, false]);
    expect(entry.select('disk').map(({ nodeName }) => nodeName)).toEqual(['disk', 'disk']);
  });

  it('has its number, what it takes of the queue, and how many it stands for', () => {
    expect([entry.sequence, entry.attempt, entry.bytes, entry.lost]).toEqual([7, 1, 40, 3]);
  });

  it('is written as JSON with its number, type, time stamp, detail and text', () => {
    expect(JSON.parse(JSON.stringify(entry))).toEqual({ sequence: 7, type: 't', timestamp: 's', xml });
  });

  it('decodes its detail once', () => {
    const lost = '<event type="events-lost" timestamp="s" count="1" first="2" last="2" cause="overflow"/>';
    const known = new QueueEntry(readEvent(lost, defaultEventLimits), 2, 0, { lost: 1 });
    expect(known.detail).toMatchObject({ count: 1, cause: 'overflow' });
    expect(known.detail).toBe(known.detail);
    expect(known.asQueuedEvent()).toBe(known);
    expect(entry.detail).toBeUndefined();
  });
});
