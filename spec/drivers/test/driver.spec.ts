import { setTimeout as pause } from 'node:timers/promises';
import { ManualClock, systemClock } from '../../../lib/clock';
import { InvalidArgumentError, InvalidUriError } from '../../../lib/errors';
import { RecordedDriver } from './recorded-driver';

const always = () => true;

/** Waits in the event loop until a condition holds, and gives up after ten seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns += 1) {
    expect(turns).toBeLessThan(2000);
    await pause(5);
  }
}

describe('the URI', () => {
  it('may be in any case, but for its path', () => {
    expect(new RecordedDriver({ uri: 'TEST:///default' }).domains.size).toBe(1);
  });

  it.each([
    ['test:', "it must begin with 'test:///'"],
    ['test:default', "it must begin with 'test:///'"],
    ['test:/default', "it must begin with 'test:///'"],
    ['test://', 'it has no path'],
    ['test:///', 'it has no path'],
    ['test://host/default', 'it names a host'],
    ['test:///default?seed=1', 'nothing may follow the path'],
    ['test:///default#x', 'nothing may follow the path'],
    ['test:///a%zz.xml', 'its path has a broken percent-encoding'],
  ])('cannot be %s', (uri, problem) => {
    expect(() => new RecordedDriver({ uri })).toThrow(InvalidUriError);
    expect(() => new RecordedDriver({ uri })).toThrow(
      `"${uri.replace('//host', '//…')}": ${problem}; the test driver takes test:///default or test:///path/to/node.xml`,
    );
  });
});

it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, '7' as unknown as number])('cannot have the seed %p', (seed) => {
  expect(() => new RecordedDriver({ seed })).toThrow(InvalidArgumentError);
});

it('lists the domains and their states', () => {
  const { driver, domains } = new RecordedDriver();
  domains.define({ name: 'a', uuid: '11111111-2222-4333-8444-5555555555aa' });
  expect(driver.listDomains()).toEqual([
    { name: 'a', uuid: '11111111-2222-4333-8444-5555555555aa', id: -1, state: 'shutoff' },
    { name: 'test', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1, state: 'running' },
  ]);
});

it('gives each connection domains of its own', () => {
  const [one, other] = [new RecordedDriver(), new RecordedDriver()];
  one.domains.get('test').suspend();
  expect(other.domains.get('test').state).toBe('running');
});

describe('wait', () => {
  it('sleeps for the whole time if nothing happens by itself', () => {
    const { driver } = new RecordedDriver({ clock: systemClock });
    const began = systemClock.monotonic();
    driver.wait(20);
    expect(systemClock.monotonic() - began).toBeGreaterThan(19);
  });

  it('ends when the next thing is due', () => {
    const recorded = new RecordedDriver({ seed: 42, clock: systemClock });
    while (recorded.events.length === 0) {
      recorded.driver.wait(60_000);
      recorded.driver.pump(always);
    }
    expect(recorded.events).not.toEqual([]);
  });
});

describe('listen', () => {
  it('lets the life go on in the event loop until unlisten', async () => {
    const recorded = new RecordedDriver({ seed: 42, clock: systemClock });
    recorded.driver.listen();
    recorded.driver.listen();
    await until(() => recorded.events.length >= 2);
    recorded.driver.unlisten();
    const { length } = recorded.events;
    recorded.driver.pump(always);
    while (recorded.events.length === length) {
      recorded.driver.wait(2000);
      // Whatever a timer that was left over would do, it would do now.
      await pause(0);
      expect(recorded.events).toHaveLength(length);
      recorded.driver.pump(always);
    }
  });

  it('looks again for room if the queue is full', async () => {
    const recorded = new RecordedDriver({ seed: 42, clock: systemClock });
    recorded.room = 0;
    recorded.driver.wait(2000);
    recorded.driver.listen();
    await until(() => recorded.refusals > 0);
    recorded.room = 3;
    await until(() => recorded.events.length > 0);
    recorded.driver.close();
  });

  it('goes by a clock that is moved by hand', async () => {
    const clock = new ManualClock();
    const recorded = new RecordedDriver({ seed: 42, clock });
    recorded.driver.listen();
    await pause(5);
    expect(recorded.events).toEqual([]);
    clock.advance(10_000);
    const { length } = recorded.events;
    expect(length).toBeGreaterThan(5);
    recorded.driver.unlisten();
    clock.advance(10_000);
    expect(recorded.events).toHaveLength(length);
  });
});
