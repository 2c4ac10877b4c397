/** The journal: events on disk, and what it takes to put them there and to get them back. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import { journalEvents } from '../lib/collector/index';
import { addEventHandler, type Connection, deliverEvents, openConnection, sendEvent } from '../lib/index';
import { Bookmark } from '../lib/journal/bookmark';
import { entryText } from '../lib/journal/entry-format';
import { JournalReader, segmentsIn } from '../lib/journal/journal-reader';
import { JournalWriter } from '../lib/journal/journal-writer';
import { nodeFiles } from '../lib/journal/node-files';
import { segmentEnd, segmentName } from '../lib/journal/segment-format';
import { type Benchmark, type Contestant, compare, type Effort, judge, scaled, toFigures } from './harness';
import { sampleEvent, sampleEvents } from './sample-events';
import { type EventTable, sqlites } from './sqlite';

/** So many rounds are enough: the disk's figures vary more than any number of them would even out. */
const ROUNDS = 5;

/** How many events are delivered, and reach the disk, together. */
const BATCH = 100;

/** How many events there are to be read. */
const STORED = 20_000;

/** How many events a collector has had before it is measured. */
const EARLIER = 20_000;

const SEGMENT = 16 * 1024 * 1024;

/** How many segments are 1 GiB. */
const SEGMENTS = 64;

const STAMP = '2026-01-02T03:04:05.000006Z';

const writerOptions = { host: 'kvm-17', boot: 'bench', now: () => Date.now() } as const;

/** Folders of a table, which are removed with its contestants. */
class Folders {
  readonly #made: string[] = [];

  make(): string {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-bench-'));
    this.#made.push(folder);
    return folder;
  }

  remove(): void {
    for (const folder of this.#made.splice(0)) {
      rmSync(folder, { recursive: true });
    }
  }
}

/** Does something for each event, in batches. */
function batches(operations: number, size: number, append: (xmls: readonly string[]) => void): number {
  for (let done = 0; done < operations; done += size) {
    append(samples.slice(0, Math.min(size, operations - done)));
  }
  return operations;
}

const samples = sampleEvents(BATCH);

/** The library: events sent to a connection, and delivered into its journal. */
function collector(folder: string, size: number, sync: 'delivery' | 'never'): Contestant {
  const conn = openConnection();
  const journal = journalEvents(conn, folder, { sync });
  return {
    name: 'journalEvents',
    run(operations) {
      const before = journal.events;
      batches(operations, size, (xmls) => {
        for (const xml of xmls) {
          sendEvent(conn, xml);
        }
        deliverEvents(conn);
      });
      return journal.events - before;
    },
    release: () => conn.close(),
  };
}

/** Nothing but writing as many bytes to a file as an entry has, all those of a batch at once. */
function plainFile(name: string, folder: string, size: number, isSynced: boolean): Contestant {
  const fd = openSync(join(folder, 'plain'), 'w');
  return {
    name,
    run: (operations) =>
      batches(operations, size, (xmls) => {
        writeSync(fd, Buffer.concat(xmls.map(entryOf)));
        if (isSynced) {
          fdatasyncSync(fd);
        }
      }),
    release: () => closeSync(fd),
  };
}

const entries = new Map(samples.map((xml) => [xml, makeEntry(xml)]));

const entryOf = (xml: string): Buffer => entries.get(xml) as Buffer;

function makeEntry(xml: string): Buffer {
  const event = xml.replace(' timestamp', ' host="kvm-17" timestamp');
  return Buffer.from(entryText('00000000-0000-4000-8000-000000000000', 1_000_000, STAMP, event));
}

/** SQLite, with one transaction for each batch. */
function tables(folder: string, size: number, synchronous: 'FULL' | 'OFF'): Contestant[] {
  return sqlites.map(([name, make]) => {
    const table = make(folder, synchronous);
    return {
      name: `${name}, WAL, synchronous=${synchronous}`,
      run: (operations) =>
        batches(operations, size, (xmls) => {
          table.begin();
          for (const xml of xmls) {
            table.append(xml);
          }
          table.commit();
        }),
      release: () => table.close(),
    };
  });
}

