import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { openConnection } from '../../lib';
import { type JournalStats, journalEvents, journalStats } from '../../lib/collector';
import { main } from '../support/built';
import { isThorough } from '../support/often';
import { type Outcome, run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';

jest.setTimeout(120_000);

let scratch: string;
let folder: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'virdeliver-collect-'));
  folder = join(scratch, 'journal');
});
afterEach(() => rmSync(scratch, { recursive: true }));

const virdeliver = (...args: string[]): Promise<Outcome> =>
  run(process.execPath, [main, ...args], { cwd: scratch, timeout: 60_000 });

/** Starts a collector, and waits until it says that it collects. */
async function start(uri: string, ...args: string[]): Promise<{ child: ChildProcess; messages: Promise<string> }> {
  const child = spawn(process.execPath, [main, 'collect', uri, '--journal', folder, '--host', 'kvm-17', ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const messages = text(child.stderr!);
  await until(() => journalStats(folder).writer?.connected === true);
  return { child, messages };
}

/** Waits until a condition holds; what throws doesn't hold yet. */
async function until(condition: () => boolean): Promise<void> {
  for (;;) {
    try {
      if (condition()) {
        return;
      }
    } catch {
      // Not there yet.
    }
    await pause(20);
  }
}

const stop = async (child: ChildProcess, signal: NodeJS.Signals) => {
  child.kill(signal);
  return (await once(child, 'exit')) as [status: number | null, signal: NodeJS.Signals | null];
};

/** Writes a file of events of some types, and returns its URI. */
function file(...types: string[]): string {
  const path = join(scratch, 'events.xml');
  writeFileSync(path, types.map((type) => eventXml(type)).join('\n'));
  return `file:${path}`;
}

/** The texts of all segments. */
const segments = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.xml'))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));

describe('virdeliver collect', () => {
  it.each<[NodeJS.Signals, number]>([
    ['SIGTERM', 0],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ])('ends in good order on %s, with status %i', async (signal, status) => {
    const { child, messages } = await start('test:///default', '--seed', '5');
    await until(() => journalStats(folder).written > 1);
    expect(await stop(child, signal)).toEqual([status, null]);
    const { written, writer } = journalStats(folder);
    expect(writer?.alive).toBe(false);
    expect(segments().at(-1)).toMatch(/<\?virdeliver-sealed last="\d+" count="\d+"\?><\/events>\n$/);
    const word = signal === 'SIGINT' ? 'interrupted' : `ended by ${signal}`;
    expect((await messages).split('\n')).toEqual([
      `virdeliver: collects the events of test:///default in ${folder}`,
      `virdeliver: ${word}; ${written} ${written === 1 ? 'event' : 'events'} collected`,
      '',
    ]);
  });

  it('says nothing but what is wrong with --quiet', async () => {
    const args = ['collect', file('a', 'b'), '--journal', folder, '--leave-out', 'lifecycle', '--quiet'];
    expect(await virdeliver(...args)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(journalStats(folder).written).toBe(2);
    expect(await virdeliver('collect', 'file:not-there.xml', '--journal', folder, '-q')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not-there.xml'),
    });
  });

  it('ends with its source, and leaves out what is not wanted', async () => {
    const outcome = await virdeliver(
      ...['collect', file('a', 'b', 'c', 'd'), '--journal', folder, '--leave-out', 'a,b', '--leave-out', 'd'],
    );
    expect(outcome).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('ended; 1 event collected'),
    });
    expect(segments()[0]?.match(/<event type="\w+"/g)).toEqual(['<event type="c"']);
  });

  it('takes events from a FIFO, too, whose writers come and go', async () => {
    const fifo = join(scratch, 'a fifo');
    spawnSync('mkfifo', [fifo]);
    const { child } = await start('test:///default', '--fifo', fifo);
    for (const type of ['first', 'second']) {
      const { status } = spawnSync('timeout', ['5', 'sh', '-c', `echo '${eventXml(type)}' > "$0"`, fifo]);
      expect(status).toBe(0);
    }
    await until(() => journalStats(folder).written === 2);
    expect(await stop(child, 'SIGTERM')).toEqual([0, null]);
    expect(segments()[0]?.match(/<event type="\w+"/g)).toEqual(['<event type="first"', '<event type="second"']);
    expect(segments()[0]).toContain('host="kvm-17"');
  });

  it('ends with status 1 if another collector writes the journal', async () => {
    const { child } = await start('test:///default');
    expect(await virdeliver('collect', 'test:///default', '--journal', folder)).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^virdeliver: another process writes the journal ${folder}: process ${child.pid} on .+\n$`),
      ),
    });
    await stop(child, 'SIGTERM');
  });

  it('ends with status 1 when somebody has taken its journal away', async () => {
    const { child, messages } = await start('test:///default', '--seed', '5');
    rmSync(join(folder, 'lock'));
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(await messages).toMatch(/can't be written: .*lock/);
  });

  it.each<[string[], string]>([
    [[], 'no journal given: --journal DIR says where the events are kept'],
    [['--journal', 'j', '--max-size', '1X'], "--max-size takes a size, such as 500M or 1G, but got '1X'"],
    [['--journal', 'j', '--max-age', '30'], "--max-age takes a time, such as 90s, 10m, 12h or 30d, but got '30'"],
    [['--journal', 'j', '--keep-free', '0.05'], "--keep-free takes a share, such as 5%, but got '0.05'"],
    [['--journal', 'j', '--keep-free', '101%'], "--keep-free takes a share, such as 5%, but got '101%'"],
    [['--journal', 'j', '--sync', 'often'], "--sync takes delivery, never, but got 'often'"],
    [
      ['--journal', 'j', '--leave-out', 'a,domain-state-transition'],
      '--leave-out must not have domain-state-transition',
    ],
    [['--journal', 'j', '--leave-out', 'a,,b'], "--leave-out takes the name of an event type, but got ''"],
    [['--journal', 'j', '--events', 'domain-reboot'], 'add --events domain-state-transition'],
    [['--journal', 'j', 'memory:'], "unexpected argument 'memory:'"],
  ])('%j is wrong usage', async (args, message) => {
    const outcome = await virdeliver('collect', 'test:///default', ...args);
    expect(outcome).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(() => statSync(join(scratch, 'j'))).toThrow('ENOENT');
  });

  it('does not write to the journal that it reads', async () => {
    await virdeliver('collect', file('a'), '--journal', folder);
    expect(await virdeliver('collect', `journal:${folder}`, '--journal', folder)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--journal is the journal that the events are read from'),
    });
  });

  it('leaves no more behind however often it is started, but what it has written', async () => {
    const uri = file();
    const times = isThorough ? 25 : 5;
    for (let count = 0; count < times; count += 1) {
      expect((await virdeliver('collect', uri, '--journal', folder)).status).toBe(0);
    }
    expect(readdirSync(folder).sort()).toEqual(['00000000000000000001.xml', 'lock', 'readers']);
    const written = file('a');
    for (let count = 0; count < times; count += 1) {
      await virdeliver('collect', written, '--journal', folder, '--max-size', '2K');
    }
    expect(journalStats(folder)).toMatchObject({ written: times, newest: { sequence: times } });
    expect(journalStats(folder).bytes).toBeLessThan(2048 + 1024);
    expect(readdirSync(folder).length).toBeLessThan(8);
  });
});

describe('virdeliver journal', () => {
  const write = (...types: string[]) => virdeliver('collect', file(...types), '--journal', folder, '--host', 'kvm-17');

  it('status shows what is in a journal, for a person and as JSON', async () => {
    await write('a', 'b');
    const read = await virdeliver('watch', `journal:${folder}?reader=report&follow=no`, '--count', '1');
    expect(read).toMatchObject({ status: 0, stderr: '' });
    const { stdout, status } = await virdeliver('journal', 'status', folder);
    const [, , ...lines] = stdout.split('\n');
    expect(lines).toEqual([
      'host       kvm-17',
      expect.stringMatching(/^source {5}file:/),
      expect.stringMatching(/^collector {2}not running, process \d+ on kvm-17, sign of life \d+ s ago$/),
      expect.stringMatching(/^oldest {5}1, 20/),
      expect.stringMatching(/^newest {5}2, 20/),
      expect.stringMatching(/^entries {4}2 ever written; 1 segment, \d+ bytes$/),
      '',
      'READER  NEXT  BEHIND  ATTEMPT  LAST WRITTEN',
      expect.stringMatching(/^report {5}2 {7}1 {8}\d {2}\d+ s ago$/),
      '',
    ]);
    expect(status).toBe(0);
    const json = JSON.parse((await virdeliver('journal', 'status', folder, '--format', 'json')).stdout) as JournalStats;
    const { writer, ...facts } = journalStats(folder);
    expect(json).toMatchObject({
      ...facts,
      writer: { pid: writer?.pid, alive: false },
      readers: [{ name: 'report', next: 2, behind: 1 }],
    });
    const readers = await virdeliver('journal', 'readers', folder, '--format', 'json');
    expect(JSON.parse(readers.stdout)).toMatchObject({ name: 'report', next: 2 });
  });

  it('status --max-age fails if the sign of life of the collector is older, or it does not run', async () => {
    const conn = openConnection();
    const journal = journalEvents(conn, folder);
    expect((await virdeliver('journal', 'status', folder, '--max-age', '1h')).status).toBe(0);
    const old = await virdeliver('journal', 'status', folder, '--max-age', '0s');
    expect(old).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/the collector's sign of life is \d+ s old\n$/),
    });
    journal.close();
    conn.close();
    const ended = await virdeliver('journal', 'status', folder, '--max-age', '1h');
    expect(ended).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/the collector is not running: .* \d+ s old\n$/),
    });
    expect((await virdeliver('journal', 'status', folder)).status).toBe(0);
    rmSync(join(folder, 'lock'));
    const none = await virdeliver('journal', 'status', folder, '--max-age', '1h');
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no sign of life') });
  });

  it('status --format openmetrics is read by a node exporter', async () => {
    await write('a', 'b');
    await virdeliver('watch', `journal:${folder}?reader=report&follow=no`, '--count', '1');
    const { stdout } = await virdeliver('journal', 'status', folder, '--format', 'openmetrics');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('# EOF');
    const samples = lines.filter((line) => !line.startsWith('#'));
    const values = Object.fromEntries(
      samples.map((line) => {
        const [, name, labels, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) as unknown as [
          string,
          string,
          string,
          string,
        ];
        expect(labels).toBe(
          `journal="${folder}",host="kvm-17"${name.startsWith('virdeliver_journal_reader') ? ',reader="report"' : ''}`,
        );
        const family = name.replace(/_total$/, '');
        expect(lines).toContainEqual(expect.stringMatching(`^# TYPE ${family} (gauge|counter)$`));
        expect(lines).toContainEqual(expect.stringMatching(`^# HELP ${family} \\S`));
        return [name.replace('virdeliver_journal_', ''), Number(value)];
      }),
    );
    expect(values).toMatchObject({
      entries_written_total: 2,
      segments: 1,
      collector_running: 0,
      collector_connected: 0,
      reader_next: 2,
      reader_behind: 1,
    });
    expect(values['newest_entry_age_seconds']).toBeGreaterThanOrEqual(0);
    expect(values['collector_sign_of_life_age_seconds']).toBeLessThan(60);
  });

  it('verify says what is lost', async () => {
    await write('a', 'b', 'c');
    expect(await virdeliver('journal', 'verify', folder)).toEqual({
      status: 0,
      stdout: '',
      stderr: 'the journal is as it was written\n',
    });
    const path = join(folder, '00000000000000000001.xml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('type="b"', 'type="x"'));
    const { status, stdout, stderr } = await virdeliver('journal', 'verify', folder);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^loss {2}00000000000000000001\.xml:\d+ {2}after entry 1 there are bytes that are no entry$/,
      ),
      expect.stringMatching(/^loss {2}00000000000000000001\.xml:\d+ {2}entry 2 is missing$/),
      '',
    ]);
    expect([status, stderr]).toEqual([1, '2 losses found\n']);
  });

  it.each(['text', 'xml', 'json'])('leave a reader what watch could not write, as %s', async (format) => {
    await write('a', 'b', 'c');
    const watch = `"$0" watch 'journal:${folder}?reader=report&follow=no' --format ${format}`;
    const shell = (script: string) => run('sh', ['-c', script.replaceAll('"$0"', `'${process.execPath}' '${main}'`)]);
    const full = await shell(`${watch} > /dev/full`);
    expect(full).toMatchObject({ status: 1, stderr: expect.stringContaining('standard output cannot be written') });
    // The shell that is to read has ended before anything is written.
    await shell(`${watch} | sleep 0`);
    const { stdout } = await shell(watch);
    expect(stdout.match(/(?<=")[abc](?=")|(?<=kvm-17 +)[abc]\b/g)?.join('')).toBe('abc');
  });

  it('leave a reader what record could not write', async () => {
    const big = (n: number) => `<event type="big" timestamp="n" n="${n}">${'x'.repeat(5000)}</event>`;
    writeFileSync(join(scratch, 'big.xml'), [1, 2, 3, 4, 5, 6, 7].map(big).join('\n'));
    await virdeliver('collect', 'file:big.xml', '--journal', folder);
    const record = `'${process.execPath}' '${main}' record 'journal:${folder}?reader=report&follow=no'`;
    const full = await run('sh', ['-c', `trap '' XFSZ; ulimit -f 32; ${record} '${scratch}/full.xml'`]);
    expect(full).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^virdeliver: the handler recording failed.* cannot be written/),
    });
    await virdeliver('record', `journal:${folder}?reader=report&follow=no`, 'rest.xml');
    const numbers = (name: string) =>
      readFileSync(join(scratch, name), 'utf8').match(/(?<= n=")\d(?="[^>]*>x+<\/event>)/g);
    expect([...numbers('full.xml')!, ...numbers('rest.xml')!].join('')).toBe('1234567');
  });

  it('move, remove and prune look after readers and files', async () => {
    await write('a', 'b', 'c');
    await virdeliver('watch', `journal:${folder}?reader=report&follow=no`);
    const move = (to: string) => virdeliver('journal', 'move', folder, 'report', '--to', to);
    expect(await move('oldest')).toEqual({ status: 0, stdout: '', stderr: 'report goes on at entry 1\n' });
    expect(await move('3')).toMatchObject({ stderr: 'report goes on at entry 3\n' });
    expect(await move('2001-01-01T00:00:00Z')).toMatchObject({ stderr: 'report goes on at entry 1\n' });
    expect(await move('-1h')).toMatchObject({ stderr: 'report goes on at entry 1\n' });
    expect(await move('newest')).toMatchObject({ stderr: 'report goes on at entry 4\n' });
    expect(await move('9')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--to must not be beyond the end'),
    });
    expect(await virdeliver('journal', 'remove', folder, 'report')).toMatchObject({ status: 0 });
    expect(await virdeliver('journal', 'remove', folder, 'report')).toMatchObject({ status: 1 });
    await write('d');
    const pruned = await virdeliver('journal', 'prune', folder, '--max-size', '0');
    expect(pruned).toEqual({ status: 0, stdout: '', stderr: '1 segment removed\n' });
  });

  it.each<[string[], number, string]>([
    [[], 2, "no action given: it's status, verify, readers, prune, move, remove"],
    [['toString'], 2, "'toString' is no action on a journal"],
    [['status'], 2, 'no journal given'],
    [['status', 'nowhere'], 1, 'there is no journal'],
    [['verify', 'nowhere', 'else'], 2, "unexpected argument 'else'"],
    [['move', 'nowhere'], 2, 'no reader given'],
    [
      ['move', 'nowhere', 'r'],
      2,
      '--to takes oldest, newest, the number of an entry, or a time such as 2026-01-02T03:00:00Z or -1h',
    ],
    [['move', 'nowhere', 'r', '--to', 'noon'], 2, "but got 'noon'"],
    [['remove', 'nowhere', '../r'], 2, 'READER must be a name of letters'],
    [['prune', 'nowhere'], 2, 'say what to keep, by --max-size'],
  ])('%j: status %i, and a message', async (args, status, message) => {
    const outcome = await virdeliver('journal', ...args);
    expect(outcome).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) });
  });
});
