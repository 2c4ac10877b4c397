import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectEvents, openRecording } from '../../lib/testing';
import { main } from '../support/built';
import { type Outcome, run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-record-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function virdeliver(...args: string[]): Promise<Outcome> {
  return run(process.execPath, [main, ...args], { cwd: folder });
}

describe('virdeliver record', () => {
  it('writes events to a file that replay shows, and that is a stream of events', async () => {
    const recorded = await virdeliver('record', 'test:///default', 'life.xml', '--seed', '42', '--count', '3');
    expect(recorded).toEqual({ status: 0, stdout: '', stderr: `3 events recorded in ${join(folder, 'life.xml')}\n` });
    const events = collectEvents(openRecording(join(folder, 'life.xml')), null);
    expect(events).toHaveLength(3);
    const shown = `${events.map(({ xml }) => xml).join('\n')}\n`;
    const watched = await virdeliver('watch', 'file:life.xml', '--format', 'xml');
    expect(watched).toEqual({ status: 0, stdout: shown, stderr: '' });
    const replayed = await virdeliver('replay', 'life.xml', '--format', 'xml', '--speed', '100');
    expect(replayed).toEqual({ status: 0, stdout: shown, stderr: '' });
  });

  it('records what is chosen', async () => {
    writeFileSync(join(folder, 'many.xml'), [1, 2, 3].map((number) => eventXml('a', number)).join('\n'));
    const outcome = await virdeliver('record', 'file:many.xml', 'some.xml', '-s', 'n = $n', '--variable', 'n=2');
    expect(outcome).toMatchObject({ status: 0, stderr: expect.stringMatching(/^2 events recorded in /) });
    const { stdout } = await virdeliver('replay', 'some.xml', '--format', 'xml', '--at-once');
    expect(stdout).toBe(`${eventXml('a', 1)}\n${eventXml('a', 3)}\n`);
  });

  it('leaves a recording that replays when it is interrupted, and when it is killed', async () => {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const name = `${signal}.xml`;
      const child = spawn(process.execPath, [main, 'record', '-', name], { cwd: folder, stdio: 'pipe' });
      child.stdin.write(eventXml('a', signal));
      while (!existsSync(join(folder, name)) || !readFileSync(join(folder, name), 'utf8').includes(signal)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual(signal === 'SIGINT' ? [130, null] : [null, signal]);
      const { stdout, status } = await virdeliver('replay', name, '--format', 'xml', '--speed', '1000');
      expect([stdout, status]).toEqual([`${eventXml('a', signal)}\n`, 0]);
    }
  });

  it('says which event did not fit on a full disk, and leaves the others', async () => {
    writeFileSync(join(folder, 'much.xml'), eventXml('a', 1) + eventXml('a', 'x'.repeat(2000)));
    // 1024 bytes are left.
    const command = 'ulimit -f 1; exec "$@"';
    const args = ['-c', command, 'bash', process.execPath, main, 'record', 'file:much.xml', 'full.xml'];
    const { status, stderr } = await run('bash', args, { cwd: folder });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^virdeliver: .* on event 2 \(a\): .*full\.xml cannot be written: EFBIG/);
    const [first, ...others] = collectEvents(openRecording(join(folder, 'full.xml')), null);
    expect(first?.xml).toBe(eventXml('a', 1));
    expect(others.map(({ type }) => type)).toEqual(['events-lost']);
  });

  it('says so if the file cannot be written, with status 1', async () => {
    const outcome = await virdeliver('record', 'test:///default', 'none/events.xml');
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^virdeliver: cannot open "none\/events.xml": it cannot be written: ENOENT/);
  });
});

describe('virdeliver replay', () => {
  it('shows a line for a person by default, and ends after --count events', async () => {
    writeFileSync(join(folder, 'two.xml'), `${eventXml('a', 1)}<?virdeliver-after 3600000ms?>${eventXml('a', 2)}`);
    const { stdout, status } = await virdeliver('replay', 'two.xml', '--count', '1');
    expect([stdout, status]).toEqual([expect.stringMatching(/ a {2}n=1\n$/), 0]);
  });

  it('says nothing but what is wrong with --quiet', async () => {
    writeFileSync(join(folder, 'some.xml'), eventXml('a'));
    const warned = await virdeliver('replay', 'some.xml', '--type', 'lifecycle');
    expect(warned).toEqual({ status: 0, stdout: '', stderr: expect.stringMatching(/^virdeliver: warning: /) });
    expect(await virdeliver('replay', 'some.xml', '--type', 'lifecycle', '--quiet')).toEqual({ ...warned, stderr: '' });
    expect(await virdeliver('replay', 'nothing.xml', '-q')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nothing.xml'),
    });
  });

  it('waits out the pauses', async () => {
    writeFileSync(join(folder, 'late.xml'), `<?virdeliver-after 3600000ms?>${eventXml('a')}`);
    const late = await virdeliver('replay', 'late.xml', '--timeout', '0.1');
    expect(late).toEqual({ status: 0, stdout: '', stderr: '' });
    const soon = await virdeliver('replay', 'late.xml', '--at-once', '--format', 'xml');
    expect(soon.stdout).toBe(`${eventXml('a')}\n`);
  });

  it('says what is wrong with a file, with status 1', async () => {
    expect((await virdeliver('replay', 'nothing.xml')).stderr).toMatch(/nothing.xml does not exist; check the path/);
    writeFileSync(join(folder, 'bad.xml'), `<?virdeliver-after soon?>${eventXml('a')}`);
    const outcome = await virdeliver('replay', 'bad.xml');
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toMatch(
      /a recorded pause looks like <\?virdeliver-after 12.5ms\?>, but there is <\?virdeliver-after soon\?>/,
    );
  });
});

it.each<[string[], string]>([
  [['record'], 'a URI and a file are needed'],
  [['record', 'memory:'], 'a URI and a file are needed'],
  [['record', 'memory:', 'a', 'b'], "unexpected argument 'b'"],
  [['record', 'memory:', 'a', '--format', 'xml'], "Unknown option '--format'"],
  [['replay'], 'no file given'],
  [['replay', 'a', 'b'], "unexpected argument 'b'"],
  [['replay', 'a', '--speed', '0'], '--speed takes a number above 0'],
  [['replay', 'a', '--speed', 'fast'], "--speed takes a number from 0 on, but got 'fast'"],
])('%j is wrong usage: status 2, and a message on stderr', async (args, message) => {
  const outcome = await virdeliver(...args);
  expect(outcome).toMatchObject({ status: 2, stdout: '' });
  expect(outcome.stderr).toContain(message);
});
