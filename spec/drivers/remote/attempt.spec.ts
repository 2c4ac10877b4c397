import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock';
import { Attempt } from '../../../lib/drivers/remote/reconnection';

let now = 0;
beforeEach(() => {
  jest.spyOn(systemClock, 'monotonic').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

it('is stuck when the event loop has had no turn for five seconds', () => {
  const attempt = new Attempt();
  expect(attempt.isStuck()).toBe(false);
  now += 5000;
  expect(attempt.isStuck()).toBe(false);
  now += 1;
  expect(attempt.isStuck()).toBe(true);
});

it('may take any time where the event loop has its turns', async () => {
  const attempt = new Attempt();
  for (let minute = 0; minute < 5; minute += 1) {
    expect(attempt.isStuck()).toBe(false);
    await turn();
    now += 60_000;
  }
});

it('can be given up', () => {
  const attempt = new Attempt();
  expect(attempt.signal.aborted).toBe(false);
  attempt.giveUp();
  expect(attempt.signal.aborted).toBe(true);
});
