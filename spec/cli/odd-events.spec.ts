import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../support/built';
import { run } from '../support/run-program';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a command prints, line by line, about events with certain contents. */
async function linesOf(contents: readonly string[], ...args: string[]): Promise<string[]> {
  return linesOfEvents(
    contents.map((content) => `<event type="t" timestamp="n">${content}</event>`),
    ...args,
  );
}

async function linesOfEvents(events: readonly string[], ...args: string[]): Promise<string[]> {
  writeFileSync(join(folder, 'events.xml'), events.join('\n'));
  const { stdout, stderr, status } = await run(process.execPath, [main, ...args], { cwd: folder });
  expect([stderr, status]).toEqual(['', 0]);
  return stdout.trimEnd().split('\n');
}

describe('the text of an event', () => {
  it('names what it is about: the first element inside it that has a name or a UUID', async () => {
    const lines = await linesOf(
      [
        '<b/><a><uuid>u</uuid></a><c><name>n</name></c>',
        '<a><x><name>deep</name></x></a><c><name>n</name><uuid>u</uuid></c>',
        '<a><p:name xmlns:p="urn:p">other</p:name></a>',
        '<name>the own one</name>',
      ],
      'watch',
      'file:events.xml',
    );
    expect(lines.map((line) => /^n {2}(\S+)/.exec(line)?.[1])).toEqual(['u', 'n', '-', '-']);
  });

  it('has the host in front of that, if the event says which it is', async () => {
    const events = ['<name>web</name>', ''].map(
      (content) =>
        `<event type="t" timestamp="n" host="kvm-1" a="b">${content && `<domain>${content}</domain>`}</event>`,
    );
    expect(await linesOfEvents(events, 'watch', 'file:events.xml')).toEqual([
      'n  kvm-1/web     t  a=b',
      'n  kvm-1         t  a=b',
    ]);
  });

  // An evaluation that looks from each of them at all the others takes minutes.
  it('takes no time by the square of the elements in it', async () => {
    const content = `${'<b/>'.repeat(40_000)}<z/>`;
    expect(await linesOf([content], 'watch', 'file:events.xml')).toHaveLength(1);
    expect(await linesOf([content], 'filter', 'z', 'events.xml')).not.toHaveLength(0);
  });

  it('takes no time by the square of the white space in it', async () => {
    const content = `<name>a${' '.repeat(300_000)}b</name>`;
    const [line] = await linesOf([`<a>${content}</a>`], 'watch', 'file:events.xml');
    expect(line).toMatch(/a {300000}b/);
    // Of the event that does not match, the value is shown.
    const shown = await linesOf([`<a>${content}</a>`, '<a><name>z</name></a>'], 'filter', "a/name = 'z'", 'events.xml');
    expect(shown.join('\n')).toMatch(/'a +…'/);
  });

  it('is there whatever the names in it, and the stream goes on', async () => {
    const lines = await linesOf(['<xmlns/>', '<__proto__ constructor="1"/>', '<a/>'], 'watch', 'file:events.xml');
    expect(lines.map((line) => line.replace(/^.*? t {2}/, ''))).toEqual(['xmlns', '__proto__ constructor=1', 'a']);
  });
});
