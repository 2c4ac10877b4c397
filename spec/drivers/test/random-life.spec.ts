import { ManualClock } from '../../../lib/clock';
import { lifecycleEvents } from '../../../lib/event/vocabulary/domain';
import { validateEvents } from '../../support/validate-xsd';
import { detailOfEvent, RecordedDriver } from './recorded-driver';

const always = () => true;
const minute = 60_000;

/** Lives for a time, which passes in steps. */
function live(seed: number, time: number, step: number): RecordedDriver & { readonly clock: ManualClock } {
  const clock = new ManualClock('2026-01-02T03:04:05Z');
  const recorded = new RecordedDriver({ seed, clock });
  for (let passed = 0; passed < time; passed += step) {
    clock.advance(step);
    recorded.driver.pump(always);
  }
  return Object.assign(recorded, { clock });
}

/** Ten minutes of life, long enough for everything to happen. */
const long = live(1, 10 * minute, 10 * minute);

const xmlOf = ({ events }: RecordedDriver) => events.map(({ xml }) => xml);

it('does nothing without a seed', () => {
  const clock = new ManualClock();
  const recorded = new RecordedDriver({ clock });
  clock.advance(minute);
  recorded.driver.pump(always);
  expect(recorded.events).toEqual([]);
});

it('is the same with the same seed, and another with another', () => {
  expect(xmlOf(live(42, minute, 1000))).toEqual(xmlOf(live(42, minute, 1000)));
  expect(xmlOf(live(42, minute, 1000))).not.toEqual(xmlOf(live(43, minute, 1000)));
  expect(xmlOf(live(0, minute, 1000))).not.toEqual(xmlOf(live(2 ** 32, minute, 1000)));
});

it('is the same in one leap of the clock as in small steps, down to the time stamps', () => {
  expect(xmlOf(live(1, 10 * minute, 12.5))).toEqual(xmlOf(long));
});

it('has about two happenings a second', () => {
  const perSecond = new Set(long.events.map(({ timestamp }) => timestamp)).size / 600;
  expect(perSecond).toBeGreaterThan(1.8);
  expect(perSecond).toBeLessThan(2.2);
});

it('shows every kind of event that the domains can have by themselves, all of them valid', async () => {
  const { events } = long;
  const types = new Set(events.map(({ type }) => type));
  expect([...types].sort()).toEqual([
    'domain-pm-suspend',
    'domain-pm-suspend-disk',
    'domain-pm-wakeup',
    'domain-reboot',
    'domain-state-transition',
  ]);
  const words = new Set(events.map((event) => (detailOfEvent(event) as { event?: string }).event));
  expect(lifecycleEvents.filter((word) => !words.has(word))).toEqual(['shutdown']);
  expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
});

it('leads each domain from state to state without a break, and never backwards in time', () => {
  const states = new Map([['6695eb01-f6a4-8304-79aa-97f2502e193f', 'running']]);
  let last = '';
  for (const event of long.events) {
    const detail = detailOfEvent(event);
    if ('from' in detail) {
      expect(detail.from).toBe(states.get(detail.domain.uuid) ?? 'absent');
      states.set(detail.domain.uuid, detail.to);
    }
    expect(event.timestamp >= last).toBe(true);
    last = event.timestamp;
  }
  expect(states.size).toBeGreaterThan(5);
});

it('keeps the number of domains small', () => {
  expect(long.domains.size).toBeLessThanOrEqual(6);
});

it('begins anew with a new domain when the program has undefined them all', () => {
  const clock = new ManualClock();
  const recorded = new RecordedDriver({ seed: 3, clock });
  const [test] = recorded.domains;
  test?.destroy();
  test?.undefine();
  recorded.newEvents();
  clock.advance(1000);
  recorded.driver.pump(always);
  expect(recorded.news()[0]).toBe('guest-1 absent -> shutoff, defined added');
});

it('gives its domains names that the program has not given', () => {
  const clock = new ManualClock();
  const recorded = new RecordedDriver({ seed: 3, clock });
  recorded.domains.define({ name: 'guest-1' });
  clock.advance(minute);
  recorded.driver.pump(always);
  const newcomers = recorded.news().filter((line) => line.includes('defined added'));
  expect(newcomers[1]).toMatch(/^guest-[2-9]/);
});

it('goes on with what was due when the queue has room again, as if it had never been full', () => {
  const clock = new ManualClock('2026-01-02T03:04:05Z');
  const recorded = new RecordedDriver({ seed: 42, clock });
  recorded.room = 4;
  clock.advance(minute);
  recorded.driver.pump(always);
  expect(recorded.events.length).toBeLessThanOrEqual(4);
  const expected = xmlOf(live(42, minute, minute));
  while (recorded.events.length < expected.length) {
    recorded.room = 3;
    recorded.driver.pump(always);
  }
  expect(xmlOf(recorded)).toEqual(expected);
});

it('stops between two happenings when it is told to, after one at least', () => {
  const clock = new ManualClock();
  const recorded = new RecordedDriver({ seed: 42, clock });
  clock.advance(minute);
  recorded.driver.pump(() => false);
  expect(new Set(recorded.events.map(({ timestamp }) => timestamp)).size).toBe(1);
});

it('bears with what the program does to its domains, and stamps no event earlier than the one before', () => {
  const clock = new ManualClock('2026-01-02T03:04:05Z');
  const recorded = new RecordedDriver({ seed: 42, clock });
  for (let step = 0; step < 1000; step += 1) {
    clock.advance(500);
    for (const domain of recorded.domains) {
      if (domain.state === 'running') {
        domain.suspend();
      } else if (domain.state === 'crashed') {
        domain.destroy();
      }
    }
    recorded.driver.pump(always);
  }
  const stamps = recorded.events.map(({ timestamp }) => timestamp);
  expect(stamps).toEqual([...stamps].sort());
  expect(stamps.length).toBeGreaterThan(1000);
});
