import { inspect } from 'node:util';
import {
  addEventHandler,
  type Connection,
  ConnectionClosedError,
  closeConnection,
  connectionStats,
  DeliveryError,
  deliverEvents,
  FilterError,
  InvalidArgumentError,
  openConnection,
  type QueuedEvent,
  removeEventHandler,
  sendEvent,
  takeEvents,
  testDomains,
} from '../../lib';
import { coreOf } from '../../lib/delivery/connection-core';
import { QueueEntry } from '../../lib/delivery/queue/queued-event';
import { readEvent } from '../../lib/event/read-event';
import { defaultEventLimits } from '../../lib/xml/limits';
import { eventXml } from '../support/scripted-driver';
import { thrownBy } from '../support/thrown-by';

function sendAndDeliver(conn: Connection, ...types: string[]): void {
  for (const type of types) {
    sendEvent(conn, eventXml(type));
  }
  deliverEvents(conn);
}

describe('a handler', () => {
  it('is a plain function: what it returns incidentally compiles and is ignored', () => {
    const conn = openConnection();
    const seen: QueuedEvent[] = [];
    const set = new Set<QueuedEvent>();
    addEventHandler(conn, null, (_, event) => seen.push(event));
    addEventHandler(conn, null, (_, event) => set.add(event));
    addEventHandler(conn, null, (_, event) => [event]);
    addEventHandler(conn, null, () => null);
    addEventHandler(conn, null, () => true);
    sendAndDeliver(conn, 'a');
    expect([seen.length, set.size]).toEqual([1, 1]);
  });

  it('does not compile if it is asynchronous, or returns another string', () => {
    const conn = openConnection();
    // @ts-expect-error A handler must not return a promise.
    addEventHandler(conn, null, async () => {});
    // @ts-expect-error A handler must not return a promise.
    addEventHandler(conn, null, (_, event) => Promise.resolve(event));
    // @ts-expect-error 'brake' means nothing.
    addEventHandler(conn, null, () => 'brake');
    // @ts-expect-error A handler that takes an argument must be given one.
    addEventHandler(conn, null, (_, __, arg: string) => arg.length);
    expect(connectionStats(conn).handlers).toBe(4);
  });

  it('receives the argument in the type it was registered with', () => {
    const conn = openConnection();
    const totals = new Map<string, number>();
    addEventHandler(conn, null, (_, event, map) => map.set(event.type, (map.get(event.type) ?? 0) + 1), totals);
    sendAndDeliver(conn, 'a', 'a', 'b');
    expect([...totals]).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('sees the detail narrowed by the type', () => {
    const conn = openConnection('test:///default');
    const states: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      if (event.type === 'domain-state-transition') {
        states.push(event.detail?.to ?? '?');
      }
    });
    sendEvent(conn, eventXml('domain-state-transition'));
    deliverEvents(conn);
    expect(states).toEqual(['?']);
  });
});

