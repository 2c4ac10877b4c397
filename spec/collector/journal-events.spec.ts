import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import timers from 'node:timers';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  deliverEvents,
  ManualClock,
  openConnection,
  peekEvents,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../lib';
import { sleep } from '../../lib/clock';
import { type Journal, type JournalOptions, journalEvents, journalStats } from '../../lib/collector';
import { openJournal } from '../../lib/collector/journal-events';
import type { JournalFiles } from '../../lib/journal/journal-files';
import { JournalReader } from '../../lib/journal/journal-reader';
import { nodeFiles } from '../../lib/journal/node-files';
import { findStart } from '../../lib/journal/places';
import { openTestConnection } from '../../lib/testing';
import { FakeDisk } from '../journal/fake-disk';
import { eventXml } from '../support/scripted-driver';

let scratch: string;
let folder: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'virdeliver-journal-'));
  folder = join(scratch, 'journal');
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** The texts of all entries of a journal, in order. */
function entriesOf(files: JournalFiles = nodeFiles, place = folder): string[] {
  const reader = new JournalReader(files, place, findStart(files, place, 'oldest')!);
  const texts: string[] = [];
  for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
    texts.push(item.kind === 'entry' ? item.entry.event.toString() : `missing ${item.count}`);
  }
  reader.close();
  return texts;
}

/** A journal of a memory connection in a file system that can be filled and broken. */
function onDisk(options: JournalOptions = {}): {
  disk: FakeDisk;
  conn: Connection;
  clock: ManualClock;
  journal: Journal;
  texts: () => string[];
} {
  const disk = new FakeDisk(new Map([['/', new Map()]]));
  const clock = new ManualClock('2026-01-01T00:00:00Z');
  const conn = openConnection('memory:', { clock });
  const journal = openJournal(conn, '/journal', { host: 'kvm-17', ...options }, disk);
  return { disk, conn, clock, journal, texts: () => entriesOf(disk, '/journal') };
}

const send = (conn: Connection, ...types: string[]) => {
  for (const type of types) {
    sendEvent(conn, eventXml(type));
  }
};

const stored = (type: string) => eventXml(type).replace('Z"', 'Z" host="kvm-17"');
const gap = (attributes: string, inside: string) =>
  new RegExp(
    `^<event type="events-lost" timestamp="[^"]*" ${attributes} cause="full" host="kvm-17">${inside}</event>$`,
  );