/** The contestants, of which the last one takes the folders with it. */
function inFolders(make: (folders: Folders) => Contestant[]): Contestant[] {
  const folders = new Folders();
  const contestants = make(folders);
  const { release, ...last } = contestants.pop() as Contestant;
  const releaseAll = () => {
    release?.();
    folders.remove();
  };
  return [...contestants, { ...last, release: releaseAll }];
}

const appending = (size: number, isSynced: boolean, floor: string): Contestant[] =>
  inFolders((folders) => [
    collector(folders.make(), size, isSynced ? 'delivery' : 'never'),
    plainFile(floor, folders.make(), size, isSynced),
    ...tables(folders.make(), size, isSynced ? 'FULL' : 'OFF'),
  ]);

/**
 * Contestants that have done their work for a while, without syncing: a collector runs for weeks, and so few events as a disk takes
 * would be measured before V8 has compiled anything.
 */
function longAppending(effort: Effort, size: number, isSynced: boolean, floor: string): Contestant[] {
  for (const { run, release } of appending(size, false, floor)) {
    run(scaled(effort, EARLIER));
    release?.();
  }
  return appending(size, isSynced, floor);
}

/** A journal of so many events in a new folder. */
function storedJournal(folder: string, count: number): string {
  const conn = openConnection('memory:', { queue: { maxEvents: count } });
  journalEvents(conn, folder);
  for (const xml of sampleEvents(count)) {
    sendEvent(conn, xml);
  }
  deliverEvents(conn);
  conn.close();
  return folder;
}

const untouched = 'JournalReader, nothing delivered';

/** Reads from the beginning, again and again; the function reads at most so many events, and says how many there were. */
function readingAgain(name: string, begin: () => { read(most: number): number; end(): void }): Contestant {
  let current = begin();
  return {
    name,
    run(operations) {
      let count = 0;
      while (count < operations) {
        const read = current.read(operations - count);
        count += read;
        if (read === 0) {
          current.end();
          current = begin();
        }
      }
      return count;
    },
    release: () => current.end(),
  };
}

function raw(folder: string): Contestant {
  return readingAgain(untouched, () => {
    const reader = new JournalReader(nodeFiles, folder, { next: 1, ordinal: 0 });
    return {
      read(most) {
        let count = 0;
        while (count < most && reader.next().kind === 'entry') {
          count += 1;
        }
        return count;
      },
      end: () => reader.close(),
    };
  });
}

/** Events delivered to a handler that is chosen by an expression. */
function delivered(name: string, uriOf: () => string): Contestant {
  return readingAgain(name, () => {
    const conn: Connection = openConnection(uriOf());
    let count = 0;
    addEventHandler(conn, "transition/@to = 'paused'", () => {
      count += 1;
    });
    return {
      read(most) {
        count = 0;
        deliverEvents(conn, { limit: most });
        return count;
      },
      end: () => conn.close(),
    };
  });
}

/** SQLite's table read, each event delivered as the library does. */
function selected(name: string, table: EventTable): Contestant {
  for (let left = STORED; left > 0; left -= 1) {
    table.append(sampleEvent(left));
  }
  const reading = readingAgain(`${name}: text selected, nothing delivered`, () => {
    const rows = table.readFrom(1);
    return {
      read(most) {
        let count = 0;
        while (count < most && rows.next().done !== true) {
          count += 1;
        }
        return count;
      },
      end: () => void rows.return?.(),
    };
  });
  const release = () => {
    reading.release?.();
    table.close();
  };
  return { ...reading, release };
}

const remembering = 'journal:, with a bookmark';
const forgetting = 'journal:, without one';
const fromFile = 'file: of the same segment';

