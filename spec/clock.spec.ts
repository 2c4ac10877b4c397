import { formatTimestamp, ManualClock, sleep, systemClock } from '../lib/clock';
import { InvalidArgumentError } from '../lib/errors';

describe("the machine's clock", () => {
  it('shows the time of day, and never goes backwards in its monotonic time', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before - 3);
    expect(now).toBeLessThanOrEqual(Date.now() + 3);
    const first = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
    expect(systemClock.manual).toBe(false);
  });

  it("goes on under a test runner's fake timers", async () => {
    jest.useFakeTimers();
    try {
      const start = systemClock.monotonic();
      const wall = systemClock.now();
      await new Promise<void>((resolve) => {
        systemClock.schedule(5, resolve);
      });
      expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(4);
      expect(systemClock.now() - wall).toBeGreaterThan(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('makes no scheduled call that was called off', async () => {
    const callback = jest.fn();
    systemClock.schedule(1, callback)();
    await new Promise<void>((resolve) => {
      systemClock.schedule(10, resolve);
    });
    expect(callback).not.toHaveBeenCalled();
  });

  it('makes a call that is overdue at once, and asks for no negative time, of which Node would warn', async () => {
    const startTimer = jest.spyOn(globalThis, 'setTimeout');
    try {
      await jest.isolateModulesAsync(async () => {
        const clock: typeof import('../lib/clock') = require('../lib/clock');
        await new Promise<void>((resolve) => {
          clock.systemClock.schedule(-23, resolve);
        });
      });
      expect(startTimer.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([0]);
    } finally {
      startTimer.mockRestore();
    }
  });
});

describe('a clock that is moved by hand', () => {
  it('stands still until it is moved', () => {
    const clock = new ManualClock('2026-01-02T03:04:05.500Z');
    expect(formatTimestamp(clock.now())).toBe('2026-01-02T03:04:05.500000Z');
    clock.advance(1500);
    clock.advance(0.25);
    expect(formatTimestamp(clock.now())).toBe('2026-01-02T03:04:07.000250Z');
    expect(clock.monotonic()).toBe(1500.25);
  });

  it('makes the scheduled calls in the order in which they are due, each at its own time', () => {
    const clock = new ManualClock();
    const calls: [string, number][] = [];
    const call = (name: string) => () => calls.push([name, clock.monotonic()]);
    clock.schedule(20, call('second'));
    clock.schedule(10, () => {
      call('first')();
      clock.schedule(5, call('from within'));
    });
    clock.schedule(15, call('called off'))();
    clock.schedule(31, call('too late'));
    clock.advance(30);
    expect(calls).toEqual([
      ['first', 10],
      ['from within', 15],
      ['second', 20],
    ]);
    expect(clock.monotonic()).toBe(30);
  });

  it('moves to the next call that is due, and no further than it is told', () => {
    const clock = new ManualClock();
    const calls: number[] = [];
    for (const due of [10, 10, 25]) {
      clock.schedule(due, () => calls.push(clock.monotonic()));
    }
    clock.advanceToNext(100);
    expect([clock.monotonic(), ...calls]).toEqual([10, 10, 10]);
    clock.advanceToNext(14);
    expect([clock.monotonic(), ...calls]).toEqual([24, 10, 10]);
    clock.advanceToNext(1);
    clock.advanceToNext(75);
    expect([clock.monotonic(), ...calls]).toEqual([100, 10, 10, 25]);
    expect(() => clock.advanceToNext(-1)).toThrow(InvalidArgumentError);
    expect(() => clock.advanceToNext(Number.POSITIVE_INFINITY)).toThrow(InvalidArgumentError);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to be moved by %d', (milliseconds) => {
    const clock = new ManualClock();
    expect(() => clock.advance(milliseconds)).toThrow(InvalidArgumentError);
    expect(clock.monotonic()).toBe(0);
  });

  it('refuses a start that is no time, and shows it', () => {
    expect(() => new ManualClock('yesterday')).toThrow('start must be a time, but is "yesterday"');
  });
});

describe('a sleep', () => {
  it('lasts the whole time, in one piece', () => {
    const wait = jest.spyOn(Atomics, 'wait');
    const start = systemClock.monotonic();
    sleep(100);
    expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(95);
    expect(wait).toHaveBeenCalledTimes(1);
    wait.mockRestore();
  });
});

describe('a time stamp', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [0.001, '1970-01-01T00:00:00.000001Z'],
    [999.999, '1970-01-01T00:00:00.999999Z'],
    [-0.5, '1969-12-31T23:59:59.999500Z'],
    [1_767_323_045_123.25, '2026-01-02T03:04:05.123250Z'],
  ])('of %d ms is %s', (time, text) => {
    expect(formatTimestamp(time)).toBe(text);
  });
});
