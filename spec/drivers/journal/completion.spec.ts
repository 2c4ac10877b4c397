import {
  addEventHandler,
  type Connection,
  closeConnection,
  DeliveryError,
  deliverEvents,
  type EventHandler,
  iterateEvents,
  openEventPipe,
  takeEvents,
} from '../../../lib';
import { systemClock } from '../../../lib/clock';
import { coreOf } from '../../../lib/delivery/connection-core';
import type { StoredEntry } from '../../../lib/drivers/driver';
import { openBookmark } from '../../../lib/journal/readers';
import type { FakeDisk } from '../../journal/fake-disk';
import { systemError } from '../../journal/fake-disk';
import { readerFrom, segmentPath, segments } from '../../journal/journals';
import { append, diskWith, emptyDisk, FOLDER, openJournalOn, openWriter } from './journal-on-fake-disk';

/** The number and the attempt of each event that the next process is offered. */
function offeredNext(disk: FakeDisk, query?: string): string[] {
  const conn = openJournalOn(disk, query);
  const offered: string[] = [];
  addEventHandler(conn, null, (_, event) => {
    offered.push(`${event.sequence}/${event.attempt}`);
  });
  deliverEvents(conn);
  conn.close();
  return offered;
}

/** Opens the journal with a handler for all events. */
function openWith(disk: FakeDisk, handler: EventHandler, options = {}, query?: string): Connection {
  const conn = openJournalOn(disk, query);
  addEventHandler(conn, null, handler, undefined, options);
  return conn;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('rule 14: the bookmark of a reader', () => {
  it('stands behind what was completed, handled or not', () => {
    const disk = diskWith(5);
    const conn = openJournalOn(disk);
    addEventHandler(conn, 'n = 2', () => {});
    expect(deliverEvents(conn)).toMatchObject({ events: 5, unmatched: 4, stoppedBy: 'ended' });
    conn.close();
    expect(offeredNext(disk)).toEqual([]);
  });

  it.each([
    ['limit', { limit: 3 }, () => undefined],
    ['break', {}, (sequence: number) => (sequence === 3 ? ('break' as const) : undefined)],
  ])('stands behind the last completed event after a %s', (_, options, answer) => {
    const disk = diskWith(5);
    const conn = openWith(disk, (__, event) => answer(event.sequence));
    expect(deliverEvents(conn, options).events).toBe(3);
    conn.close();
    expect(offeredNext(disk)).toEqual(['4/1', '5/1']);
  });

  it('stays at an event that is to be retried, whose attempts the next process goes on counting', () => {
    const disk = diskWith(3);
    for (const attempts of [2, 4]) {
      const conn = openWith(disk, (_, event) => (event.sequence === 2 ? 'retry' : undefined));
      deliverEvents(conn);
      expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'retry', remaining: 2 });
      expect(coreOf(conn).queue.peek()[0]?.attempt).toBe(attempts);
      conn.close();
    }
    expect(offeredNext(disk)).toEqual(['2/5', '3/1']);
  });

  it('counts throws across processes up to maxAttempts, then passes the event as a failure', () => {
    const disk = diskWith(2);
    const calls: number[] = [];
    const failing: EventHandler = (_, event) => {
      calls.push(event.attempt);
      throw new Error('no');
    };
    for (let run = 1; run <= 2; run += 1) {
      const conn = openWith(disk, failing, { maxAttempts: 3 });
      expect(deliverEvents(conn)).toMatchObject({ events: 0, failed: 0, stoppedBy: 'retry' });
      conn.close();
    }
    const conn = openWith(disk, failing, { maxAttempts: 3 });
    expect(() => deliverEvents(conn, { limit: 1 })).toThrow(DeliveryError);
    conn.close();
    expect(calls).toEqual([1, 2, 3]);
    expect(offeredNext(disk)).toEqual(['2/1']);
  });

  it('never passes an event of a handler with endless attempts', () => {
    const disk = diskWith(1);
    for (let run = 1; run <= 20; run += 1) {
      const conn = openWith(
        disk,
        () => {
          throw new Error('no');
        },
        { maxAttempts: Number.POSITIVE_INFINITY },
      );
      expect(deliverEvents(conn)).toMatchObject({ events: 0, failed: 0 });
      conn.close();
    }
    expect(offeredNext(disk)).toEqual(['1/21']);
  });

  it('moves behind an event on which a handler has failed', () => {
    const disk = diskWith(2);
    const conn = openWith(disk, (_, event) => {
      if (event.sequence === 1) {
        throw new Error('no');
      }
      return 'retry';
    });
    expect(() => deliverEvents(conn)).toThrow(DeliveryError);
    conn.close();
    expect(offeredNext(disk)).toEqual(['2/2']);
  });

  it('moves when events are taken', () => {
    const disk = diskWith(5);
    const conn = openJournalOn(disk);
    expect(takeEvents(conn, { limit: 2 }).map(({ sequence }) => sequence)).toEqual([1, 2]);
    disk.killAll();
    expect(offeredNext(disk)).toEqual(['3/1', '4/1', '5/1']);
  });

  it('moves in an iteration when the body asks for the next event, and stays before the one in hand', async () => {
    const disk = diskWith(5);
    const conn = openJournalOn(disk);
    const seen: number[] = [];
    for await (const event of iterateEvents(conn, null)) {
      seen.push(event.sequence);
      if (event.sequence === 3) {
        break;
      }
    }
    conn.close();
    expect(seen).toEqual([1, 2, 3]);
    expect(offeredNext(disk)).toEqual(['3/1', '4/1', '5/1']);
  });

  it('stays before the oldest event that an iteration holds, whoever delivers', async () => {
    const disk = diskWith(5);
    const conn = openJournalOn(disk);
    const iterator = iterateEvents(conn, null);
    const other: number[] = [];
    addEventHandler(conn, null, (_, event) => {
      other.push(event.sequence);
    });
    deliverEvents(conn, { limit: 4 });
    await expect(iterator.next()).resolves.toMatchObject({ value: { sequence: 1 } });
    await expect(iterator.next()).resolves.toMatchObject({ value: { sequence: 2 } });
    conn.close();
    expect(other).toEqual([1, 2, 3, 4]);
    expect(offeredNext(disk)).toEqual(['2/1', '3/1', '4/1', '5/1']);
  });

  it('moves behind the last event of an iteration that has come to the end', async () => {
    const disk = diskWith(3);
    const conn = openJournalOn(disk);
    for await (const _ of iterateEvents(conn, 'n > 1')) {
      // Nothing.
    }
    conn.close();
    expect(offeredNext(disk)).toEqual([]);
  });

  it("moves when the system's pipe has taken an event", () => {
    const disk = diskWith(3);
    const conn = openJournalOn(disk);
    openEventPipe(conn, null);
    expect(deliverEvents(conn, { limit: 2 })).toMatchObject({ events: 2 });
    conn.close();
    expect(offeredNext(disk)).toEqual(['3/1']);
  });

  it('moves behind an event in whose last handler the connection is closed', () => {
    const disk = diskWith(3);
    const conn = openWith(disk, () => closeConnection(conn));
    deliverEvents(conn);
    expect(offeredNext(disk)).toEqual(['2/1', '3/1']);
  });

  it('stays at an event in whose handler the connection is closed while another is left to be called', () => {
    const disk = diskWith(3);
    const conn = openWith(disk, () => closeConnection(conn));
    addEventHandler(conn, null, () => {});
    deliverEvents(conn);
    expect(offeredNext(disk)).toEqual(['1/2', '2/1', '3/1']);
  });

  it('stays at an event that a handler wants again when it closes the connection', () => {
    const disk = diskWith(3);
    const conn = openWith(disk, () => {
      closeConnection(conn);
      return 'retry';
    });
    deliverEvents(conn);
    expect(offeredNext(disk)[0]).toBe('1/2');
  });

  it('counts the offers of an event that kills its readers, from the second kill on', () => {
    const disk = diskWith(3);
    const kill: EventHandler = (_, event) => {
      if (event.sequence === 2) {
        disk.killAll();
      }
    };
    const attempts: string[] = [];
    for (let run = 1; run <= 4; run += 1) {
      const conn = openWith(disk, (conn, event, arg) => {
        attempts.push(`${event.sequence}/${event.attempt}`);
        return kill(conn, event, arg);
      });
      // What comes after the kill is what a killed process doesn't do.
      expect(() => deliverEvents(conn)).toThrow('EBADF');
    }
    expect(attempts).toEqual(['1/1', '2/1', '2/1', '2/2', '2/3']);
  });

  it('counts no offer of an event at which a process only waited, or which its filters had passed', () => {
    const disk = diskWith(2);
    for (let run = 1; run <= 3; run += 1) {
      const conn = openJournalOn(disk);
      addEventHandler(conn, 'n = 2', () => disk.killAll());
      expect(() => deliverEvents(conn)).toThrow('EBADF');
    }
    expect(offeredNext(disk)).toEqual(['2/4']);
  });

  it('covers nothing that is read ahead', () => {
    const disk = diskWith(200);
    const conn = openWith(disk, () => {});
    expect(deliverEvents(conn, { limit: 1 }).remaining).toBeGreaterThan(0);
    conn.close();
    expect(offeredNext(disk)).toHaveLength(199);
  });

  it('is on the disk when the connection is closed', () => {
    const disk = diskWith(3);
    const conn = openJournalOn(disk, undefined, { syncIntervalMs: 1e9 });
    deliverEvents(conn);
    conn.close();
    const nothingSurvives = {
      writes: (count: number) => Array<boolean>(count).fill(false),
      cut: () => 0,
      steps: () => 0,
    };
    expect(offeredNext(disk.afterPowerFailure(nothingSurvives))).toEqual([]);
  });

  it('is on the disk once in a while as events are completed, handled or not, and is written only if it has changed', () => {
    let now = 0;
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => now);
    const disk = emptyDisk();
    const writer = openWriter(disk);
    append(writer, 1);
    const conn = openJournalOn(disk, '?reader=a', { syncIntervalMs: 1000 });
    const idle = openJournalOn(disk, '?reader=b', { syncIntervalMs: 1000 });
    addEventHandler(conn, "@type = 't'", () => {});
    const calls: string[] = [];
    disk.onCall = (name, path) => {
      if (path.includes('/readers/') && (name === 'write' || name === 'sync')) {
        calls.push(name);
      }
    };
    const syncsAfter = (ms: number, type: string) => {
      now += ms;
      calls.length = 0;
      append(writer, 1, type);
      deliverEvents(conn);
      return calls.filter((name) => name === 'sync').length;
    };
    expect([syncsAfter(999, 't'), syncsAfter(1, 't'), syncsAfter(999, 'other'), syncsAfter(1, 'other')]).toEqual([
      0, 1, 0, 1,
    ]);
    calls.length = 0;
    now += 5000;
    deliverEvents(conn);
    conn.close();
    idle.close();
    expect(calls).toEqual([]);
  });
});

