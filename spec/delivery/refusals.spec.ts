import {
  addEventHandler,
  type DeliveryOptions,
  deliverEvents,
  iterateEvents,
  openConnection,
  type QueuedEvent,
  sendEvent,
  takeEvents,
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
