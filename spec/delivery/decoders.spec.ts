import {
  addEventHandler,
  type Connection,
  type ConnectionOptions,
  deliverEvents,
  iterateEvents,
  openConnection,
  peekEvents,
  sendEvent,
  takeEvents,
} from '../../lib';
import { openTestConnection } from '../../lib/testing';
import { thrownBy } from '../support/thrown-by';

declare module '../../lib/event/vocabulary/vocabulary' {
  interface EventTypes {
    'spec-done': { readonly disk: string; readonly bytes: bigint; readonly at: Date };
  }
}

const done = (disk: string) =>
  `<event type="spec-done" timestamp="2026-01-01T00:00:00Z" bytes="9007199254740993"><disk>${disk}</disk></event>`;

let calls: number;
const decoders: ConnectionOptions['decoders'] = {
  'spec-done': (event) => {
    calls += 1;
    const disk = event.string('disk');
    if (disk === 'broken') {
      throw new TypeError('no such disk');
    }
    return disk === '' ? undefined : { disk, bytes: BigInt(event.string('@bytes')), at: new Date(event.timestamp) };
  },
};

let conn: Connection;
beforeEach(() => {
  calls = 0;
  conn = openConnection('memory:', { decoders });
});
afterEach(() => conn.close());

describe('a decoder of a type of the program', () => {
  it('makes the detail of its events, once for each, when it is asked for', () => {
    const seen: unknown[] = [];
    addEventHandler(conn, ['spec-done'], (_, event) => seen.push(event.detail));
    addEventHandler(conn, null, (_, event) => seen.push(event.detail));
    sendEvent(conn, done('vda'));
    sendEvent(conn, '<event type="other" timestamp="t"><disk>vda</disk></event>');
    expect(calls).toBe(0);
    deliverEvents(conn);
    expect(seen).toEqual([{ disk: 'vda', bytes: 9007199254740993n, at: new Date('2026-01-01') }, seen[0], undefined]);
    expect(seen[1]).toBe(seen[0]);
    expect(calls).toBe(1);
  });

  it('is not called for those who do not ask', () => {
    addEventHandler(conn, "disk = 'vda'", () => {});
    sendEvent(conn, done('vda'));
    deliverEvents(conn);
    expect(calls).toBe(0);
  });

  it('is asked by every way to receive events', async () => {
    sendEvent(conn, done('vda'));
    expect(peekEvents(conn)[0]?.detail).toMatchObject({ disk: 'vda' });
    expect(takeEvents(conn)[0]?.detail).toMatchObject({ disk: 'vda' });
    sendEvent(conn, done('vdb'));
    for await (const event of iterateEvents(conn, ['spec-done'])) {
      expect(event.detail?.disk).toBe('vdb');
      break;
    }
    using test = openTestConnection({ decoders });
    sendEvent(test.conn, done('vdc'));
    expect(takeEvents(test.conn)[0]?.detail).toMatchObject({ disk: 'vdc' });
  });

  it('makes what JSON shows, whose own form what it makes may have', () => {
    sendEvent(conn, done('vda'));
    expect(JSON.parse(JSON.stringify(takeEvents(conn)[0])).detail).toEqual({
      disk: 'vda',
      bytes: '9007199254740993',
      at: '2026-01-01T00:00:00.000Z',
    });
  });

  it('says by undefined that an event does not fit the type', () => {
    sendEvent(conn, done(''));
    const [event] = takeEvents(conn);
    expect([event?.detail, event?.detail, calls]).toEqual([undefined, undefined, 1]);
  });

  it('throws at who asks: it is a failure of that handler, and of no other', () => {
    const seen: string[] = [];
    addEventHandler(conn, ['spec-done'], (_, event) => event.detail, undefined, { name: 'asking' });
    addEventHandler(conn, ['spec-done'], (_, event) => seen.push(event.string('disk')));
    sendEvent(conn, done('broken'));
    expect(thrownBy(() => deliverEvents(conn))).toMatchObject({
      failures: [{ handler: { name: 'asking' }, cause: { message: 'no such disk' } }],
    });
    expect(seen).toEqual(['broken']);
  });

  it('belongs to its connection: those of another one have no detail', () => {
    using other = openConnection();
    sendEvent(other, done('vda'));
    expect(takeEvents(other)[0]?.detail).toBeUndefined();
  });
});

describe('decoders are refused', () => {
  const refused = (decoders: unknown) =>
    thrownBy(() => openConnection('memory:', { decoders } as ConnectionOptions)) as object;

  it.each([
    [[], 'options.decoders', /must be an object with a function for each type, but is \[\]/],
    [new Map(), 'options.decoders', /must be an object with a function for each type/],
    [{ 'spec-done': 'disk' }, 'options.decoders["spec-done"]', /must be a function, but is 'disk'/],
    [
      { 'domain-reboot': () => ({}) },
      'options.decoders["domain-reboot"]',
      /is for a type that the library decodes itself/,
    ],
  ])('%j', (decoders, argument, message) => {
    expect(refused(decoders)).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      argument,
      message: expect.stringMatching(message),
    });
  });
});