describe('rule 14: a bookmark that cannot be written', () => {
  const failWrites: FakeDisk['onCall'] = (name, path) => {
    if (name === 'write' && path.includes('readers')) {
      throw systemError('EIO', path);
    }
  };

  it('ends the delivery after the event in hand, and loses nothing', () => {
    const disk = diskWith(3);
    const seen: number[] = [];
    const conn = openWith(disk, (_, event) => {
      seen.push(event.sequence);
      if (event.sequence === 1) {
        disk.onCall = failWrites;
      }
    });
    const problem = { code: 'ERR_BOOKMARK_WRITE', message: expect.stringContaining('/journal/readers/a') };
    expect(() => deliverEvents(conn)).toThrow(expect.objectContaining(problem));
    expect(seen).toEqual([1]);
    disk.onCall = () => {};
    expect(deliverEvents(conn)).toMatchObject({ events: 2 });
    conn.close();
    expect(seen).toEqual([1, 2, 3]);
    expect(offeredNext(disk)).toEqual([]);
  });

  it('tells of it at the next call if events were taken, which reach the program', () => {
    const disk = diskWith(3);
    const conn = openJournalOn(disk);
    disk.onCall = failWrites;
    expect(takeEvents(conn, { limit: 1 })).toHaveLength(1);
    disk.onCall = () => {};
    expect(() => takeEvents(conn)).toThrow(expect.objectContaining({ code: 'ERR_BOOKMARK_WRITE' }));
    expect(takeEvents(conn)).toHaveLength(2);
    conn.close();
    expect(offeredNext(disk)).toEqual([]);
  });

  it('is told when the connection is closed if it does not reach the disk', () => {
    const disk = diskWith(1);
    const conn = openJournalOn(disk, undefined, { syncIntervalMs: 1e9 });
    deliverEvents(conn);
    disk.onCall = (name, path) => {
      if (name === 'sync' && path.includes('readers')) {
        throw systemError('EIO', path);
      }
    };
    expect(() => conn.close()).toThrow(expect.objectContaining({ code: 'ERR_BOOKMARK_WRITE' }));
    expect(conn.state).toBe('closed');
  });
});

