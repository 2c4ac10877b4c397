import type { BookmarkRecord } from '../../lib/journal/bookmark';
import { resume } from '../../lib/journal/resume';
import { thrownBy } from '../support/thrown-by';
import type { FakeDisk } from './fake-disk';
import {
  appendAll,
  emptyDisk,
  eventOf,
  FOLDER,
  openWriter,
  readerFrom,
  rest,
  segmentPath,
  segments,
  story,
} from './journals';

const fresh = { attempt: 0, throws: 0, isOffered: false };

/** What a bookmark says behind the entry of a number. */
function behind(disk: FakeDisk, sequence: number): BookmarkRecord {
  const reader = readerFrom(disk);
  for (let item = reader.next(); item.kind === 'entry'; item = reader.next()) {
    if (item.entry.sequence === sequence) {
      const { crc, position } = item.entry;
      const completed = { id: item.id, sequence, crc, segment: item.segment, position };
      reader.close();
      return { ...fresh, next: sequence + 1, ordinal: sequence, completed };
    }
  }
  throw new Error(`there is no entry ${sequence}`);
}

function goOn(disk: FakeDisk, record: BookmarkRecord): string[] {
  const reader = resume(disk, FOLDER, record, 'PATH');
  try {
    return rest(reader);
  } finally {
    reader.close();
  }
}

function refusal(disk: FakeDisk, record: BookmarkRecord): string {
  const error = thrownBy<Error>(() => goOn(disk, record));
  expect(error).toMatchObject({ code: 'ERR_BOOKMARK' });
  const [, problem] =
    /^the bookmark PATH doesn't fit the journal \/journal: (.*); move it with "virdeliver journal move", if it is in the journal's folder, or remove it to begin anew$/.exec(
      error.message,
    )!;
  return problem!;
}

function written(segmentBytes = 600) {
  const disk = emptyDisk();
  const writer = openWriter(disk, { segmentBytes });
  appendAll(writer, 1, 9);
  return { disk, writer };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to + 1 - from }, (_, at) => `${from + at}:${from + at}`);