describe('a journal of events', () => {
  it('gets each event when it is delivered, in order, with its host, and is ended with its connection', () => {
    using hypervisor = openTestConnection();
    const { conn, domains } = hypervisor;
    const journal = journalEvents(conn, folder, { host: 'kvm-17' });
    domains.get('test').suspend();
    expect(journal).toMatchObject({ folder, events: 0 });
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(event.xml));
    deliverEvents(conn);
    domains.get('test').resume();
    deliverEvents(conn);
    expect(journal.events).toBe(2);
    expect(entriesOf()).toEqual(seen.map((xml) => xml.replace(/(timestamp="[^"]*")/, '$1 host="kvm-17"')));
    expect(journalStats(folder).writer?.alive).toBe(true);
    conn.close();
    expect(journalStats(folder).writer?.alive).toBe(false);
    expect(readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.xml'))!), 'utf8')).toMatch(
      /<\?virdeliver-sealed last="2" count="2"\?><\/events>\n$/,
    );
    journal.close();
  });

  it('is ended by close() and by `using`, and the connection goes on', () => {
    using conn = openConnection();
    {
      using _journal = journalEvents(conn, folder);
      send(conn, 'a');
      deliverEvents(conn);
    }
    expect(journalStats(folder).writer?.alive).toBe(false);
    send(conn, 'b');
    expect(deliverEvents(conn).unmatched).toBe(1);
    expect(entriesOf()).toHaveLength(1);
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('has the name of the machine as its host by default, and its files are not for everybody', () => {
    using conn = openConnection();
    using _journal = journalEvents(conn, folder);
    send(conn, 'a');
    deliverEvents(conn);
    expect(entriesOf()[0]).toContain(` host="${hostname()}"`);
    const modes = [folder, ...readdirSync(folder).map((name) => join(folder, name))].map((path) => [
      path.slice(folder.length),
      (statSync(path).mode & 0o7777).toString(8),
    ]);
    expect(Object.fromEntries(modes)).toMatchObject({ '': '750', '/lock': '600', '/readers': '1770' });
    expect(modes.filter(([path]) => path?.endsWith('.xml')).map(([, mode]) => mode)).toEqual(['640']);
  });

  it('leaves out types of events, but neither transitions nor gaps', () => {
    using hypervisor = openTestConnection();
    const { conn, domains } = hypervisor;
    for (const type of ['domain-state-transition', 'events-lost']) {
      expect(() => journalEvents(conn, folder, { leaveOut: ['a', type] })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining(type) }),
      );
    }
    using journal = journalEvents(conn, folder, { leaveOut: ['a', 'b'] });
    send(conn, 'a', 'c', 'b');
    domains.get('test').suspend();
    deliverEvents(conn);
    expect(entriesOf().map((xml) => /type="([^"]*)"/.exec(xml)?.[1])).toEqual(['c', 'domain-state-transition']);
    expect(journal.events).toBe(2);
  });

  it('gets the events of several connections', () => {
    using conn = openConnection();
    using other = openConnection();
    using journal = journalEvents([conn, other], folder);
    send(conn, 'a');
    send(other, 'b');
    deliverEvents([conn, other]);
    expect(journal.events).toBe(2);
    other.close();
    send(conn, 'c');
    deliverEvents(conn);
    expect(entriesOf()).toHaveLength(3);
  });

  it('holds gaps without numbers of lost events, which are those of another queue', () => {
    using conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    using _journal = journalEvents(conn, folder, { host: 'kvm-17' });
    send(conn, 'a', 'b', 'b');
    deliverEvents(conn);
    expect(entriesOf()[1]).toMatch(
      /^<event type="events-lost" timestamp="[^"]*" count="2" cause="overflow" host="kvm-17"><lost type="b" count="2"\/><\/event>$/,
    );
  });

  it('takes an event that is longer than a segment, which stands alone', () => {
    using conn = openConnection();
    using _journal = journalEvents(conn, folder, { segmentBytes: 2000 });
    const long = eventXml('long', 'x'.repeat(5000));
    send(conn, 'a');
    sendEvent(conn, long);
    send(conn, 'b');
    deliverEvents(conn);
    expect(entriesOf()).toHaveLength(3);
    expect(journalStats(folder)).toMatchObject({ segments: 3, newest: { sequence: 3 } });
  });

  it('knows the domains as of its last event, whatever was not written', () => {
    using hypervisor = openTestConnection();
    const { conn, domains } = hypervisor;
    const journal = journalEvents(conn, folder);
    domains.get('test').suspend();
    deliverEvents(conn);
    domains.get('test').resume();
    journal.close();
    const text = readFileSync(join(folder, '00000000000000000001.xml'), 'utf8');
    expect(text).toContain('to="paused"');
    using again = openTestConnection();
    using _journal = journalEvents(again.conn, folder);
    expect(readFileSync(join(folder, '00000000000000000002.xml'), 'utf8')).toMatch(
      /<\?virdeliver-state uuid="[^"]*" name="test" id="1" state="paused"\?>/,
    );
  });
});

it('leaves no more than one file behind for each start that has brought an event, however it ends', () => {
  const disk = new FakeDisk(new Map([['/', new Map()]]));
  const segments = () => disk.list('/journal').filter((name) => name.endsWith('.xml'));
  for (let start = 0; start < 1000; start += 1) {
    const conn = openConnection();
    openJournal(conn, '/journal', { maxBytes: 20_000 }, disk);
    if (start % 10 === 0) {
      send(conn, 'a');
      deliverEvents(conn);
    }
    if (start % 3 === 0) {
      disk.killAll();
    } else {
      conn.close();
    }
  }
  expect(entriesOf(disk, '/journal').length).toBeGreaterThan(10);
  expect(segments().length).toBeLessThan(50);
  expect(disk.list('/journal')).toHaveLength(segments().length + 2);
});