describe('rule 14: a reader whose events are kept elsewhere', () => {
  it('moves its bookmark only when they are safe there', () => {
    const disk = diskWith(3);
    const conn = openWith(disk, () => {});
    let isSafe = false;
    const settle = () => {
      if (!isSafe) {
        throw new Error('the disk fails');
      }
    };
    coreOf(conn).durables.add({ settle });
    expect(() => deliverEvents(conn, { limit: 1 })).toThrow('the disk fails');
    disk.killAll();
    expect(offeredNext(disk, '?reader=a&follow=no')[0]).toBe('1/2');

    const second = diskWith(3);
    const again = openWith(second, () => {});
    coreOf(again).durables.add({ settle });
    isSafe = true;
    deliverEvents(again, { limit: 1 });
    second.killAll();
    expect(offeredNext(second)).toEqual(['2/1', '3/1']);
  });

  it('is not completed by closing if they are not safe', () => {
    const disk = diskWith(3);
    const conn = openWith(disk, (_, event) => {
      if (event.sequence === 2) {
        closeConnection(conn);
      }
    });
    coreOf(conn).durables.add({
      settle: () => {
        throw new Error('the disk fails');
      },
    });
    expect(() => deliverEvents(conn)).toThrow('the disk fails');
    expect(offeredNext(disk)).toEqual(['1/2', '2/1', '3/1']);
  });
});

