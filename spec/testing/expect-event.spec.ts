import {
  addEventHandler,
  type Connection,
  ConnectionLostError,
  closeConnection,
  compileFilter,
  DeliveryError,
  deliverEvents,
  ExpectationError,
  InvalidArgumentError,
  ManualClock,
  openConnection,
  type QueuedEvent,
  sendEvent,
} from '../../lib';
import { collectEvents, expectEvent, expectNoEvent, openTestConnection } from '../../lib/testing';
import { eventXml, openScripted } from '../support/scripted-driver';

/** What a call throws, which must be an `ExpectationError`. */
function failureOf(call: () => unknown): ExpectationError {
  try {
    call();
  } catch (error) {
    if (error instanceof ExpectationError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

const numberOf = (event: QueuedEvent) => event.number('n');

function fail(): never {
  throw new Error('busy');
}

describe('expectEvent', () => {
  it('returns the first event that the filter matches, and leaves those after it in the queue', () => {
    using conn = openConnection();
    for (const number of [1, 2, 3, 4]) {
      sendEvent(conn, eventXml('a', number));
    }
    expect(numberOf(expectEvent(conn, 'n = 2'))).toBe(2);
    expect(numberOf(expectEvent(conn, null))).toBe(3);
    expect(collectEvents(conn, null).map(numberOf)).toEqual([4]);
  });

  it('delivers to the handlers of the connection, and leaves none of its own behind', () => {
    using conn = openConnection();
    const seen: number[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(numberOf(event)));
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('a', 2));
    expectEvent(conn, 'n = 2');
    expect(seen).toEqual([1, 2]);
    sendEvent(conn, eventXml('a', 3));
    expectEvent(conn, 'n = 3');
    expect(seen).toEqual([1, 2, 3]);
  });

  it('goes on after a delivery that another handler has ended', () => {
    using conn = openConnection();
    addEventHandler(conn, null, () => 'break');
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('a', 2));
    expect(numberOf(expectEvent(conn, 'n = 2'))).toBe(2);
  });

  it('finds what handlers send in consequence, at the time at which they do', () => {
    using hypervisor = openTestConnection();
    const { conn, clock, domains, at } = hypervisor;
    addEventHandler(conn, "transition/@to = 'paused'", () => sendEvent(conn, { type: 'alert' }));
    at(1000, () => domains.get('test').suspend());
    at(2000, () => domains.get('test').resume());
    expectEvent(conn, ['alert'], { within: 60_000 });
    expect(clock.monotonic()).toBe(1000);
    expectEvent(conn, "transition/@to = 'running'", { within: 1000 });
    domains.get('test').suspend();
    expectEvent(conn, ['alert']);
  });

  it('ends though handlers send ever new events', () => {
    using conn = openConnection();
    addEventHandler(conn, ['echo'], () => sendEvent(conn, { type: 'echo' }));
    sendEvent(conn, { type: 'echo' });
    expect(failureOf(() => expectEvent(conn, ['other'])).message).toMatch(/^expected an event of type 'other'/);
  });

  it('does not wait for a handler that wants its event again and again', () => {
    using hypervisor = openTestConnection();
    const { conn, domains } = hypervisor;
    addEventHandler(conn, null, () => 'retry');
    domains.get('test').suspend();
    domains.get('test').resume();
    failureOf(() => expectEvent(conn, "transition/@to = 'running'", { within: 60_000 }));
  });

  describe.each([
    ['throws with attempts left', (call: number): unknown => (call > 3 ? undefined : fail())],
    ["returns 'retry'", (call: number): unknown => (call > 3 ? undefined : 'retry')],
  ] as const)('when a handler %s', (_, outcome) => {
    function retried(): ReturnType<typeof openTestConnection> {
      const hypervisor = openTestConnection();
      let calls = 0;
      const handle = () => {
        calls += 1;
        return outcome(calls) as undefined;
      };
      addEventHandler(hypervisor.conn, "transition/@to = 'paused'", handle, undefined, { maxAttempts: 5 });
      hypervisor.domains.get('test').suspend();
      hypervisor.domains.get('test').resume();
      hypervisor.domains.get('test').shutdown();
      return hypervisor;
    }

    it('goes on as the pauses after it pass', () => {
      using hypervisor = retried();
      expectEvent(hypervisor.conn, "transition/@to = 'running'", { within: 1000 });
      expect(hypervisor.clock.monotonic()).toBe(300);
      using other = retried();
      expect(collectEvents(other.conn, null, { within: 1000 }).length).toBeGreaterThan(2);
      using third = retried();
      failureOf(() => expectNoEvent(third.conn, "transition/@to = 'running'", { within: 1000 }));
    });

    it('says what was not looked at', () => {
      using hypervisor = retried();
      const behind = /; \d events wait behind one that a handler wants again, /;
      expect(failureOf(() => expectEvent(hypervisor.conn, "transition/@to = 'running'")).message).toMatch(behind);
      using other = retried();
      const { message } = failureOf(() => expectNoEvent(other.conn, ['alert'], { within: 150 }));
      expect(message).toMatch(/^expected no event of type 'alert'\nwithin 150 ms, but that is not known; /);
      expect(message).toMatch(behind);
      expectNoEvent(other.conn, ['alert'], { within: 50 });
    });
  });

  it('knows the type of the event from a list of types', () => {
    using hypervisor = openTestConnection();
    hypervisor.domains.get('test').suspend();
    const to: string | undefined = expectEvent(hypervisor.conn, ['domain-state-transition']).detail?.to;
    expect(to).toBe('paused');
  });

  it('takes compiled filters, variables and namespaces', () => {
    using conn = openConnection();
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('a', 2));
    expectEvent(conn, compileFilter('n = $n', { variables: { n: 1 } }));
    expectEvent(conn, 'n = $n', { variables: { n: 2 } });
  });

  it('moves a manual clock to the event, and no further', () => {
    using hypervisor = openTestConnection();
    const { conn, clock, domains, at } = hypervisor;
    at(1000, () => domains.get('test').suspend());
    at(1000, () => domains.get('test').resume());
    at(3000, () => domains.get('test').destroy());
    expectEvent(conn, "transition/@to = 'running'", { within: 60_000 });
    expect(clock.monotonic()).toBe(1000);
    expect(failureOf(() => expectEvent(conn, "transition/@to = 'shutoff'", { within: 1999 })).message).toMatch(
      /within 1999 ms, but no event came$/,
    );
    expect(clock.monotonic()).toBe(2999);
    expectEvent(conn, "transition/@to = 'shutoff'", { within: 1 });
  });

  it('finds what a random life brings', () => {
    using hypervisor = openTestConnection({ seed: 42 });
    expectEvent(hypervisor.conn, "transition/@to = 'crashed'", { within: 3_600_000 });
  });

  it('waits on the machine’s clock until the event comes', () => {
    const { conn, driver } = openScripted();
    const waits: number[] = [];
    driver.onWait = (milliseconds) => {
      waits.push(milliseconds);
      driver.transport.push(eventXml('a', waits.length));
    };
    expect(numberOf(expectEvent(conn, 'n = 3', { within: 60_000 }))).toBe(3);
    expect(waits.every((milliseconds) => milliseconds > 0 && milliseconds <= 60_000)).toBe(true);
    expect(waits).toHaveLength(3);
  });

  it('gives up when the time is up on the machine’s clock', () => {
    using conn = openConnection();
    const start = performance.now();
    failureOf(() => expectEvent(conn, null, { within: 20 }));
    expect(performance.now() - start).toBeGreaterThanOrEqual(19);
  });

  it('passes on what the program’s handlers throw', () => {
    using conn = openConnection();
    addEventHandler(conn, null, () => {
      throw new Error('a bug');
    });
    sendEvent(conn, eventXml('a'));
    expect(() => expectEvent(conn, null)).toThrow(DeliveryError);
  });

  it('refuses options that are none, and a time without end', () => {
    using conn = openConnection();
    expect(() => expectEvent(conn, null, { whithin: 1 } as object)).toThrow('options.whithin is no option');
    expect(() => expectEvent(conn, null, { within: Number.POSITIVE_INFINITY })).toThrow(InvalidArgumentError);
    expect(() => expectEvent(conn, null, { within: -1 })).toThrow('options.within');
  });
});

