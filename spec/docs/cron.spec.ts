/** The programs and lines for cron in `docs/recipes.md`: what they do if something goes wrong, on a journal of a simulated hypervisor. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { deliverEvents, ManualClock, openConnection } from '../../lib';
import { journalEvents, journalStats } from '../../lib/collector';
import { openTestConnection, type TestConnection } from '../../lib/testing';
import { main } from '../support/built';
import { type Outcome, root, run } from '../support/run-program';
import { fencedBlocks } from './fenced-blocks';

jest.setTimeout(60_000);

let folder: string;
let journal: string;
let hypervisor: TestConnection;
let collector: ReturnType<typeof journalEvents>;

const blocks = fencedBlocks('docs/recipes.md');
const PATH = () => `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;

/** Runs a program of the page, by the name in its first line. */
function runProgram(name: string): Promise<Outcome> {
  const { text } = blocks.find((block) => block.language === 'js' && block.text.startsWith(`// ${name}`))!;
  writeFileSync(join(folder, name), text);
  return run(process.execPath, [name, journal], { cwd: folder, env: { PATH: PATH() } });
}

/** Has the command by which the report is made work, or fail. */
function makeLogger(works: boolean): void {
  const script = works ? `echo "$3" >> ${join(folder, 'log')}` : 'exit 3';
  writeFileSync(join(folder, 'bin', 'logger'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', 'logger'), 0o755);
}

/** What was reported since this was asked last, without times. */
function reported(): string[] {
  const file = join(folder, 'log');
  const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  rmSync(file);
  return lines.map((line) => line.replace(/^\S+ /, ''));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-cron-'));
  journal = join(folder, 'journal');
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(root, join(folder, 'node_modules', 'virdeliver'));
  symlinkSync(main, join(folder, 'bin', 'virdeliver'));
  makeLogger(true);
  hypervisor = openTestConnection({
    clock: new ManualClock(new Date().toISOString()),
    domains: [
      { name: 'web', state: 'running' },
      { name: 'db', state: 'running' },
    ],
  });
  collector = journalEvents(hypervisor.conn, journal);
});
afterEach(() => {
  collector.close();
  hypervisor.conn.close();
  rmSync(folder, { recursive: true });
});

/** Has domains be stopped. */
function destroy(...names: string[]): void {
  for (const name of names) {
    hypervisor.domains.get(name).destroy();
  }
  deliverEvents(hypervisor.conn);
}

describe('The program for cron', () => {
  it('reports what has happened since its last run, and nothing that was before the first', async () => {
    destroy('web');
    expect(await runProgram('report.mjs')).toMatchObject({ status: 0, stderr: '' });
    expect(reported()).toEqual([]);
    destroy('db');
    expect(await runProgram('report.mjs')).toMatchObject({ status: 0, stderr: '' });
    expect(reported()).toEqual(['db domain-state-transition destroyed']);
  });

  it('fails if it cannot report an event, and begins with that one the next time', async () => {
    await runProgram('report.mjs');
    destroy('web', 'db');
    makeLogger(false);
    for (const attempt of [1, 2]) {
      const { status, stderr } = await runProgram('report.mjs');
      // Once: it neither spins nor goes on with the next event.
      expect(stderr.match(/^entry \d+, attempt \d+/gm)).toEqual([expect.stringMatching(`, attempt ${attempt}$`)]);
      expect(status).toBe(1);
    }
    makeLogger(true);
    expect(await runProgram('report.mjs')).toMatchObject({ status: 0, stderr: '' });
    expect(reported()).toEqual(['web domain-state-transition destroyed', 'db domain-state-transition destroyed']);
  });

  it('waits for a run that has not ended', async () => {
    await runProgram('report.mjs');
    const before = openConnection(`journal:${journal}?reader=report`);
    destroy('web');
    const next = runProgram('report.mjs');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(reported()).toEqual([]);
    before.close();
    expect(await next).toMatchObject({ status: 0 });
    expect(reported()).toEqual(['web domain-state-transition destroyed']);
  });

  it('complains of a collector that does not run, when it has reported what there is', async () => {
    await runProgram('report.mjs');
    destroy('web');
    collector.close();
    const { status, stderr } = await runProgram('report.mjs');
    expect(`${status} ${stderr}`).toMatch(/^1 the collector does not run/);
    expect(reported()).toEqual(['web domain-state-transition destroyed']);
  });
});

it('The program for the last hour shows what was written in it, each time', async () => {
  destroy('web');
  for (let times = 0; times < 2; times += 1) {
    const { stdout } = await runProgram('last-hour.mjs');
    expect(stdout).toMatch(/ web stopped destroyed\n$/);
  }
});

it('The line for a host without systemd starts a collector if none runs, and does nothing if one does', async () => {
  const table = blocks.find(({ text }) => text.includes('* * * * * virdeliver journal status'))!.text;
  const [, line = ''] = /^\* \* \* \* \* (.*)$/m.exec(table) ?? [];
  const command = line.replaceAll('/var/lib/virdeliver', journal).replace('qemu:///system', 'file:story.xml');
  writeFileSync(join(folder, 'story.xml'), '<event type="told" timestamp="2026-01-02T03:04:05Z"/>');
  const cron = () => run('sh', ['-c', command], { cwd: folder, env: { PATH: PATH() } });
  const written = journalStats(journal).written;
  expect(await cron()).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(journalStats(journal).written).toBe(written);
  collector.close();
  expect(await cron()).toMatchObject({ status: 0 });
  expect(journalStats(journal).written).toBeGreaterThan(written);
});
