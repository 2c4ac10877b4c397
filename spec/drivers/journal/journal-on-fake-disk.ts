import type { Connection } from '../../../lib';
import { readJournalUri } from '../../../lib/drivers/journal/journal-uri';
import { openReader } from '../../../lib/drivers/journal/open-journal';
import type { JournalWriter, WriterOptions } from '../../../lib/journal/journal-writer';
import type { FakeDisk } from '../../journal/fake-disk';
import { emptyDisk, FOLDER, openWriter } from '../../journal/journals';
import { eventXml, type OpenOptions, openOn } from '../../support/scripted-driver';

export { emptyDisk, FOLDER, openWriter };

/** Appends events whose `n` are their numbers, and has them reach the disk. */
export function append(writer: JournalWriter, events: number, type = 't'): void {
  for (let event = 0; event < events; event += 1) {
    writer.append(eventXml(type, writer.next));
  }
  writer.sync();
}

/** A file system with a journal of so many events, which nobody writes any more. */
export function diskWith(events: number, options: Partial<WriterOptions> = {}): FakeDisk {
  const disk = emptyDisk();
  const writer = openWriter(disk, options);
  append(writer, events);
  writer.close();
  return disk;
}

/** Opens the journal in such a file system; by default for a reader that ends with it. */
export function openJournalOn(
  disk: FakeDisk,
  query = '?reader=a&follow=no',
  { syncIntervalMs = 0, ...options }: OpenOptions & { readonly syncIntervalMs?: number } = {},
): Connection {
  const uri = `journal:${FOLDER}${query}`;
  return openOn(
    uri,
    (context) => openReader(disk, readJournalUri(uri, context.clock.now()), syncIntervalMs, context),
    options,
  ).conn;
}
