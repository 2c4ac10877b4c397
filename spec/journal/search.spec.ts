import { formatTimestamp } from '../../lib/clock';
import { Random } from '../../lib/drivers/test/random';
import { ENTRY_START, entryText } from '../../lib/journal/entry-format';
import { JournalReader } from '../../lib/journal/journal-reader';
import { findStart, headersIn } from '../../lib/journal/places';
import type { FakeDisk } from './fake-disk';
import { emptyDisk, FOLDER, NOON, openWriter, rest, segmentPath, segments, story } from './journals';

/** What somebody makes up who knows the journal's id: an entry with any number and time that is right by its checksum. */
function forged(id: string, sequence: number, time: number): string {
  return entryText(id, sequence, formatTimestamp(time), '<event type="t" timestamp="s"><n>made up</n></event>');
}

/** What such markup can stand in. */
const CLOAKS = [
  (text: string) => text,
  (text: string) => `<!-- ${text} -->`,
  (text: string) => `<![CDATA[${text}]]>`,
] as const;

const below = (random: Random, from: number, to: number) => from + random.below(to - from);

/** A journal of some segments, in which entries have a time each that comes again, and events tell of entries that there are not. */
function written(random: Random): { readonly disk: FakeDisk; readonly times: readonly number[] } {
  const disk = emptyDisk();
  let now = NOON;
  const writer = openWriter(disk, { now: () => now, segmentBytes: below(random, 500_000, 1_500_000) });
  const { id } = headersIn(disk, FOLDER)[0]!;
  const times: number[] = [];
  const events = below(random, 40, 160);
  for (let n = 1; n <= events; n += 1) {
    // It stands still, goes on, or is set back by less than what begins a new segment.
    now += [0, 0, 1000, 20_000, -15_000][random.below(5)]!;
    const lies = Array.from({ length: random.below(4) }, () => {
      const lie = forged(id, below(random, 1, 2 * events), NOON + random.below(1_000_000));
      return CLOAKS[random.below(CLOAKS.length)]!(lie);
    });
    const filling = 'x'.repeat(random.below(30_000));
    writer.append(`<event type="t" timestamp="s"><n>${n}</n>${filling}${lies.join('')}${filling}</event>`);
    times.push(now);
  }
  return { disk, times };
}

/** Where a plain walk from the oldest entry finds each of them, and when it was appended. */
function walk(disk: FakeDisk) {
  const reader = new JournalReader(disk, FOLDER, findStart(disk, FOLDER, 'oldest')!);
  const found: { readonly sequence: number; readonly time: string }[] = [];
  for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
    if (item.kind === 'entry') {
      found.push({ sequence: item.entry.sequence, time: item.entry.time });
    }
  }
  reader.close();
  return found;
}

describe('a place in a journal that is searched for', () => {
  const seeds = Array.from({ length: 6 }, (_, seed) => seed + 1);

  it.each(seeds)('is where a plain walk finds it, whatever events say of other entries (%d)', (seed) => {
    const random = new Random(seed);
    const { disk, times } = written(random);
    const all = story(disk);
    expect(all).toEqual(times.map((_, index) => `${index + 1}:${index + 1}`));
    const entries = walk(disk);
    for (let look = 0; look < 12; look += 1) {
      const next = below(random, 1, times.length + 2);
      expect(story(disk, { next, ordinal: next - 1 })).toEqual(all.slice(next - 1));
      expect(findStart(disk, FOLDER, { sequence: next })).toEqual({ next, ordinal: next - 1 });
      const { time } = entries[Math.min(next, entries.length) - 1]!;
      const first = entries.find((entry) => entry.time >= time)!.sequence;
      expect(findStart(disk, FOLDER, { time: new Date(time) })?.next).toBe(first);
    }
  });

  it.each(seeds.slice(0, 3))('is where a plain walk finds it, past damage, too (%d)', (seed) => {
    const random = new Random(seed);
    const { disk } = written(random);
    for (const first of segments(disk)) {
      disk.tamper(segmentPath(first), (bytes) => {
        const at = below(random, Math.floor(bytes.length / 10), bytes.length);
        return bytes.fill('x', at, Math.min(at + random.below(100_000), bytes.length));
      });
    }
    const entries = walk(disk);
    const told = story(disk);
    for (let look = 0; look < 12; look += 1) {
      const { sequence } = entries[random.below(entries.length)]!;
      const from = told.indexOf(`${sequence}:${sequence}`);
      expect(story(disk, { next: sequence, ordinal: sequence - 1 })).toEqual(told.slice(from));
    }
  });
});

it('an event that looks like an entry in its markup is read as it was, but for one space', () => {
  const disk = emptyDisk();
  const writer = openWriter(disk);
  writer.append(`<event type="t" timestamp="s"><n>1</n><?virdeliver-entry 2 3?></event>`);
  const reader = new JournalReader(disk, FOLDER, findStart(disk, FOLDER, 'oldest')!);
  const item = reader.next();
  expect(item.kind === 'entry' && item.entry.event.toString()).toBe(
    '<event type="t" timestamp="s"><n>1</n><?virdeliver-entry\t2 3?></event>',
  );
  expect(rest(reader)).toEqual([]);
  expect(disk.contentOf(segmentPath(1)).toString().split(ENTRY_START)).toHaveLength(2);
});
