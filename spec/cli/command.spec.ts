import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConnection, takeEvents } from '../../lib';
import { eventDetails } from '../../lib/event/vocabulary/vocabulary';
import { main } from '../support/built';
import { type Outcome, run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function virdeliver(...args: string[]): Promise<Outcome> {
  return run(process.execPath, [main, ...args], { cwd: folder });
}

/** Writes a file of events and returns its name. */
function file(name: string, ...events: string[]): string {
  writeFileSync(join(folder, name), events.join('\n'));
  return name;
}

const started =
  '<event type="domain-state-transition" timestamp="2026-01-02T03:04:05.123456Z">' +
  '<domain id="3" type="qemu"><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></domain>' +
  '<transition from="shutoff" to="running" event="started" detail="booted"/></event>';

describe('virdeliver', () => {
  it('shows help, and the version', async () => {
    const { version } = jest.requireActual<{ version: string }>('../../package.json');
    expect(await virdeliver('--help')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('watch [URI]'),
    });
    expect(await virdeliver('--version')).toMatchObject({ status: 0, stdout: `${version}\n` });
    for (const command of ['watch', 'filter', 'list', 'types', 'collect', 'journal', 'completion']) {
      const outcome = await virdeliver(command, '--help');
      expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining(`usage: virdeliver ${command}`) });
      expect(outcome.stdout).toMatch(/examples?:\n {2}virdeliver/);
      expect(await virdeliver('help', command)).toEqual(outcome);
    }
  });

  it.each([
    ['journal', 'status', '.'],
    ['watch', 'journal:events'],
  ])('says that the folder is gone that it runs in: %s %s %s', async (...args) => {
    const gone = mkdtempSync(join(folder, 'gone-'));
    const outcome = await run('sh', ['-c', 'rmdir "$PWD"; exec "$@"', '-', process.execPath, main, ...args], {
      cwd: gone,
    });
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^virdeliver: the folder that the command runs in is gone: .*\n$/);
  });

  it.each<[string[], string]>([
    [[], 'no command given'],
    [['wach'], "there is no command 'wach'; did you mean 'watch'?"],
    [['watch', '--fitler', 'x'], "Unknown option '--fitler'; did you mean '--filter'?"],
    [['journal', 'verfy', 'x'], "did you mean 'verify'?"],
    [['completion'], 'the name of a shell is needed: bash, zsh, fish; none was given'],
    [['completion', 'constructor'], "got 'constructor'"],
    [['constructor'], "there is no command 'constructor'"],
    [['watch', '--colour'], "Unknown option '--colour'"],
    [['watch', 'memory:', 'file:x'], "unexpected argument 'file:x'"],
    [['watch', 'memory:', '--count', 'three'], "--count takes a whole number from 0 on, but got 'three'"],
    [['watch', 'memory:', '--timeout', '-1'], "--timeout takes a number from 0 on, but got '-1'"],
    [['watch', 'memory:', '--filter', '-x'], 'one that begins with a hyphen is given as --filter=VALUE'],
    [['watch', 'memory:', '--count'], "Option '-n, --count <value>' argument missing"],
    [['watch', 'memory:', '--filter', 'domain-reboot'], 'did you mean --type domain-reboot?'],
    [['watch', 'memory:', '--filter', '$x = 1'], "the variable '$x' is not given by --variable"],
    [['watch', 'memory:', '--filter', 'p:x'], "the prefix 'p' is not declared by --namespace"],
    [['watch', 'memory:', '--variable', '1x=1', '--filter', 'n'], "--variable has the key '1x'"],
    [['watch', 'memory:', '--events', 'domain-reboot', '--type', 'domain-watchdog'], 'add --events domain-watchdog'],
    [
      ['watch', 'memory:', '--events', 'domain-reboot', '--filter', "@type = 'domain-watchdog'"],
      'add --events domain-watchdog',
    ],
    [['watch', 'memory:', '--events', 'qemu-monitor', '--read-only'], 'with --read-only'],
    [['record', 'memory:', 'file', '--type', 'qemu-monitor', '--read-only'], 'with --read-only'],
    [['stats', 'memory:', '--events', 'qemu-monitor', '--read-only'], 'with --read-only'],
    [['watch', 'memory:', '--type', ''], "--type takes the name of an event type, but got ''"],
    [['watch', 'memory:', '--events', 'domain-reboot', '--events', ''], '--events takes the name of an event type'],
    [['record', 'memory:', 'file', '--type='], '--type takes the name of an event type'],
    [['stats', 'memory:', '--events='], '--events takes the name of an event type'],
    [['help', 'wach'], "there is no command 'wach'"],
    [['help', 'watch', 'list'], "unexpected argument 'list'"],
    [['watch', 'memory:', '--format', 'yaml'], "--format takes text, xml, json, but got 'yaml'"],
    [['watch', 'memory:', '--variable', 'x'], "--variable takes NAME=VALUE, but got 'x'"],
    [['watch', 'nowhere'], '"nowhere": neither a URI'],
    [['watch', 'memory:', '--filter', '@type ='], 'invalid filter'],
    [['filter'], 'no filter given'],
    [['types', 'backup'], "neither libvirt nor this library has events of the type 'backup'"],
    [['types', 'domain-rebot'], "did you mean 'domain-reboot'?"],
  ])('%j is wrong usage: status 2, and a message on stderr', async (args, message) => {
    const outcome = await virdeliver(...args);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });

  it('takes the URI from LIBVIRT_DEFAULT_URI if none is given', async () => {
    const env = { ...process.env, LIBVIRT_DEFAULT_URI: 'test:///default' };
    const outcome = await run(process.execPath, [main, 'list'], { env });
    expect(outcome).toMatchObject({ status: 0, stdout: 'Id  Name  State\n 1  test  running\n' });
  });
});

