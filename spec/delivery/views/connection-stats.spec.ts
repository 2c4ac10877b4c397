import {
  addEventHandler,
  type Connection,
  closeConnection,
  compileFilter,
  connectionStats,
  deliverEvents,
  InvalidArgumentError,
  openConnection,
  removeEventHandler,
  sendEvent,
  takeEvents,
} from '../../../lib';
import { eventXml, openScripted } from '../../support/scripted-driver';

function send(conn: Connection, ...types: string[]): void {
  for (const type of types) {
    sendEvent(conn, eventXml(type));
  }
}

const deliver = (conn: Connection) => deliverEvents(conn, { throwOnError: false });

/** The counts of one type, those that are 0 left out. */
function countsOf(conn: Connection, wanted: string | null): Record<string, number> {
  const { type, ...counts } = connectionStats(conn).byType.find((stats) => stats.type === wanted) ?? { type: wanted };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

describe('connectionStats', () => {
  it('tells how a new connection stands', () => {
    expect(connectionStats(openConnection())).toEqual({
      state: 'open',
      queued: 0,
      queuedBytes: 0,
      highWaterMark: 0,
      arrived: 0,
      delivered: 0,
      taken: 0,
      unmatched: 0,
      suppressed: 0,
      failed: 0,
      retries: 0,
      lost: 0,
      handlers: 0,
      unsupported: [],
      byType: [],
      byHandler: [],
    });
  });

  it('tells what became of the events of each type, and of all', () => {
    const conn = openConnection();
    addEventHandler(conn, ['b'], () => {});
    send(conn, 'a', 'b', 'b');
    deliver(conn);
    send(conn, 'b', 'c');
    takeEvents(conn);
    expect(countsOf(conn, 'a')).toEqual({ delivered: 1, unmatched: 1 });
    expect(countsOf(conn, 'b')).toEqual({ delivered: 2, taken: 1 });
    expect(countsOf(conn, 'c')).toEqual({ taken: 1 });
    expect(connectionStats(conn)).toMatchObject({ arrived: 5, delivered: 3, unmatched: 1, taken: 2, highWaterMark: 3 });
  });

  it('tells what each handler did, in the order of registration', () => {
    const conn = openConnection();
    const first = addEventHandler(conn, null, function everything() {});
    const second = addEventHandler(conn, ['b'], (_, event) => (event.attempt < 3 ? 'retry' : undefined));
    send(conn, 'a', 'b');
    for (let delivery = 0; delivery < 3; delivery += 1) {
      deliver(conn);
    }
    const nothing = { suppressed: 0, failed: 0, retries: 0 };
    expect(connectionStats(conn).byHandler).toEqual([
      { ...nothing, handler: first, name: 'everything', matched: 2, calls: 2 },
      { ...nothing, handler: second, name: '', matched: 1, calls: 3, retries: 2 },
    ]);
    expect(connectionStats(conn).byHandler[0]?.handler).toBe(first);
    expect(countsOf(conn, 'b')).toEqual({ delivered: 1, retries: 2 });
  });

  it('counts failures where they happened: in a handler, in what it returned, in a filter', () => {
    const conn = openConnection();
    const throwing = addEventHandler(conn, null, () => {
      throw new Error('on purpose');
    });
    addEventHandler(conn, ['b'], (() => 'brake') as unknown as () => undefined);
    addEventHandler(conn, 'fail()', () => {}, undefined, {
      functions: {
        fail: () => {
          throw new Error('on purpose');
        },
      },
    });
    send(conn, 'a', 'b');
    deliver(conn);
    expect(connectionStats(conn)).toMatchObject({ failed: 5, unmatched: 0 });
    expect(countsOf(conn, 'b')).toEqual({ delivered: 1, failed: 3 });
    expect(connectionStats(conn).byHandler.map(({ failed, calls }) => [failed, calls])).toEqual([
      [2, 2],
      [1, 1],
      [2, 0],
    ]);
    removeEventHandler(conn, throwing);
    expect(connectionStats(conn).byHandler).toHaveLength(2);
    expect(connectionStats(conn).failed).toBe(5);
  });

  it('counts a throw that is tried again as a retry, and only the last as a failure', () => {
    const conn = openConnection();
    const fail = () => {
      throw new Error('on purpose');
    };
    addEventHandler(conn, null, fail, undefined, { maxAttempts: 3 });
    send(conn, 'a');
    for (let delivery = 0; delivery < 3; delivery += 1) {
      deliver(conn);
    }
    expect(connectionStats(conn).byHandler[0]).toMatchObject({ matched: 1, calls: 3, retries: 2, failed: 1 });
    expect(countsOf(conn, 'a')).toEqual({ delivered: 1, retries: 2, failed: 1 });
  });

  it('tells what suppress kept from a handler from what its select did not match', () => {
    const conn = openConnection();
    const shared = compileFilter({ select: ['a', 'b'], suppress: 'n = 1' });
    addEventHandler(conn, shared, () => {});
    addEventHandler(conn, { suppress: shared }, () => {});
    addEventHandler(conn, shared, () => {});
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('a', 2));
    sendEvent(conn, eventXml('c', 1));
    deliver(conn);
    expect(connectionStats(conn).byHandler.map(({ matched, suppressed }) => [matched, suppressed])).toEqual([
      [1, 1],
      [2, 1],
      [1, 1],
    ]);
    expect(connectionStats(conn).suppressed).toBe(3);
    expect(countsOf(conn, 'a')).toEqual({ delivered: 2, suppressed: 3 });
    expect(countsOf(conn, 'c')).toEqual({ delivered: 1 });
  });

  it('counts what a full queue lost by its type, and what could not be read without', () => {
    const conn = openConnection('memory:', { queue: { maxEvents: 2, overflow: 'drop-oldest' } });
    send(conn, 'a', 'a', 'b', 'b');
    expect(countsOf(conn, 'a')).toEqual({ lost: 2 });
    deliver(conn);
    expect(countsOf(conn, 'events-lost')).toEqual({ delivered: 1, unmatched: 1 });
    expect(connectionStats(conn)).toMatchObject({ arrived: 4, delivered: 3, lost: 2 });
    const newest = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    send(newest, 'a', 'b', 'b');
    expect(countsOf(newest, 'b')).toEqual({ lost: 2 });
  });

  it('counts lost events whose type is unknown under null', () => {
    const conn = openConnection(`file:${__filename}`);
    deliver(conn);
    const { lost } = connectionStats(conn);
    expect(lost).toBeGreaterThan(0);
    expect(countsOf(conn, null)).toEqual({ lost });
  });

  it('counts what handlers did whose filters match together time and again, also while one of them runs', () => {
    const conn = openConnection();
    const each = () => connectionStats(conn).byHandler.map(({ matched, calls }) => [matched, calls]);
    let within: number[][] = [];
    const handlers = Array.from({ length: 9 }, (_, number) =>
      addEventHandler(conn, `string-length(@type) > ${number} and count(*) < 9`, () => {
        if (number === 1 && connectionStats(conn).arrived === 4) {
          within = each();
        }
      }),
    );
    for (let sent = 0; sent < 5; sent += 1) {
      send(conn, 'abc');
      deliver(conn);
    }
    const none = handlers.slice(3).map(() => [0, 0]);
    expect(within).toEqual([[4, 4], [4, 4], [4, 3], ...none]);
    expect(each()).toEqual([[5, 5], [5, 5], [5, 5], ...none]);
    removeEventHandler(conn, handlers[1]!);
    send(conn, 'abc', 'abc', 'abc');
    deliver(conn);
    expect(each()).toEqual([[8, 8], [8, 8], ...none]);
  });

  it('works on a closed connection, too', () => {
    const { conn } = openScripted();
    addEventHandler(conn, null, () => {});
    send(conn, 'a', 'b');
    deliverEvents(conn, { limit: 1 });
    closeConnection(conn);
    expect(connectionStats(conn)).toMatchObject({ state: 'closed', queued: 0, arrived: 2, delivered: 1, handlers: 0 });
  });

  it('is data of its own, which later events do not change', () => {
    const conn = openConnection();
    addEventHandler(conn, null, () => {});
    send(conn, 'a');
    deliver(conn);
    const before = connectionStats(conn);
    const copy = JSON.stringify(before);
    send(conn, 'a');
    deliver(conn);
    expect(JSON.stringify(before)).toBe(copy);
  });

  it('says what is no connection', () => {
    expect(() => connectionStats({} as Connection)).toThrow(InvalidArgumentError);
  });
});