function readers(): Contestant[] {
  return inFolders((folders) => {
    const folder = storedJournal(folders.make(), STORED);
    const { pathname } = pathToFileURL(folder);
    // Of its own for each time, since they are to begin at the beginning.
    let number = 0;
    const bookmark = () => `journal:${pathname}?follow=no&reader=r${number++}`;
    return [
      delivered(remembering, bookmark),
      delivered(forgetting, () => `journal:${pathname}?follow=no`),
      delivered(fromFile, () => `file:${pathname}/${segmentName(1)}`),
      raw(folder),
      ...sqlites.map(([name, make]) => selected(name, make(folders.make(), 'OFF'))),
    ];
  });
}

/** A writer that begins, over and over, behind a full segment that was left without a clean end. */
function recoveries(effort: Effort): Contestant[] {
  return inFolders((folders) => {
    const folder = folders.make();
    const last = fill(folder, scaled(effort, SEGMENT));
    const path = join(folder, segmentName(1));
    return [
      {
        name: 'a writer begins',
        run(operations) {
          for (let left = operations; left > 0; left -= 1) {
            const writer = JournalWriter.open(nodeFiles, folder, writerOptions);
            if (writer.next !== last + 1) {
              return 0;
            }
            writer.close();
            removeLater(folder, 1);
          }
          return operations;
        },
      },
      {
        name: 'floor: the file read, and its CRC-32',
        run(operations) {
          for (let left = operations; left > 0; left -= 1) {
            crc32(readFileSync(path));
          }
          return operations;
        },
      },
    ];
  });
}

/** Fills one segment with so many bytes, and leaves it as a crash does; returns the number of its last entry. */
function fill(folder: string, bytes: number): number {
  const writer = JournalWriter.open(nodeFiles, folder, { ...writerOptions, segmentBytes: Number.POSITIVE_INFINITY });
  let last = 0;
  for (let length = 0; length < bytes; ) {
    const xml = samples[last % BATCH] as string;
    last = writer.append(xml) as number;
    length += entryOf(xml).length;
  }
  writer.close();
  const path = join(folder, segmentName(1));
  truncateSync(path, statSync(path).size - segmentEnd(last, last).length);
  return last;
}

function removeLater(folder: string, than: number): void {
  for (const first of segmentsIn(nodeFiles, folder).filter((each) => each > than)) {
    rmSync(join(folder, segmentName(first)));
  }
}

/** A time that is found in 1 GiB, near the end of a segment in the midst of it, and the event of that time delivered. */
function searches(effort: Effort): Contestant[] {
  return inFolders((folders) => {
    const folder = folders.make();
    const { sequence, time } = storeGibibyte(folder, scaled(effort, SEGMENT));
    const uri = `journal:${pathToFileURL(folder).pathname}?follow=no&from=${time}`;
    const paths = [SEGMENTS >> 1, SEGMENTS - 1].map((place) => {
      const firsts = segmentsIn(nodeFiles, folder);
      return join(folder, segmentName(firsts[place] as number));
    });
    return [
      {
        name: 'opened with from=TIME, the first event delivered',
        run(operations) {
          let found = 0;
          for (let left = operations; left > 0; left -= 1) {
            const conn = openConnection(uri);
            addEventHandler(conn, null, (_, event) => {
              found += Number(event.sequence === sequence);
            });
            deliverEvents(conn, { limit: 1 });
            conn.close();
          }
          return found;
        },
      },
      {
        name: 'floor: that segment and the last one read, and their CRC-32',
        run(operations) {
          for (let left = operations; left > 0; left -= 1) {
            for (const path of paths) {
              crc32(readFileSync(path));
            }
          }
          return operations;
        },
      },
    ];
  });
}

/**
 * Makes 64 segments of so many bytes. Two of them are full, one in the midst and the last one; nobody has to read the entries of the others,
 * which have one each.
 *
 * @returns The last entry of the one in the midst.
 */
