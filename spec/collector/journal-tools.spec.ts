import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliverEvents, ManualClock, openConnection, sendEvent } from '../../lib';
import {
  type JournalOptions,
  journalEvents,
  journalStats,
  moveBookmark,
  pruneJournal,
  removeReader,
  verifyJournal,
} from '../../lib/collector';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { nodeFiles } from '../../lib/journal/node-files';
import { findStart } from '../../lib/journal/places';
import { bookmarkPath, createBookmark, openBookmark } from '../../lib/journal/readers';
import { eventXml } from '../support/scripted-driver';

let scratch: string;
let folder: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'virdeliver-journal-'));
  folder = join(scratch, 'journal');
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** Writes a journal of so many events, a minute apart, and ends it. */
function write(events: number, options: JournalOptions = {}): void {
  const clock = new ManualClock('2026-01-01T00:00:00Z');
  using conn = openConnection('memory:', { clock });
  journalEvents(conn, folder, { host: 'kvm-17', aliveMs: Number.POSITIVE_INFINITY, ...options });
  for (let count = 0; count < events; count += 1) {
    sendEvent(conn, eventXml('a', String(count)));
    deliverEvents(conn);
    clock.advance(60_000);
  }
}

/** Makes a reader that begins at a place. */
function read(name: string, start: 'oldest' | 'newest'): void {
  const record = { ...findStart(nodeFiles, folder, start)!, attempt: 2, throws: 0, isOffered: false };
  createBookmark(nodeFiles, bookmarkPath(folder, name), record)!.close();
}

const segments = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.xml'))
    .sort();
const tamper = (name: string, change: (text: string) => string) => {
  const path = join(folder, name);
  writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1');
};

describe('journalStats', () => {
  it('tells what is in a journal, who writes it, and how far its readers are', () => {
    write(5, { segmentBytes: 900 });
    read('ahead', 'newest');
    read('behind', 'oldest');
    writeFileSync(join(folder, 'readers', 'broken'), 'nothing');
    writeFileSync(join(folder, 'readers', '.hidden'), 'nothing');
    const { bytes, segments: count, id, ...stats } = journalStats(folder);
    const ageMs = expect.any(Number) as number;
    expect(stats).toEqual({
      folder,
      host: 'kvm-17',
      source: 'memory:',
      writer: {
        alive: false,
        connected: false,
        pid: process.pid,
        host: 'kvm-17',
        time: expect.stringMatching(/^2026-01-01T/),
        ageMs,
      },
      written: 5,
      oldest: { sequence: 1, time: '2026-01-01T00:00:00.000000Z' },
      newest: { sequence: 5, time: '2026-01-01T00:04:00.000000Z' },
      readers: [
        { name: 'ahead', next: 6, behind: 0, attempt: 2, ageMs },
        { name: 'behind', next: 1, behind: 5, attempt: 2, ageMs },
        { name: 'broken', next: undefined, behind: undefined, attempt: undefined, ageMs },
      ],
    });
    expect(count).toBe(segments().length);
    expect(bytes).toBe(segments().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0));
    expect(readFileSync(join(folder, segments()[0]!), 'utf8')).toContain(` id="${id}"`);
  });

  it('tells whether the writer lives, and whether its daemon can be reached', () => {
    using conn = openConnection();
    const journal = journalEvents(conn, folder);
    expect(journalStats(folder).writer).toMatchObject({ alive: true, connected: true });
    expect(journalStats(folder).writer?.ageMs).toBeLessThan(10_000);
    journal.close();
    expect(journalStats(folder).writer).toMatchObject({ alive: false, connected: false });
  });

  it('knows the newest entry also if the last segment has none, and nothing of a journal that is empty', () => {
    using conn = openConnection();
    journalEvents(conn, folder);
    expect(journalStats(folder)).toMatchObject({ segments: 1, written: 0, oldest: undefined, newest: undefined });
    conn.close();
    rmSync(folder, { recursive: true });
    write(3);
    write(0);
    expect(journalStats(folder)).toMatchObject({
      segments: 2,
      written: 3,
      oldest: { sequence: 1 },
      newest: { sequence: 3 },
    });
    for (const name of segments()) {
      rmSync(join(folder, name));
    }
    expect(journalStats(folder)).toMatchObject({ segments: 0, bytes: 0, id: undefined, newest: undefined });
  });

  it('tells of no age below 0 if the clock was set back', () => {
    write(1);
    read('report', 'newest');
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    const { writer, readers } = journalStats(folder);
    now.mockRestore();
    expect([writer?.ageMs, readers[0]?.ageMs]).toEqual([0, 0]);
  });

  it('says that there is no journal', () => {
    expect(() => journalStats(folder)).toThrow(
      expect.objectContaining({ code: 'ERR_OPEN', message: expect.stringContaining('there is no journal') }),
    );
    expect(() => journalStats('')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
  });

  it.each<[string, () => unknown]>([
    ['journalStats', () => journalStats(folder)],
    ['verifyJournal', () => verifyJournal(folder)],
    ['pruneJournal', () => pruneJournal(folder, { maxBytes: 0 })],
    ['moveBookmark', () => moveBookmark(folder, 'report', 'newest')],
    ['removeReader', () => removeReader(folder, 'report')],
  ])('says that a folder of other files is none: %s', (_, look) => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'passwd'), '');
    expect(look).toThrow(
      expect.objectContaining({ code: 'ERR_OPEN', message: expect.stringContaining('the folder has other files') }),
    );
  });
});