describe('the message of expectEvent', () => {
  it('shows the filter, what came, and the nearest miss: which condition was false, and what was there', () => {
    using hypervisor = openTestConnection({ domains: [{ name: 'web', state: 'running' }, { name: 'db' }] });
    const { conn, domains } = hypervisor;
    domains.get('db').start();
    domains.get('web').suspend();
    domains.get('db').suspend();
    const { message, code } = failureOf(() =>
      expectEvent(conn, "domain/name = 'web' and transition[@from = 'running' and @to = 'crashed']"),
    );
    const id = (name: string) =>
      `<domain id="${domains.get(name).id}" type="test"><name>${name}</name><uuid>${domains.get(name).uuid}</uuid></domain>`;
    const web = `#2 domain-state-transition  ${id('web')}<transition from="running" to="paused" event="suspended" detail="paused"/>`;
    expect(message.split('\n')).toEqual([
      "expected an event that matches  domain/name = 'web' and transition[@from = 'running' and @to = 'crashed']",
      'by now, but of 3 events none is one:',
      `  #1 domain-state-transition  ${id('db')}<transition from="shutoff" to="running" event="started" detail="booted"/>`,
      `  ${web}`,
      `  #3 domain-state-transition  ${id('db')}<transition from="running" to="paused" event="suspended" detail="paused"/>`,
      `nearest: ${web}`,
      "  true   child::domain/child::name = 'web'",
      "  true   child::transition[attribute::from = 'running']",
      "  false  child::transition[attribute::to = 'crashed']    (found 'paused')",
    ]);
    expect(code).toBe('ERR_EXPECTATION');
  });

  it('takes for nearest, of events that meet equally many conditions, one in which there was something to look at', () => {
    using hypervisor = openTestConnection();
    const { conn, domains } = hypervisor;
    domains.get('test').suspend();
    sendEvent(conn, { type: 'alert' });
    expect(failureOf(() => expectEvent(conn, "transition/@to = 'crashed'")).message).toMatch(
      /\nnearest: #1 .*\n {2}false {2}child::transition\/attribute::to = 'crashed' {4}\(found 'paused'\)$/,
    );
  });

  it('takes the last of several events that come equally close for the nearest', () => {
    using conn = openConnection();
    for (const [type, number] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ] as const) {
      sendEvent(conn, eventXml(type, number));
    }
    const nearest = (filter: string) =>
      /\nnearest: #(\d)/.exec(failureOf(() => expectEvent(conn, filter)).message)?.[1];
    expect(nearest("@type = 'a' and n = 5")).toBe('3');
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('b', 2));
    expect(nearest('n = 5')).toBe('6');
  });

  it('shows the conditions that were false first if there are too many for all', () => {
    using conn = openConnection();
    sendEvent(conn, eventXml('a', 1));
    const filter = `${'n = 1 and '.repeat(30)}n = 2`;
    const lines = failureOf(() => expectEvent(conn, filter))
      .message.split('\n')
      .slice(4);
    expect(lines).toHaveLength(21);
    expect(lines[0]).toBe("  false  child::n = 2    (found '1')");
    expect(lines.at(-1)).toBe('  … and 11 more conditions');
  });

  it('does without a nearest miss if a condition by itself is too much work', () => {
    using conn = openConnection();
    sendEvent(conn, `<event type="a" timestamp="t">${'<n/>'.repeat(1000)}</event>`);
    const filter = compileFilter("@type = 'b' and count(n) > 1000", { limits: { evaluationOperations: 100 } });
    expect(failureOf(() => expectEvent(conn, filter)).message).toMatch(/none is one:\n {2}#1 a .*$/);
  });

  it('says so if every condition is true, but of different nodes', () => {
    using conn = openConnection();
    sendEvent(conn, '<event type="a" timestamp="t"><d a="1"/><d b="1"/></event>');
    expect(failureOf(() => expectEvent(conn, 'd[@a and @b]')).message).toMatch(
      /each of these is true, but of different nodes$/,
    );
  });

  it('warns of a filter that can hardly be meant', () => {
    using conn = openConnection();
    expect(failureOf(() => expectEvent(conn, "event/@type = 'a'")).message).toMatch(
      /\nabout the filter, at 1: the context node is/,
    );
  });

  it('is bounded, however many events come and however long they are', () => {
    using conn = openConnection();
    for (let number = 0; number < 1000; number += 1) {
      sendEvent(conn, eventXml('a', 'x'.repeat(1000)));
    }
    const { message, events } = failureOf(() => expectEvent(conn, `n = '${'y'.repeat(50)}'`));
    expect(message).toMatch(/of 1000 events none is one:\n {2}… 990 before\n {2}#991 a {2}<n>x{300}/);
    expect(message.length).toBeLessThan(6000);
    expect(events).toHaveLength(100);
  });

  it.each([
    ['a long value', `n = '${'y'.repeat(15_000)}'`],
    ['many alternatives', Array.from({ length: 500 }, (_, number) => `n${number} = 'v'`).join(' or ')],
    ['many types', Array.from({ length: 5000 }, (_, number) => `type-${number}`)],
    ['many exceptions', { select: ['b'], suppress: Array.from({ length: 500 }, (_, n) => `n = ${n}`).join(' or ') }],
  ])('is bounded for a filter with %s', (_, filter) => {
    using conn = openConnection();
    sendEvent(conn, eventXml('a', 1));
    expect(failureOf(() => expectEvent(conn, filter)).message.length).toBeLessThan(3000);
  });

  it('puts each event on one line, without characters that act upon a terminal', () => {
    using conn = openConnection();
    sendEvent(conn, '<event\n type="a"  timestamp="t" more=">1">\n  <n>\u009b31m</n>\n</event >');
    expect(failureOf(() => expectEvent(conn, ['b'])).message).toContain('\n  #1 a  more=">1" <n>\\u009b31m</n>\n');
  });

  it('tells that the connection has ended, was closed or was lost', () => {
    const ended = openScripted();
    ended.driver.end = 'in good order';
    expect(failureOf(() => expectEvent(ended.conn, null, { within: 60_000 })).message).toMatch(
      /and then the connection was ended/,
    );

    const closed = openScripted();
    closed.driver.transport.push(eventXml('a'));
    addEventHandler(closed.conn, null, (conn) => closeConnection(conn));
    expect(failureOf(() => expectEvent(closed.conn, ['b'], { within: 60_000 })).message).toMatch(
      /the connection was closed/,
    );

    const lost = openScripted();
    lost.driver.end = new Error('the cable');
    const failure = failureOf(() => expectEvent(lost.conn, null, { within: 60_000 }));
    expect(failure.message).toMatch(/no event came; the connection to "scripted:" is lost: the cable/);
    expect(failure.cause).toMatchObject({ code: 'ERR_CONNECTION_LOST' });
  });

  it('points at the line of the test', () => {
    using conn = openConnection();
    const { stack } = failureOf(() => expectEvent(conn, null));
    expect(stack?.split('\n').find((line) => line.startsWith('    at '))).toContain('expect-event.spec.ts');
  });
});

