import { closeSync, fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  deliverEvents,
  type EventPipe,
  type EventPipeOptions,
  openConnection,
  openEventPipe,
  type QueuedEvent,
  sendEvent,
  takeEvents,
} from '../../../lib';
import { journalEvents } from '../../../lib/collector';
import { eventXml } from '../../support/scripted-driver';
import { thrownBy } from '../../support/thrown-by';

/** More than a pipe of the system holds, in events of about a kilobyte. */
const MANY = 200;

let conn: Connection;
let pipe: EventPipe;
beforeEach(() => {
  conn = openConnection();
});
afterEach(() => {
  pipe?.close();
  conn.close();
});

function open(options: EventPipeOptions = {}): Connection {
  pipe = openEventPipe(conn, ['e'], { overflow: 'drop-oldest', highWaterMark: 10, ...options });
  return openConnection(`fd:${pipe.fd}`);
}

function sendNumbered(from: number, count: number): void {
  for (let number = from; number < from + count; number += 1) {
    sendEvent(conn, eventXml('e', `${number}.${'x'.repeat(1000)}`));
  }
}

const numberOf = (event: QueuedEvent) => Number.parseInt(event.string('n'), 10);

/** What a reader was told: the numbers of events, and in the place of lost ones how many they are. */
const told = (events: readonly QueuedEvent[]) =>
  events.map((event) => (event.type === 'events-lost' ? `lost ${event.detail?.count}` : numberOf(event)));

/** Reads to the end of what is in the pipe, with deliveries of nothing between. */
function readAll(reader: Connection): QueuedEvent[] {
  const events: QueuedEvent[] = [];
  for (let some = takeEvents(reader); some.length > 0; some = takeEvents(reader)) {
    events.push(...some);
    deliverEvents(conn);
  }
  return events;
}

describe("an event pipe with overflow: 'drop-oldest'", () => {
  it('loses nothing, and holds nothing back, as long as its reader keeps up', () => {
    using reader = open();
    for (let number = 1; number <= MANY; number += 1) {
      sendNumbered(number, 1);
      deliverEvents(conn);
      expect(told(takeEvents(reader))).toEqual([number]);
    }
  });

  it('holds up nobody, keeps the newest events, and has a gap in the place of those it lost', () => {
    using reader = open({ name: 'a page' });
    const seen: number[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(numberOf(event)));
    sendNumbered(1, MANY);
    expect(deliverEvents(conn)).toMatchObject({ events: MANY, remaining: 0, stoppedBy: 'drained' });
    expect(seen).toHaveLength(MANY);
    expect(connectionStats(conn).byHandler[0]).toMatchObject({ name: 'a page', retries: 0 });
    const events = readAll(reader);
    const gaps = events.filter(({ type }) => type === 'events-lost');
    expect(gaps).toHaveLength(1);
    const place = events.indexOf(gaps[0]!);
    const lost = MANY - 10 - place;
    expect(lost).toBeGreaterThan(0);
    expect(gaps[0]?.detail).toEqual({
      count: lost,
      first: place + 1,
      last: place + lost,
      unknown: false,
      cause: 'overflow',
      lost: [{ type: 'e', count: lost }],
    });
    expect(told(events)).toEqual([
      ...Array.from({ length: place }, (_, each) => each + 1),
      `lost ${lost}`,
      ...Array.from({ length: 10 }, (_, each) => MANY - 9 + each),
    ]);
  });

  it('writes what it holds in front of what comes later, and in the event loop without any delivery', async () => {
    using reader = open();
    sendNumbered(1, MANY);
    deliverEvents(conn);
    const events: QueuedEvent[] = [];
    const isThere = () => events.some((event) => numberOf(event) === MANY);
    for (const deadline = Date.now() + 20_000; !isThere() && Date.now() < deadline; await pause(1)) {
      events.push(...takeEvents(reader));
    }
    expect(told(events).at(-1)).toBe(MANY);
    expect(events.filter(({ type }) => type === 'events-lost')).toHaveLength(1);
    sendNumbered(MANY + 1, 1);
    deliverEvents(conn);
    expect(told(takeEvents(reader))).toEqual([MANY + 1]);
  });

  it('tells of a reader that has gone by the next event, whatever it holds, and closes', async () => {
    pipe = openEventPipe(conn, ['e'], { overflow: 'drop-oldest' });
    sendNumbered(1, MANY);
    deliverEvents(conn);
    closeSync(pipe.fd);
    deliverEvents(conn);
    await pause(5);
    expect(pipe.active).toBe(true);
    sendNumbered(MANY + 1, 1);
    expect(thrownBy(() => deliverEvents(conn))).toMatchObject({
      failures: [{ event: { sequence: MANY + 1 }, cause: { code: 'ERR_PIPE_BROKEN' } }],
    });
    expect([pipe.active, conn.state]).toEqual([false, 'open']);
    sendNumbered(MANY + 2, 1);
    expect(deliverEvents(conn)).toMatchObject({ unmatched: 1 });
  });

  it('forgets what it holds when it is closed, in a handler, too', async () => {
    using reader = open();
    addEventHandler(conn, `n = '${MANY}.${'x'.repeat(1000)}'`, () => pipe.close());
    sendNumbered(1, MANY);
    expect(deliverEvents(conn)).toMatchObject({ events: MANY });
    deliverEvents(conn);
    await pause(5);
    const events = takeEvents(reader, { waitMs: 1000 });
    // The event that was half written is a gap for its reader, and the last it hears of.
    expect(told(events.filter(({ type }) => type !== 'events-lost'))).not.toContain(MANY);
  });

  it('is refused on a connection to a journal, which keeps the events for its reader', () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-pipe-'));
    try {
      journalEvents(conn, folder).close();
      using journal = openConnection(`journal:${folder}?reader=page`);
      expect(() => openEventPipe(journal, null, { overflow: 'drop-oldest' })).toThrow(
        "options.overflow cannot be 'drop-oldest' on this connection",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [{ overflow: 'drop-newest' }, "options.overflow must be 'refuse' or 'drop-oldest', but is 'drop-newest'"],
    [{ overflow: 'drop-oldest', highWaterMark: 0 }, 'options.highWaterMark must be a whole number from 1 on, but is 0'],
  ])('is refused as %j, before a pipe is made', (options, message) => {
    const before = openFds();
    expect(() => openEventPipe(conn, null, options as EventPipeOptions)).toThrow(message);
    expect(openFds()).toEqual(before);
  });
});

/** The descriptors that are open among the first of the process. */
function openFds(): number[] {
  return Array.from({ length: 256 }, (_, fd) => fd).filter((fd) => {
    try {
      fstatSync(fd);
      return true;
    } catch {
      return false;
    }
  });
}
