/** Journals as each released version has written them, of which `kept/` has one by the name of each: they are read, and written on, for ever. */
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalReader } from '../../lib/journal/journal-reader';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { nodeFiles } from '../../lib/journal/node-files';
import { findStart, headersIn } from '../../lib/journal/places';
import { bookmarkPath, openBookmark } from '../../lib/journal/readers';
import { resume } from '../../lib/journal/resume';

const KEPT = join(__dirname, 'kept');
const versions = readdirSync(KEPT);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-kept-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a kept journal where it can be written to. */
function copy(version: string): void {
  cpSync(join(KEPT, version), folder, { recursive: true });
  // As git has it, everybody may read it.
  chmodSync(bookmarkPath(folder, 'report'), 0o600);
}

function rest(reader: JournalReader): string[] {
  const found: string[] = [];
  for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
    if (item.kind === 'entry') {
      const text = item.entry.event.toString();
      const what =
        /<transition from="(.*?)" to="(.*?)"/.exec(text)?.slice(1).join(' to ') ??
        / (?:type|cause)="(?!events-lost)([\w-]+)"/.exec(text)![1];
      found.push(`${item.entry.sequence} ${what}`);
    } else {
      found.push(`${item.cause} ${item.count}`);
    }
  }
  reader.close();
  return found;
}

const SKIPPED = 2 ** 32;

/** What is in every one of them. */
const story = [
  '1 shutoff to running',
  '2 running to running',
  '3 absent to running',
  '4 third-party',
  '5 running to paused',
  `${SKIPPED + 5} unclean`,
  `${SKIPPED + 6} running to shutoff`,
];

describe.each(versions)('a journal that %s has written', (version) => {
  it('is read', () => {
    const path = join(KEPT, version);
    expect(rest(new JournalReader(nodeFiles, path, findStart(nodeFiles, path, 'oldest')!))).toEqual(story);
    expect(findStart(nodeFiles, path, { time: new Date('2026-11-28T12:00:08.000Z') })).toEqual({ next: 4, ordinal: 3 });
    expect(findStart(nodeFiles, path, 'newest')).toEqual({ next: SKIPPED + 7, ordinal: 7 });
    const [first, second, third] = headersIn(nodeFiles, path);
    expect(first).toMatchObject({
      source: 'qemu:///system',
      sourceUuid: 'd1b5fdbd-edaf-9455-926a-d65c16db1809',
      domains: [],
    });
    expect(second).toMatchObject({ first: 5, before: 4, previous: '2026-11-28T12:00:08.000000Z' });
    expect(third).toMatchObject({ formerIds: [first!.id], uncleanAfter: 5 });
  });

  it('is read on by its bookmark', () => {
    copy(version);
    const bookmark = openBookmark(nodeFiles, bookmarkPath(folder, 'report'))!;
    expect(bookmark.record).toMatchObject({ next: 4, ordinal: 3, attempt: 2, throws: 1, isOffered: true });
    expect(rest(resume(nodeFiles, folder, bookmark.record, 'report'))).toEqual(story.slice(3));
    bookmark.close();
  });

  it('is written on, with what it knows of domains', () => {
    copy(version);
    const boot = '61c86a5e-0000-4000-8000-000000000002';
    const writer = JournalWriter.open(nodeFiles, folder, {
      host: 'kvm-17',
      source: 'qemu:///system',
      boot,
      now: Date.now,
    });
    expect(writer.domains).toEqual([
      {
        uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f',
        name: 'a?>b "<é&\u{1f600}"',
        id: 3,
        persistent: true,
        state: 'shutoff',
      },
      { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'web', id: 4, persistent: undefined, state: 'paused' },
    ]);
    writer.append('<event type="new" timestamp="s"/>');
    writer.close();
    expect(rest(new JournalReader(nodeFiles, folder, { next: 1, ordinal: 0 }))).toEqual([
      ...story,
      `${SKIPPED + 7} new`,
    ]);
  });
});
