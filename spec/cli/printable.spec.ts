import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { openConnection, takeEvents } from '../../lib';
import { Output } from '../../lib/cli/output';
import { printable, printableJson, printableXml } from '../../lib/cli/printable';
import { main } from '../support/built';
import { run } from '../support/run-program';
import { runOnTerminal } from '../support/terminal';

jest.setTimeout(120_000);

/** What acts upon a terminal or a line: C0, DEL, C1, separators, directions, halves of pairs. */
const acting = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, code) => 0x7f + code),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  ...[0xd800, 0xdbff, 0xdc00, 0xdfff],
].map((code) => String.fromCharCode(code));
const isActing = (text: string, but = ''): boolean =>
  acting.some((character) => !but.includes(character) && text.includes(character));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-printable-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('text that is shown', () => {
  it.each(acting.map((character) => [printable(character), character]))(
    '%s stands for what would act',
    (shown, character) => {
      expect(shown).toMatch(/^\\([tnr]|u[\da-f]{4})$/);
      expect(JSON.parse(`"${shown}"`)).toBe(character);
      expect(isActing(printableJson({ [character]: `a${character}b` }))).toBe(false);
      expect(JSON.parse(printableJson({ a: `a${character}b` }))).toEqual({ a: `a${character}b` });
    },
  );

  it('leaves everything else as it is', () => {
    for (const text of ['grün ü 漢字 עברית 😀 \\u001b', '→ “x”']) {
      expect([printable(text), printableXml(text)]).toEqual([text, text]);
    }
  });

  it('is XML whose references stand for the same', () => {
    const event = '<event type="a" timestamp="t" b="\u009b&#9;\u202e">\u0085\t\n\u2028\r</event>';
    const shown = printableXml(event);
    expect(shown).toBe('<event type="a" timestamp="t" b="&#x9b;&#9;&#x202e;">&#x85;\t\n&#x2028;&#xd;</event>');
  });

  it('goes out of one gate, in pieces, texts and styles', () => {
    const stream = new PassThrough();
    const output = new Output(stream);
    const hostile = acting.join('x');
    output.line(hostile, [hostile, 'red']);
    output.text(`first\n${hostile.replaceAll('\n', '')}`);
    let written = '';
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
      written += String(chunk);
    }
    expect(written.split('\n')).toHaveLength(4);
    expect(isActing(written, '\n')).toBe(false);
  });
});

describe('a hostile event', () => {
  const hostile = '\u009b31m\u007f\u202e\u2028\u200f\u061c';
  const xml =
    `<event type="t${hostile}" timestamp="2026${hostile}" a="&#9;${hostile}">` +
    `<domain><name>we\tb${hostile}</name></domain><x${'\u061c'}>${hostile}</x\u061c></event>`;

  it.each(['text', 'json', 'xml'])('acts upon no terminal as %s', async (format) => {
    const path = join(folder, 'hostile.xml');
    writeFileSync(path, xml);
    const terminal = runOnTerminal([process.execPath, main, 'watch', `file:${path}`, '--format', format], {
      columns: 1000,
      rows: 24,
      env: { NO_COLOR: '1' },
    });
    const { output, status } = await terminal.outcome();
    // A terminal expands no tab that XML has.
    expect(isActing(output.replace(/\r\n/g, ''), format === 'xml' ? '\t' : '')).toBe(false);
    expect([output.length > 50, status]).toEqual([true, 0]);
  });

  it('is the same JSON and XML to another program', async () => {
    const path = join(folder, 'pipe.xml');
    writeFileSync(path, xml);
    const [event] = takeEvents(openConnection(`file:${path}`));
    const asXml = await run(process.execPath, [main, 'watch', `file:${path}`, '--format', 'xml']);
    expect(asXml.stdout).toBe(`${xml}\n`);
    const asJson = await run(process.execPath, [main, 'watch', `file:${path}`, '--format', 'json']);
    expect(JSON.parse(asJson.stdout)).toEqual(JSON.parse(JSON.stringify(event)));
    expect(isActing(asJson.stdout, '\n')).toBe(false);
  });

  it('has a tab shown in one way, in watch and in filter', async () => {
    const path = join(folder, 'tab.xml');
    writeFileSync(
      path,
      '<event type="a" timestamp="t" at="&#9;"><domain><name>we\tb</name></domain><n>1\n   2\t3</n></event>',
    );
    const watched = await run(process.execPath, [main, 'watch', `file:${path}`]);
    expect(watched.stdout).toMatch(/ {2}we\\tb .*at=\\t {2}n=1 2\\t3\n/);
    const filtered = await run(process.execPath, [main, 'filter', "n = 'x'", path]);
    expect(filtered.stdout).toContain("(found '1 2\\t3')");
  });
});

describe('a hostile argument', () => {
  it.each([
    [['wa\x1b[31mtch']],
    [['watch', 'memory:', '--col\x1bour']],
    [['watch', 'memory:', 'x\u202e']],
    [['watch', 'memory:', '--format', '\u009bx']],
    [['watch', 'file:/nothing/%1b%5b31m%c2%9b%e2%80%ae']],
    [['watch', 'fifo:%0a%0d%1b']],
    [['watch', 'x\x1b:///y']],
    [['watch', 'memory:', '--filter', "\u202e = '\x1b'"]],
    [['filter', 'n', '\x1b[2J']],
    [['replay', '\u009b2J']],
    [['record', 'memory:', '/no\x1b/where']],
  ])('%j acts upon no terminal', (args) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder });
    expect([isActing(stdout, '\n'), isActing(stderr, '\n'), stderr.length > 20, status === 0]).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });
});