describe('journalEvents refuses', () => {
  const refusal = (message: string) => expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message });

  it.each<[string, (conn: Connection) => unknown]>([
    ['delivered from', (conn) => deliverEvents(conn)],
    ['taken from', (conn) => takeEvents(conn)],
    ['looked at', (conn) => peekEvents(conn)],
    ['waited for', (conn) => waitForEvents(conn, { timeoutMs: 1 })],
  ])('a connection that was %s', async (_, use) => {
    using conn = openConnection();
    await use(conn);
    expect(() => journalEvents(conn, folder)).toThrow(/must be fresh, but that to 'memory:' was read/);
    expect(() => statSync(folder)).toThrow(/ENOENT/);
  });

  it('no events that were sent before', () => {
    using conn = openConnection();
    send(conn, 'a');
    using journal = journalEvents(conn, folder);
    deliverEvents(conn);
    expect(journal.events).toBe(1);
  });

  it('a delivery of its connection, one that is closed, and one twice', () => {
    using conn = openConnection();
    let error: unknown;
    addEventHandler(conn, null, () => {
      try {
        journalEvents(conn, folder);
      } catch (thrown) {
        error = thrown;
      }
    });
    send(conn, 'a');
    deliverEvents(conn);
    expect(error).toMatchObject({ code: 'ERR_NESTED_DELIVERY' });
    const closed = openConnection();
    closed.close();
    expect(() => journalEvents(closed, folder)).toThrow(expect.objectContaining({ code: 'ERR_CONNECTION_CLOSED' }));
    using fresh = openConnection();
    expect(() => journalEvents([fresh, fresh], folder)).toThrow(/must not hold the same connection twice/);
    expect(() => journalEvents([], folder)).toThrow(refusal('connections must not be an empty list'));
  });

  it.each<[JournalOptions, string]>([
    [{ sync: 'sometimes' as 'never' }, "options.sync must be 'delivery' or 'never', but is 'sometimes'"],
    [{ host: '' }, 'options.host must not be empty'],
    [{ keepFree: 5 }, 'options.keepFree must be a share from 0 to 1, but is 5'],
    [{ maxBytes: -1 }, 'options.maxBytes must be a whole number from 0 on, but is -1'],
    [{ segmentBytes: 0 }, 'options.segmentBytes must be a number from 1 on, but is 0'],
    [{ leaveOut: 'a' as unknown as string[] }, "options.leaveOut must be a list of event type names, but is 'a'"],
    [{ max: 1 } as JournalOptions, expect.stringContaining('options.max is no option') as unknown as string],
  ])('%j', (options, message) => {
    using conn = openConnection();
    expect(() => journalEvents(conn, folder, options)).toThrow(refusal(message));
    expect(() => statSync(folder)).toThrow(/ENOENT/);
  });

  it('a second writer, until the first has ended', () => {
    using conn = openConnection();
    using other = openConnection();
    const journal = journalEvents(conn, folder);
    expect(() => journalEvents(other, folder)).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_BUSY' }));
    journal.close();
    using _second = journalEvents(other, folder, { lockWaitMs: 5000 });
  });

  it('a folder that it cannot write to, with the reason', () => {
    using conn = openConnection();
    symlinkSync('nowhere', folder);
    expect(() => journalEvents(conn, folder)).toThrow(
      expect.objectContaining({ code: 'ERR_JOURNAL_WRITE', message: expect.stringContaining('ENOENT') }),
    );
  });
});

