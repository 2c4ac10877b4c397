import { addEventHandler, compileFilter, ManualClock, openConnection, sendEvent } from '../../lib';
import { watch } from '../../lib/testing/watch';
import { eventXml } from '../support/scripted-driver';

const never = compileFilter("@type = 'never'");

describe('watching a connection', () => {
  it.each([
    [100, 1],
    [101, 2],
  ])('keeps the last 100 events that came, of %i', (count, first) => {
    using conn = openConnection('memory:', { clock: new ManualClock() });
    for (let number = 1; number <= count; number += 1) {
      sendEvent(conn, eventXml('a', number));
    }
    const { last, count: seen } = watch(conn, never, 1, 0);
    expect([seen, last.length, last[0]?.number('n')]).toEqual([count, 100, first]);
  });

  it('goes on with the time after 10,000 deliveries, though handlers send an event for each that comes', () => {
    const clock = new ManualClock();
    using conn = openConnection('memory:', { clock });
    const times: number[] = [];
    addEventHandler(conn, null, () => {
      times.push(clock.monotonic());
      sendEvent(conn, eventXml('a'));
    });
    sendEvent(conn, eventXml('a'));
    expect(watch(conn, never, 1, 1000).end).toBe('time');
    expect(times).toHaveLength(20_000);
    expect([times[9999], times[10_000]]).toEqual([0, 1000]);
  });
});