describe('a reader with a bookmark', () => {
  it('goes on behind what it has completed last, wherever that is', () => {
    const { disk } = written();
    for (let sequence = 1; sequence <= 9; sequence += 1) {
      expect(goOn(disk, behind(disk, sequence))).toEqual(numbers(sequence + 1, 9));
    }
    expect(disk.openFiles).toHaveLength(2);
  });

  it('goes on at its place if it has completed nothing yet', () => {
    const { disk } = written();
    for (const next of [1, 3, 5, 9, 10]) {
      expect(goOn(disk, { ...fresh, next, ordinal: next - 1 })).toEqual(numbers(next, 9));
    }
    const empty = emptyDisk();
    openWriter(empty);
    expect(goOn(empty, { ...fresh, next: 1, ordinal: 0 })).toEqual([]);
  });

  it('reads no more than it must to find it', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk);
    for (let n = 1; n <= 30; n += 1) {
      writer.append(eventOf(`${n}${' '.repeat(100_000)}`));
    }
    const record = behind(disk, 29);
    let reads = 0;
    disk.onCall = (name) => {
      reads += name === 'read' ? 1 : 0;
    };
    expect(goOn(disk, record)).toHaveLength(1);
    expect(reads).toBeLessThan(20);
    reads = 0;
    expect(goOn(disk, { ...record, completed: { ...record.completed!, position: 5 } })).toHaveLength(1);
    expect(reads).toBeGreaterThan(20);
  });

  it('finds what it has completed in another place than it was', () => {
    const { disk } = written(10_000);
    const record = behind(disk, 5);
    const { completed } = record;
    for (const hint of [
      { segment: 1 },
      { position: 10 },
      { position: completed!.position - 70 },
      { segment: 99, position: 1e9 },
      { position: 1e9 },
      { position: behind(disk, 7).completed!.position },
    ]) {
      expect(goOn(disk, { ...record, completed: { ...completed!, ...hint } })).toEqual(numbers(6, 9));
    }
  });

  it('is told what was pruned', () => {
    const { disk } = written();
    const record = behind(disk, 2);
    const [, , third] = segments(disk) as [number, number, number];
    for (const first of segments(disk).filter((each) => each < third)) {
      disk.unlink(segmentPath(first));
    }
    expect(goOn(disk, record)).toEqual([`expired ${third - 3}`, ...numbers(third, 9)]);
  });

  it('goes on though its entry is damaged, if there is more', () => {
    const { disk } = written();
    const record = behind(disk, 2);
    disk.tamper(segmentPath(1), (bytes) => {
      bytes.write('?', bytes.indexOf('<n>2') + 3);
      return bytes;
    });
    expect(goOn(disk, record)).toEqual(numbers(3, 9));
  });

  it('goes on behind damage with which the last segment begins', () => {
    const disk = emptyDisk();
    appendAll(openWriter(disk, { segmentBytes: 600 }), 1, 8);
    expect(segments(disk)).toEqual([1, 4, 7]);
    disk.tamper(segmentPath(7), (bytes) => bytes.fill('?', bytes.indexOf('<n>7'), bytes.indexOf('<n>7') + 4));
    const { completed } = behind(disk, 6);
    expect(goOn(disk, { ...fresh, next: 8, ordinal: 7, completed })).toEqual(['8:8']);
  });

  it('of another journal is refused', () => {
    const { disk } = written();
    const { disk: other } = written();
    const record = behind(other, 2);
    expect(refusal(disk, record)).toBe(`it is one of the journal with the id ${record.completed!.id}`);
  });

  it('may be something else that says where to go on, with a remedy of its own', () => {
    const { disk } = written();
    const { disk: other } = written();
    const claim = { what: 'the stream EVENTS', remedy: 'choose another' };
    expect(thrownBy(() => resume(disk, FOLDER, behind(other, 2), claim))).toMatchObject({
      message: expect.stringMatching(/^the stream EVENTS doesn't fit the journal \/journal: .*; choose another$/),
    });
  });

  it('of other entries is refused', () => {
    const { disk } = written();
    const record = behind(disk, 2);
    expect(refusal(disk, { ...record, completed: { ...record.completed!, crc: record.completed!.crc ^ 1 } })).toBe(
      "the entry 2 isn't the one that was read then",
    );
  });

  it('of other entries is refused, also if they must be looked for', () => {
    const { disk } = written(900);
    const { completed, ...record } = behind(disk, 4);
    const wrong = { ...completed!, crc: completed!.crc ^ 1, position: 0 };
    expect(refusal(disk, { ...record, completed: wrong })).toBe("the entry 4 isn't the one that was read then");
  });

  it('goes on behind damage that it was told of', () => {
    const { disk } = written(1_000_000);
    disk.tamper(segmentPath(1), (bytes) => bytes.fill('?', bytes.indexOf('<n>6'), bytes.indexOf('<n>7') + 4));
    const { completed } = behind(disk, 5);
    expect(goOn(disk, { ...fresh, next: 8, ordinal: 7, completed })).toEqual(numbers(8, 9));
  });

  it('goes on from each place that it has come to, whichever entry is damaged, also if what it has completed is pruned', () => {
    for (let damaged = 1; damaged < 9; damaged += 1) {
      const { disk } = written();
      disk.tamper(segmentPath(segments(disk).findLast((first) => first <= damaged)!), (bytes) => {
        bytes.write('?', bytes.indexOf(`<n>${damaged}`) + 3);
        return bytes;
      });
      const reader = readerFrom(disk);
      const left = story(disk);
      const last = segments(disk).at(-1)!;
      let completed: BookmarkRecord['completed'];
      for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
        left.shift();
        if (item.kind === 'entry') {
          const { sequence, crc, position } = item.entry;
          completed = { id: item.id, sequence, crc, segment: item.segment, position };
        }
        expect(goOn(disk, { ...fresh, ...reader.position, completed })).toEqual(left);
        if (reader.position.next > last) {
          for (const first of segments(disk).filter((each) => each < last)) {
            disk.unlink(segmentPath(first));
          }
          expect(goOn(disk, { ...fresh, ...reader.position, completed })).toEqual(left);
        }
      }
      reader.close();
    }
  });

  it('in a segment that cannot be read any more is refused if that is the last', () => {
    const { disk } = written();
    const record = behind(disk, 9);
    disk.tamper(segmentPath(segments(disk).at(-1)!), (bytes) => bytes.fill(0));
    expect(refusal(disk, record)).toMatch(/^it stands before the entry 10, which isn't there/);
  });

  it('that is ahead of the journal is refused', () => {
    const { disk } = written();
    const { completed } = behind(disk, 9);
    const ahead = "it stands before the entry 12, which isn't there; after a loss of power start the collector first";
    expect(refusal(disk, { ...fresh, next: 12, ordinal: 11, completed: { ...completed!, sequence: 11 } })).toBe(ahead);
    expect(refusal(disk, { ...fresh, next: 12, ordinal: 11 })).toBe(ahead);
    expect(goOn(disk, { ...fresh, next: 10, ordinal: 9, completed })).toEqual([]);
    expect(disk.openFiles).toHaveLength(2);
  });

  it('of a journal without segments is refused', () => {
    const { disk } = written();
    const record = behind(disk, 2);
    for (const first of segments(disk)) {
      disk.unlink(segmentPath(first));
    }
    expect(refusal(disk, record)).toBe('it has no segment');
  });

  it('goes on at the gap if it stands among numbers that were skipped', () => {
    const { disk } = written();
    const record = behind(disk, 9);
    disk.killAll();
    appendAll(openWriter(disk, { boot: 'boot-2' }), 10, 10);
    const news = [`${9 + 2 ** 32}:unclean`, `${10 + 2 ** 32}:10`];
    expect(goOn(disk, record)).toEqual(news);
    // Whoever had read more than the disk has kept.
    expect(
      goOn(disk, { ...record, next: 500, ordinal: 499, completed: { ...record.completed!, sequence: 499 } }),
    ).toEqual(news);
  });
});
