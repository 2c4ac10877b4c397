import { JournalReader, type Position } from '../../lib/journal/journal-reader';
import { JournalWriter, type WriterOptions } from '../../lib/journal/journal-writer';
import { findStart } from '../../lib/journal/places';
import { firstOfSegment, segmentName } from '../../lib/journal/segment-format';
import { FakeDisk } from './fake-disk';

export const FOLDER = '/journal';

export const emptyDisk = (): FakeDisk => new FakeDisk(new Map([['/', new Map()]]));

/** The time at which everything is written unless a test says another one, in milliseconds since 1970. */
export const NOON: number = Date.parse('2026-01-02T12:00:00Z');

export function openWriter(disk: FakeDisk, options: Partial<WriterOptions> = {}): JournalWriter {
  return JournalWriter.open(disk, FOLDER, { host: 'kvm-17', boot: 'boot-1', now: () => NOON, ...options });
}

export const eventOf = (n: number | string): string => `<event type="t" timestamp="s"><n>${n}</n></event>`;

/** Appends the events of numbers from one to another. */
export function appendAll(writer: JournalWriter, first: number, last: number): void {
  for (let n = first; n <= last; n += 1) {
    writer.append(eventOf(n));
  }
}

/** What a reader finds from now on: the numbers of entries, each with what its event says, and what is missing. */
export function rest(reader: JournalReader): string[] {
  const found: string[] = [];
  for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
    if (item.kind === 'entry') {
      const text = item.entry.event.toString();
      found.push(`${item.entry.sequence}:${/<n>([^<]*)/.exec(text)?.[1] ?? /cause="(\w+)"/.exec(text)?.[1]}`);
    } else {
      expect(item.kind).toBe('missing');
      found.push(`${item.cause} ${item.count}`);
    }
  }
  return found;
}

export function readerFrom(disk: FakeDisk, position?: Position): JournalReader {
  return new JournalReader(disk, FOLDER, position ?? findStart(disk, FOLDER, 'oldest')!);
}

/** What a reader finds that begins at the oldest entry, or another place. */
export function story(disk: FakeDisk, position?: Position): string[] {
  const reader = readerFrom(disk, position);
  try {
    return rest(reader);
  } finally {
    reader.close();
  }
}

/** The path of a segment, by the number of its first entry. */
export const segmentPath = (first: number): string => `${FOLDER}/${segmentName(first)}`;

/** By which numbers the segments are named that are there. */
export function segments(disk: FakeDisk): number[] {
  return disk
    .list(FOLDER)
    .map(firstOfSegment)
    .filter((first) => first !== undefined)
    .sort((one, other) => one - other);
}
