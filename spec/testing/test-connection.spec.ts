import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliverEvents, ManualClock, openConnection, takeEvents } from '../../lib';
import { collectEvents, expectEvent, openTestConnection } from '../../lib/testing';

describe('openTestConnection', () => {
  it('lets nothing happen before the clock is moved, and then each step at its time', () => {
    using hypervisor = openTestConnection({ domains: [{ name: 'web', state: 'running' }] });
    const { conn, clock, domains, at } = hypervisor;
    at(2000, () => domains.get('web').resume());
    at(500, () => domains.get('web').suspend());
    expect(takeEvents(conn)).toEqual([]);
    clock.advance(3000);
    expect(takeEvents(conn).map(({ timestamp }) => timestamp)).toEqual([
      '1970-01-01T00:00:00.500000Z',
      '1970-01-01T00:00:02.000000Z',
    ]);
  });

  it('takes steps of the same time in the order in which they were written, and steps inside steps', () => {
    using hypervisor = openTestConnection();
    const { clock, at } = hypervisor;
    const steps: string[] = [];
    at(10, () => {
      steps.push('first');
      at(10, () => steps.push('third'));
    });
    at(10, () => steps.push('second'));
    clock.advance(10);
    expect(steps).toEqual(['first', 'second', 'third']);
  });

  it('counts the time from its opening on, on a clock that several share', () => {
    const clock = new ManualClock('2026-01-01T00:00:00Z');
    clock.advance(1000);
    using one = openTestConnection({ clock });
    using other = openTestConnection({ clock });
    one.at(1, () => one.domains.get('test').suspend());
    other.at(2, () => other.domains.get('test').destroy());
    expect(expectEvent(one.conn, null, { within: 5 }).timestamp).toBe('2026-01-01T00:00:01.001000Z');
    expect(expectEvent(other.conn, null, { within: 5 }).timestamp).toBe('2026-01-01T00:00:01.002000Z');
  });

  it('passes on what a step throws to whoever moves the clock', () => {
    using hypervisor = openTestConnection();
    const { conn, clock, domains, at } = hypervisor;
    at(1, () => domains.get('test').start());
    expect(() => clock.advance(1)).toThrow("Domain 'test' is already running");
    at(2, () => domains.get('nobody'));
    expect(() => expectEvent(conn, null, { within: 5 })).toThrow("no domain with matching name 'nobody'");
  });

  it('drops the rest of the script when it is closed', () => {
    const clock = new ManualClock();
    const steps: string[] = [];
    {
      using hypervisor = openTestConnection({ clock });
      hypervisor.at(1, () => steps.push('too late'));
    }
    clock.advance(1);
    expect(steps).toEqual([]);
  });

  it('refuses a time in the past, and what is no step', () => {
    using hypervisor = openTestConnection();
    hypervisor.clock.advance(100);
    expect(() => hypervisor.at(99, () => {})).toThrow('time must not be in the past, but is 99, and it is 100 now');
    expect(() => hypervisor.at(-1, () => {})).toThrow('time must be a number from 0 on');
    expect(() => hypervisor.at(100, 'start' as never)).toThrow('step must be a function');
    expect(() => openTestConnection({ domain: [] } as object)).toThrow('options.domain is no option');
  });

  it('makes the same random life of the same seed', () => {
    const life = () => {
      using hypervisor = openTestConnection({ seed: 7 });
      return collectEvents(hypervisor.conn, null, { within: 60_000 }).map(({ xml }) => xml);
    };
    const first = life();
    expect(first.length).toBeGreaterThan(10);
    expect(life()).toEqual(first);
  });
});

describe('openTestConnection with a journal', () => {
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'virdeliver-testing-'));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('has a program that reads journals find what has happened, time and again', () => {
    const journal = join(scratch, 'journal');
    using hypervisor = openTestConnection({ journal });
    const { conn, domains, at } = hypervisor;
    const read = () => {
      using reader = openConnection(`journal:${journal}?reader=report&follow=no`);
      return takeEvents(reader).map((event) => event.string('concat(@timestamp, " ", transition/@to)'));
    };
    expect(read()).toEqual([]);
    at(1500, () => domains.get('test').suspend());
    expectEvent(conn, null, { within: 2000 });
    expect(read()).toEqual(['1970-01-01T00:00:01.500000Z paused']);
    domains.get('test').resume();
    deliverEvents(conn);
    expect(read()).toEqual(['1970-01-01T00:00:01.500000Z running']);
  });

  it('leaves nothing open if there can be none', () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    expect(() => openTestConnection({ journal: file })).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_WRITE' }));
  });
});

describe.each(['modern', 'legacy'] as const)('with the %s fake timers of a runner', (kind) => {
  beforeEach(() => {
    jest.useFakeTimers(kind === 'legacy' ? { legacyFakeTimers: true } : {});
  });
  afterEach(() => jest.useRealTimers());

  it('goes on as without them', () => {
    using hypervisor = openTestConnection();
    const { conn, clock, domains, at } = hypervisor;
    at(1000, () => domains.get('test').suspend());
    jest.advanceTimersByTime(60_000);
    expect(clock.monotonic()).toBe(0);
    expect(expectEvent(conn, null, { within: 1000 }).timestamp).toBe('1970-01-01T00:00:01.000000Z');
  });

  it('refuses a step that returns a promise, which nobody would wait for', () => {
    const { conn, clock, at } = openTestConnection();
    at(10, async () => {
      throw new Error('unheard');
    });
    expect(() => clock.advance(10)).toThrow('step must not return a promise: the clock does not wait for it');
    conn.close();
  });

  it('says so if it is taken for its connection', () => {
    using hypervisor = openTestConnection();
    const deliver = () => deliverEvents(hypervisor as never);
    expect(deliver).toThrow('conn must be a connection, but is what holds one: give its conn');
  });

  it('says which state was meant', () => {
    const domains = [{ name: 'web', state: 'runing' as 'running' }];
    expect(() => openTestConnection({ domains })).toThrow("but is 'runing'; did you mean 'running'?");
  });
});