describe('expectNoEvent', () => {
  it('is content if no event matches for all of the time', () => {
    using hypervisor = openTestConnection();
    const { conn, clock, domains, at } = hypervisor;
    at(500, () => domains.get('test').suspend());
    at(1500, () => domains.get('test').destroy());
    expectNoEvent(conn, "transition/@to = 'shutoff'", { within: 1000 });
    expect(clock.monotonic()).toBe(1000);
    const failure = failureOf(() => expectNoEvent(conn, "transition/@to = 'shutoff'", { within: 1000 }));
    expect(failure.message).toMatch(
      /^expected no event that matches {2}transition\/@to = 'shutoff'\nwithin 1000 ms, but one came:\n {2}#2 domain-state-transition .*to="shutoff"/,
    );
    expect(clock.monotonic()).toBe(1500);
  });

  it('is not content with a connection that was lost, nor is collectEvents', () => {
    for (const call of [expectNoEvent, collectEvents]) {
      const { conn, driver } = openScripted();
      driver.end = new Error('the cable');
      expect(() => call(conn, null, { within: 60_000 })).toThrow(ConnectionLostError);
    }
  });
});

describe('a time that a manual clock is to be moved', () => {
  it.each<[string, (conn: Connection, clock: ManualClock) => void]>([
    ['is closed by a handler', (conn) => addEventHandler(conn, null, () => closeConnection(conn))],
    ['is closed by the script', (conn, clock) => clock.schedule(1000, () => closeConnection(conn))],
  ])('passes though the connection %s', (_, prepare) => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    prepare(conn, clock);
    sendEvent(conn, eventXml('a'));
    expectNoEvent(conn, ['b'], { within: 60_000 });
    expect(clock.monotonic()).toBe(60_000);
  });

  it('passes though the connection is known to be lost', () => {
    const clock = new ManualClock();
    const { conn, driver } = openScripted({ clock });
    driver.end = new Error('cut');
    expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
    expect(collectEvents(conn, null, { within: 60_000 })).toEqual([]);
    expect(clock.monotonic()).toBe(60_000);
  });
});

