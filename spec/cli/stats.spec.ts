import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../support/built';
import { type Outcome, run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';
import { Picture, runOnTerminal } from '../support/terminal';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-stats-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file of events of some types, and returns its URI. */
function file(name: string, ...types: string[]): string {
  writeFileSync(join(folder, name), types.map((type) => eventXml(type)).join('\n'));
  return `file:${join(folder, name)}`;
}

function stats(...args: string[]): Promise<Outcome> {
  return run(process.execPath, [main, 'stats', ...args]);
}

describe('virdeliver stats', () => {
  it('writes a line each time if its output is no terminal, and ends after --count', async () => {
    const { status, stdout, stderr } = await stats('test:///default', '--interval', '0.01', '--count', '3');
    const line = /^\d\d:\d\d:\d\d {2}events=0 rate=0\.0\/s queued=0 lost=0 {2}running=1$/;
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual([expect.stringMatching(line), expect.stringMatching(line), expect.stringMatching(line)]);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('ends with the connection, and then has reported all that came', async () => {
    const outcome = await stats(file('events.xml', 'a', 'b', 'a', 'a'), '--interval', '30');
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    const [, sums, types] = /^\S+ {2}(events=4 .*) {2}(\S+ \S+)\n$/.exec(outcome.stdout) ?? [];
    expect(sums).toMatch(/^events=4 rate=\d+\.\d\/s queued=0 lost=0$/);
    expect(types).toMatch(/^a=\d+\.\d\/s b=\d+\.\d\/s$/);
  });

  it('takes the events off, so that more than fit into the queue come', async () => {
    const types = Array.from({ length: 70_000 }, () => 'a');
    const { stdout } = await stats(file('many.xml', ...types), '--interval', '30');
    expect(stdout).toMatch(/events=70000 .* queued=0 lost=0/);
  });

  it('writes OpenMetrics for a node exporter', async () => {
    const { stdout, status } = await stats(file('metrics.xml', 'a', 'b', 'a'), '--format', 'openmetrics', '-i', '30');
    const uri = `uri="file:${join(folder, 'metrics.xml')}"`;
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE virdeliver_events counter',
        `virdeliver_events_total{${uri},type="a"} 2`,
        `virdeliver_events_lost_total{${uri}} 0`,
        `virdeliver_connected{${uri}} 0`,
      ]),
    );
    expect([stdout.endsWith('\n# EOF\n'), status]).toEqual([true, 0]);
    const domains = await stats('test:///default', '--format', 'openmetrics', '-i', '0.01', '-n', '1');
    expect(domains.stdout).toContain('virdeliver_domains{uri="test:///default",state="running"} 1\n');
  });

  it('says what is wrong usage', async () => {
    expect(await stats('memory:', '--interval', '0')).toMatchObject({
      status: 2,
      stderr: "virdeliver: --interval takes a number greater than 0\ntry 'virdeliver stats --help'\n",
    });
    expect((await stats('memory:', '--interval', 'often')).status).toBe(2);
    expect((await stats('memory:', 'memory:')).stderr).toContain("unexpected argument 'memory:'");
    expect(await stats('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('virdeliver stats [URI]'),
    });
  });

  it('ends quietly when the reader of its output goes away', async () => {
    const command = `"${process.execPath}" "${main}" stats memory: -i 0.01 | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const outcome = await run('bash', ['-c', command]);
    expect(outcome).toMatchObject({ stderr: '', stdout: expect.stringMatching(/^.* queued=0 lost=0\n0\n$/) });
  });
});

describe('virdeliver stats on a terminal', () => {
  const start = (args: readonly string[], size = { columns: 60, rows: 20 }, env: NodeJS.ProcessEnv = {}) =>
    runOnTerminal([process.execPath, main, 'stats', ...args], { ...size, env });

  function pictureOf(output: string, { columns, rows } = { columns: 60, rows: 20 }): Picture {
    const picture = new Picture(columns, rows);
    picture.write(output);
    return picture;
  }

  it('is a screen that refreshes in its place', async () => {
    const { status, output } = await start(['test:///default', '--interval', '0.01', '--count', '5']).outcome();
    const picture = pictureOf(output);
    expect(picture.lines).toEqual([
      'test:///default  open',
      'events   0  0.0/s',
      'queue    0, at most 0',
      'lost     0',
      'domains  1 running',
      '',
      'DOMAIN  STATE',
      'test    running',
    ]);
    expect([picture.clears, picture.wraps, picture.isStyled, status]).toEqual([1, true, true, 0]);
  });

  it('shows the types, those that came most first', async () => {
    const { output } = await start([file('types.xml', 'a', 'a-long-type', 'a-long-type'), '-i', '30']).outcome();
    const { lines } = pictureOf(output);
    expect(lines[1]).toMatch(/^events {3}3 {2}[\d,]+\.\d\/s$/);
    expect(lines.slice(4).map((line) => line.replace(/[\d,]+\.\d$/, 'N').replace(/ +/g, ' '))).toEqual([
      '',
      'TYPE EVENTS PER SECOND',
      'a-long-type 2 N',
      'a 1 N',
    ]);
  });

  it('has no colours if NO_COLOR is set', async () => {
    const env = { NO_COLOR: '1' };
    const { output } = await start(['test:///default', '-i', '0.01', '-n', '1'], undefined, env).outcome();
    expect(pictureOf(output).isStyled).toBe(false);
    expect(pictureOf(output).lines[0]).toBe('test:///default  open');
  });

  it('writes lines on a terminal that is none in truth', async () => {
    const env = { TERM: 'dumb' };
    const { output } = await start(['test:///default', '-i', '0.01', '-n', '2'], undefined, env).outcome();
    expect(output.replace(/\r/g, '')).toMatch(/^(\S+ {2}events=0 .*\n){2}$/);
  });

  it('fits on a narrow and low terminal', async () => {
    const size = { columns: 12, rows: 5 };
    const { output } = await start(['test:///default', '-i', '0.01', '-n', '3'], size).outcome();
    expect(pictureOf(output, size).lines).toEqual(['test:///def…', 'events   0 …', 'queue    0,…', '… 5 more li…']);
  });

  it('ends on Ctrl-C with status 130', async () => {
    const { press, until, outcome } = start(['test:///default', '-i', '30']);
    await until((output) => output.includes('DOMAIN'));
    press('\x03');
    const { status, output } = await outcome();
    expect(status).toBe(130);
    expect(pictureOf(output).lines.at(-1)).toBe('interrupted');
    expect(pictureOf(output).wraps).toBe(true);
  });
});
