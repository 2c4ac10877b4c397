import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  deliverEvents,
  ManualClock,
  OpenError,
  openConnection,
  openConnectionAsync,
  type QueuedEvent,
  readsFrom,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../../lib';
import { journalEvents } from '../../../lib/collector';
import type { ConnectionOptions } from '../../../lib/delivery/open-connection';
import { JournalWriter, type WriterOptions } from '../../../lib/journal/journal-writer';
import { nodeFiles } from '../../../lib/journal/node-files';
import { segmentName } from '../../../lib/journal/segment-format';
import { eventXml } from '../../support/scripted-driver';
import { append } from './journal-on-fake-disk';

let folder: string;
const writers: JournalWriter[] = [];
const conns: Connection[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-'));
});

afterEach(() => {
  for (const open of [...conns.splice(0), ...writers.splice(0)]) {
    open.close();
  }
  rmSync(folder, { recursive: true });
});

function write(options: Partial<WriterOptions> = {}): JournalWriter {
  const writer = JournalWriter.open(nodeFiles, folder, { host: 'kvm-17', boot: 'boot', now: Date.now, ...options });
  writers.push(writer);
  return writer;
}

function open(query = '', options: ConnectionOptions = {}): Connection {
  const conn = openConnection(`journal:${folder}${query}`, options);
  conns.push(conn);
  return conn;
}