describe('collectEvents', () => {
  it('returns what matches within the time, be it nothing', () => {
    using hypervisor = openTestConnection();
    const { conn, domains, at } = hypervisor;
    at(1, () => domains.get('test').suspend());
    at(2, () => domains.get('test').resume());
    at(3, () => domains.get('test').suspend());
    expect(collectEvents(conn, "transition/@to = 'paused'", { within: 2 })).toHaveLength(1);
    expect(collectEvents(conn, null)).toEqual([]);
  });

  it('ends with as many as are wanted, and fails if fewer come', () => {
    using conn = openConnection();
    for (const number of [1, 2, 3]) {
      sendEvent(conn, eventXml('a', number));
    }
    expect(collectEvents(conn, ['a'], { count: 2 }).map(numberOf)).toEqual([1, 2]);
    expect(failureOf(() => collectEvents(conn, ['a'], { count: 2 })).message).toMatch(
      /^expected 2 events of type 'a'\nby now, but only 1 event came:/,
    );
    expect(failureOf(() => collectEvents(conn, ['a'], { count: 1 })).message).toMatch(
      /^expected an event of type 'a'\n/,
    );
  });
});

describe('a clock that is moved by hand, but is none of the library’s', () => {
  it('lets no time pass', () => {
    const clock = new ManualClock();
    const own = {
      manual: true,
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: clock.schedule.bind(clock),
    };
    using conn = openConnection('memory:', { clock: own });
    expectNoEvent(conn, null, { within: 1000 });
    expect(clock.monotonic()).toBe(0);
  });
});
