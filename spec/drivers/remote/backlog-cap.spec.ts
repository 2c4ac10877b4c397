import { BacklogCap } from '../../../lib/drivers/remote/backlog-cap';

const MIB = 1024 * 1024;
const DEFAULT = { events: 65_536, bytes: 64 * MIB };

/** Counts so many, of so many bytes each, and makes sure that it is not too much. */
function fill(cap: BacklogCap, events: number, bytes: number): void {
  for (let event = 0; event < events; event += 1) {
    cap.add(bytes);
  }
  cap.require('too early');
}

describe('a backlog', () => {
  it.each([
    ['the default bounds where the queue is smaller', { maxEvents: 1, maxBytes: 1 }, DEFAULT],
    [
      'the bounds of a queue that is larger',
      { maxEvents: 70_000, maxBytes: 70 * MIB },
      { events: 70_000, bytes: 70 * MIB },
    ],
  ])('has %s', (_, bounds, { events, bytes }) => {
    const inEvents = new BacklogCap(bounds);
    fill(inEvents, events, 0);
    expect(() => fill(inEvents, 1, 0)).toThrow(
      expect.objectContaining({
        code: 'ERR_PROTOCOL',
        message: expect.stringContaining(`${events} events or ${bytes} bytes`),
      }),
    );
    const inBytes = new BacklogCap(bounds);
    fill(inBytes, 1, bytes);
    expect(() => fill(inBytes, 1, 1)).toThrow('too early');
  });

  it('has room again for what has left it', () => {
    const cap = new BacklogCap({ maxEvents: 1, maxBytes: 1 });
    fill(cap, DEFAULT.events, 10);
    cap.remove(10);
    fill(cap, 1, 10);
    expect(() => fill(cap, 1, 0)).toThrow('too early');
  });
});