/** What a reader is given until it has to wait, or has come to the end: numbers of events, and gaps by their causes. */
function readAll(conn: Connection): (number | string)[] {
  const story: (number | string)[] = [];
  const note = (_: Connection, event: QueuedEvent) => {
    story.push(event.type === 'events-lost' ? `${event.detail?.cause} ${event.detail?.count}` : event.number('n'));
  };
  const registration = addEventHandler(conn, null, note);
  deliverEvents(conn);
  registration.remove();
  return story;
}

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('a connection to a journal', () => {
  it("has the journal's numbers, and keys that are the same for every reader and run", () => {
    const writer = write();
    append(writer, 3);
    const keys = [1, 2].map((run) =>
      takeEvents(open(`?reader=r${run}`)).map(({ sequence, key, toJSON }) => ({ sequence, key, toJSON })),
    );
    expect(keys[0]?.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    const [id] = keys[0]?.[0]?.key?.split(':') ?? [];
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(keys[0]?.map(({ key }) => key)).toEqual([1, 2, 3].map((sequence) => `${id}:${sequence}`));
    expect(keys[1]?.map(({ key }) => key)).toEqual(keys[0]?.map(({ key }) => key));
    const [event] = takeEvents(open());
    expect(JSON.parse(JSON.stringify(event))).toMatchObject({ sequence: 1, key: `${id}:1` });
  });

  it('ends where the journal ended when it was opened, if it is not to follow', () => {
    const writer = write();
    append(writer, 3);
    const conn = open('?follow=no');
    append(writer, 2);
    expect(readAll(conn)).toEqual([1, 2, 3]);
    expect(conn.state).toBe('ended');
    expect(deliverEvents(conn).stoppedBy).toBe('ended');
  });

  it('ends there whatever files it has: longer ones before its last, and others that were begun since', () => {
    const first = write();
    append(first, 20);
    first.close();
    const second = write({ segmentBytes: 1 });
    append(second, 1);
    const conn = open('?follow=no');
    append(second, 3);
    expect(readAll(conn)).toEqual(numbers(1, 21));
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'ended' });
  });

  it('ends at once if nothing was ever written, and it is not to follow', () => {
    expect(deliverEvents(open('?follow=no&reader=a'))).toMatchObject({ events: 0, stoppedBy: 'ended' });
  });

  it('waits for what is appended, whoever waits', async () => {
    const writer = write();
    const conn = open();
    const appending = setInterval(() => append(writer, 1), 5);
    try {
      await waitForEvents(conn);
      expect(readAll(conn)[0]).toBe(1);
    } finally {
      clearInterval(appending);
    }
    append(writer, 1);
    expect(deliverEvents(conn, { waitMs: 20_000 }).events).toBeGreaterThan(0);
  });

  it('waits for the first event of a journal that was never written to, without a bookmark until then', () => {
    const conn = open('?reader=a&from=newest');
    expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'drained' });
    expect(connectionStats(conn).journal).toEqual({ next: 1, end: 1, behind: 0 });
    append(write(), 2);
    expect(readdirSync(join(folder, 'readers'))).toEqual([]);
    expect(readAll(conn)).toEqual([1, 2]);
    expect(readdirSync(join(folder, 'readers'))).toEqual(['a']);
  });

  it.each(['?reader=a', '?bookmark='])('remembers its place by %s', (query) => {
    const writer = write();
    append(writer, 2);
    const full = query === '?bookmark=' ? `${query}${join(folder, 'mine')}` : query;
    const first = open(full);
    expect(readAll(first)).toEqual([1, 2]);
    first.close();
    append(writer, 1);
    expect(readAll(open(full))).toEqual([3]);
  });

  it('begins at the newest event once, so that a program that cron starts misses nothing from its first run on', () => {
    const writer = write();
    append(writer, 3);
    for (const expected of [[], [4, 5], [6, 7], [8, 9]]) {
      const conn = open('?reader=cron&from=newest&follow=no');
      expect(readAll(conn)).toEqual(expected);
      conn.close();
      append(writer, 2);
    }
  });

  it('has a new bookmark on the disk before anything is delivered', () => {
    const writer = write();
    append(writer, 3);
    open('?reader=a&from=newest').close();
    append(writer, 1);
    expect(readAll(open('?reader=a&from=oldest'))).toEqual([4]);
  });

  it('begins at a number, or at the first event that was appended at or after a time', () => {
    let now = Date.parse('2026-01-02T03:00:00Z');
    const writer = write({ now: () => now, segmentBytes: 700 });
    for (let minute = 0; minute < 20; minute += 1) {
      append(writer, 1);
      now += 60_000;
    }
    expect(readAll(open('?from=15'))).toEqual(numbers(15, 20));
    expect(readAll(open('?from=2026-01-02T03:10:00Z'))).toEqual(numbers(11, 20));
    expect(readAll(open('?from=2026-01-02T03:10:00.001Z'))).toEqual(numbers(12, 20));
    const clock = new ManualClock('2026-01-02T03:20:00Z');
    expect(readAll(open('?from=-10m', { clock }))).toEqual(numbers(11, 20));
    expect(readAll(open('?from=2026-01-01'))).toEqual(numbers(1, 20));
    expect(readAll(open('?from=2030-01-01'))).toEqual([]);
  });

  it('is refused a beginning that the journal has not reached', () => {
    append(write(), 3);
    expect(readAll(open('?from=4'))).toEqual([]);
    expect(() => open('?from=5')).toThrow(OpenError);
    expect(() => open('?from=5')).toThrow('from=5 is beyond the end of the journal, whose next event is 4');
  });

  it('is given a gap with its count in the place of what was pruned before it came', () => {
    const writer = write({ segmentBytes: 600, maxBytes: 2000 });
    append(writer, 5);
    open('?reader=slow').close();
    append(writer, 95);
    const oldest = Number(readdirSync(folder).sort()[0]?.slice(0, 20));
    const conn = open('?reader=slow');
    expect(readAll(conn)).toEqual([`expired ${oldest - 1}`, ...numbers(oldest, 100)]);
    expect(connectionStats(conn).lost).toBe(oldest - 1);
  });

  it("has the journal's host in its own gaps, and counts what stored gaps tell of", () => {
    const writer = write({ segmentBytes: 600 });
    append(writer, 20);
    writer.append('<event type="events-lost" timestamp="s" count="7" cause="overflow"/>');
    writer.append('<event type="events-lost" timestamp="s" unknown="true" cause="stopped"/>');
    writer.sync();
    rmSync(join(folder, segmentName(1)));
    const conn = open('?from=1');
    const [gap] = takeEvents(conn, { limit: 1 });
    expect(gap?.xml).toMatch(
      /^<event type="events-lost" timestamp="[^"]+" count="\d+" first="1" last="(\d+)" cause="expired" host="kvm-17"\/>$/,
    );
    expect(gap?.sequence).toBe(Number(gap?.string('@last')));
    expect(gap?.key).toBeUndefined();
    expect(deliverEvents(conn).lost).toBe(7);
  });

  it('is given a gap in the place of what is damaged, and everything else', () => {
    const writer = write();
    append(writer, 9);
    writer.close();
    const path = join(folder, segmentName(1));
    const text = execFileSync('cat', [path]).toString();
    writeFileSync(path, text.replace('<n>4</n>', '<n>x</n>'));
    expect(readAll(open('?follow=no'))).toEqual([1, 2, 3, 'corrupt 1', ...numbers(5, 9)]);
  });

  it('is given a gap in the place of an event that is over its own limit', () => {
    const writer = write();
    append(writer, 1);
    writer.append(eventXml('t', '2'.padEnd(5000, '2')));
    append(writer, 1);
    expect(readAll(open('', { limits: { eventBytes: 300 } }))).toEqual([1, 'invalid 1', 3]);
  });

  it('is given the longest event that its source may tell, though the name of the host is added to it', () => {
    const [before, after] = eventXml('t', 'x').split('x') as [string, string];
    const room = 1000 - before.length - after.length;
    using source = openConnection('memory:', { limits: { eventBytes: 1000 } });
    using journal = journalEvents(source, folder, { host: 'h'.repeat(64) });
    sendEvent(source, eventXml('t', 'y'.repeat(room)));
    deliverEvents(source);
    for (const queue of [{}, { maxBytes: 2000 }]) {
      const [event] = takeEvents(open('', { limits: { eventBytes: 1000 }, queue }));
      expect(event?.type).toBe('t');
    }
    expect(takeEvents(open('', { limits: { eventBytes: 1000 }, queue: { maxBytes: 1000 } }))).toMatchObject([
      { type: 'events-lost' },
    ]);
    journal.close();
  });

  it('is read with bounds as small as one event, by parts and as a whole', () => {
    append(write({ segmentBytes: 20_000 }), 2000);
    for (const options of [{ queue: { maxEvents: 1 } }, {}]) {
      const conn = open('?follow=no', options);
      const seen: number[] = [];
      addEventHandler(conn, null, (_, event) => {
        seen.push(event.sequence);
      });
      for (let limit = 1; deliverEvents(conn, { limit }).stoppedBy !== 'ended'; limit = (limit * 7) % 50) {
        expect(connectionStats(conn).queued).toBeLessThanOrEqual(Math.max(limit, 64));
      }
      expect(seen).toEqual(numbers(1, 2000));
    }
  });

  it('is read in order and to its end by several deliveries if more was written meanwhile than a queue takes', () => {
    const writer = write();
    for (let n = 1; n <= 70_000; n += 1) {
      writer.append('<event type="t" timestamp="s"/>');
    }
    const conn = open('?follow=no');
    let last = 0;
    addEventHandler(conn, null, (_, { sequence }) => {
      if (sequence !== last + 1) {
        throw new Error(`${sequence} follows on ${last}`);
      }
      last = sequence;
    });
    const limits = [1000, undefined, undefined, undefined];
    expect(
      limits.map((limit) => deliverEvents(conn, { limit })).map(({ events, stoppedBy }) => [stoppedBy, events]),
    ).toEqual([
      ['limit', 1000],
      ['drained', 65_536],
      ['ended', 3464],
      ['ended', 0],
    ]);
    expect(connectionStats(conn)).toMatchObject({ lost: 0, queued: 0 });
  });

  it('tells where it is, and how far that is from the end', () => {
    const writer = write();
    append(writer, 5);
    const conn = open('?reader=a');
    expect(connectionStats(conn).journal).toEqual({ next: 1, end: 6, behind: 5 });
    deliverEvents(conn, { limit: 2 });
    append(writer, 3);
    expect(connectionStats(conn)).toMatchObject({ journal: { next: 3, end: 9, behind: 6 }, arrived: 5 });
    expect(connectionStats(openConnection()).journal).toBeUndefined();
  });

  it('takes no events of the program, and no queue that drops any', () => {
    append(write(), 1);
    expect(() => sendEvent(open(), eventXml('a'))).toThrow('conn must be one of another kind: it reads a journal');
    expect(() => open('', { queue: { overflow: 'drop-oldest' } })).toThrow(
      "options.queue.overflow must be 'refuse' for a journal, which waits by itself, but is 'drop-oldest'",
    );
  });

  it('is known to read from its folder, so that nobody writes what is read to it again', () => {
    append(write(), 1);
    const conn = open();
    expect([readsFrom(conn, folder), readsFrom(conn, tmpdir())]).toEqual([true, false]);
    expect(() => journalEvents(conn, folder)).toThrow('is the journal that the events are read from');
  });

  it('is lost if the journal cannot be read any more', () => {
    append(write(), 1);
    const conn = open();
    expect(readAll(conn)).toEqual([1]);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, segmentName(1)), '');
    rmSync(folder, { recursive: true });
    expect(() => {
      deliverEvents(conn);
      deliverEvents(conn);
    }).toThrow('is lost: ENOENT');
    mkdirSync(folder);
  });
});

