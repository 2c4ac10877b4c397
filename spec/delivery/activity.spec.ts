import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type * as Util from 'node:util';
import type * as ActivityModule from '../../lib/delivery/activity';
import type { Connection } from '../../lib/delivery/connection';
import type * as Diagnostics from '../../lib/delivery/diagnostics';
import type { QueueEntry } from '../../lib/delivery/queue/queued-event';
import type { Registration } from '../../lib/delivery/registration';
import type * as Errors from '../../lib/errors';

/** The module as it is with `NODE_DEBUG=virdeliver`, or without, and what it writes. */
function load(enabled: boolean) {
  const lines: string[] = [];
  let activity!: typeof ActivityModule;
  let errors!: typeof Errors;
  let channels!: typeof Diagnostics;
  jest.isolateModules(() => {
    jest.doMock('node:util', () => {
      const util = jest.requireActual<typeof Util>('node:util');
      const debuglog = (set: string) =>
        Object.assign((...of: unknown[]) => lines.push(`${set}: ${util.format(...of)}`), { enabled });
      return { ...util, debuglog };
    });
    activity = require('../../lib/delivery/activity') as typeof ActivityModule;
    errors = require('../../lib/errors') as typeof Errors;
    channels = require('../../lib/delivery/diagnostics') as typeof Diagnostics;
  });
  jest.dontMock('node:util');
  return { Activity: activity.Activity, errors, channels, lines };
}

const event = { sequence: 3, type: 't', bytes: 40, attempt: 2, asQueuedEvent: jest.fn() } as unknown as QueueEntry;
const handler = (name: string) => ({ name }) as Registration;

describe('what NODE_DEBUG shows of a connection', () => {
  const { Activity, errors, lines } = load(true);

  function linesOf(run: (activity: ActivityModule.Activity) => void, uri = 'test:///default'): string[] {
    const activity = new Activity(uri);
    activity.attach({} as Connection);
    lines.length = 0;
    run(activity);
    return [...lines];
  }

  it.each<[line: string, run: (activity: ActivityModule.Activity) => void]>([
    ["event 3 't' sent, 40 bytes", (activity) => activity.sent(event)],
    ["event 3 't' delivered", (activity) => activity.delivered(event, false)],
    ["event 3 't' delivered, unmatched", (activity) => activity.delivered(event, true)],
    ["event 3 't' taken", (activity) => activity.taken(event)],
    ["event 3 't' put off after attempt 2", (activity) => activity.putOff(event)],
    [
      "event 3 't' failed in store: TypeError: 'no'",
      (activity) => activity.failed(handler('store'), event, new TypeError('no\nmore')),
    ],
    ["event 3 't' failed in a handler: a thrown null", (activity) => activity.failed(handler(''), event, null)],
    ["event 3 't' failed in store: a thrown string", (activity) => activity.failed(handler('store'), event, 'no')],
    ["event 7 't' lost: the queue is full", (activity) => activity.lost(7, 't')],
    ["event 8 lost: ProtocolError: 'bad'", (activity) => activity.lost(8, undefined, new errors.ProtocolError('bad'))],
    ['connected', (activity) => activity.connected(false)],
    ['connected again', (activity) => activity.connected(true)],
    ["connection lost: Error: 'gone'", (activity) => activity.connectionLost(new Error('gone'), false)],
    ["connection lost: Error: ''; reconnects", (activity) => activity.connectionLost(new Error(''), true)],
  ])('is %s', (line, run) => {
    expect(linesOf(run)).toEqual([`virdeliver: test:///default ${line}`]);
  });

  it('names the place in a text that cannot be read, and nothing of the text', () => {
    const error = new errors.InvalidEventError('ERR_EVENT_SYNTAX', 'secret', 2, 5, 'secret');
    expect(linesOf((activity) => activity.lost(1, undefined, error))).toEqual([
      'virdeliver: test:///default event 1 lost: ERR_EVENT_SYNTAX at 2:5',
    ]);
  });

  it('names the default connection, and no password', () => {
    expect(linesOf((activity) => activity.connected(false), '')).toEqual(['virdeliver: (default) connected']);
    expect(linesOf((activity) => activity.connected(false), 'qemu+tcp://u:secret@host/system').join()).not.toContain(
      'secret',
    );
  });
});

describe('what a connection counts', () => {
  it('is kept by the type of the event, and of what has none together', () => {
    const { Activity, errors } = load(false);
    const activity = new Activity('memory:');
    activity.delivered(event, false);
    activity.delivered(event, true);
    activity.suppressed(event);
    activity.lost(7, 'u');
    activity.lost(8, undefined, new errors.ProtocolError('bad'));
    const none = { delivered: 0, taken: 0, unmatched: 0, suppressed: 0, failed: 0, retries: 0, lost: 0 };
    expect(activity.counts.list()).toEqual([
      { ...none, type: 't', delivered: 2, unmatched: 1, suppressed: 1 },
      { ...none, type: 'u', lost: 1 },
      { ...none, type: null, lost: 1 },
    ]);
  });
});

describe('what is published of a loss', () => {
  it('says whether there was no room, or what could not be read', () => {
    const { Activity, channels, errors } = load(false);
    const activity = new Activity('memory:');
    const connection = {} as Connection;
    activity.attach(connection);
    const error = new errors.ProtocolError('bad');
    const messages: unknown[] = [];
    const listen = (message: unknown) => messages.push(message);
    subscribe('virdeliver:event:lost', listen);
    activity.lost(7, 'u');
    activity.lost(8, undefined, error);
    unsubscribe('virdeliver:event:lost', listen);
    expect(channels.eventLost.hasSubscribers).toBe(false);
    expect(messages).toEqual([
      { connection, sequence: 7, cause: 'overflow', type: 'u', error: undefined },
      { connection, sequence: 8, cause: 'invalid', type: undefined, error },
    ]);
  });
});

describe('what nobody listens to', () => {
  it('is neither written nor published', () => {
    const { Activity, channels, lines } = load(false);
    const publish = Object.values(channels).map((channel) => jest.spyOn(channel, 'publish'));
    const activity = new Activity('memory:');
    activity.attach({} as Connection);
    activity.sent(event);
    activity.delivered(event, true);
    activity.taken(event);
    activity.failed(handler('store'), event, new Error('no'));
    activity.putOff(event);
    activity.lost(7, 't');
    activity.connected(false);
    activity.connectionLost(new Error('gone'), false);
    expect(lines).toEqual([]);
    expect(publish).toHaveLength(7);
    expect(publish.flatMap(({ mock }) => mock.calls)).toEqual([]);
    expect(activity.counts.total()).toMatchObject({
      delivered: 1,
      taken: 1,
      failed: 1,
      retries: 1,
      lost: 1,
      unmatched: 1,
    });
  });
});