describe('virdeliver watch', () => {
  it('shows a line for a person: time, domain, from and to, and why', async () => {
    const name = file('one.xml', started, eventXml('backup-done', 'vda &lt; vdb'));
    const { stdout, status } = await virdeliver('watch', `file:${name}`);
    const printed = stdout.trimEnd().split('\n');
    const lines = printed.filter((line) => !/^2026-01-0[123]$/.test(line));
    expect(printed[0]).toMatch(/^2026-01-0[123]$/);
    expect(lines[0]).toMatch(/^\d\d:04:05\.123 {2}web {11}shutoff → running {8}started, booted$/);
    expect(lines.at(-1)).toMatch(/^\d\d:\d\d:00\.000 {2}- {13}backup-done {2}n=vda < vdb$/);
    expect([lines.length, status]).toEqual([2, 0]);
  });

  it('has the day in a line of its own if it is another than before, or than today', async () => {
    const at = (timestamp: string) => `<event type="t" timestamp="${timestamp}"/>`;
    const now = new Date();
    const today = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12).toISOString();
    const times = ['2020-05-01T12:00:00Z', '2020-05-01T12:00:01Z', 'once', '2020-05-03T12:00:00Z', today];
    const name = file('days.xml', ...times.map(at));
    const lines = (await run(process.execPath, [main, 'watch', `file:${name}`], { cwd: folder, env: { TZ: 'UTC' } }))
      .stdout;
    const day = today.slice(0, 10);
    expect(lines.match(/^\S+/gm)).toEqual([
      ...['2020-05-01', '12:00:00.000', '12:00:01.000', 'once', '2020-05-03', '12:00:00.000', day, '12:00:00.000'],
    ]);
    file('today.xml', at(today));
    expect((await virdeliver('watch', 'file:today.xml')).stdout).not.toContain(day);
  });

  it('warns of a type that a filter leaves out, and of a filter that no event of the type matches', async () => {
    const warned = async (...args: string[]) =>
      (await virdeliver('watch', 'memory:', '--timeout', '0', '--type', 'domain-reboot', ...args)).stderr;
    expect(await warned('--filter', "@type = 'domain-watchdog'")).toBe(
      'virdeliver: warning: events of the type "domain-reboot" are all left out, so this filter never matches\n',
    );
    expect(await warned('--suppress', "@type = 'domain-reboot'")).toContain('so this filter never matches');
    expect(await warned('--filter', "domain/name = 'web'", '--filter', 'transition')).toMatch(
      /^virdeliver: warning: in "transition", at 1: events of the type 'domain-reboot' have no element 'transition'/,
    );
    expect(await warned('--filter', "domain/name = 'web'", '--suppress', "domain/name = 'db'")).toBe('');
  });

  it('says nothing but what is wrong on standard error with --quiet', async () => {
    const quiet = await virdeliver('watch', 'memory:', '--timeout', '0', '--type', 'lifecycle', '--quiet');
    expect(quiet).toEqual({ status: 0, stdout: '', stderr: '' });
    const wrong = await virdeliver('watch', 'file:not-there.xml', '-q');
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('not-there.xml') });
    const name = file('quiet.xml', started);
    expect(await virdeliver('record', `file:${name}`, 'quietly.xml', '--quiet')).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('shows JSON, an object a line, and XML that it can read again', async () => {
    const name = file('formats.xml', started, eventXml('b', 'é'));
    const json = await virdeliver('watch', `file:${name}`, '--format', 'json');
    const objects = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects).toMatchObject([
      { sequence: 1, type: 'domain-state-transition', detail: { from: 'shutoff', to: 'running' }, xml: started },
      { sequence: 2, type: 'b', timestamp: '2026-01-01T00:00:00.000000Z', xml: eventXml('b', 'é') },
    ]);
    const xml = await virdeliver('watch', `file:${name}`, '--format', 'xml');
    file('again.xml', xml.stdout);
    const again = await run('sh', ['-c', `"${process.execPath}" "${main}" watch - --format xml < again.xml`], {
      cwd: folder,
    });
    expect(again.stdout).toBe(xml.stdout);
  });

  it('chooses any of the types and any of the filters, and none of what is suppressed', async () => {
    const name = file(
      'choose.xml',
      ...['a 1', 'a 2', 'a 3', 'b 1', 'b 2', 'c 1'].map((pair) => {
        const [type = '', number = ''] = pair.split(' ');
        return eventXml(type, number);
      }),
    );
    const shown = async (...options: string[]) => {
      const { stdout } = await virdeliver('watch', `file:${name}`, '--format', 'json', ...options);
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const { type, xml } = JSON.parse(line);
          return `${type}${/<n>(.*)<\/n>/.exec(xml)?.[1]}`;
        });
    };
    expect(await shown('-t', 'a', '-t', 'c')).toEqual(['a1', 'a2', 'a3', 'c1']);
    expect(await shown('-f', 'n = 1', '-f', 'n = 3')).toEqual(['a1', 'a3', 'b1', 'c1']);
    expect(await shown('-t', 'a', '-t', 'b', '-f', 'n = 1', '-f', 'n = 3')).toEqual(['a1', 'a3', 'b1']);
    expect(await shown('-s', 'n = 1', '-s', '@type = "a"')).toEqual(['b2']);
    expect(await shown('-t', 'a', '-f', 'n > 1', '-s', 'n = $n', '--variable', 'n=3')).toEqual(['a2']);
    expect(await shown('-f', 'p:x or n = 2', '--namespace', 'p=urn:p')).toEqual(['a2', 'b2']);
  });

  it('ends after --count events, and with status 1 if fewer came', async () => {
    const name = file('count.xml', eventXml('a', 1), eventXml('a', 2), eventXml('a', 3));
    const enough = await virdeliver('watch', `file:${name}`, '--count', '2', '--format', 'xml');
    expect(enough).toMatchObject({ status: 0, stderr: '', stdout: `${eventXml('a', 1)}\n${eventXml('a', 2)}\n` });
    const few = await virdeliver('watch', `file:${name}`, '--count', '4');
    expect(few).toMatchObject({ status: 1, stderr: 'the connection ended after 3 events of 4\n' });
    const late = await virdeliver('watch', 'memory:', '--count', '1', '--timeout', '0.05');
    expect(late).toMatchObject({ status: 1, stderr: 'the time was up after 0 events of 1\n' });
  });

  it('ends after --timeout seconds, with status 0', async () => {
    expect(await virdeliver('watch', 'memory:', '--timeout', '0.05')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('shows the domains as JSON, too, and not at all in XML, where they are a message', async () => {
    const state = async (format: string) =>
      virdeliver('watch', 'test:///default', '--state', '--timeout', '0', '--format', format);
    const listed = await virdeliver('list', 'test:///default', '--format', 'json');
    expect(await state('json')).toEqual(listed);
    expect(await state('xml')).toEqual({ status: 0, stdout: '', stderr: 'Id  Name  State\n 1  test  running\n' });
  });

  it('takes any number of types, filters and suppressions', async () => {
    const name = file('any.xml', eventXml('a', 1), eventXml('a', 2), eventXml('b', 3));
    const options = Array.from({ length: 40 }, (_, index) => [
      ...['--type', index === 7 ? 'a' : `a${index}`],
      ...['--filter', `n = ${index}`],
      ...['--suppress', `n = ${index + 2}`],
    ]);
    const { stdout, status } = await virdeliver('watch', `file:${name}`, '--format', 'xml', ...options.flat());
    expect([stdout, status]).toEqual([`${eventXml('a', 1)}\n`, 0]);
  });

  it('has status 1 if nothing that came could be read, as record, replay and stats have', async () => {
    const name = file('lost.xml', '<event type="x" timestamp="t"><a></b></event>', 'rubbish');
    const told = { status: 1, stderr: 'nothing that came could be read\n' };
    expect(await virdeliver('watch', `file:${name}`)).toMatchObject(told);
    expect(await virdeliver('watch', `file:${name}`, '--type', 'a')).toMatchObject(told);
    expect(await virdeliver('replay', name)).toMatchObject(told);
    expect(await virdeliver('record', `file:${name}`, 'record-of-nothing.xml')).toMatchObject(told);
    expect(await virdeliver('stats', `file:${name}`, '-i', '30')).toMatchObject({ status: 1 });
  });

  it('shows the domains first with --state', async () => {
    const { stdout } = await virdeliver('watch', 'test:///default', '--state', '--timeout', '0');
    expect(stdout).toBe('Id  Name  State\n 1  test  running\n');
  });

  it('makes the same random life of the same seed', async () => {
    const changes = async () => {
      const { stdout } = await virdeliver('watch', 'test:///default', '--seed', '42', '--count', '2');
      return stdout.replace(/^\S+/gm, 'TIME');
    };
    const first = await changes();
    expect(first.split('\n')).toHaveLength(3);
    expect(await changes()).toBe(first);
  });

  it('shows what could not be read, and goes on', async () => {
    const name = file('bad.xml', eventXml('a', 1), '<event type="x" timestamp="t"><a></b></event>', eventXml('a', 2));
    const { stdout, status } = await virdeliver('watch', `file:${name}`);
    expect(stdout.split('\n').find((line) => line.includes('lost'))).toMatch(
      /1 event lost \(invalid\): .* at line 2, column \d+$/,
    );
    // Each of them, and the day before each: the loss is of today.
    expect([stdout.trimEnd().split('\n').length, status]).toEqual([6, 0]);
  });

  it('lets no control character act upon the terminal', async () => {
    const name = file('control.xml', eventXml('a', '&#x9b;31m red'));
    const { stdout } = await virdeliver('watch', `file:${name}`);
    expect(stdout).toContain('n=\\u009b31m red');
  });

  it('says which file is not there, with status 1', async () => {
    const outcome = await virdeliver('watch', 'file:nothing.xml');
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toMatch(/nothing\.xml/);
  });

  it.each([
    ['SIGINT', 130, 'interrupted'],
    ['SIGTERM', 143, 'ended by SIGTERM'],
    ['SIGHUP', 129, 'ended by SIGHUP'],
  ] as const)(
    'ends on %s with status %d, and a line on stderr that says how many events were shown',
    async (...row) => {
      const [signal, expected, word] = row;
      const child = spawn(process.execPath, [main, 'watch', '-', '--format', 'xml'], { stdio: 'pipe' });
      let stderr = '';
      child.stderr.on('data', (text) => {
        stderr += text;
      });
      child.stdin.write(eventXml('a'));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const status = new Promise((resolve) => child.once('close', resolve));
      child.kill(signal);
      expect(await status).toBe(expected);
      expect(stderr).toBe(`${word}; 1 event shown\n`);
    },
  );

  it('ends quietly when the reader of its output goes away', async () => {
    const name = file('many.xml', ...Array.from({ length: 20_000 }, (_, number) => eventXml('a', number)));
    const outcome = await run(
      'bash',
      ['-c', `"${process.execPath}" "${main}" watch file:${name} | head -n 1; echo "\${PIPESTATUS[0]}"`],
      {
        cwd: folder,
      },
    );
    expect(outcome).toMatchObject({ stderr: '', stdout: expect.stringMatching(/\n0\n$/) });
  });
});

describe('virdeliver filter', () => {
  it('explains a filter in full, with what is hardly meant', async () => {
    const { stdout, status } = await virdeliver('filter', "@timestamp < '2026-01-01'");
    expect(stdout).toContain("attribute::timestamp < '2026-01-01'");
    expect(stdout).toMatch(/^warning {2}at 14: /m);
    expect(status).toBe(0);
  });

  it('shows where a filter is wrong, with status 1', async () => {
    const outcome = await virdeliver('filter', "contain(@type, 'x')");
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain("did you mean 'contains'?");
  });

  it('tries it on the events in files, and has status 1 if none matches', async () => {
    const odd = file('odd name & %41?.xml', eventXml('a', 1), eventXml('a', 2));
    const outcome = await virdeliver('filter', 'n = 2', odd);
    expect(outcome.status).toBe(0);
    expect(outcome.stdout).toMatch(/^no match .*n=1$/m);
    expect(outcome.stdout).toMatch(/^match .*n=2$/m);
    expect(outcome.stdout).toMatch(/^1 of 2 matched$/m);
    expect((await virdeliver('filter', 'n = 3', odd)).status).toBe(1);
  });

  it('has the day in a line of its own if it is another than before, or than today', async () => {
    const at = (timestamp: string) => `<event type="t" timestamp="${timestamp}"/>`;
    const name = file(
      'some-days.xml',
      ...['2020-05-01T12:00:00Z', '2020-05-01T12:00:01Z', '2020-05-03T12:00:00Z'].map(at),
    );
    const { stdout } = await run(process.execPath, [main, 'filter', '/*', name], { cwd: folder, env: { TZ: 'UTC' } });
    expect(stdout.split('\n').slice(-7)).toEqual([
      '          2020-05-01',
      expect.stringMatching(/^match {5}12:00:00\.000 /),
      expect.stringMatching(/^match {5}12:00:01\.000 /),
      '          2020-05-03',
      expect.stringMatching(/^match {5}12:00:00\.000 /),
      '3 of 3 matched',
      '',
    ]);
  });

  it('tells of each event that does not match which conditions were false, and what was there', async () => {
    const twice = '<event type="a" timestamp="t"><n a="1"/><n b="1"/></event>';
    const name = file('near.xml', eventXml('a', 1), '<event type="b" timestamp="t"/>', twice);
    const told = async (filter: string) =>
      (await virdeliver('filter', filter, name)).stdout.split('\n').filter((line) => /^ {10}\D/.test(line));
    expect(await told("@type = 'a' and n = 2")).toEqual([
      "          false  child::n = 2  (found '1')",
      "          false  attribute::type = 'a'  (found 'b')",
      '          false  child::n = 2  (found nothing)',
      "          false  child::n = 2  (found '', '')",
    ]);
    expect((await told('n[@a and @b]')).at(-1)).toBe('          each condition is true, but of different nodes');
    expect((await told(`n${' and m'.repeat(9)}`)).slice(0, 6)).toEqual([
      ...Array.from({ length: 5 }, () => '          false  child::m'),
      '          … and 4 more',
    ]);
  });
});

describe('virdeliver list', () => {
  it('shows the domains as a table, or as JSON', async () => {
    const nodes = file(
      'node.xml',
      '<node><domain type="test"><name>a long name</name><uuid>11111111-2222-3333-4444-555555555555</uuid>' +
        '<memory>8192</memory><os><type>hvm</type></os></domain></node>',
    );
    const uri = `test://${join(folder, nodes)}`;
    expect((await virdeliver('list', uri)).stdout).toBe('Id  Name         State\n 1  a long name  running\n');
    const { stdout } = await virdeliver('list', uri, '--format', 'json');
    expect(JSON.parse(stdout)).toEqual({
      id: 1,
      name: 'a long name',
      uuid: '11111111-2222-3333-4444-555555555555',
      state: 'running',
    });
  });

  it('says that other connections have no domains', async () => {
    expect(await virdeliver('list', 'memory:')).toMatchObject({
      status: 1,
      stderr: "virdeliver: the connection is to 'memory:', which has no domains; only hypervisors have\n",
    });
  });
});

describe('virdeliver types', () => {
  it('lists the types with their names in virsh, or as JSON', async () => {
    const { stdout, status } = await virdeliver('types');
    const lines = stdout.trimEnd().split('\n');
    expect([lines.length, status]).toEqual([Object.keys(eventDetails).length + 1, 0]);
    expect(lines[1]).toMatch(
      /^domain-state-transition {2,}event lifecycle {2,}a domain came from one state to another/,
    );
    expect(stdout).toMatch(/^events-lost +- +events are missing here$/m);
    const objects = (await virdeliver('types', '--format', 'json')).stdout.trimEnd().split('\n');
    expect(objects.map((line) => JSON.parse(line).type).sort()).toEqual(Object.keys(eventDetails).sort());
  });

  it("shows what is in one, by its name or libvirt's, and a sample that its own library reads", async () => {
    const { stdout, status } = await virdeliver('types', 'domain-block-job');
    expect(stdout).toMatch(/^VIR_DOMAIN_EVENT_ID_BLOCK_JOB of libvirt; virsh event --event block-job$/m);
    expect(stdout).toMatch(/^disk\/@path {2,}text \(may be left out\)$/m);
    expect(stdout).toMatch(/^block-job\/@status {2,}completed, failed, canceled, ready$/m);
    expect(status).toBe(0);
    expect(await virdeliver('types', 'VIR_DOMAIN_EVENT_ID_BLOCK_JOB')).toMatchObject({ stdout });
    const name = file('sample.xml', stdout.trimEnd().split('\n').at(-1) as string);
    const [event] = takeEvents(openConnection(`file:${join(folder, name)}`));
    expect(event).toMatchObject({ type: 'domain-block-job', detail: { status: 'completed' } });
    const json = await virdeliver('types', 'lifecycle', '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: 'domain-state-transition',
      libvirt: { constant: 'VIR_DOMAIN_EVENT_ID_LIFECYCLE', command: 'event', name: 'lifecycle' },
      fields: expect.arrayContaining([
        expect.objectContaining({ path: 'transition/@to', words: expect.arrayContaining(['crashed']), orNumber: true }),
        { path: 'domain/name', kind: 'text' },
      ]),
    });
  });

  it('has the words of every field, and says what may be missing or come several times', async () => {
    const { stdout } = await virdeliver('types', 'events-lost');
    expect(stdout).toMatch(/^lost\/@type {2,}text \(may be left out, may come several times\)$/m);
    expect(stdout).toMatch(/^error {2,}text \(may be left out\)$/m);
  });
});

