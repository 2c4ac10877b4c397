import { inspect } from 'node:util';
import {
  ConnectionClosedError,
  closeConnection,
  connectionStats,
  deliverEvents,
  InvalidArgumentError,
  InvalidUriError,
  openConnection,
  openConnectionAsync,
  QueueFullError,
  sendEvent,
  takeEvents,
  testDomains,
  waitForEvents,
} from '../../lib';
import { eventXml } from '../support/scripted-driver';

describe('openConnection', () => {
  it('without a URI opens memory:, which only sendEvent feeds', () => {
    const conn = openConnection();
    expect([conn.uri, conn.state]).toEqual(['memory:', 'open']);
    sendEvent(conn, eventXml('a'));
    expect(takeEvents(conn).map(({ type }) => type)).toEqual(['a']);
  });

  it.each([
    ['default', 'ERR_INVALID_URI'],
    ['memory:x', 'ERR_INVALID_URI'],
    ['http://example.org/', 'ERR_UNSUPPORTED_URI'],
    ['qemu+carrier-pigeon:///system', 'ERR_INVALID_URI'],
    ['qemu+tls://host/system', 'ERR_UNSUPPORTED_URI'],
  ])('refuses the URI %p with %s, and shows it', (uri, code) => {
    expect(() => openConnection(uri)).toThrow(expect.objectContaining({ code, uri }));
    expect(() => openConnection(uri)).toThrow(InvalidUriError);
    expect(() => openConnection(uri)).toThrow(JSON.stringify(uri));
  });

  it.each<[unknown, string]>([
    [
      { queues: {} },
      'options.queues is no option; the options are queue, limits, clock, decoders, seed, domains, replaySpeed, readOnly, events, reconnect, keepAlive',
    ],
    [{ queue: { maxEvent: 1 } }, 'options.queue.maxEvent is no option'],
    [{ queue: { maxEvents: 0 } }, 'options.queue.maxEvents must be a whole number from 1 on, but is 0'],
    [{ queue: { maxBytes: '1 MiB' } }, "options.queue.maxBytes must be a whole number from 1 on, but is '1 MiB'"],
    [
      { queue: { overflow: 'drop' } },
      "options.queue.overflow must be 'refuse', 'drop-oldest' or 'drop-newest', but is 'drop'",
    ],
    [{ limits: { eventByte: 1 } }, 'options.limits.eventByte is no option'],
    [
      { limits: { eventBytes: 100 }, queue: { maxBytes: 99 } },
      'options.limits.eventBytes must not exceed options.queue.maxBytes, 99',
    ],
    [{ clock: { now: () => 0 } }, 'options.clock must have manual, now(), monotonic() and schedule()'],
    [null, 'options must be an object, but is null'],
  ])('refuses the options %j', (options, message) => {
    expect(() => openConnection('memory:', options as never)).toThrow(InvalidArgumentError);
    expect(() => openConnection('memory:', options as never)).toThrow(message);
  });

  it('takes a URI that is no string for what it is', () => {
    expect(() => openConnection(5 as never)).toThrow('uri must be a string, but is 5');
  });

  it('never makes an event longer than its queue has room for', () => {
    const conn = openConnection('memory:', { queue: { maxBytes: 100 } });
    expect(() => sendEvent(conn, eventXml('a'.repeat(100)))).toThrow(
      expect.objectContaining({ code: 'ERR_EVENT_TOO_LARGE' }),
    );
    expect(() => sendEvent(conn, eventXml('a'))).not.toThrow(QueueFullError);
  });

  it('holds the caps it is given', () => {
    const conn = openConnection('memory:', { limits: { eventDepth: 1, filterLength: 3 } });
    expect(() => sendEvent(conn, eventXml('a'))).toThrow(expect.objectContaining({ code: 'ERR_EVENT_TOO_DEEP' }));
  });
});

describe('openConnectionAsync', () => {
  it('opens what openConnection opens, and is rejected with what that throws', async () => {
    expect((await openConnectionAsync('test:///default')).uri).toBe('test:///default');
    await expect(openConnectionAsync('nothing')).rejects.toBeInstanceOf(InvalidUriError);
  });
});

describe('sendEvent', () => {
  it('says what to do with bytes, and with an event that was received', () => {
    const conn = openConnection();
    sendEvent(conn, eventXml('a'));
    const [event] = takeEvents(conn);
    const send = (value: unknown) => sendEvent(conn, value as string);
    expect(() => send(Buffer.from(eventXml('a')))).toThrow(
      /^event must be XML text or a structured event, but is <?Buffer.*; decode the bytes first, as with buffer\.toString\(\)$/,
    );
    expect(() => send(event)).toThrow(/ a structured event, but is .*; send its xml$/s);
    for (const value of [undefined, null, 5, [eventXml('a')], () => eventXml('a')]) {
      expect(() => send(value)).toThrow(/^event must be XML text or a structured event, but is [^;]*$/);
    }
    expect(connectionStats(conn).arrived).toBe(1);
  });
});

describe('closeConnection', () => {
  it('drops the queue, and makes every later call throw ConnectionClosedError', async () => {
    const conn = openConnection('test:///default');
    sendEvent(conn, eventXml('a'));
    closeConnection(conn);
    closeConnection(conn);
    expect(conn.state).toBe('closed');
    expect(connectionStats(conn).queued).toBe(0);
    expect(() => sendEvent(conn, eventXml('a'))).toThrow(ConnectionClosedError);
    expect(() => deliverEvents(conn)).toThrow(ConnectionClosedError);
    expect(() => takeEvents(conn)).toThrow(ConnectionClosedError);
    expect(() => testDomains(conn)).toThrow(ConnectionClosedError);
    await expect(waitForEvents(conn)).rejects.toBeInstanceOf(ConnectionClosedError);
  });

  it('is what conn.close() and the end of a using block do', () => {
    const closed = openConnection();
    closed.close();
    closed.close();
    expect(closed.state).toBe('closed');
    const conn = openConnection();
    {
      using _ = conn;
    }
    expect(conn.state).toBe('closed');
  });

  it('ends a wait, which finds nothing', async () => {
    const conn = openConnection();
    const wait = waitForEvents(conn);
    closeConnection(conn);
    await expect(wait).resolves.toBe(false);
  });
});

describe('a connection', () => {
  it('shows what it is when it is printed', () => {
    const conn = openConnection();
    sendEvent(conn, eventXml('a'));
    expect(inspect(conn)).toBe("Connection { uri: 'memory:', state: 'open', queued: 1 }");
  });

  it('to something else has no test domains', () => {
    expect(() => testDomains(openConnection())).toThrow(
      "conn must be a connection to test:///…, but is one to 'memory:'",
    );
  });
});