describe('a reader who passes the entries on', () => {
  const journalOf = (conn: Connection) => coreOf(conn).driver.journal!;

  it('remembers a word beside its place, which is written with it, until it says another', () => {
    const disk = diskWith(3);
    const conn = openWith(disk, (_, event) => {
      if (event.sequence === 2) {
        journalOf(conn).place.note = 'two';
      }
    });
    deliverEvents(conn);
    disk.killAll();
    const next = openJournalOn(disk);
    expect(journalOf(next).place.next).toBe(4);
    expect(journalOf(next).place.note).toBe('two');
    journalOf(next).place.note = 'three';
    deliverEvents(next);
    disk.killAll();
    const bookmark = openBookmark(disk, journalOf(next).bookmark!)!;
    expect(bookmark.record.note).toBe('three');
    bookmark.close();
  });

  it('learns which entry an event is, until it is completed; what is missing is none', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 400 });
    append(writer, 6);
    const kept = Object.fromEntries(entriesOn(disk).map((entry) => [entry.sequence, entry]));
    disk.unlink(segmentPath(segments(disk)[0]!));
    const found: unknown[] = [];
    const conn = openWith(
      disk,
      (_, event) => {
        const { place } = journalOf(conn);
        found.push(place.entryOf(event.sequence));
        expect(place.entryOf(6)).toEqual(kept[6]);
        expect(place.next).toBe(found.length === 1 ? 1 : event.sequence);
      },
      {},
      '?reader=a&from=1&follow=no',
    );
    deliverEvents(conn);
    const [first] = segments(disk) as [number];
    expect(found).toEqual([undefined, ...[1, 2, 3, 4, 5, 6].filter((n) => n >= first).map((n) => kept[n])]);
    expect(journalOf(conn).place.entryOf(6)).toBeUndefined();
    conn.close();
  });
});

/** The entries of the journal, as they are known anywhere. */
function entriesOn(disk: FakeDisk): StoredEntry[] {
  const reader = readerFrom(disk);
  const entries: StoredEntry[] = [];
  for (let item = reader.next(); item.kind === 'entry'; item = reader.next()) {
    const { sequence, crc, time } = item.entry;
    entries.push({ journal: item.id, sequence, crc, time });
  }
  reader.close();
  return entries;
}

describe('rule 14: a reader without a bookmark', () => {
  it('begins at the oldest event each time, and leaves nothing behind', () => {
    const disk = diskWith(2);
    for (let run = 1; run <= 2; run += 1) {
      expect(offeredNext(disk, '?follow=no')).toEqual(['1/1', '2/1']);
    }
    expect(disk.list(`${FOLDER}/readers`)).toEqual([]);
  });
});

describe('rule 14: a journal that grows while it is read', () => {
  it('gives each event once, in order, whoever else reads', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 1000 });
    const conns = ['a', 'b'].map((name) => openJournalOn(disk, `?reader=${name}`));
    const seen = conns.map((conn) => {
      const numbers: number[] = [];
      addEventHandler(conn, null, (_, event) => {
        numbers.push(event.number('n'));
      });
      return numbers;
    });
    for (let round = 1; round <= 50; round += 1) {
      append(writer, round % 7);
      deliverEvents(conns[round % 2] as Connection);
    }
    deliverEvents(conns);
    expect(seen[0]).toEqual(Array.from({ length: writer.next - 1 }, (_, at) => at + 1));
    expect(seen[1]).toEqual(seen[0]);
  });
});
