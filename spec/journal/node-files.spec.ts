import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../lib/journal/journal-files';
import { JournalWriter } from '../../lib/journal/journal-writer';
import { nodeFiles } from '../../lib/journal/node-files';
import { thrownBy } from '../support/thrown-by';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-files-'));
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Has programs looked for in one folder only. */
function lookIn(path: string): void {
  const processes = process.getBuiltinModule('node:child_process');
  const { spawnSync } = processes;
  jest
    .spyOn(processes, 'spawnSync')
    .mockImplementation(((command: string, words: string[], options: object) =>
      spawnSync(command, words, { ...options, env: { PATH: path } })) as typeof spawnSync);
}

describe("this machine's files", () => {
  it('are written and read at any place', () => {
    const path = join(folder, 'file');
    const fd = nodeFiles.open(path, 'create', 0o640);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    nodeFiles.write(fd, Buffer.from('hello'), 3);
    nodeFiles.sync(fd);
    const bytes = Buffer.alloc(10);
    expect(nodeFiles.read(fd, bytes, 4)).toBe(4);
    expect(bytes.toString('latin1', 0, 4)).toBe('ello');
    expect(nodeFiles.facts(fd)).toMatchObject({
      size: 8,
      links: 1,
      isRegular: true,
      uid: process.geteuid!(),
      gid: expect.any(Number),
    });
    expect(nodeFiles.facts(path)).toEqual(nodeFiles.facts(fd));
    nodeFiles.link(path, join(folder, 'other'));
    expect(nodeFiles.facts(fd).links).toBe(2);
    nodeFiles.rename(join(folder, 'other'), join(folder, 'third'));
    nodeFiles.unlink(path);
    expect(nodeFiles.list(folder)).toEqual(['third']);
    nodeFiles.syncFolder(folder);
    nodeFiles.close(fd);
    expect(thrownBy(() => nodeFiles.facts(path))).toMatchObject({ code: 'ENOENT' });
  });

  it('are opened as it is said, and never through a link', () => {
    const path = join(folder, 'file');
    expect(thrownBy(() => nodeFiles.open(path, 'update'))).toMatchObject({ code: 'ENOENT' });
    writeFileSync(path, 'x');
    expect(thrownBy(() => nodeFiles.open(path, 'create'))).toMatchObject({ code: 'EEXIST' });
    const fd = nodeFiles.open(path, 'read');
    expect(thrownBy(() => nodeFiles.write(fd, Buffer.from('y'), 0))).toMatchObject({ code: 'EBADF' });
    nodeFiles.close(fd);
    symlinkSync(path, join(folder, 'link'));
    expect(thrownBy(() => nodeFiles.open(join(folder, 'link'), 'read'))).toMatchObject({ code: 'ELOOP' });
    expect(nodeFiles.facts(join(folder, 'link')).isRegular).toBe(false);
  });

  it('are in folders of exactly the rights that are said, whatever the mask of the process', () => {
    const mask = process.umask(0o077);
    try {
      makeFolder(nodeFiles, join(folder, 'journal'), 0o1770);
      makeFolder(nodeFiles, join(folder, 'journal'), 0o700);
    } finally {
      process.umask(mask);
    }
    expect(statSync(join(folder, 'journal')).mode & 0o7777).toBe(0o1770);
    expect(thrownBy(() => makeFolder(nodeFiles, join(folder, 'a', 'b'), 0o700))).toMatchObject({ code: 'ENOENT' });
  });

  it('have their names reach the disk with their folder, which is not left open', () => {
    const open = readdirSync('/dev/fd');
    jest.spyOn(process.getBuiltinModule('node:fs'), 'fsyncSync').mockImplementation((fd) => {
      expect(fstatSync(fd).ino).toBe(statSync(folder).ino);
      throw new Error('EIO');
    });
    expect(() => nodeFiles.syncFolder(folder)).toThrow('EIO');
    expect(readdirSync('/dev/fd')).toEqual(open);
  });

  it('say how much of the file system is free', () => {
    const share = nodeFiles.freeShare(folder);
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  });

  it('are locked by one alone, or by several that share them', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    const [one, other, third] = [0, 0, 0].map(() => openSync(path, 'r')) as [number, number, number];
    try {
      expect([
        nodeFiles.lock(one, 'shared'),
        nodeFiles.lock(other, 'shared'),
        nodeFiles.lock(third, 'exclusive'),
      ]).toEqual([true, true, false]);
      closeSync(other);
      expect(nodeFiles.lock(one, 'exclusive')).toBe(true);
      expect([nodeFiles.lock(third, 'shared'), nodeFiles.lock(third, 'exclusive', 20)]).toEqual([false, false]);
    } finally {
      closeSync(one);
      closeSync(third);
    }
  });

  it('are waited for, if it is said for how long', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    // What the shell has locked stays so as long as its child runs.
    const { status } = spawnSync('sh', ['-c', 'exec 3< "$0"; flock --exclusive 3; sleep 0.5 &', path], {
      stdio: 'ignore',
    });
    expect(status).toBe(0);
    const fd = openSync(path, 'r');
    try {
      expect(nodeFiles.lock(fd, 'exclusive')).toBe(false);
      expect(nodeFiles.lock(fd, 'exclusive', 20_000)).toBe(true);
    } finally {
      closeSync(fd);
    }
  });

  it.each([
    ['is missing', undefined, 'spawnSync flock ENOENT'],
    ['says why it cannot', 'echo "flock: 3: No locks available" >&2; exit 71', 'flock: 3: No locks available'],
    ['says nothing', 'exit 64', 'it ended with status 64'],
    ['is killed', 'kill -9 $$', 'it ended with SIGKILL'],
  ])('cannot be locked if flock(1) %s, which is said', (_, script, problem) => {
    if (script !== undefined) {
      writeFileSync(join(folder, 'flock'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const fd = openSync(join(folder, 'file'), 'w');
    try {
      lookIn(folder);
      expect(thrownBy(() => nodeFiles.lock(fd, 'exclusive'))).toMatchObject({
        code: 'ERR_LOCK_UNAVAILABLE',
        message: `files can't be locked here, as journals need it, by the program flock(1) of util-linux: ${problem}`,
      });
    } finally {
      closeSync(fd);
    }
  });

  it('hold a journal, of a segment that others read as XML', () => {
    const journal = join(folder, 'journal');
    const mask = process.umask(0o022);
    try {
      const writer = JournalWriter.open(nodeFiles, journal, { host: 'kvm-17', boot: 'b', now: Date.now });
      writer.append('<event type="t" timestamp="s"/>');
      writer.close();
    } finally {
      process.umask(mask);
    }
    const rights = (name: string) => (statSync(join(journal, name)).mode & 0o7777).toString(8);
    const segment = '00000000000000000001.xml';
    expect(['.', 'lock', segment, 'readers'].map(rights)).toEqual(['750', '600', '640', '1770']);
    const text = readFileSync(join(journal, segment), 'utf8');
    expect(text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?><events><\?virdeliver-journal version="1" id="[\da-f-]{36}" host="kvm-17" first="1" before="0" opened="[^"]+" boot="b" domains="0" crc="[\da-f]{8}"\?>\n<\?virdeliver-entry 1 31 [\da-f]{8} \S+Z\?>\n<event type="t" timestamp="s"\/>\n<\?virdeliver-sealed last="1" count="1"\?><\/events>\n$/,
    );
  });
});
