import fs, { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import {
  addEventHandler,
  type DeliveryOptions,
  deliverEvents,
  iterateEvents,
  openConnection,
  openEventPipe,
  type QueuedEvent,
  readsFrom,
  runDelivery,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../lib';
import { eventXml, openScripted } from '../support/scripted-driver';

type Options = Record<string, unknown>;

describe('options', () => {
  const conn = openConnection();
  const callers: readonly [name: string, call: (options: Options) => unknown, numbers: readonly string[]][] = [
    [
      'deliverEvents',
      (options) => deliverEvents(conn, options as DeliveryOptions),
      ['limit', 'budgetMs', 'waitMs', 'retryDelayMs'],
    ],
    ['takeEvents', (options) => takeEvents(conn, options), ['limit', 'waitMs']],
    ['openEventPipe', (options) => openEventPipe(conn, ['x'], options).close(), ['capacity']],
    [
      'iterateEvents',
      (options) => iterateEvents(conn, ['x'], options).return(),
      ['highWaterMark', 'limit', 'budgetMs'],
    ],
  ];
  const cases = callers.flatMap(([name, call, numbers]) => numbers.map((option) => [name, option, call] as const));

  it.each(cases)('of %s that are no numbers are refused by their names: %s', (_, option, call) => {
    for (const value of [-1, Number.NaN, '1', null]) {
      expect(() => call({ [option]: value })).toThrow(expect.objectContaining({ argument: `options.${option}` }));
    }
  });

  it.each(cases)('of %s are whole numbers or milliseconds, or parts of them: %s', (_, option, call) => {
    const isTime = option.endsWith('Ms');
    if (isTime) {
      expect(() => call({ [option]: 0.5 })).not.toThrow();
    } else {
      expect(() => call({ [option]: 1.5 })).toThrow(expect.objectContaining({ argument: `options.${option}` }));
    }
  });

  it.each(callers)('of %s are refused if they are not known, or none', (_, call) => {
    expect(() => call({ limitt: 1 })).toThrow(expect.objectContaining({ argument: 'options.limitt' }));
    expect(() => call(3 as unknown as Options)).toThrow(expect.objectContaining({ argument: 'options' }));
  });

  it('of deliverEvents say by true or false whether it throws', () => {
    expect(() => deliverEvents(conn, { throwOnError: 'no' as unknown as boolean })).toThrow(
      expect.objectContaining({ argument: 'options.throwOnError' }),
    );
  });
});

describe('the options of an iteration', () => {
  it('give its filter prefixes, variables and functions', async () => {
    const given = { namespaces: { p: 'urn:p' }, variables: { v: 'x' }, functions: { own: () => true } };
    const events = iterateEvents(openConnection(), 'p:a = $v and own()', given);
    await expect(events.return?.()).resolves.toMatchObject({ done: true });
  });
});

describe('the options of waits and runs', () => {
  const conn = openConnection();
  const wait = (options: Options) => waitForEvents(conn, options);
  const run = (options: Options) => runDelivery(conn, options);

  it.each<[string, (options: Options) => Promise<unknown>, string, unknown]>([
    ['waitForEvents', wait, 'options.timeoutMs', -1],
    ['waitForEvents', wait, 'options.signal', {}],
    ['waitForEvents', wait, 'options.wait', 1],
    ['runDelivery', run, 'options.signal', 'stop'],
    ['runDelivery', run, 'options.limit', 0],
    ['runDelivery', run, 'options.budgetMs', -1],
    ['runDelivery', run, 'options.waitMs', 1],
  ])('of %s are refused by their names: %s', async (_, call, argument, value) => {
    await expect(call({ [argument.slice('options.'.length)]: value })).rejects.toMatchObject({ argument });
  });

  it('are an object', async () => {
    for (const call of [wait, run]) {
      await expect(call(5 as unknown as Options)).rejects.toMatchObject({ argument: 'options' });
    }
  });

  it('may be parts of a millisecond, and of several connections each is another', async () => {
    await expect(wait({ timeoutMs: 0.5 })).resolves.toBe(false);
    await expect(runDelivery([conn, conn])).rejects.toMatchObject({ argument: 'connections' });
    await expect(run({ limit: 0 })).rejects.toThrow(
      'options.limit must be at least 1 here, or nothing would ever be delivered',
    );
  });
});

describe('a wait that is over', () => {
  it('leaves no timer behind', async () => {
    const countTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = countTimers();
    const conn = openConnection();
    const waits = [0, 1, 2].map(() => waitForEvents(conn, { timeoutMs: 60_000 }));
    sendEvent(conn, eventXml('t'));
    await expect(Promise.all(waits)).resolves.toEqual([true, true, true]);
    expect(countTimers()).toBe(before);
    await expect(waitForEvents(conn)).resolves.toBe(true);
    expect(countTimers()).toBe(before);
    addEventHandler(conn, null, () => 'retry');
    deliverEvents(conn, { retryDelayMs: 60_000 });
    const stop = new AbortController();
    const paused = waitForEvents(conn, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(paused).rejects.toThrow('enough');
    expect(countTimers()).toBe(before);
  });
});

describe('what a delivery refuses', () => {
  it('is a connection that is given twice, by its address', () => {
    const { conn } = openScripted();
    expect(() => deliverEvents([conn, openConnection(), conn])).toThrow(
      "connections must not hold the same connection twice: 'scripted:'",
    );
  });

  it('is a call inside of it, by the name of the function', () => {
    const conn = openConnection();
    const messages: string[] = [];
    addEventHandler(conn, null, () => {
      for (const call of [() => deliverEvents(conn), () => takeEvents(conn)]) {
        try {
          call();
        } catch (error) {
          messages.push((error as Error).message);
        }
      }
    });
    sendEvent(conn, eventXml('t'));
    deliverEvents(conn);
    expect(messages).toEqual([
      expect.stringMatching(/^deliverEvents was called inside a delivery/),
      expect.stringMatching(/^takeEvents was called inside a delivery/),
    ]);
  });

  it.each<[result: unknown, message: RegExp | undefined]>([
    [Promise.resolve(), /a handler returned a promise; handlers are synchronous/],
    ['again', /a handler returned 'again'; it must return 'break', 'retry' or nothing/],
    ['', /a handler returned ''/],
    [5, undefined],
    [null, undefined],
    [false, undefined],
    [Symbol('x'), undefined],
    ['break', undefined],
  ])('of what a handler returns: %p', (result, message) => {
    const conn = openConnection();
    addEventHandler(conn, null, (() => result) as () => undefined);
    sendEvent(conn, eventXml('t'));
    const { failed } = deliverEvents(conn, { throwOnError: false });
    expect(failed).toBe(message === undefined ? 0 : 1);
    sendEvent(conn, eventXml('t'));
    if (message !== undefined) {
      expect(() => deliverEvents(conn)).toThrow(message);
    }
  });
});

describe('the list of an event that is taken while another is sent', () => {
  it('ends with those that were there before', () => {
    const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
    const conn = openConnection();
    const again = () => {
      sendEvent(conn, eventXml('later'));
    };
    subscribe('virdeliver:event:taken', again);
    try {
      sendEvent(conn, eventXml('first'));
      sendEvent(conn, eventXml('second'));
      expect(takeEvents(conn).map(({ type }: QueuedEvent) => type)).toEqual(['first', 'second']);
      expect(takeEvents(conn)).toHaveLength(2);
    } finally {
      unsubscribe('virdeliver:event:taken', again);
    }
  });
});

describe('an event pipe', () => {
  it('takes what its filter needs', () => {
    const conn = openConnection();
    const options = {
      namespaces: { own: 'urn:own' },
      variables: { name: 'web' },
      functions: { 'own:same': (value: unknown) => value === true },
    };
    using pipe = openEventPipe(conn, 'own:same(name = $name)', options);
    sendEvent(conn, eventXml('a'));
    sendEvent(conn, '<event type="b" timestamp="now"><name>web</name></event>');
    deliverEvents(conn);
    const chunk = Buffer.alloc(1000);
    const xml = chunk.toString('utf8', 0, readSync(pipe.fd, chunk));
    expect(xml.match(/type="\w"/g)).toEqual(['type="b"']);
  });

  it.each([
    ['EPIPE', 'nobody reads the pipe any more'],
    ['EIO', 'the pipe cannot be written to: a failure'],
  ])('says what has failed it: %s', (code, message) => {
    const conn = openConnection();
    using pipe = openEventPipe(conn, null);
    jest.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('a failure'), { code });
    });
    sendEvent(conn, eventXml('a'));
    deliverEvents(conn, { throwOnError: false });
    jest.restoreAllMocks();
    expect(pipe.error?.cause).toMatchObject({ code: 'ERR_PIPE_BROKEN', message, cause: { code } });
  });
});

describe('readsFrom', () => {
  it('tells a file by any of its names, and by a descriptor', () => {
    using conn = openConnection(`file:${__filename}`);
    const fd = openSync(__filename, 'r');
    expect([__filename, `${__dirname}/./${basename(__filename)}`, fd].map((file) => readsFrom(conn, file))).toEqual([
      true,
      true,
      true,
    ]);
    closeSync(fd);
    expect([`${__filename}.no`, __dirname].map((file) => readsFrom(conn, file))).toEqual([false, false]);
    expect(readsFrom(openConnection(), __filename)).toBe(false);
  });

  it.each([[undefined], [null], [new URL('file:///x')]])('refuses %p', (file) => {
    expect(() => readsFrom(openConnection(), file as unknown as string)).toThrow(
      expect.objectContaining({
        argument: 'file',
        message: expect.stringMatching(/must be a path or a descriptor, but is ./),
      }),
    );
  });
});