describe('verifyJournal', () => {
  const kinds = () => verifyJournal(folder).map(({ kind, isLoss }) => [kind, isLoss]);

  it('finds nothing in a journal that is as it was written, also while it is', () => {
    write(5, { segmentBytes: 900 });
    write(2);
    expect(verifyJournal(folder)).toEqual([]);
    using conn = openConnection();
    journalEvents(conn, folder);
    sendEvent(conn, eventXml('a'));
    deliverEvents(conn);
    expect(verifyJournal(folder)).toEqual([]);
  });

  it('finds entries that were changed, and goes on behind them', () => {
    write(5);
    tamper(segments()[0]!, (text) => text.replace('<n>2</n>', '<n>x</n>'));
    expect(verifyJournal(folder)).toEqual([
      {
        kind: 'damaged',
        segment: '00000000000000000001.xml',
        position: expect.any(Number),
        isLoss: true,
        message: 'after entry 2 there are bytes that are no entry',
      },
      expect.objectContaining({ kind: 'missing', message: 'entry 3 is missing' }),
    ]);
  });

  it('finds that the end of a journal was changed', () => {
    write(3);
    tamper(segments()[0]!, (text) => text.replace('<n>2</n>', '<n>x</n>'));
    expect(kinds()).toEqual([['damaged', true]]);
    tamper(segments()[0]!, (text) => text.replace(/<\?virdeliver-entry 3 /, '<?virdeliver-entry x '));
    expect(kinds()).toEqual([['damaged', true]]);
  });

  it('finds what is missing between segments, but not what was pruned', () => {
    write(6, { segmentBytes: 700 });
    const [first, second, third] = segments();
    rmSync(join(folder, second!));
    const [finding, ...others] = verifyJournal(folder);
    expect(finding).toMatchObject({
      kind: 'missing',
      segment: third,
      message: expect.stringMatching(/^before it .* missing$/),
    });
    expect(others).toEqual([]);
    rmSync(join(folder, first!));
    expect(verifyJournal(folder)).toEqual([]);
  });

  it('finds a beginning that is damaged, and a seal that counts other entries', () => {
    write(6, { segmentBytes: 700 });
    tamper(segments()[1]!, (text) => text.replace('kvm-17', 'kvm-18'));
    expect(kinds()).toContainEqual(['header', true]);
    tamper(segments()[0]!, (text) => text.replace(/sealed last="\d+" count="\d+"/, 'sealed last="9" count="9"'));
    expect(kinds()).toContainEqual(['seal', true]);
  });

  it('takes it for no loss that a writer was killed: without a seal, or with an entry that is not whole', () => {
    write(3);
    tamper(segments()[0]!, (text) => text.replace(/<\?virdeliver-sealed.*\n/, ''));
    expect(kinds()).toEqual([]);
    write(1);
    expect(kinds()).toEqual([['unsealed', false]]);
    rmSync(folder, { recursive: true });
    write(3);
    tamper(segments()[0]!, (text) => text.slice(0, text.indexOf('<n>2</n>')));
    expect(kinds()).toEqual([]);
    write(1);
    expect(kinds()).toEqual([['torn', false]]);
  });

  it('finds nothing missing among the numbers that are skipped after a loss of power', () => {
    write(3);
    tamper(segments()[0]!, (text) => text.replace(/<\?virdeliver-sealed.*\n/, ''));
    const options = { host: 'kvm-17', source: 'memory:', boot: 'another', now: () => Date.now() };
    JournalWriter.open(nodeFiles, folder, options).close();
    expect(kinds()).toEqual([['unsealed', false]]);
    expect(journalStats(folder).newest?.sequence).toBeGreaterThan(2 ** 32);
  });
});

