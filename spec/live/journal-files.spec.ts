/** A journal on a file system that is full, and among users who may not do everything: this needs root. */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { nodeFiles } from '../../lib/journal/node-files';
import { segmentName } from '../../lib/journal/segment-format';
import { builtModule } from '../support/built';
import { succeed } from '../support/run-program';

const mayMount = process.geteuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
const describeAsRoot = mayMount || process.env['VIRDELIVER_LIVE'] === '1' ? describe : describe.skip;

const prelude = `
  const { nodeFiles } = ${builtModule('journal/node-files')};
  const { JournalWriter } = ${builtModule('journal/journal-writer')};
  const { JournalReader } = ${builtModule('journal/journal-reader')};
  const { findStart } = ${builtModule('journal/places')};
  const { bookmarkPath, createBookmark, openBookmark, removeBookmark } = ${builtModule('journal/readers')};
  const { writerOf } = ${builtModule('journal/writer-lock')};
  const fs = require('node:fs');
  const [folder] = process.argv.slice(1);
  const record = { next: 1, ordinal: 0, attempt: 0, throws: 0, isOffered: false };
  const event = '<event type="t" timestamp="s">' + '.'.repeat(300) + '</event>';
  const open = (more) => JournalWriter.open(nodeFiles, folder, { host: 'kvm-17', boot: 'b', now: Date.now, segmentBytes: 65536, ...more });
  const count = () => {
    const found = { entries: 0, missing: 0 };
    const reader = new JournalReader(nodeFiles, folder, { next: 1, ordinal: 0 });
    for (let item = reader.next(); item.kind !== 'nothing'; item = reader.next()) {
      if (item.kind === 'entry') found.entries += 1; else found.missing += item.count;
    }
    reader.close();
    return found;
  };
  const codeOf = (step) => { try { step(); return 'done'; } catch (error) { return error.code; } };
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-journal-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describeAsRoot('a journal on a file system of a mebibyte', () => {
  /** Runs a program that has the file system to itself. */
  async function onSmallDisk(program: string): Promise<unknown> {
    const mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@" "$0/journal"';
    const command = ['--mount', 'sh', '-c', mount, folder, process.execPath, '-e', prelude + program];
    return JSON.parse(await succeed('unshare', command));
  }

  it('is pruned to what is to be kept free, and goes on', async () => {
    const found = await onSmallDisk(`
      const writer = open({ keepFree: 0.2 });
      const numbers = [];
      for (let n = 0; n < 5000; n += 1) { numbers.push(writer.append(event)); if (n % 100 === 0) writer.sync(); }
      writer.close();
      const { entries, missing } = count();
      console.log(JSON.stringify({ last: numbers.at(-1), entries: entries > 1000, all: entries + missing }));
    `);
    expect(found).toEqual({ last: 5000, entries: true, all: 5000 });
  });

  it('takes no event when it is full, though bookmarks are written, and goes on with the next number when there is room', async () => {
    const found = await onSmallDisk(`
      const writer = open();
      const bookmark = createBookmark(nodeFiles, bookmarkPath(folder, 'cron'), record);
      let last;
      for (let number = writer.append(event); number !== undefined; number = writer.append(event)) last = number;
      fs.writeFileSync(folder + '/../rest', Buffer.alloc(0));
      const isStillFull = writer.append(event) === undefined;
      bookmark.write({ ...record, next: last });
      bookmark.sync();
      bookmark.close();
      const atFull = count();
      const closed = codeOf(() => writer.close());
      const opened = codeOf(() => open());
      const oldest = fs.readdirSync(folder).filter((name) => name.endsWith('.xml')).sort()[0];
      fs.unlinkSync(folder + '/' + oldest);
      const again = open();
      const next = again.append(event);
      again.close();
      const { record: { next: remembered } } = openBookmark(nodeFiles, bookmarkPath(folder, 'cron'));
      const { entries, missing } = count();
      console.log(JSON.stringify({ isStillFull, read: atFull.entries - last, closed, opened, next: next - last, remembered: remembered - last, all: entries + missing - last }));
    `);
    expect(found).toEqual({
      isStillFull: true,
      read: 0,
      closed: 'done',
      opened: 'ERR_JOURNAL_WRITE',
      next: 1,
      remembered: 0,
      all: 1,
    });
  });
});

describeAsRoot('a journal among users', () => {
  const COLLECTOR = 54_321;
  const GROUP = 54_321;

  /** Runs a program as a user. */
  async function as(uid: number, gid: number, program: string): Promise<unknown> {
    // Not from the beginning: where Node or the library is installed may be closed to others.
    const become = `process.setgroups([]); process.setgid(${gid}); process.setuid(${uid});`;
    const child = spawn(process.execPath, ['-e', prelude + become + program, join(folder, 'journal')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return JSON.parse(await text(child.stdout));
  }

  beforeEach(async () => {
    mkdirSync(join(folder, 'x'));
    chownSync(folder, COLLECTOR, GROUP);
    spawnSync('chmod', ['755', folder]);
    await as(COLLECTOR, GROUP, 'const writer = open(); writer.append(event); writer.close(); console.log(0);');
  });

  it('is read by those of its group, each by a bookmark of its own, and by nobody else', async () => {
    const read = `
      const path = bookmarkPath(folder, 'of-' + process.getuid());
      const made = codeOf(() => createBookmark(nodeFiles, path, record).close());
      const opened = codeOf(() => openBookmark(nodeFiles, path).close());
      console.log(JSON.stringify({ made, opened, read: codeOf(() => { if (count().entries !== 1) throw new Error(); }) }));
    `;
    const all = { made: 'done', opened: 'done', read: 'done' };
    expect(await as(54_322, GROUP, read)).toEqual(all);
    expect(await as(54_323, GROUP, read)).toEqual(all);
    expect(await as(65_534, 65_534, read)).toEqual({ made: 'EACCES', opened: 'EACCES', read: 'EACCES' });
  });

  it('lets no reader remove or write what is another’s, nor keep its writer from writing', async () => {
    await as(54_322, GROUP, "createBookmark(nodeFiles, bookmarkPath(folder, 'mine'), record).close(); console.log(0);");
    const tried = await as(
      54_323,
      GROUP,
      `
      const path = bookmarkPath(folder, 'mine');
      fs.symlinkSync('/etc/passwd', bookmarkPath(folder, 'planted'));
      console.log(JSON.stringify({
        remove: codeOf(() => removeBookmark(nodeFiles, path)),
        unlink: codeOf(() => fs.unlinkSync(path)),
        open: codeOf(() => openBookmark(nodeFiles, path)),
        lock: codeOf(() => nodeFiles.open(folder + '/lock', 'read')),
        look: codeOf(() => writerOf(nodeFiles, folder)),
        write: codeOf(() => fs.writeFileSync(folder + '/x', '')),
      }));
    `,
    );
    expect(tried).toEqual({
      remove: 'EACCES',
      unlink: 'EPERM',
      open: 'EACCES',
      lock: 'EACCES',
      look: 'EACCES',
      write: 'EACCES',
    });
    // As any reader may lock what it may read.
    const segment = nodeFiles.open(join(folder, 'journal', segmentName(1)), 'read');
    try {
      expect(nodeFiles.lock(segment, 'exclusive')).toBe(true);
      const write =
        'const writer = open(); console.log(JSON.stringify([writer.append(event), count().entries])); writer.close();';
      expect(await as(COLLECTOR, GROUP, write)).toEqual([2, 2]);
    } finally {
      nodeFiles.close(segment);
    }
    expect(readdirSync(join(folder, 'journal', 'readers')).sort()).toEqual(['mine', 'planted']);
  });
});
