import { JournalReader } from '../../lib/journal/journal-reader';
import { JournalWriter, type WriterOptions } from '../../lib/journal/journal-writer';
import { findStart } from '../../lib/journal/places';
import { FakeDisk } from './fake-disk';

const FOLDER = '/journal';

function open(disk: FakeDisk, options: Partial<WriterOptions> = {}): JournalWriter {
  return JournalWriter.open(disk, FOLDER, { host: 'kvm-17', boot: 'boot-1', now: () => 1_767_323_045_000, ...options });
}

function emptyDisk(): FakeDisk {
  return new FakeDisk(new Map([['/', new Map()]]));
}

const event = (n: number) => `<event type="t" timestamp="s"><n>${n}</n></event>`;

/** What a reader finds from the oldest entry on: numbers of events, and what is missing. */
function story(disk: FakeDisk): string[] {
  const found: string[] = [];
  const reader = new JournalReader(disk, FOLDER, findStart(disk, FOLDER, 'oldest')!);
  for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
    if (item.kind === 'entry') {
      const text = item.entry.event.toString();
      found.push(`${item.entry.sequence}:${/<n>(\d+)/.exec(text)?.[1] ?? /cause="(\w+)"/.exec(text)?.[1]}`);
    } else {
      found.push(`${item.cause} ${item.count}`);
    }
  }
  reader.close();
  return found;
}

describe('a journal', () => {
  it('is read as it was written', () => {
    const disk = emptyDisk();
    const writer = open(disk);
    for (let n = 1; n <= 5; n += 1) {
      writer.append(event(n));
    }
    writer.close();
    expect(story(disk)).toEqual(['1:1', '2:2', '3:3', '4:4', '5:5']);
  });

  it('goes on with the next number, whether its writer was closed or killed, and skips numbers after a loss of power', () => {
    const disk = emptyDisk();
    for (let n = 1; n <= 5; n += 1) {
      const writer = open(disk, { segmentBytes: 700 });
      writer.append(event(2 * n));
      writer.append(event(2 * n + 1));
      if (n % 2 === 0) {
        writer.close();
      } else {
        disk.killAll();
      }
    }
    const writer = open(disk, { boot: 'boot-2' });
    writer.append(event(99));
    writer.close();
    const before = Array.from({ length: 10 }, (_, at) => `${at + 1}:${at + 2}`);
    expect(story(disk)).toEqual([...before, `${10 + 2 ** 32}:unclean`, `${11 + 2 ** 32}:99`]);
  });
});