describe('moveBookmark', () => {
  const nextOf = (name: string) => journalStats(folder).readers.find((reader) => reader.name === name);

  it.each<['oldest' | 'newest' | number | Date, number]>([
    ['oldest', 1],
    ['newest', 6],
    [3, 3],
    [6, 6],
    [new Date('2026-01-01T00:01:30Z'), 3],
    [new Date('2026-01-01T00:02:00Z'), 3],
    [new Date('2030-01-01'), 6],
  ])('to %s lets the reader go on at entry %i', (to, next) => {
    write(5, { segmentBytes: 900 });
    read('report', 'oldest');
    expect(moveBookmark(folder, 'report', to)).toBe(next);
    expect(nextOf('report')).toMatchObject({ next, behind: 6 - next, attempt: 0 });
  });

  it('leaves word that a person has chosen the place, in a bookmark that can be read and in one that cannot', () => {
    write(5);
    read('report', 'oldest');
    for (const damage of ['', 'nothing']) {
      writeFileSync(bookmarkPath(folder, 'report'), damage, { flag: damage === '' ? 'a' : 'w' });
      moveBookmark(folder, 'report', 4);
      const bookmark = openBookmark(nodeFiles, bookmarkPath(folder, 'report'))!;
      expect(bookmark.record.note).toBe('moved');
      bookmark.close();
    }
  });

  it('moves a bookmark that cannot be read any more', () => {
    write(5);
    writeFileSync(join(folder, 'readers', 'report'), 'nothing');
    expect(moveBookmark(folder, 'report', 4)).toBe(4);
    expect(nextOf('report')).toMatchObject({ next: 4, behind: 2 });
  });

  it('refuses what is no place, a reader that is not there, and one that reads', () => {
    write(5);
    read('report', 'oldest');
    expect(() => moveBookmark(folder, 'report', 0)).toThrow(/to must be 'oldest', 'newest', the number/);
    expect(() => moveBookmark(folder, 'report', new Date('never'))).toThrow(/to must be/);
    expect(() => moveBookmark(folder, 'report', 7)).toThrow(/to must not be beyond the end, 6, but is 7/);
    expect(() => moveBookmark(folder, '../report', 1)).toThrow(/reader must be a name of letters/);
    expect(() => moveBookmark(folder, 'repotr', 1)).toThrow(
      expect.objectContaining({ code: 'ERR_BOOKMARK', message: expect.stringContaining("has no reader 'repotr'") }),
    );
    const bookmark = openBookmark(nodeFiles, bookmarkPath(folder, 'report'))!;
    for (const change of [() => moveBookmark(folder, 'report', 1), () => removeReader(folder, 'report')]) {
      expect(change).toThrow(expect.objectContaining({ code: 'ERR_READER_BUSY' }));
    }
    bookmark.close();
    expect(() => moveBookmark(join(folder, 'nowhere'), 'report', 1)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/ERR_BOOKMARK|ERR_OPEN/) }),
    );
  });
});

it('pruneJournal removes the oldest segments that are more than what is to be kept, never the last', () => {
  write(6, { segmentBytes: 700 });
  const all = segments();
  expect(all.length).toBeGreaterThan(2);
  expect(pruneJournal(folder, {})).toBe(0);
  expect(pruneJournal(folder, { maxBytes: statSync(join(folder, all.at(-1)!)).size + 700 })).toBe(all.length - 2);
  expect(segments()).toEqual(all.slice(-2));
  expect(pruneJournal(folder, { maxAgeMs: 0 })).toBe(1);
  expect(pruneJournal(folder, { maxBytes: 0, keepFree: 1 })).toBe(0);
  expect(() => pruneJournal(folder, { keepFree: 2 })).toThrow(/options.keepFree must be a share from 0 to 1/);
  expect(() => pruneJournal(folder, { maxEvents: 2 } as object)).toThrow(/options.maxEvents is no option/);
});

it('removeReader removes a bookmark, and says whether there was one', () => {
  write(1);
  read('report', 'oldest');
  expect(removeReader(folder, 'report')).toBe(true);
  expect(removeReader(folder, 'report')).toBe(false);
  expect(journalStats(folder).readers).toEqual([]);
});
