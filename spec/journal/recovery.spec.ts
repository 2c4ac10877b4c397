/** How a journal goes on after its writer has ended, in whatever way: no number stands for two events, and no reader skips a new one. */
import { KnownDomains } from '../../lib/journal/known-domains';
import { headersIn } from '../../lib/journal/places';
import { bookmarkPath, createBookmark, openBookmark } from '../../lib/journal/readers';
import { findEnd, SKIPPED } from '../../lib/journal/recovery';
import { resume } from '../../lib/journal/resume';
import { thrownBy } from '../support/thrown-by';
import { FakeDisk } from './fake-disk';
import { appendAll, emptyDisk, eventOf, FOLDER, openWriter, segmentPath, segments, story } from './journals';

const NOTHING_LEFT = {
  writes: (count: number) => Array(count).fill(false),
  cut: (length: number) => length,
  steps: (count: number) => count,
};

/** A reader that takes all there is by its bookmark in `readers/`, and completes it. */
function readAll(disk: FakeDisk, name = 'cron'): string[] {
  const path = bookmarkPath(FOLDER, name);
  const fresh = { next: 1, ordinal: 0, attempt: 0, throws: 0, isOffered: false };
  const bookmark = openBookmark(disk, path) ?? createBookmark(disk, path, fresh)!;
  try {
    const reader = resume(disk, FOLDER, bookmark.record, path);
    const found: string[] = [];
    for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
      if (item.kind === 'entry') {
        const { sequence, crc, position, event } = item.entry;
        const completed = { id: item.id, sequence, crc, segment: item.segment, position };
        bookmark.write({ ...bookmark.record, ...reader.position, completed });
        found.push(/<n>(\w+)/.exec(event.toString())?.[1] ?? 'unclean');
      } else {
        found.push(`${item.cause} ${item.count}`);
        bookmark.write({ ...bookmark.record, ...reader.position });
      }
    }
    reader.close();
    return found;
  } finally {
    bookmark.sync();
    bookmark.close();
  }
}

