import { type Entry, Segment } from '../../lib/journal/segment';
import { entryBytes } from '../../lib/journal/segment-format';
import type { FakeDisk } from './fake-disk';
import { appendAll, emptyDisk, eventOf, FOLDER, openWriter, segmentPath } from './journals';

/** A segment of so many entries, which nobody writes to any more, with something done to its bytes. */
function written(
  last: number,
  change: (bytes: Buffer, id: string) => Buffer = (bytes) => bytes,
): { disk: FakeDisk; segment: Segment } {
  const disk = emptyDisk();
  appendAll(openWriter(disk), 1, last);
  disk.killAll();
  disk.tamper(segmentPath(1), (bytes) => change(bytes, / id="(.*?)"/.exec(bytes.toString())![1]!));
  return { disk, segment: Segment.open(disk, FOLDER, 1) as Segment };
}

const entry = (id: string, n: number) => entryBytes(id, n, '2026-01-02T12:00:00.000000Z', Buffer.from(eventOf(n)));

const numbers = (entries: Iterable<Entry>) => Array.from(entries, ({ sequence }) => sequence);

describe('a segment', () => {
  it('is read entry by entry, each with its place and how many were written before it', () => {
    const { disk, segment } = written(3);
    const bytes = disk.contentOf(segmentPath(1));
    let position = segment.start;
    for (let n = 1; n <= 3; n += 1) {
      const found = segment.next() as Entry;
      expect(found).toMatchObject({ sequence: n, ordinal: n - 1, position, time: '2026-01-02T12:00:00.000000Z' });
      expect(bytes.toString('latin1', found.position, found.position + 20)).toBe(
        '<?virdeliver-entry 1'.slice(0, 19) + n,
      );
      expect(found.event.toString()).toBe(eventOf(n));
      position = found.end;
    }
    expect(position).toBe(bytes.length);
    expect(segment.next()).toBe('incomplete');
    segment.seek(segment.start);
    expect(numbers(segment.entries())).toEqual([1, 2, 3]);
    segment.close();
    expect(disk.openFiles).toEqual([]);
  });

  it('is read on behind damage, however much that is', () => {
    for (const length of [1, 17, 18, 19, 109, 110, 127, 128, 129, 16 * 1024 - 5, 300_000, 600_000]) {
      const { segment } = written(1, (bytes, id) =>
        Buffer.concat([bytes, Buffer.alloc(length, 'x'), entry(id, 2), entry(id, 3)]),
      );
      expect([length, ...numbers(segment.entries())]).toEqual([length, 1, 2, 3]);
    }
  });

  it('is read on only at entries that are whole, and of a higher number', () => {
    const { segment } = written(5, (bytes, id) => {
      const torn = entry(id, 6).subarray(0, -20);
      const wrong = entry('7795eb01-f6a4-8304-79aa-97f2502e193f', 6);
      const parts = [
        bytes,
        Buffer.from('<?virdeliver-entry '),
        entry(id, 4),
        torn,
        wrong,
        Buffer.from('<?virdeliver-entry 7 '),
        entry(id, 5),
        entry(id, 8),
      ];
      return Buffer.concat(parts);
    });
    expect(numbers(segment.entries())).toEqual([1, 2, 3, 4, 5, 8]);
  });

  it('has no entry of a number before its own', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 1 });
    appendAll(writer, 1, 2);
    const id = / id="(.*?)"/.exec(disk.contentOf(segmentPath(2)).toString())![1]!;
    disk.tamper(segmentPath(2), (bytes) => Buffer.concat([bytes, entry(id, 1), entry(id, 3)]));
    expect(numbers((Segment.open(disk, FOLDER, 2) as Segment).entries())).toEqual([2, 3]);
  });

  it('asks for no more memory than the file is long, whatever a damaged length says', () => {
    const { segment } = written(1, (bytes) =>
      Buffer.concat([
        bytes,
        Buffer.from('<?virdeliver-entry 2 9999999999999 00000000 2026-01-02T12:00:00.000000Z?>\n'),
      ]),
    );
    expect(numbers(segment.entries())).toEqual([1]);
    expect(segment.remains).toBe(2);
  });

  it('is not searched again as long as nothing has come', () => {
    const { disk, segment } = written(1, (bytes) => Buffer.concat([bytes, Buffer.alloc(1000, 'x')]));
    expect(numbers(segment.entries())).toEqual([1]);
    let reads = 0;
    disk.onCall = (name) => {
      reads += name === 'read' ? 1 : 0;
    };
    expect(segment.skipDamage(1)).toBe(false);
    expect(reads).toBe(0);
  });

  it.each([
    ['nothing', '', undefined],
    ['a piece of an entry', '<?virdeliver-en', undefined],
    ['an entry without its event', '<?virdeliver-entry 2 40 00000000 2026-01-02T12:00:00.000000Z?>\n', 2],
    ['an entry of another checksum', `<?virdeliver-entry 2 4 00000000 2026-01-02T12:00:00.000000Z?>\nabcd\n`, 'damage'],
    ['zeros', '\0\0\0', 'damage'],
  ])('says what is left of the entry that was written last: %s', (_, tail, remains) => {
    const { segment } = written(1, (bytes) => Buffer.concat([bytes, Buffer.from(tail)]));
    expect(numbers(segment.entries())).toEqual([1]);
    expect(segment.remains).toBe(remains);
  });

  it('of a thousand domains is opened, and read in pieces', () => {
    const disk = emptyDisk();
    const writer = openWriter(disk, { segmentBytes: 300_000 });
    for (let n = 1; n <= 1000; n += 1) {
      writer.append(
        `<event type="domain-state-transition" timestamp="s"><domain id="${n}" type="kvm"><name>${'ä'.repeat(40)}${n}</name><uuid>u-${n}</uuid></domain><transition from="shutoff" to="running" event="started" detail="booted"/></event>`,
      );
    }
    writer.close();
    const again = openWriter(disk);
    expect(again.domains).toHaveLength(1000);
    const segment = Segment.open(disk, FOLDER, again.next) as Segment;
    expect(segment.header.domains).toHaveLength(1000);
    expect(segment.next()).toBe('incomplete');
    again.append(eventOf(1));
    expect(segment.next()).toMatchObject({ sequence: 1001 });
  });

  it('that is not there is none', () => {
    const { disk } = written(1);
    expect(Segment.open(disk, FOLDER, 2)).toBeUndefined();
    expect(Segment.openFirst(disk, FOLDER, [7, 2])).toBeUndefined();
    expect(Segment.openFirst(disk, FOLDER, [7, 1])?.header.first).toBe(1);
    disk.rename(segmentPath(1), segmentPath(2));
    expect(Segment.open(disk, FOLDER, 2)).toBe('damaged');
    expect(disk.openFiles).toHaveLength(2);
  });
});
