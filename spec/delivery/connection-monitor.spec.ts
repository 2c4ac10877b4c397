import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type * as Util from 'node:util';
import type { Connection } from '../../lib/delivery/connection';
import type * as MonitorModule from '../../lib/delivery/connection-monitor';
import type * as Diagnostics from '../../lib/delivery/diagnostics';
import type { QueueEntry } from '../../lib/delivery/queue/queued-event';
import type { Registration } from '../../lib/delivery/registration';
import type * as Errors from '../../lib/errors';

/** The module as it is with `NODE_DEBUG=virdeliver`, or without, and what it writes. */
function load(enabled: boolean) {
  const lines: string[] = [];
  let monitor!: typeof MonitorModule;
  let errors!: typeof Errors;
  let channels!: typeof Diagnostics;
  jest.isolateModules(() => {
    jest.doMock('node:util', () => {
      const util = jest.requireActual<typeof Util>('node:util');
      const debuglog = (set: string) =>
        Object.assign((...of: unknown[]) => lines.push(`${set}: ${util.format(...of)}`), { enabled });
      return { ...util, debuglog };
    });
    monitor = require('../../lib/delivery/connection-monitor') as typeof MonitorModule;
    errors = require('../../lib/errors') as typeof Errors;
    channels = require('../../lib/delivery/diagnostics') as typeof Diagnostics;
  });
  jest.dontMock('node:util');
  return { ConnectionMonitor: monitor.ConnectionMonitor, errors, channels, lines };
}

const event = { sequence: 3, type: 't', bytes: 40, attempt: 2, asQueuedEvent: jest.fn() } as unknown as QueueEntry;
const handler = (name: string) => ({ name }) as Registration;

describe('what NODE_DEBUG shows of a connection', () => {
  const { ConnectionMonitor, errors, lines } = load(true);

  function linesOf(run: (monitor: MonitorModule.ConnectionMonitor) => void, uri = 'test:///default'): string[] {
    const monitor = new ConnectionMonitor(uri);
    monitor.attach({} as Connection);
    lines.length = 0;
    run(monitor);
    return [...lines];
  }

  it.each<[line: string, run: (monitor: MonitorModule.ConnectionMonitor) => void]>([
    ["event 3 't' sent, 40 bytes", (monitor) => monitor.sent(event)],
    ["event 3 't' delivered", (monitor) => monitor.delivered(event, false)],
    ["event 3 't' delivered, unmatched", (monitor) => monitor.delivered(event, true)],
    ["event 3 't' taken", (monitor) => monitor.taken(event)],
    ["event 3 't' put off after attempt 2", (monitor) => monitor.putOff(event)],
    [
      "event 3 't' failed in store: TypeError: 'no'",
      (monitor) => monitor.failed(handler('store'), event, new TypeError('no\nmore')),
    ],
    ["event 3 't' failed in a handler: a thrown null", (monitor) => monitor.failed(handler(''), event, null)],
    ["event 3 't' failed in store: a thrown string", (monitor) => monitor.failed(handler('store'), event, 'no')],
    ["event 7 't' lost: the queue is full", (monitor) => monitor.lost(7, 't')],
    ["event 8 lost: ProtocolError: 'bad'", (monitor) => monitor.lost(8, undefined, new errors.ProtocolError('bad'))],
    ['connected', (monitor) => monitor.connected(false)],
    ['connected again', (monitor) => monitor.connected(true)],
    ["connection lost: Error: 'gone'", (monitor) => monitor.connectionLost(new Error('gone'), false)],
    ["connection lost: Error: ''; reconnects", (monitor) => monitor.connectionLost(new Error(''), true)],
  ])('is %s', (line, run) => {
    expect(linesOf(run)).toEqual([`virdeliver: test:///default ${line}`]);
  });

  it('names the place in a text that cannot be read, and nothing of the text', () => {
    const error = new errors.InvalidEventError('ERR_EVENT_SYNTAX', 'secret', 2, 5, 'secret');
    expect(linesOf((monitor) => monitor.lost(1, undefined, error))).toEqual([
      'virdeliver: test:///default event 1 lost: ERR_EVENT_SYNTAX at 2:5',
    ]);
  });

  it('names the default connection, and no password', () => {
    expect(linesOf((monitor) => monitor.connected(false), '')).toEqual(['virdeliver: (default) connected']);
    expect(linesOf((monitor) => monitor.connected(false), 'qemu+tcp://u:secret@host/system').join()).not.toContain(
      'secret',
    );
  });
});

describe('what a connection counts', () => {
  it('is kept by the type of the event, and of what has none together', () => {
    const { ConnectionMonitor, errors } = load(false);
    const monitor = new ConnectionMonitor('memory:');
    monitor.delivered(event, false);
    monitor.delivered(event, true);
    monitor.suppressed(event);
    monitor.lost(7, 'u');
    monitor.lost(8, undefined, new errors.ProtocolError('bad'));
    const none = { delivered: 0, taken: 0, unmatched: 0, suppressed: 0, failed: 0, retries: 0, lost: 0 };
    expect(monitor.counts.list()).toEqual([
      { ...none, type: 't', delivered: 2, unmatched: 1, suppressed: 1 },
      { ...none, type: 'u', lost: 1 },
      { ...none, type: null, lost: 1 },
    ]);
  });
});

describe('what is published of a loss', () => {
  it('says whether there was no room, or what could not be read', () => {
    const { ConnectionMonitor, channels, errors } = load(false);
    const monitor = new ConnectionMonitor('memory:');
    const connection = {} as Connection;
    monitor.attach(connection);
    const error = new errors.ProtocolError('bad');
    const messages: unknown[] = [];
    const listen = (message: unknown) => messages.push(message);
    subscribe('virdeliver:event:lost', listen);
    monitor.lost(7, 'u');
    monitor.lost(8, undefined, error);
    unsubscribe('virdeliver:event:lost', listen);
    expect(channels.eventLost.hasSubscribers).toBe(false);
    expect(messages).toEqual([
      { connection, sequence: 7, cause: 'overflow', count: 1, type: 'u', error: undefined },
      { connection, sequence: 8, cause: 'invalid', count: 1, type: undefined, error },
    ]);
  });
});

describe('what nobody listens to', () => {
  it('is neither written nor published', () => {
    const { ConnectionMonitor, channels, lines } = load(false);
    const publish = Object.values(channels).map((channel) => jest.spyOn(channel, 'publish'));
    const monitor = new ConnectionMonitor('memory:');
    monitor.attach({} as Connection);
    monitor.sent(event);
    monitor.delivered(event, true);
    monitor.taken(event);
    monitor.failed(handler('store'), event, new Error('no'));
    monitor.putOff(event);
    monitor.lost(7, 't');
    monitor.connected(false);
    monitor.connectionLost(new Error('gone'), false);
    expect(lines).toEqual([]);
    expect(publish).toHaveLength(7);
    expect(publish.flatMap(({ mock }) => mock.calls)).toEqual([]);
    expect(monitor.counts.total()).toMatchObject({
      delivered: 1,
      taken: 1,
      failed: 1,
      retries: 1,
      lost: 1,
      unmatched: 1,
    });
  });
});