function storeGibibyte(folder: string, bytes: number): { readonly sequence: number; readonly time: string } {
  let now = Date.parse(STAMP);
  const hour = 3_600_000;
  const options = { ...writerOptions, now: () => now, segmentAgeMs: hour, segmentBytes: Number.POSITIVE_INFINITY };
  const writer = JournalWriter.open(nodeFiles, folder, options);
  let found = { sequence: 0, time: '' };
  for (let place = 0; place < SEGMENTS; place += 1) {
    const isFull = place === SEGMENTS >> 1 || place === SEGMENTS - 1;
    let length = 0;
    do {
      now += 1;
      const xml = samples[now % BATCH] as string;
      const sequence = writer.append(xml) as number;
      length += entryOf(xml).length;
      if (place === SEGMENTS >> 1) {
        found = { sequence, time: new Date(now).toISOString() };
      }
    } while (isFull && length < bytes);
    now += hour;
  }
  writer.close();
  for (const first of segmentsIn(nodeFiles, folder)) {
    const path = join(folder, segmentName(first));
    truncateSync(path, Math.max(statSync(path).size, bytes));
  }
  return found;
}

/** A reader's place noted down, without a sync. */
function bookmarks(): Contestant[] {
  return inFolders((folders) => {
    const path = join(folders.make(), 'bookmark');
    const record = { next: 1, ordinal: 0, attempt: 0, throws: 0, isOffered: false };
    const completed = { id: '00000000-0000-4000-8000-000000000000', sequence: 1, crc: 1, segment: 1, position: 500 };
    const bookmark = Bookmark.create(nodeFiles, path, nodeFiles.open(path, 'create', 0o600), record);
    const fd = openSync(join(folders.make(), 'plain'), 'w');
    const slot = Buffer.alloc(512, ' ');
    let next = 1;
    const repeat = (name: string, step: () => void, release: () => void): Contestant => ({
      name,
      run(operations) {
        for (let left = operations; left > 0; left -= 1) {
          next += 1;
          step();
        }
        return operations;
      },
      release,
    });
    return [
      repeat(
        'a bookmark',
        () => bookmark.write({ ...record, next, ordinal: next, completed: { ...completed, sequence: next } }),
        () => bookmark.close(),
      ),
      repeat(
        'floor: 512 bytes written',
        () => writeSync(fd, slot, 0, slot.length, 0),
        () => closeSync(fd),
      ),
      ...sqlites.map(([name, make]) => {
        const table = make(folders.make(), 'OFF');
        return repeat(
          `${name}: UPDATE, WAL, synchronous=OFF`,
          () => table.noteReader(next),
          () => table.close(),
        );
      }),
    ];
  });
}

/** As it is published: how many files there are is much of what loading takes. */
const library = JSON.stringify(join(__dirname, '..', '..', 'dist', 'index.js'));

/** The time that a script takes in a new process, which waits for a child of its own. */
function timeOf(script: string): number {
  const program = `const start = performance.now();
    ${script};
    console.log(performance.now() - start);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${script}: status ${status}\n${stderr}`);
  }
  return Number(stdout) * 1e6;
}

const cron: Benchmark = {
  id: 'journal/cron',
  title: 'A program that cron starts, with no event since its last run: from the first line of it to the last',
  measure({ rounds }) {
    const folders = new Folders();
    try {
      const uri = `journal:${pathToFileURL(storedJournal(folders.make(), BATCH)).pathname}?reader=cron&follow=no`;
      const programOn = (address: string) =>
        `const { addEventHandler, deliverEvents, openConnection } = require(${library});
         const conn = openConnection(${JSON.stringify(address)});
         addEventHandler(conn, "transition/@to = 'crashed'", () => {});
         while (deliverEvents(conn).stoppedBy === 'drained' && conn.uri !== 'memory:');
         conn.close()`;
      // What Node has for a lock and a checksum.
      const locking = `
         const fd = require('node:fs').openSync(${JSON.stringify(join(folders.make(), 'lock'))}, 'a');
         require('node:child_process').spawnSync('flock', ['--exclusive', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
         require('node:zlib')`;
      const scripts = [programOn(uri), programOn('memory:'), programOn('memory:') + locking, `require(${library})`];
      // The first run has something to read.
      scripts.forEach(timeOf);
      // The library loads most of itself when it is used.
      const names = [
        'such a program',
        'floor: the same on memory:',
        'floor: the same on memory:, and flock and zlib',
        'importing the library, nothing used',
      ];
      const figures = toFigures(
        names,
        Array.from({ length: rounds }, () => scripts.map(timeOf)),
      );
      const [whole, floor] = figures as [(typeof figures)[0], (typeof figures)[0]];
      const goal = {
        text: 'at most 10 ms more than the same on memory:',
        isMet: () => whole.value <= floor.value + 10e6,
      };
      return { unit: 'ns', per: 'run', bytes: undefined, figures, goals: judge([goal], figures) };
    } finally {
      folders.remove();
    }
  },
};