describe('a journal on a full disk', () => {
  it('leaves events in the queue, and goes on when there is room', () => {
    const { disk, conn, journal, texts } = onDisk();
    send(conn, 'a');
    deliverEvents(conn);
    disk.capacity = 0;
    send(conn, 'b', 'c');
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'retry', remaining: 2 });
    disk.capacity = Number.POSITIVE_INFINITY;
    expect(deliverEvents(conn)).toMatchObject({ events: 2, failed: 0 });
    expect(texts()).toEqual(['a', 'b', 'c'].map(stored));
    expect(journal.events).toBe(3);
  });

  it('takes up to the last event for which there is room in the midst of many, and then each of the others once', () => {
    const { disk, conn, journal, texts } = onDisk();
    const types = Array.from({ length: 1000 }, (_, at) => `t${at}`);
    send(conn, ...types);
    disk.capacity = 100_000;
    const { events, stoppedBy, remaining } = deliverEvents(conn);
    expect({ stoppedBy, all: events + remaining, stored: texts().length }).toEqual({
      stoppedBy: 'retry',
      all: 1000,
      stored: events,
    });
    expect(Math.min(events, remaining)).toBeGreaterThan(100);
    disk.capacity = Number.POSITIVE_INFINITY;
    expect(deliverEvents(conn)).toMatchObject({ events: remaining, failed: 0 });
    expect(texts()).toEqual(types.map(stored));
    expect(journal.events).toBe(1000);
  });

  it('counts events as lost after a while, and tells how many as soon as there is room', () => {
    const { disk, conn, clock, texts } = onDisk({ holdMs: 1000 });
    disk.capacity = 0;
    send(conn, 'a', 'b', 'b', 'c');
    deliverEvents(conn);
    clock.advance(999);
    expect(deliverEvents(conn).events).toBe(0);
    clock.advance(1);
    expect(deliverEvents(conn)).toMatchObject({ events: 4, remaining: 0 });
    send(conn, 'd');
    deliverEvents(conn);
    disk.capacity = Number.POSITIVE_INFINITY;
    send(conn, 'e');
    deliverEvents(conn);
    const inside =
      '<lost type="a" count="1"/><lost type="b" count="2"/><lost type="c" count="1"/><lost type="d" count="1"/>';
    expect(texts()).toEqual([expect.stringMatching(gap('count="5"', inside)), stored('e')]);
    // What is full once more is waited for once more.
    disk.capacity = 0;
    send(conn, 'f');
    expect(deliverEvents(conn).events).toBe(0);
  });

  it('tells of lost events when it is ended, if there is room by then', () => {
    const { disk, conn, journal, texts } = onDisk({ holdMs: 0 });
    disk.capacity = 0;
    send(conn, 'a');
    deliverEvents(conn);
    disk.capacity = Number.POSITIVE_INFINITY;
    journal.close();
    expect(texts()).toEqual([expect.stringMatching(gap('count="1"', '<lost type="a" count="1"/>'))]);
  });
});

describe('a journal that cannot be written any more', () => {
  it('says so at the end of each delivery, and leaves the events in the queue', () => {
    const { disk, conn, journal } = onDisk();
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(event.type));
    send(conn, 'a');
    deliverEvents(conn);
    disk.onCall = (name) => {
      if (name === 'write') {
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      }
    };
    send(conn, 'b', 'c');
    const error = expect.objectContaining({ code: 'ERR_JOURNAL_WRITE', message: expect.stringContaining('EIO') });
    expect(() => deliverEvents(conn)).toThrow(error);
    disk.onCall = () => {};
    expect(() => deliverEvents(conn)).toThrow(error);
    expect(connectionStats(conn)).toMatchObject({ queued: 2, failed: 0 });
    expect(seen).toEqual(['a', 'b']);
    journal.close();
    expect(deliverEvents(conn)).toMatchObject({ events: 2 });
  });

  it('says so when what was written does not reach the disk', () => {
    const { disk, conn } = onDisk();
    send(conn, 'a');
    disk.onCall = (name) => {
      if (name === 'sync') {
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      }
    };
    expect(() => deliverEvents(conn)).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_WRITE' }));
  });
});

