import { JournalError } from '../../lib/errors';
import { entryText } from '../../lib/journal/entry-format';
import { headersIn } from '../../lib/journal/places';
import { segmentName } from '../../lib/journal/segment-format';
import { writerOf } from '../../lib/journal/writer-lock';
import { thrownBy } from '../support/thrown-by';
import { type FakeDisk, systemError } from './fake-disk';
import {
  appendAll,
  emptyDisk,
  eventOf,
  FOLDER,
  NOON,
  openWriter,
  readerFrom,
  rest,
  segmentPath,
  segments,
  story,
} from './journals';

/** Has a call of a file operation fail: the one after so many others of the kind, for paths with a word in them. */
function failing(disk: FakeDisk, name: string, code: string, word = '', after = 0): { failed: boolean } {
  const state = { failed: false };
  let calls = 0;
  disk.onCall = (called, path) => {
    if (called === name && path.includes(word)) {
      calls += 1;
      if (calls === after + 1) {
        state.failed = true;
        throw systemError(code, path);
      }
    }
  };
  return state;
}

const mebibyte = '.'.repeat(1024 * 1024);

describe('the writer of a journal', () => {
  it('writes what is read then, with numbers from 1 on', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    expect([writer.append(eventOf(1)), writer.append(eventOf(2)), writer.next]).toEqual([1, 2, 3]);
    writer.close();
    expect(story(disk)).toEqual(['1:1', '2:2']);
  });

  it('goes on with the next number, whether the one before was closed or killed, and skips numbers after a loss of power', () => {
    const disk = emptyDisk();
    for (let n = 1; n <= 5; n += 1) {
      const writer = openWriter(disk, { segmentBytes: 700 });
      appendAll(writer, 2 * n, 2 * n + 1);
      if (n % 2 === 0) {
        writer.close();
      } else {
        disk.killAll();
      }
    }
    const writer = openWriter(disk, { boot: 'boot-2' });
    writer.append(eventOf(99));
    writer.close();
    const before = Array.from({ length: 10 }, (_, at) => `${at + 1}:${at + 2}`);
    expect(story(disk)).toEqual([...before, `${10 + 2 ** 32}:unclean`, `${11 + 2 ** 32}:99`]);
  });

  it('is the only one', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    expect(thrownBy(() => openWriter(disk))).toMatchObject({
      code: 'ERR_JOURNAL_BUSY',
      message: `another process writes the journal ${FOLDER}: process ${process.pid} on kvm-17`,
    });
    disk.tamper(`${FOLDER}/lock`, () => Buffer.alloc(0));
    expect(thrownBy(() => openWriter(disk))).toMatchObject({ message: `another process writes the journal ${FOLDER}` });
    writer.close();
    openWriter(disk).close();
  });

  it('writes files for its own user and those of its group', () => {
    const disk = emptyDisk();
    const created = new Map<string, number | undefined>();
    const { open } = disk;
    disk.open = (path, mode, permissions) => {
      if (mode === 'create') {
        created.set(path, permissions);
      }
      return open.call(disk, path, mode, permissions);
    };
    openWriter(disk).close();
    expect([...created]).toEqual([
      [`${FOLDER}/lock`, 0o600],
      [`${segmentPath(1)}.tmp`, 0o640],
    ]);
  });

  describe('with segments', () => {
    it('begins another one when an event would make it too long, and has one that is longer alone in one', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 900 });
      for (const text of ['a', 'b', 'c'.repeat(1000), 'd', 'e']) {
        writer.append(eventOf(text));
      }
      writer.close();
      expect(segments(disk)).toEqual([1, 3, 4]);
      expect(story(disk)).toHaveLength(5);
    });

    it('fills one to the last byte', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      writer.append(eventOf(1));
      const begun = disk.contentOf(segmentPath(1)).length;
      writer.close();
      const bytes = Buffer.byteLength(eventOf(2));
      for (const [room, found] of [
        [0, [1]],
        [-1, [1, 2]],
      ] as const) {
        const other = emptyDisk();
        const roomy = openWriter(other, { segmentBytes: begun + bytes + room });
        appendAll(roomy, 1, 2);
        expect(segments(other)).toEqual(found);
      }
    });

    it('begins another one when it is a day old, but none as long as nothing is in it', () => {
      const disk = emptyDisk();
      let now = NOON;
      const writer = openWriter(disk, { now: () => now });
      const day = 24 * 60 * 60 * 1000;
      now += day;
      appendAll(writer, 1, 2);
      expect(segments(disk)).toEqual([1, 2]);
      now += day - 1;
      appendAll(writer, 3, 3);
      expect(segments(disk)).toEqual([1, 2]);
      now += 1;
      appendAll(writer, 4, 4);
      expect(segments(disk)).toEqual([1, 2, 4]);
    });

    it('begins another one when the clock is set back by more than a minute, and lets its entries have one time until then', () => {
      const disk = emptyDisk();
      let now = NOON;
      const writer = openWriter(disk, { now: () => now });
      const times: string[] = [];
      for (const each of [0, -60_000, -60_001, -60_000]) {
        now = NOON + each;
        writer.append(eventOf(each));
      }
      const reader = readerFrom(disk);
      for (let item = reader.next(); item.kind === 'entry'; item = reader.next()) {
        times.push(item.entry.time);
      }
      expect(times.map((time) => Date.parse(time) - NOON)).toEqual([0, 0, -60_001, -60_000]);
      expect(segments(disk)).toEqual([1, 3]);
    });

    it('has the old one on the disk before the new one has its name, and seals it then', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 1 });
      writer.append(eventOf(1));
      const calls: string[] = [];
      disk.onCall = (name, path) => {
        if (['write', 'sync', 'rename', 'syncFolder'].includes(name)) {
          calls.push(`${name} ${path.replace(`${FOLDER}/`, '').replace(/^0+/, '')}`);
        }
      };
      writer.append(eventOf(2));
      expect(calls).toEqual([
        'sync 1.xml.tmp',
        'write 2.xml.tmp',
        'sync 2.xml.tmp',
        'rename 2.xml.tmp',
        'syncFolder /journal',
        'write 1.xml.tmp',
        'write 2.xml.tmp',
      ]);
      expect(disk.contentOf(segmentPath(1)).toString()).toMatch(
        /<\?virdeliver-sealed last="1" count="1"\?><\/events>\n$/,
      );
    });

    it.each(['ENOSPC', 'EIO'])(
      'needs no seal: %s stops it neither when it begins another one nor when it ends',
      (code) => {
        const disk = emptyDisk();
        const writer = openWriter(disk, { segmentBytes: 1 });
        writer.append(eventOf(1));
        const rolled = failing(disk, 'write', code, segmentName(1));
        writer.append(eventOf(2));
        const ended = failing(disk, 'write', code, segmentName(2));
        writer.close();
        expect([rolled.failed, ended.failed]).toEqual([true, true]);
        disk.onCall = () => {};
        expect(story(disk)).toEqual(['1:1', '2:2']);
      },
    );

    it('needs no seal where it could not be written: the disk is asked nothing more of', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      writer.append(eventOf(1));
      writer.sync();
      const calls: string[] = [];
      disk.onCall = (name, path) => {
        if (name === 'write' || name === 'sync') {
          calls.push(name);
          throw systemError('EIO', path);
        }
      };
      writer.close();
      expect(calls).toEqual(['write']);
      expect(disk.openFiles).toEqual([]);
    });

    it('says in each how many entries were written before it, also behind numbers that were skipped', () => {
      const disk = emptyDisk();
      appendAll(openWriter(disk, { segmentBytes: 1 }), 1, 3);
      disk.killAll();
      appendAll(openWriter(disk, { segmentBytes: 1, boot: 'boot-2' }), 4, 5);
      const skipped = 3 + 2 ** 32;
      expect(headersIn(disk, FOLDER).map(({ first, before }) => [first, before])).toEqual([
        [1, 0],
        [2, 1],
        [3, 2],
        [skipped, 3],
        [skipped + 1, 4],
        [skipped + 2, 5],
      ]);
    });

    it('says in each which domains there were before it, in what state', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 1 });
      const transition = (to: string) =>
        `<event type="domain-state-transition" timestamp="s"><domain id="7" type="kvm"><name>a?&gt;b</name><uuid>u-1</uuid></domain><transition from="shutoff" to="${to}" event="started" detail="booted"/></event>`;
      writer.append(transition('running'));
      expect(writer.domains).toEqual([{ uuid: 'u-1', name: 'a?>b', id: 7, persistent: undefined, state: 'running' }]);
      writer.append(transition('paused'));
      expect(disk.contentOf(segmentPath(2)).toString()).toContain(
        '<?virdeliver-state uuid="u-1" name="a?&gt;b" id="7" state="running"?>\n',
      );
      disk.killAll();
      expect(openWriter(disk).domains).toMatchObject([{ state: 'paused' }]);
    });
  });

  describe('when the disk fails', () => {
    it('writes what failed to be synced once more, to a new segment, and never syncs the old one again', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 2);
      writer.sync();
      appendAll(writer, 3, 4);
      const calls: string[] = [];
      disk.onCall = (name, path) => {
        if (name === 'sync') {
          calls.push(path);
          if (calls.length === 1) {
            throw systemError('EIO', path);
          }
        }
      };
      writer.sync();
      appendAll(writer, 5, 5);
      writer.sync();
      expect(calls.slice(1)).toEqual([`${segmentPath(3)}.tmp`, `${segmentPath(3)}.tmp`]);
      expect(segments(disk)).toEqual([1, 3]);
      expect(story(disk)).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5']);
      expect(disk.contentOf(segmentPath(1)).toString().split('<event type')[3]).toBe(
        disk.contentOf(segmentPath(3)).toString().split('<event type')[1],
      );
    });

    it('writes once more however much failed to be synced, and nothing that there was no room for', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      const long = '€'.repeat(50_000);
      for (const n of [1, long, 3, long, 5]) {
        writer.append(eventOf(n));
      }
      disk.capacity = disk.used + 10;
      expect(writer.append(eventOf('lost'))).toBeUndefined();
      disk.capacity = Number.POSITIVE_INFINITY;
      failing(disk, 'sync', 'EIO');
      writer.sync();
      writer.append(eventOf(6));
      expect(story(disk)).toEqual(['1:1', `2:${long}`, '3:3', `4:${long}`, '5:5', '6:6']);
    });

    it('has what failed to be synced in its new place at once, for a reader and for whoever is killed, even in one of the same name', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 2);
      const reader = readerFrom(disk);
      expect(rest(reader)).toEqual(['1:1', '2:2']);
      appendAll(writer, 3, 3);
      failing(disk, 'sync', 'EIO');
      disk.failsAt = Number.POSITIVE_INFINITY;
      const onRename: string[][] = [];
      const { onCall } = disk;
      disk.onCall = (name, path) => {
        onCall(name, path);
        if (name === 'syncFolder') {
          onRename.push(story(disk));
        }
      };
      writer.sync();
      expect(onRename).toEqual([['1:1', '2:2', '3:3']]);
      appendAll(writer, 4, 4);
      expect(rest(reader)).toEqual(['3:3', '4:4']);
      expect(segments(disk)).toEqual([1]);
    });

    it('fails, for good, if that fails, too', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 1);
      let fails = true;
      disk.onCall = (name, path) => {
        if (name === 'sync' && fails) {
          throw systemError('EIO', path);
        }
      };
      const failure = thrownBy(() => writer.sync());
      expect(failure).toBeInstanceOf(JournalError);
      expect(failure).toMatchObject({
        code: 'ERR_JOURNAL_WRITE',
        message: `the journal ${FOLDER} can't be written: EIO: ${segmentPath(1)}.tmp`,
        cause: { code: 'EIO' },
      });
      fails = false;
      expect(thrownBy(() => writer.append(eventOf(2)))).toBe(failure);
      expect(thrownBy(() => writer.sync())).toBe(failure);
      writer.close();
      expect(disk.contentOf(segmentPath(1)).toString()).not.toContain('sealed');
      expect(disk.list(FOLDER)).not.toContain(`${segmentName(1)}.tmp`);
      openWriter(disk).close();
    });

    it('writes once more what it could not sync at its end, and seals that', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 1);
      writer.sync();
      appendAll(writer, 2, 2);
      failing(disk, 'sync', 'EIO');
      writer.close();
      expect(segments(disk)).toEqual([1, 2]);
      expect(disk.durableOf(segmentPath(2)).toString()).toMatch(/sealed last="2" count="1"\?><\/events>\n$/);
      expect(openWriter(disk, { boot: 'boot-2' }).next).toBe(3);
    });

    it('syncs by itself when a mebibyte waits for it', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      let syncs = 0;
      disk.onCall = (name) => {
        syncs += name === 'sync' ? 1 : 0;
      };
      writer.append(eventOf(mebibyte.slice(300)));
      expect(syncs).toBe(0);
      writer.append(eventOf(mebibyte.slice(-300)));
      expect(syncs).toBe(1);
      writer.sync();
      expect(syncs).toBe(1);
    });
  });

  it('syncs by itself when exactly that much waits, and not before', () => {
    for (const [room, expected] of [
      [1, 0],
      [0, 1],
    ] as const) {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      const around = entryText('', 1, '2026-01-02T12:00:00.000000Z', mebibyte).length - mebibyte.length;
      let syncs = 0;
      disk.onCall = (name) => {
        syncs += name === 'sync' ? 1 : 0;
      };
      writer.append(mebibyte.slice(around + room));
      expect(syncs).toBe(expected);
    }
  });

  describe('on a full disk', () => {
    it('appends nothing, and the same number when there is room again', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 1);
      disk.capacity = disk.used + 100;
      expect(writer.append(eventOf('long'.repeat(50)))).toBeUndefined();
      disk.capacity = Number.POSITIVE_INFINITY;
      const reader = readerFrom(disk);
      expect(rest(reader)).toEqual(['1:1']);
      expect(writer.append(eventOf(2))).toBe(2);
      expect(rest(reader)).toEqual(['2:2']);
      writer.close();
      const text = disk.contentOf(segmentPath(1)).toString();
      expect(text).toMatch(/<\/events>\n *$/);
      expect(story(disk)).toEqual(['1:1', '2:2']);
    });

    it('prunes to what is to be kept free, and tries once more', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 1, keepFree: 0.1 });
      appendAll(writer, 1, 4);
      disk.capacity = disk.used;
      expect(writer.append(eventOf('x'.repeat(10)))).toBe(5);
      expect(segments(disk)).not.toContain(1);
    });

    it.each(['ENOSPC', 'EDQUOT'])('tries once more only after something was pruned: %s', (code) => {
      for (const [keepFree, tries] of [
        [undefined, 1],
        [0.5, 2],
      ] as const) {
        const disk = emptyDisk();
        const writer = openWriter(disk, { segmentBytes: 600, keepFree });
        appendAll(writer, 1, 4);
        disk.capacity = disk.used;
        let writes = 0;
        disk.onCall = (name, path) => {
          if (name === 'write') {
            writes += 1;
            throw systemError(code, path);
          }
        };
        expect(writer.append(eventOf(5))).toBeUndefined();
        expect([keepFree, writes]).toEqual([keepFree, tries]);
      }
    });

    it.each([
      ['', 50],
      [', though there is some for itself', 150],
    ])('lets an event wait that would begin a segment for which there is no room%s', (_, room) => {
      const disk = emptyDisk();
      const writer = openWriter(disk, { segmentBytes: 1 });
      appendAll(writer, 1, 1);
      disk.capacity = disk.used + room;
      expect(writer.append(eventOf(2))).toBeUndefined();
      expect(disk.list(FOLDER)).not.toContain(`${segmentName(2)}.tmp`);
      disk.capacity = Number.POSITIVE_INFINITY;
      expect(writer.append(eventOf(2))).toBe(2);
      expect(story(disk)).toEqual(['1:1', '2:2']);
    });

    it('is not opened, and leaves nothing open', () => {
      const disk = emptyDisk();
      openWriter(disk).close();
      disk.capacity = disk.used + 10;
      expect(thrownBy(() => openWriter(disk))).toMatchObject({
        code: 'ERR_JOURNAL_WRITE',
        message: expect.stringContaining('the disk is full'),
      });
      expect(disk.openFiles).toEqual([]);
    });

    it('fails rather than telling nobody that a loss of power may have cost entries', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 1);
      disk.killAll();
      disk.onCall = (name) => {
        if (name === 'rename') {
          disk.capacity = disk.used;
        }
      };
      expect(thrownBy(() => openWriter(disk, { boot: 'boot-2' }))).toMatchObject({ code: 'ERR_JOURNAL_WRITE' });
      expect(disk.openFiles).toEqual([]);
      disk.capacity = Number.POSITIVE_INFINITY;
      disk.onCall = () => {};
      openWriter(disk, { boot: 'boot-2' }).close();
      expect(story(disk)).toEqual(['1:1', expect.stringContaining(':unclean')]);
    });
  });

  it.each(['write', 'sync', 'rename', 'syncFolder', 'list', 'facts', 'lock', 'open', 'unlink'])(
    'leaves nothing open when it cannot be opened because of any %s',
    (name) => {
      for (let after = 0; ; after += 1) {
        const disk = emptyDisk();
        const first = openWriter(disk);
        appendAll(first, 1, 2);
        disk.killAll();
        const state = failing(disk, name, 'EIO', '', after);
        const problem = thrownByAny(() => openWriter(disk, { boot: 'boot-2' }));
        if (!state.failed) {
          break;
        }
        if (problem !== undefined) {
          expect(disk.openFiles).toEqual([]);
        }
        disk.killAll();
        disk.onCall = () => {};
        const second = openWriter(disk, { boot: 'boot-2' });
        second.append(eventOf(3));
        expect(story(disk).at(-1)).toMatch(/:3$/);
      }
    },
  );

  describe('beside somebody else', () => {
    it('ends with an error when the file is longer than it has made it', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 1);
      const before = disk.contentOf(segmentPath(1)).length;
      disk.tamper(segmentPath(1), (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
      expect(thrownBy(() => writer.append(eventOf(2)))).toMatchObject({
        code: 'ERR_JOURNAL_WRITE',
        message: `the journal ${FOLDER} can't be written: ${segmentName(1)} has ${before + 1} bytes instead of ${before}: another program writes to it`,
      });
    });

    it('ends with an error when its lock was removed, and leaves what the next one has written alone', () => {
      for (const segmentBytes of [10_000, 1]) {
        const disk = emptyDisk();
        const writer = openWriter(disk, { segmentBytes });
        appendAll(writer, 1, 1);
        disk.unlink(`${FOLDER}/lock`);
        const other = openWriter(disk);
        appendAll(other, 2, 3);
        expect(thrownBy(() => writer.append(eventOf('no')))).toMatchObject({
          code: 'ERR_JOURNAL_WRITE',
          message: expect.stringContaining('its file lock was removed'),
        });
        writer.close();
        expect(story(disk)).toEqual(['1:1', '2:2', '3:3']);
      }
    });

    it('leaves a segment of the next one alone, too, when a sync fails after its lock was removed', () => {
      const disk = emptyDisk();
      const writer = openWriter(disk);
      appendAll(writer, 1, 1);
      disk.unlink(`${FOLDER}/lock`);
      appendAll(openWriter(disk), 2, 2);
      failing(disk, 'sync', 'EIO', segmentName(1));
      expect(thrownBy(() => writer.sync())).toMatchObject({
        message: expect.stringContaining('its file lock was removed'),
      });
      expect(story(disk)).toEqual(['1:1', '2:2']);
    });
  });

  it('says that it lives, and whether its daemon can be reached', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    const noted = { pid: process.pid, host: 'kvm-17', time: '2026-01-02T12:00:00.000000Z' };
    expect(writerOf(disk, FOLDER)).toMatchObject({ state: { ...noted, connected: false }, isThere: true });
    writer.note(true);
    expect(writerOf(disk, FOLDER)).toMatchObject({ state: { ...noted, connected: true } });
  });

  it('tells of a loss of power by an event of its host, in its place', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk), 1, 1);
    disk.killAll();
    openWriter(disk, { boot: 'boot-2' });
    const item = readerFrom(disk, { next: 2, ordinal: 1 }).next();
    expect(item.kind === 'entry' && item.entry.event.toString()).toBe(
      '<event type="events-lost" timestamp="2026-01-02T12:00:00.000000Z" host="kvm-17" unknown="true" cause="unclean"/>',
    );
  });

  it('closes once, sealed and synced', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    appendAll(writer, 1, 1);
    writer.close();
    writer.close();
    expect(disk.openFiles).toEqual([]);
    expect(disk.durableOf(segmentPath(1)).toString()).toMatch(/sealed last="1" count="1"\?><\/events>\n$/);
  });

  it('removes drafts that were never finished, and nothing else', () => {
    const disk = emptyDisk();
    openWriter(disk).close();
    for (const name of [`${segmentName(5)}.tmp`, 'notes.tmp', 'notes.xml']) {
      disk.close(disk.open(`${FOLDER}/${name}`, 'create'));
    }
    openWriter(disk).close();
    expect(disk.list(FOLDER).sort()).toEqual([segmentName(1), 'lock', 'notes.tmp', 'notes.xml', 'readers']);
  });

  it('keeps files and segments few, however often it is started', () => {
    const disk = emptyDisk();
    for (let n = 1; n <= 1000; n += 1) {
      openWriter(disk).close();
    }
    expect(disk.list(FOLDER)).toHaveLength(3);
    for (let n = 1; n <= 1000; n += 1) {
      const writer = openWriter(disk, { maxBytes: 5000 });
      writer.append(eventOf(n));
      writer.prune();
      writer.close();
    }
    expect(disk.list(FOLDER).length).toBeLessThan(15);
    expect(story(disk).at(-1)).toBe('1000:1000');
  });
});

function thrownByAny(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