const syncedFloor = 'floor: as many bytes to a file, and fdatasync';

/** A goal that the first contestant of a table is held to, which are so many operations a second at least. */
const atLeast = (rate: number, text: string, name: string) => ({
  text,
  isMet: (figure: (name: string) => { readonly value: number }) => figure(name).value <= 1e9 / rate,
});

export const journal: readonly Benchmark[] = [
  compare({
    id: 'journal/synced',
    title: 'An event from sendEvent into a journal and onto the disk, one at a time',
    per: 'event',
    contestants: (effort) => longAppending(effort, 1, true, syncedFloor),
    goals: [
      { text: "at most 1.1 times the disk's own fdatasync", isMet: (figure) => figure(syncedFloor).ratio >= 1 / 1.1 },
    ],
  }),
  compare({
    id: 'journal/batch',
    title: `The same with ${BATCH} events a delivery, all of them synced together`,
    per: 'event',
    mostRounds: ROUNDS,
    contestants: (effort) => longAppending(effort, BATCH, true, syncedFloor),
    goals: [atLeast(20_000, '20,000 events a second or more', 'journalEvents')],
  }),
  compare({
    id: 'journal/unsynced',
    title: `The same with ${BATCH} events a delivery, and the disk left to the system`,
    per: 'event',
    mostRounds: ROUNDS,
    contestants: (effort) => longAppending(effort, BATCH, false, 'floor: as many bytes to a file'),
    goals: [atLeast(60_000, '60,000 events a second or more', 'journalEvents')],
  }),
  compare({
    id: 'journal/read',
    title: `Events of a journal to a handler that is chosen by an expression`,
    per: 'event',
    mostRounds: ROUNDS,
    contestants: readers,
    goals: [
      atLeast(70_000, 'with a bookmark: 70,000 events a second or more', remembering),
      atLeast(350_000, 'nothing delivered: 350,000 events a second or more', untouched),
      {
        text: 'without a bookmark: at most 1.2 times the time of the same segment by file:',
        isMet: (figure) => figure(forgetting).value <= 1.2 * figure(fromFile).value,
      },
    ],
  }),
  compare({
    id: 'journal/recovery',
    title: 'A writer that begins behind a segment of 16 MiB which has no clean end',
    per: 'start',
    mostRounds: ROUNDS,
    contestants: recoveries,
    goals: [{ text: 'less than 150 ms', isMet: (figure) => figure('a writer begins').value < 150e6 }],
  }),
  compare({
    id: 'journal/time',
    title: 'A time found in 1 GiB of events, by a reader that begins there',
    per: 'reader',
    mostRounds: ROUNDS,
    contestants: searches,
    goals: [
      {
        text: 'less than 150 ms',
        isMet: (figure) => figure('opened with from=TIME, the first event delivered').value < 150e6,
      },
    ],
  }),
  compare({
    id: 'journal/bookmark',
    title: "A reader's place noted down",
    per: 'note',
    mostRounds: ROUNDS,
    contestants: bookmarks,
    goals: [{ text: 'less than 10 µs', isMet: (figure) => figure('a bookmark').value < 10_000 }],
  }),
  cron,
];