it('a delivery in which a connection is closed says that the journal could not be ended', () => {
  const { disk, conn } = onDisk({ sync: 'never' });
  addEventHandler(conn, ['b'], () => {
    disk.onCall = (name) => {
      if (name === 'sync') {
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      }
    };
    try {
      conn.close();
    } catch {
      // It is told once more, to whoever delivers.
    }
  });
  send(conn, 'a', 'b');
  expect(() => deliverEvents(conn)).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_WRITE' }));
});

it('a delivery in which a journal fails, and then its connection is closed, says so, once', () => {
  const { disk, conn, journal } = onDisk();
  addEventHandler(conn, ['b'], () => conn.close());
  send(conn, 'a', 'b');
  disk.onCall = (name) => {
    if (name === 'write' && journal.events === 1) {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    }
  };
  expect(() => deliverEvents(conn)).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_WRITE' }));
  expect(conn.state).toBe('closed');
});

it('a journal that could not be ended is no more concern of its connection', () => {
  const { disk, conn, journal } = onDisk({ sync: 'never' });
  send(conn, 'a');
  deliverEvents(conn);
  disk.onCall = (name) => {
    if (name === 'sync') {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    }
  };
  expect(() => journal.close()).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_WRITE' }));
  send(conn, 'b');
  expect(deliverEvents(conn)).toMatchObject({ events: 1 });
});

describe('the sync of a journal', () => {
  const countSyncs = (disk: FakeDisk) => {
    const paths: string[] = [];
    disk.onCall = (name, path) => name === 'sync' && paths.push(path);
    return paths;
  };

  it('happens once a delivery, if anything was written', () => {
    const { disk, conn } = onDisk();
    const syncs = countSyncs(disk);
    send(conn, 'a', 'b', 'c');
    deliverEvents(conn);
    expect(syncs).toHaveLength(1);
    deliverEvents(conn);
    expect(syncs).toHaveLength(1);
  });

  it("never happens with sync: 'never', but when the journal is ended", () => {
    const { disk, conn, journal } = onDisk({ sync: 'never' });
    const syncs = countSyncs(disk);
    send(conn, 'a', 'b', 'c');
    deliverEvents(conn);
    expect(syncs).toEqual([]);
    journal.close();
    expect(syncs).not.toEqual([]);
  });
});

describe('the signs of life of a collector', () => {
  it('are events of their own, now and then', () => {
    const { conn, clock, texts } = onDisk({ aliveMs: 600_000 });
    clock.advance(599_999);
    deliverEvents(conn);
    expect(texts()).toEqual([]);
    clock.advance(1);
    deliverEvents(conn);
    deliverEvents(conn);
    expect(texts()).toEqual([
      '<event type="collector-alive" timestamp="2026-01-01T00:10:00.000000Z" host="kvm-17">' +
        '<collector interval-ms="600000" connected="true"/></event>',
    ]);
    clock.advance(600_000);
    deliverEvents(conn);
    expect(texts()).toHaveLength(2);
  });

  it('are no events if they are not wanted', () => {
    const { conn, clock, texts } = onDisk({ aliveMs: Number.POSITIVE_INFINITY });
    clock.advance(1e9);
    deliverEvents(conn);
    expect(texts()).toEqual([]);
  });

  it('come without a delivery, too, from the event loop, which they do not keep alive', () => {
    const start = jest.spyOn(timers, 'setInterval');
    try {
      using conn = openConnection();
      const journal = journalEvents(conn, folder, { aliveMs: 1 });
      const [tick, interval] = start.mock.calls[0] as [() => void, number];
      const timer = start.mock.results[0]?.value as NodeJS.Timeout;
      expect([interval, timer.hasRef()]).toEqual([10_000, false]);
      sleep(2);
      tick();
      expect(entriesOf()).toEqual([expect.stringContaining('collector-alive')]);
      journal.close();
      tick();
    } finally {
      start.mockRestore();
    }
  });
});