describe('an event', () => {
  it('decodes its detail once, and shows no more than it says', () => {
    const conn = openConnection('test:///default');
    testDomains(conn).get('test').suspend();
    const [event] = takeEvents(conn);
    expect(event?.detail).toBe(event?.detail);
    expect(Object.keys(event ?? {})).toEqual(['xml', 'type', 'timestamp', 'sequence', 'attempt']);
  });

  it('is written as JSON with its detail, numbers of 64 bits as strings', () => {
    const conn = openConnection();
    const domain =
      '<domain id="3" type="kvm"><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></domain>';
    const parameters =
      '<parameter name="a" type="ullong">18446744073709551615</parameter><parameter name="b" type="int">5</parameter>';
    const xml = `<event type="domain-balloon-change" timestamp="now">${domain}<balloon actual="9007199254740993"/></event>`;
    sendEvent(conn, xml);
    sendEvent(conn, `<event type="domain-tunable" timestamp="now">${domain}${parameters}</event>`);
    sendEvent(conn, '<event type="a" timestamp="now"/>');
    const [balloon, tunable, other] = takeEvents(conn);
    const about = { name: 'web', uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', id: 3, type: 'kvm' };
    expect(JSON.parse(JSON.stringify(balloon))).toEqual({
      sequence: 1,
      type: 'domain-balloon-change',
      timestamp: 'now',
      detail: { domain: about, actual: '9007199254740993' },
      xml,
    });
    expect(balloon?.detail).toMatchObject({ actual: 9007199254740993n });
    expect(tunable?.toJSON().detail).toEqual({
      domain: about,
      parameters: [
        { name: 'a', type: 'ullong', value: '18446744073709551615' },
        { name: 'b', type: 'int', value: 5 },
      ],
    });
    expect(Object.keys(JSON.parse(JSON.stringify(other)) as object)).toEqual(['sequence', 'type', 'timestamp', 'xml']);
  });
});

describe('a registration', () => {
  it('ends by removeEventHandler, by its own remove and dispose, by a signal, and after once', () => {
    const conn = openConnection();
    const calls: string[] = [];
    const stop = new AbortController();
    const add = (name: string, options = {}) => addEventHandler(conn, null, () => calls.push(name), undefined, options);
    const removed = add('removed');
    const itself = add('itself');
    const disposed = add('disposed');
    const aborted = add('aborted', { signal: stop.signal });
    const once = add('once', { once: true });
    sendAndDeliver(conn, 'a');
    expect(calls).toEqual(['removed', 'itself', 'disposed', 'aborted', 'once']);
    calls.length = 0;
    removeEventHandler(conn, removed);
    removeEventHandler(conn, removed);
    itself.remove();
    itself.remove();
    disposed[Symbol.dispose]();
    stop.abort();
    sendAndDeliver(conn, 'a');
    expect(calls).toEqual([]);
    expect([removed, itself, disposed, aborted, once].some(({ active }) => active)).toBe(false);
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('shares its signal with many others, of which Node hears once', () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const conn = openConnection();
    const stop = new AbortController();
    const registrations = Array.from({ length: 30 }, () =>
      addEventHandler(conn, null, () => {}, undefined, { signal: stop.signal }),
    );
    removeEventHandler(conn, registrations[3] as (typeof registrations)[0]);
    stop.abort();
    expect(registrations.filter(({ active }) => active)).toEqual([]);
    process.removeListener('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('never begins if its signal has aborted already', () => {
    const conn = openConnection();
    const onRelease = jest.fn();
    const registration = addEventHandler(conn, null, () => {}, 'arg', { signal: AbortSignal.abort(), onRelease });
    expect(registration.active).toBe(false);
    expect(onRelease.mock.calls).toEqual([['arg']]);
  });

  it('has the name that it was given, or its function has', () => {
    const conn = openConnection();
    const named = addEventHandler(conn, null, function audit() {}, undefined, { name: 'the audit' });
    expect([named.name, addEventHandler(conn, null, function audit() {}).name]).toEqual(['the audit', 'audit']);
    expect(addEventHandler(conn, null, () => {}).name).toBe('');
  });

  it('changes its filter in place, and keeps the old one if the new one is refused', () => {
    const conn = openConnection();
    const seen: string[] = [];
    const registration = addEventHandler(conn, ['a'], (_, event) => seen.push(event.type), undefined, {
      variables: { wanted: 'c' },
    });
    registration.setFilter('@type = $wanted');
    expect(() => registration.setFilter('@type = $other')).toThrow(FilterError);
    expect(() => registration.setFilter([])).toThrow(InvalidArgumentError);
    expect(registration.filter.source).toBe('@type = $wanted');
    sendAndDeliver(conn, 'a', 'b', 'c');
    expect(seen).toEqual(['c']);
  });

  it('belongs to one connection', () => {
    const [conn, other] = [openConnection(), openConnection()];
    const registration = addEventHandler(conn, null, () => {});
    expect(() => removeEventHandler(other, registration)).toThrow(InvalidArgumentError);
    expect(() => removeEventHandler(other, registration)).toThrow(
      "registration is not one of the connection to 'memory:'",
    );
    expect(() => removeEventHandler(conn, {} as typeof registration)).toThrow(InvalidArgumentError);
    expect(() => removeEventHandler(conn, 5 as unknown as typeof registration)).toThrow(
      'registration must come from addEventHandler, but is 5',
    );
    expect(registration.active).toBe(true);
  });

  it('tells its name and its filter as plain data, and in a failure', () => {
    const conn = openConnection();
    addEventHandler(conn, ['a'], function audit() {
      throw new Error('no');
    });
    sendEvent(conn, { type: 'a' });
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    // As Node prints what nobody has caught: once, and nothing from the inside.
    const printed = inspect(error, { customInspect: false });
    expect(printed.match(/Error: no\n/g)).toHaveLength(1);
    expect(printed).not.toContain('Registration {');
    expect(printed).toContain('audit');
    expect(JSON.parse(JSON.stringify(connectionStats(conn).byHandler))).toMatchObject([
      { handler: { name: 'audit', filter: ['a'], active: true }, failed: 1 },
    ]);
    expect(inspect(error.failures[0]?.handler)).toBe(
      "HandlerRegistration { name: 'audit', filter: [ 'a' ], active: true }",
    );
  });

  it('shows its filter, and whether it may be called', () => {
    const conn = openConnection();
    const registration = addEventHandler(conn, 'n', () => {});
    expect(inspect(registration)).toBe("HandlerRegistration { filter: 'n', active: true }");
    registration.remove();
    expect(inspect(registration)).toBe("HandlerRegistration { filter: 'n', active: false }");
  });

  it('stays removed when its filter is changed', () => {
    const conn = openConnection();
    const registration = addEventHandler(conn, ['x'], () => {});
    registration.remove();
    registration.setFilter(null);
    sendEvent(conn, eventXml('a'));
    expect(deliverEvents(conn)).toMatchObject({ events: 1, unmatched: 1 });
    const event = new QueueEntry(readEvent(eventXml('a'), defaultEventLimits), 2, 0);
    expect(coreOf(conn).handlers.find(event)).toEqual([]);
  });

  it('takes the meaning of its prefixes, and shows all names of options that are given in the place of arg', () => {
    const conn = openConnection();
    expect(() => addEventHandler(conn, 'p:a', () => {}, undefined, { namespaces: { p: 'urn:p' } })).not.toThrow();
    expect(() => addEventHandler(conn, null, () => {}, { once: true, namespaces: {}, functions: {} } as never)).toThrow(
      'arg has nothing but options (once, namespaces, functions), which come after it',
    );
  });
});

describe('onRelease', () => {
  it('is called once with the argument, however the registration ends', () => {
    const released: string[] = [];
    const onRelease = (arg: string) => released.push(arg);
    const conn = openConnection();
    const removed = addEventHandler(conn, null, () => {}, 'removed', { onRelease });
    addEventHandler(conn, null, () => {}, 'once', { onRelease, once: true });
    addEventHandler(conn, null, () => {}, 'closed', { onRelease });
    removeEventHandler(conn, removed);
    removeEventHandler(conn, removed);
    sendAndDeliver(conn, 'a');
    closeConnection(conn);
    closeConnection(conn);
    expect(released).toEqual(['removed', 'once', 'closed']);
  });

  it('waits until the handler has returned', () => {
    const order: string[] = [];
    const conn = openConnection();
    const registration = addEventHandler(
      conn,
      null,
      () => {
        removeEventHandler(conn, registration);
        order.push('handler');
      },
      undefined,
      { onRelease: () => order.push('release') },
    );
    sendAndDeliver(conn, 'a');
    expect(order).toEqual(['handler', 'release']);
  });

  it('waits until the handler has returned, also if the handler closes the connection', () => {
    const order: string[] = [];
    const conn = openConnection();
    addEventHandler(
      conn,
      null,
      () => {
        closeConnection(conn);
        order.push('handler');
      },
      undefined,
      { onRelease: () => order.push('release') },
    );
    sendEvent(conn, eventXml('a'));
    deliverEvents(conn);
    expect(order).toEqual(['handler', 'release']);
  });

  it("fails as its handler's failure inside a delivery, and for its remover outside of one", () => {
    const onRelease = () => {
      throw new Error('cannot let go');
    };
    const conn = openConnection();
    addEventHandler(conn, null, () => {}, undefined, { once: true, onRelease });
    sendEvent(conn, eventXml('a'));
    expect(() => deliverEvents(conn)).toThrow(DeliveryError);
    const registration = addEventHandler(conn, null, () => {}, undefined, { onRelease });
    expect(() => removeEventHandler(conn, registration)).toThrow('cannot let go');
    expect(registration.active).toBe(false);
  });

  it('of every handler that shares a signal is called when that aborts, before what they throw is thrown', () => {
    const conn = openConnection();
    const { signal } = new AbortController();
    const listened = jest.spyOn(signal, 'addEventListener');
    const onRelease = (number: number) => {
      throw new Error(`release ${number}`);
    };
    const registrations = [1, 2].map((number) => {
      return addEventHandler(conn, null, () => {}, number, { signal, onRelease });
    });
    // What a listener throws is an uncaught exception, so it is called here rather than by the signal.
    const abort = listened.mock.calls[0]?.[1] as unknown as (event: { target: AbortSignal }) => void;
    expect(() => abort({ target: signal })).toThrow(
      expect.objectContaining({ name: 'AggregateError', message: "2 calls upon a signal's abort failed" }),
    );
    expect(registrations.map(({ active }) => active)).toEqual([false, false]);
  });

  it('of every handler is called when the connection closes, before what they throw is thrown', () => {
    const conn = openConnection();
    const calls: number[] = [];
    for (const number of [1, 2, 3]) {
      addEventHandler(conn, null, () => {}, number, {
        onRelease: () => {
          calls.push(number);
          throw new Error(`release ${number}`);
        },
      });
    }
    expect(() => closeConnection(conn)).toThrow(
      expect.objectContaining({ name: 'AggregateError', message: "3 'onRelease' functions failed" }),
    );
    expect(calls).toEqual([1, 2, 3]);
    expect(conn.state).toBe('closed');
  });
});

describe('the name of a handler', () => {
  it('is that of its function, or the one that it is given', () => {
    const conn = openConnection();
    const fail = () => {
      throw new Error('no');
    };
    addEventHandler(conn, null, fail, undefined, { name: 'backup' });
    addEventHandler(conn, null, fail);
    addEventHandler(conn, null, fail, undefined, { name: '' });
    expect(() => sendAndDeliver(conn, 'a')).toThrow('first, the handler backup on event 1 (a): no');
    expect(connectionStats(conn).byHandler.map(({ name }) => name)).toEqual(['backup', 'fail', '']);
  });
});

describe('an argument of addEventHandler', () => {
  it('is refused if it has nothing but names of options, while these are left out', () => {
    const conn = openConnection();
    const signal = AbortSignal.abort();
    for (const arg of [{ once: true }, { signal, name: 'x' }, { once: 'whatever' }, { variables: {} }]) {
      const add = (...options: unknown[]) => addEventHandler(conn, null, () => {}, ...([arg, ...options] as [never]));
      expect(() => add()).toThrow(InvalidArgumentError);
      expect(() => add(undefined)).toThrow(
        /^arg has nothing but options \(\w+(, \w+)?\), which come after it: write addEventHandler\(conn, filter, handler, undefined, \{ /,
      );
      expect(add({}).active).toBe(true);
    }
    expect(connectionStats(conn).handlers).toBe(4);
  });

  it('may be anything else', () => {
    const conn = openConnection();
    const seen: unknown[] = [];
    class Once {
      once = true;
    }
    const args = [{}, { once: true, count: 1 }, [], ['once'], new Once(), 'once', 5, null, () => {}, new Map()];
    for (const arg of args) {
      addEventHandler(conn, null, (_, __, given) => seen.push(given), arg as object);
    }
    sendAndDeliver(conn, 'a');
    expect(seen).toEqual(args);
  });
});

describe('addEventHandler refuses', () => {
  const conn = openConnection();
  const add = addEventHandler as (...args: unknown[]) => unknown;
  it.each<[string, unknown[], string]>([
    ['a connection that is none', [{}, null, () => {}], 'conn must be a connection, but is {}'],
    ['a handler that is no function', [conn, null, 'f'], "handler must be a function, but is 'f'"],
    ['an unknown option', [conn, null, () => {}, 0, { onse: true }], 'options.onse is no option'],
    ['options that are no object', [conn, null, () => {}, 0, 5], 'options must be an object, but is 5'],
    ['a name that is not a string', [conn, null, () => {}, 0, { name: 5 }], 'options.name must be a string, but is 5'],
    ['once that is not true or false', [conn, null, () => {}, 0, { once: 1 }], 'options.once must be true or false'],
    [
      'maxAttempts 0',
      [conn, null, () => {}, 0, { maxAttempts: 0 }],
      'options.maxAttempts must be a whole number from 1 on',
    ],
    ['maxAttempts 1.5', [conn, null, () => {}, 0, { maxAttempts: 1.5 }], 'but is 1.5'],
    ['a signal that is none', [conn, null, () => {}, 0, { signal: {} }], 'options.signal must be an AbortSignal'],
    [
      'onRelease that is no function',
      [conn, null, () => {}, 0, { onRelease: 1 }],
      'options.onRelease must be a function',
    ],
    ['a filter that is none', [conn, 5, () => {}], 'filter must be null'],
    ['an empty list of types', [conn, [], () => {}], 'is an empty list'],
  ])('%s', (_, args, message) => {
    expect(() => add(...args)).toThrow(message);
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('a closed connection', () => {
    const closed = openConnection();
    closeConnection(closed);
    expect(() => addEventHandler(closed, null, () => {})).toThrow(ConnectionClosedError);
  });
});