describe('a name that nothing has', () => {
  const warned = async (...args: string[]) => {
    const { stderr, status } = await virdeliver(...args);
    return [stderr.split('\n').filter((line) => line.startsWith('virdeliver: warning: ')), status];
  };

  it('is warned of on standard error by every command that takes filters or types, whose status stays', async () => {
    const name = file('typo.xml', started);
    const lifecycle =
      "virdeliver: warning: \"lifecycle\" is libvirt's name for events whose type here is 'domain-state-transition'";
    const crashed =
      "virdeliver: warning: in \"transition/@to = 'crashd'\", at 18: '@to' of 'transition' is never \"crashd\"; did you mean 'crashed'?";
    const options = ['--type', 'lifecycle', '--suppress', "transition/@to = 'crashd'"];
    const expected = [[lifecycle, crashed], 0];
    expect(await warned('watch', `file:${name}`, ...options)).toEqual(expected);
    expect(await warned('replay', name, '--at-once', ...options)).toEqual(expected);
    expect(await warned('record', `file:${name}`, 'typo-recorded.xml', ...options)).toEqual(expected);
    expect(await warned('stats', `file:${name}`, '--events', 'lifecycle')).toEqual([[lifecycle], 0]);
    const collected = ['collect', `file:${name}`, '--journal', 'typo-journal', '--leave-out', 'domain-rebot,backup'];
    expect(await warned(...collected)).toEqual([[expect.stringContaining("did you mean 'domain-reboot'?")], 0]);
  });

  it('is warned of in the words of the command line', async () => {
    const [warnings] = await warned('watch', 'memory:', '--timeout', '0', '-t', 'a,b', '-t', 'domain-*');
    expect(warnings).toEqual([
      expect.stringContaining('give the option again for each type'),
      expect.stringContaining(`give --filter "starts-with(@type, 'domain-')"`),
    ]);
  });

  it('is shown by virdeliver filter, with its place', async () => {
    const { stdout, status } = await virdeliver('filter', 'domian/name');
    expect(stdout).toMatch(/^warning {2}at 1: .* no element 'domian'; did you mean 'domain'\?$/m);
    expect(status).toBe(0);
  });
});

it('is a command whose output its own library reads', async () => {
  const { stdout } = await virdeliver('watch', 'test:///default', '--seed', '3', '--count', '5', '--format', 'xml');
  const name = file('life.xml', stdout);
  const events = takeEvents(openConnection(`file:${join(folder, name)}`));
  expect(events).toHaveLength(5);
});