describe('a journal whose writer has ended', () => {
  it.each([
    ['in good order, and the machine was started anew', true, 'boot-2', false],
    ['in good order, and the boot cannot be told', true, '', false],
    ['killed, in the same boot', false, 'boot-1', false],
    ['killed, and the machine was started anew', false, 'boot-2', true],
    ['killed, and the boot cannot be told', false, '', true],
  ] as const)('%s: goes on', (_, isClosed, boot, isUnclean) => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 3);
    if (isClosed) {
      writer.close();
    }
    disk.killAll();
    appendAll(openWriter(disk, { boot }), 4, 4);
    const end = isUnclean ? [`${3 + SKIPPED}:unclean`, `${4 + SKIPPED}:4`] : ['4:4'];
    expect(story(disk)).toEqual(['1:1', '2:2', '3:3', ...end]);
    expect(SKIPPED).toBe(2 ** 32);
  });

  it('takes two boots that cannot be told for different ones', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk, { boot: '' }), 1, 1);
    disk.killAll();
    openWriter(disk, { boot: '' });
    expect(story(disk)).toEqual(['1:1', `${1 + SKIPPED}:unclean`]);
  });

  it('tells once of two losses of power in a row, and skips numbers for each', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk), 1, 2);
    for (const boot of ['boot-2', 'boot-3']) {
      disk.killAll();
      // The power fails again before the gap is written, and its segment is there already.
      disk.onCall = (name, path) => {
        if (
          boot === 'boot-2' &&
          name === 'write' &&
          path.endsWith('.tmp') &&
          disk.list(FOLDER).includes('00000000004294967298.xml')
        ) {
          throw new Error('the power fails');
        }
      };
      try {
        appendAll(openWriter(disk, { boot }), 3, 3);
      } catch {}
    }
    disk.onCall = () => {};
    expect(story(disk)).toEqual(['1:1', '2:2', `${2 * SKIPPED + 1}:unclean`, `${2 * SKIPPED + 2}:3`]);
    expect(segments(disk)).toEqual([1, 2 * SKIPPED + 1]);
    expect(headersIn(disk, FOLDER)[1]).toMatchObject({ uncleanAfter: 2, before: 2 });
  });

  it('writes the gap that a killed writer had begun its segment for', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk), 1, 2);
    disk.killAll();
    disk.onCall = (name, path) => {
      if (name === 'write' && path.endsWith('.tmp') && segments(disk).length === 2) {
        throw new Error('killed');
      }
    };
    expect(thrownBy(() => openWriter(disk, { boot: 'boot-2' }))).toMatchObject({ code: 'ERR_JOURNAL_WRITE' });
    disk.onCall = () => {};
    openWriter(disk, { boot: 'boot-2' });
    expect(story(disk)).toEqual(['1:1', '2:2', `${SKIPPED + 2}:unclean`]);
    expect(segments(disk)).toEqual([1, SKIPPED + 2]);
  });

  it('skips a number that a killed writer had begun to write, and no other', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 2);
    const whole = disk.contentOf(segmentPath(1)).length;
    appendAll(writer, 3, 3);
    const bytes = disk.contentOf(segmentPath(1));
    const named = bytes.indexOf('\n', whole) + 1;
    disk.killAll();
    for (let cut = whole; cut <= bytes.length; cut += 1) {
      const torn = emptyDisk();
      openWriter(torn);
      torn.killAll();
      torn.tamper(segmentPath(1), () => bytes.subarray(0, cut));
      const next = openWriter(torn).next;
      expect([cut, next]).toEqual([cut, cut === bytes.length ? 4 : cut < named ? 3 : 4]);
      expect(headersIn(torn, FOLDER).at(-1)).toMatchObject({ before: cut === bytes.length ? 3 : 2 });
    }
  });

  it.each([
    ['the beginning of an entry', '<?virdeliver-entry 3 '],
    ['the event of the last entry', '<n>3'],
    ['zeros', undefined],
  ])('skips numbers, also in the same boot, if the end is damaged: %s', (_, place) => {
    const disk = emptyDisk();
    appendAll(openWriter(disk), 1, 3);
    disk.killAll();
    disk.tamper(segmentPath(1), (bytes) => {
      if (place === undefined) {
        return Buffer.concat([bytes, Buffer.alloc(200)]);
      }
      bytes.write('!', bytes.indexOf(place) + 3);
      return bytes;
    });
    appendAll(openWriter(disk), 4, 4);
    expect(story(disk).slice(-2)).toEqual([expect.stringContaining(':unclean'), expect.stringMatching(/^42949\d+:4$/)]);
  });

  it('keeps the domains, the time and the count of what it has', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { now: () => 1_000_000 });
    appendAll(writer, 1, 3);
    writer.close();
    const domain = { uuid: 'u', name: 'web', id: 1, persistent: true, state: 'running' };
    expect(new KnownDomains([domain]).list).toEqual([domain]);
    const end = findEnd(disk, FOLDER, 'boot-9');
    expect(end).toMatchObject({
      first: 4,
      before: 3,
      previous: '1970-01-01T00:16:40.000000Z',
      uncleanAfter: undefined,
      empty: undefined,
    });
    expect(disk.openFiles).toEqual([]);
  });

  it('has what other writers have left in memory on the disk before anything follows', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk), 1, 3);
    disk.killAll();
    openWriter(disk);
    expect(story(disk.afterPowerFailure(NOTHING_LEFT))).toEqual(['1:1', '2:2', '3:3']);
  });

  describe('with a reader that is ahead of what the disk has kept', () => {
    it.each([1, 5])('by %d, tells it everything new', (count) => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 3);
      writer.sync();
      appendAll(writer, 4, 3 + count);
      expect(readAll(disk)).toHaveLength(3 + count);
      const left = disk.afterPowerFailure(NOTHING_LEFT);
      expect(thrownBy(() => readAll(left))).toMatchObject({
        code: 'ERR_BOOKMARK',
        message: expect.stringMatching(
          /stands before the entry \d, which isn't there; after a loss of power start the collector first/,
        ),
      });
      appendAll(openWriter(left, { boot: 'boot-2' }), 100, 101);
      expect(readAll(left)).toEqual(['unclean', '100', '101']);
      expect(readAll(left)).toEqual([]);
    });

    it.each([
      [1, 'boot-1'],
      [1000, 'boot-1'],
      [SKIPPED + 1, 'boot-1'],
      [SKIPPED + 1, 'boot-2'],
    ])('by %d and in %s, though the journal ended in good order: skips numbers beyond it', (count, boot) => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 3);
      writer.close();
      const path = bookmarkPath(FOLDER, 'cron');
      const next = 4 + count;
      createBookmark(disk, path, { next, ordinal: next - 1, attempt: 0, throws: 0, isOffered: false })!.close();
      const other = openWriter(disk, { boot });
      expect(other.next).toBe(next + SKIPPED);
      appendAll(other, 4, 4);
      expect(readAll(disk)).toEqual(['unclean', '4']);
    });

    it('by nothing, skips nothing', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 3);
      readAll(disk);
      writer.close();
      expect(openWriter(disk, { boot: 'boot-2' }).next).toBe(4);
    });

    it('in a journal whose segments are all gone, skips numbers as well', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 3);
      readAll(disk);
      writer.close();
      disk.unlink(segmentPath(1));
      appendAll(openWriter(disk), 4, 4);
      expect(story(disk)).toEqual([`${SKIPPED + 3}:unclean`, `${SKIPPED + 4}:4`]);
      expect(headersIn(disk, FOLDER)[0]).toMatchObject({
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        before: 0,
        formerIds: [],
      });
    });

    it('or at the beginning, or that cannot be read, skips none', () => {
      const disk = emptyDisk();
      openWriter(disk).close();
      const record = { next: 1, ordinal: 0, attempt: 0, throws: 0, isOffered: false };
      createBookmark(disk, bookmarkPath(FOLDER, 'fresh'), record)!.close();
      disk.close(disk.open(bookmarkPath(FOLDER, 'empty'), 'create'));
      disk.unlink(segmentPath(1));
      expect(openWriter(disk).next).toBe(1);
    });

    it('but not for one that says more than any reader can have read: it would use up the numbers', () => {
      const disk = emptyDisk();
      openWriter(disk).close();
      const record = { ordinal: 0, attempt: 0, throws: 0, isOffered: false };
      createBookmark(disk, bookmarkPath(FOLDER, 'mad'), { ...record, next: 2 ** 52 + 1 })!.close();
      const writer = openWriter(disk);
      expect(writer.next).toBe(1);
      writer.close();
      createBookmark(disk, bookmarkPath(FOLDER, 'far'), { ...record, next: 2 ** 52 })!.close();
      expect(openWriter(disk).next).toBe(2 ** 52 + SKIPPED);
    });
  });

  describe('in a folder that was copied', () => {
    const copyOf = (disk: FakeDisk) => {
      const files = (folder: string) =>
        new Map(
          disk
            .list(folder)
            .filter((name) => name !== 'readers')
            .map((name) => [name, Buffer.from(disk.contentOf(`${folder}/${name}`))]),
        );
      // Each file gets a number of its own, and the lock another than it had.
      return new FakeDisk(
        new Map([
          ['/', new Map()],
          [
            '/other',
            new Map([
              ['x', Buffer.alloc(0)],
              ['y', Buffer.alloc(0)],
            ]),
          ],
          [`${FOLDER}/readers`, files(`${FOLDER}/readers`)],
          [FOLDER, files(FOLDER)],
        ]),
      );
    };

    it('has another id from there on, by which the readers of the copy know it as well', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 3);
      readAll(disk);
      writer.close();
      const copy = copyOf(disk);
      const other = openWriter(copy);
      appendAll(other, 10, 10);
      const [before, after] = headersIn(copy, FOLDER);
      expect(after).toMatchObject({ first: 4, formerIds: [before!.id] });
      expect(after!.id).not.toBe(before!.id);
      expect(readAll(copy)).toEqual(['10']);
      // A reader of the one is none of the other.
      const same = openWriter(disk);
      appendAll(same, 20, 20);
      expect(readAll(disk)).toEqual(['20']);
      const path = bookmarkPath(FOLDER, 'cron');
      const { record } = openBookmark(disk, path)!;
      expect(thrownBy(() => resume(copy, FOLDER, record, path))).toMatchObject({
        code: 'ERR_BOOKMARK',
        message: expect.stringContaining("the entry 4 isn't the one that was read then"),
      });
      other.close();
      const { record: fromCopy } = openBookmark(copy, path)!;
      expect(thrownBy(() => resume(disk, FOLDER, fromCopy, path))).toMatchObject({
        message: expect.stringContaining(`it is one of the journal with the id ${after!.id}`),
      });
    });

    it('keeps that id, and remembers those before, the newest first', () => {
      let disk = emptyDisk();
      openWriter(disk).append(eventOf(1));
      disk.killAll();
      for (let n = 2; n <= 20; n += 1) {
        disk = copyOf(disk);
        disk.tamper(`${FOLDER}/lock`, (bytes) => Buffer.from(bytes.toString().replace(/"ino":"\d+"/, '"ino":"0"')));
        const writer = openWriter(disk);
        writer.append(eventOf(n));
        writer.close();
        openWriter(disk).close();
      }
      const headers = headersIn(disk, FOLDER);
      const ids = [...new Set(headers.map(({ id }) => id))];
      expect(ids).toHaveLength(20);
      expect(headers.at(-1)?.formerIds).toEqual(ids.reverse().slice(1, 17));
    });

    it('has another id if it was copied without its lock', () => {
      const disk = emptyDisk();
      openWriter(disk).append(eventOf(1));
      disk.killAll();
      disk.unlink(`${FOLDER}/lock`);
      openWriter(disk);
      const [before, after] = headersIn(disk, FOLDER);
      expect(after!.formerIds).toEqual([before!.id]);
    });
  });

  describe('with a segment whose header is damaged', () => {
    const damaged = (first: number, isLast: boolean) => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 1 });
      appendAll(writer, 1, isLast ? first : first + 2);
      writer.close();
      disk.tamper(segmentPath(first), (bytes) => bytes.fill(0, 60, 70));
      return disk;
    };

    it('that is the last, skips numbers behind the segment before', () => {
      const disk = damaged(3, true);
      appendAll(openWriter(disk), 4, 4);
      expect(story(disk)).toEqual(['1:1', '2:2', `${2 + SKIPPED}:unclean`, `${3 + SKIPPED}:4`]);
    });

    it('that is not the last, skips none', () => {
      const disk = damaged(3, false);
      expect(openWriter(disk).next).toBe(6);
    });

    it('that is the only one, begins with another id, and skips numbers', () => {
      const disk = damaged(1, true);
      appendAll(openWriter(disk), 4, 4);
      expect(story(disk)).toEqual([`${1 + SKIPPED}:unclean`, `${2 + SKIPPED}:4`]);
    });
  });
});
