import { entryText } from '../../lib/journal/entry-format';
import { type Entry, Segment } from '../../lib/journal/segment';
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

const entry = (id: string, n: number) => Buffer.from(entryText(id, n, '2026-01-02T12:00:00.000000Z', eventOf(n)));

/** A segment with events of these lengths, in bytes. */
function withEvents(...lengths: number[]): { disk: FakeDisk; segment: Segment } {
  const disk = emptyDisk();
  const writer = openWriter(disk);
  for (const length of lengths) {
    writer.append('x'.repeat(length));
  }
  return { disk, segment: Segment.open(disk, FOLDER, 1) as Segment };
}

/** What is read of a disk from now on: how much is asked for, and how much comes. */
function readsOf(disk: FakeDisk): { readonly room: number; readonly count: number }[] {
  const reads: { room: number; count: number }[] = [];
  const read = disk.read.bind(disk);
  disk.read = (fd, bytes, position) => {
    const count = read(fd, bytes, position);
    reads.push({ room: bytes.length, count });
    return count;
  };
  return reads;
}

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

  it('is read in large pieces if it is long, and no byte twice', () => {
    const { disk, segment } = withEvents(...Array(30).fill(100_000), 300_000);
    const reads = readsOf(disk);
    const seen = Array.from(segment.entries(), ({ event, length }) => [
      event.toString() === 'x'.repeat(length),
      length,
    ]);
    expect(seen).toEqual([...Array(30).fill([true, 100_000]), [true, 300_000]]);
    const { length } = disk.contentOf(segmentPath(1));
    const bytes = reads.reduce((sum, { count }) => sum + count, 0);
    expect(bytes).toBe(length - 16 * 1024);
    expect(reads.filter(({ count }) => count > 0).length).toBeLessThan(2 + length / (128 * 1024));
    expect(reads.at(-1)).toEqual({ room: 16 * 1024, count: 0 });
  });

  it('takes little memory if it is short, and isn’t asked how long it is for an entry that is at hand', () => {
    const { disk, segment } = withEvents(1, 10, 1000);
    const reads = readsOf(disk);
    let sizes = 0;
    disk.onCall = (name) => {
      sizes += name === 'facts' ? 1 : 0;
    };
    for (let n = 1; n <= 3; n += 1) {
      expect(segment.next()).toMatchObject({ sequence: n });
    }
    expect(sizes).toBe(0);
    expect(segment.next()).toBe('incomplete');
    expect(Math.max(...reads.map(({ room }) => room))).toBeLessThanOrEqual(16 * 1024);
  });

  it('ends with an entry of any length', () => {
    for (const length of [1, 15_000, 16_384, 262_144, 600_000]) {
      const { segment } = withEvents(length);
      expect(segment.next()).toMatchObject({ sequence: 1, length });
      expect(segment.next()).toBe('incomplete');
    }
  });

  it('is read from any place again, whatever was read last', () => {
    const { segment } = withEvents(20_000, 400, 300_000, 400, 300_000, 400);
    const places = Array.from(segment.entries(), ({ sequence, position }) => ({ sequence, position }));
    for (const one of places) {
      for (const other of places) {
        for (const { sequence, position } of [one, other]) {
          segment.seek(position);
          expect(segment.next()).toMatchObject({ sequence, position });
        }
      }
    }
  });

  it('is looked at again where nothing whole stood: what was cut short is written over', () => {
    const entryOf = (id: string, text: string) =>
      Buffer.from(entryText(id, 2, '2026-01-02T12:00:00.000000Z', text.repeat(500)));
    let cut = Buffer.alloc(0);
    let whole = cut;
    const { disk, segment } = written(1, (bytes, id) => {
      cut = Buffer.concat([bytes, entryOf(id, 'a').subarray(0, 400)]);
      whole = Buffer.concat([bytes, entryOf(id, 'b')]);
      return cut;
    });
    expect(segment.next()).toMatchObject({ sequence: 1 });
    expect(segment.next()).toBe('incomplete');
    disk.tamper(segmentPath(1), () => whole);
    expect(segment.next()).toMatchObject({ sequence: 2 });
  });

  it('ends where it is sealed, whatever stands behind', () => {
    const { segment } = written(1, (bytes, id) =>
      Buffer.concat([bytes, Buffer.from('<?virdeliver-sealed last="1" count="1"?></events>\n'), entry(id, 2)]),
    );
    expect(numbers(segment.entries())).toEqual([1]);
    expect(segment.next()).toBe('sealed');
  });

  it('has its first entry also behind damage', () => {
    const { segment } = written(2, (bytes) => {
      const start = bytes.indexOf('<?virdeliver-entry');
      return Buffer.concat([bytes.subarray(0, start), Buffer.from('damaged'), bytes.subarray(start)]);
    });
    expect(numbers(segment.entries())).toEqual([1, 2]);
  });

  it('says that nothing whole is left if what comes is torn', () => {
    const { segment } = written(1, (bytes, id) =>
      Buffer.concat([bytes, Buffer.from('xx'), entry(id, 2).subarray(0, -9)]),
    );
    segment.next();
    expect(segment.next()).toBe('incomplete');
    expect(segment.skipDamage(1)).toBe(false);
  });

  it('that ends within its header is damaged, and not read on for more', () => {
    const { disk } = written(1, (bytes) => bytes.subarray(0, 100));
    const reads = readsOf(disk);
    expect(Segment.open(disk, FOLDER, 1)).toBe('damaged');
    expect(reads.map(({ count }) => count)).toEqual([100, 0]);
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
