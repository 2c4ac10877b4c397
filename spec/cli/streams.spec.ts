import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openConnection, readsFrom } from '../../lib';
import { recordEvents } from '../../lib/testing';
import { main } from '../support/built';
import { type Outcome, run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';

jest.setTimeout(120_000);

const onLinux = process.platform === 'linux' ? it : it.skip;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-streams-'));
});
beforeEach(() => writeFileSync(join(folder, 'X'), events));
afterAll(() => rmSync(folder, { recursive: true }));

const events = `${eventXml('a', 1)}\n${eventXml('a', 2)}\n`;

const VD = `vd() { "${process.execPath}" "${main}" "$@"; }`;

/** Runs a line of bash in which `vd` is the command. */
function bash(line: string): Promise<Outcome> {
  return run('bash', ['-c', `${VD}\n${line}`], { cwd: folder });
}

describe('standard output', () => {
  onLinux.each([
    'watch file:X',
    'watch file:X --format json',
    'replay X --at-once',
    'filter n X',
    'list test:///default',
    'stats test:///default -i 0.01 -n 2',
    '--help',
  ])('that is full makes %s say so in a line, with status 1', async (args) => {
    const { status, stderr } = await bash(`vd ${args} >/dev/full`);
    expect(stderr).toMatch(/^virdeliver: standard output cannot be written: ENOSPC: no space left on device.*\n$/);
    expect(status).toBe(1);
  });

  onLinux.each(['watch memory:', 'stats memory: -i 60', 'replay --speed 0.0001 slow', 'filter n -'])(
    'whose reader has gone ends %s quietly, though no event comes',
    async (args) => {
      writeFileSync(join(folder, 'slow'), `<?virdeliver-after 600000ms?>${eventXml('a')}`);
      const child = spawn('bash', ['-c', `${VD}\nvd ${args} | true; echo "\${PIPESTATUS[0]}"`], { cwd: folder });
      const ended = once(child, 'close');
      // Its standard input stays open, and silent.
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      await ended;
      expect([stdout, stderr]).toEqual(['0\n', '']);
    },
  );

  it('that is a socket ends the command, too, when the other end is closed', async () => {
    const program = `
      const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(main)}, 'watch', 'memory:'], {
        stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.destroy();
      child.on('exit', (status) => console.log(status));`;
    expect(await run(process.execPath, ['-e', program])).toEqual({ status: 0, stdout: '0\n', stderr: '' });
  });
});

describe('standard error', () => {
  onLinux('that is full costs nothing while there is nothing to say, and the status 1 otherwise', async () => {
    expect(await bash('vd watch file:X --format xml 2>/dev/full')).toEqual({ status: 0, stdout: events, stderr: '' });
    expect((await bash('vd watch memory: --count 1 --timeout 0 2>/dev/full')).status).toBe(1);
    expect((await bash('vd wach 2>/dev/full')).status).toBe(2);
  });
});

describe('what a command writes', () => {
  beforeAll(() => {
    symlinkSync('X', join(folder, 'symbolic'));
    writeFileSync(join(folder, 'X'), events);
    linkSync(join(folder, 'X'), join(folder, 'hard'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    writeFileSync(
      join(folder, 'node.xml'),
      '<node><domain type="test"><name>d</name><uuid>11111111-2222-3333-4444-555555555555</uuid>' +
        '<memory>8192</memory><os><type>hvm</type></os></domain></node>',
    );
  });

  it.each([
    'vd record file:X X',
    'vd record file:X?follow X',
    'vd record file:X hard',
    'vd record file:symbolic X',
    'vd record file:X symbolic',
    'vd record file:X ../$(basename "$PWD")/X',
    'vd record - X <X',
    'vd record fd:3 X 3<X',
    'vd record file:X /dev/stdout >>X',
    'vd record fifo:fifo fifo',
    'vd watch file:X >>X',
    'vd watch file:X?follow >>hard',
    'vd watch - <X >>symbolic',
    'vd replay X --at-once >>X',
    'vd stats file:X >>X',
    'vd filter n X >>X',
    'vd watch fifo:fifo <>fifo >&0',
  ])('is not what it reads: %s is refused, and changes nothing', async (line) => {
    const { status, stdout, stderr } = await bash(line);
    expect(stderr).toMatch(/is the file that the events are read from/);
    expect([status, stdout, readFileSync(join(folder, 'X'), 'utf8')]).toEqual([2, '', events]);
  });

  it('is not the file of the domains that it lists', async () => {
    const before = readFileSync(join(folder, 'node.xml'), 'utf8');
    const uri = 'test://"$PWD"/node.xml';
    for (const line of [`vd list ${uri} >>node.xml`, `vd record ${uri} node.xml --timeout 0`]) {
      expect((await bash(line)).status).toBe(2);
    }
    expect(readFileSync(join(folder, 'node.xml'), 'utf8')).toBe(before);
  });

  it('may be a file of any other name, and what both read and write is not a file', async () => {
    expect((await bash('vd record file:X other && vd watch file:X --format xml >other && cat other')).stdout).toBe(
      events,
    );
    expect((await bash('vd watch file:/dev/null >/dev/null')).status).toBe(0);
  });

  it('is not a file whose name is - by accident', async () => {
    const outcome = await bash('vd record file:X -');
    expect(outcome).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining("which '-' isn't") });
    expect((await bash('vd record file:X ./- 2>&1 && rm ./-')).status).toBe(0);
  });

  it('is refused by the library as well, with the file as it was', () => {
    using conn = openConnection(`file:${join(folder, 'X')}`);
    expect(() => recordEvents(conn, join(folder, 'symbolic'))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', argument: 'path' }),
    );
    expect(readFileSync(join(folder, 'X'), 'utf8')).toBe(events);
    expect([readsFrom(conn, join(folder, 'hard')), readsFrom(conn, join(folder, 'nothing'))]).toEqual([true, false]);
    using other = openConnection();
    expect(readsFrom(other, join(folder, 'X'))).toBe(false);
    expect(() => readsFrom(other, null as never)).toThrow(expect.objectContaining({ argument: 'file' }));
  });
});