describe('a journal that cannot be opened', () => {
  it('is not there, or no folder', () => {
    expect(() => openConnection('journal:/nowhere/at/all')).toThrow(OpenError);
    expect(() => openConnection('journal:/nowhere/at/all')).toThrow('the folder of a journal is made by its collector');
    writeFileSync(join(folder, 'file'), '');
    expect(() => openConnection(`journal:${folder}/file`)).toThrow('is a regular file; a journal is the folder');
    expect(() => openConnection(`journal:${folder}?reader=a`)).toThrow(`${folder} is a folder, but no journal`);
    rmSync(join(folder, 'file'));
    append(write(), 1);
    expect(() => openConnection(`journal:${folder}?bookmark=/nowhere/a`)).toThrow(
      /^cannot open .*: ENOENT: no such file or directory, \w+ '\/nowhere'$/,
    );
    writers.pop()?.close();
    rmSync(folder, { recursive: true });
    mkdirSync(join(folder, 'lost+found'), { recursive: true });
    openConnection(`journal:${folder}?reader=a`).close();
  });

  it('is read by another process under that name, until that ends', async () => {
    append(write(), 2);
    const first = open('?reader=a');
    expect(() => open('?reader=a')).toThrow(expect.objectContaining({ code: 'ERR_READER_BUSY' }));
    expect(() => open('?reader=a')).toThrow('; the option lockWaitMs waits for it to end');
    const second = openConnectionAsync(`journal:${folder}?reader=a`, { lockWaitMs: 20_000 });
    setTimeout(() => first.close(), 100);
    conns.push(await second);
    expect(() => open('?reader=a', { lockWaitMs: 60 })).toThrow(expect.objectContaining({ code: 'ERR_READER_BUSY' }));
    expect(() => open('?reader=a', { lockWaitMs: -1 })).toThrow('options.lockWaitMs');
    expect(() => open('?reader=b', { syncIntervalMs: -1 })).toThrow('options.syncIntervalMs');
  });

  it.each([
    ['newest', 9],
    ['newest', 12],
    ['6', 9],
    ['3', 9],
    ['oldest', 9],
    ['2026-01-01', 9],
  ])(
    'has a bookmark elsewhere that was made from=%s, before it was read by, for a journal that is gone',
    (from, end) => {
      const bookmark = join(folder, 'bookmark');
      const at = join(folder, 'journal');
      const options = { host: 'h', boot: 'b', now: Date.now, segmentBytes: 700 };
      const journal = (events: number) => {
        const writer = JournalWriter.open(nodeFiles, at, options);
        append(writer, events);
        writer.close();
      };
      for (let written = 0; written < end; written += 3) {
        journal(3);
      }
      rmSync(join(at, segmentName(1)));
      JournalWriter.open(nodeFiles, at, options).close();
      const uri = `journal:${at}?bookmark=${bookmark}&follow=no&from=${from}`;
      openConnection(uri).close();
      openConnection(uri).close();
      rmSync(at, { recursive: true });
      journal(20);
      expect(() => openConnection(uri)).toThrow(
        /^the bookmark .* doesn't fit the journal .*: it is one of the journal with the id/,
      );
    },
  );

  it('has a bookmark elsewhere that was made behind the newest event, and was restored from a copy since', () => {
    const at = join(folder, 'journal');
    const journal = () => {
      const writer = JournalWriter.open(nodeFiles, at, { host: 'h', boot: 'b', now: Date.now });
      append(writer, 3);
      writer.close();
    };
    journal();
    cpSync(at, join(folder, 'copy'), { recursive: true });
    journal();
    const uri = `journal:${at}?bookmark=${join(folder, 'bookmark')}&follow=no&from=newest`;
    openConnection(uri).close();
    openConnection(uri).close();
    rmSync(at, { recursive: true });
    cpSync(join(folder, 'copy'), at, { recursive: true });
    journal();
    journal();
    expect(() => openConnection(uri)).toThrow("the entry 6 isn't the one that was read then");
  });

  it('has a bookmark of another journal, or one that cannot be read', () => {
    append(write(), 2);
    const conn = open('?reader=a');
    readAll(conn);
    conn.close();
    writers.pop()?.close();
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.xml') || each === 'lock')) {
      rmSync(join(folder, name));
    }
    const other = mkdtempSync(join(tmpdir(), 'virdeliver-'));
    const writer = JournalWriter.open(nodeFiles, other, { host: 'h', boot: 'b', now: Date.now });
    append(writer, 5);
    execFileSync('cp', [join(folder, 'readers/a'), join(other, 'readers/a')]);
    expect(() => openConnection(`journal:${other}?reader=a`)).toThrow(
      expect.objectContaining({ code: 'ERR_BOOKMARK', message: expect.stringContaining('virdeliver journal move') }),
    );
    writeFileSync(join(other, 'readers/a'), 'nonsense');
    expect(() => openConnection(`journal:${other}?reader=a`)).toThrow(
      expect.objectContaining({ code: 'ERR_BOOKMARK' }),
    );
    writer.close();
    rmSync(other, { recursive: true });
  });
});
