import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { completionCommand } from '../../lib/cli/completion-command';
import { Output } from '../../lib/cli/output';
import { commandHelp, help } from '../../lib/cli/usage';
import { commandsIn, optionsIn, readUsage, wordsOf } from '../../lib/cli/usage-table';
import { typeDescriptions } from '../../lib/event/description/types';
import { root } from '../support/run-program';

function script(shell: string): string {
  const pieces: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (piece: string, _, done) => {
      pieces.push(piece);
      done();
    },
  });
  completionCommand([shell], new Output(stream));
  return pieces.join('');
}

/** Whether a shell is installed; bash always is. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(folder, shell), script(shell));
  }
  writeFileSync(join(folder, 'some file.xml'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function shell(name: string, ...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(name, args, { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

const types = [...typeDescriptions.keys()];
const journalActions = ['status', 'verify', 'readers', 'prune', 'move', 'remove'];

describe('what bash completes', () => {
  /** The last word is the one that is being typed. */
  const completed = (...words: string[]) =>
    shell(
      'bash',
      '--norc',
      '-c',
      `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _virdeliver; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      'virdeliver',
      ...words,
    );

  it.each<[string[], readonly string[]]>([
    [['wa'], ['watch']],
    [[''], [...commandHelp.keys(), 'help', '--help', '--version']],
    [
      ['help', 're'],
      ['record', 'replay'],
    ],
    [['watch', '--fo'], ['--format']],
    [
      ['watch', '--format', ''],
      ['text', 'xml', 'json'],
    ],
    [['stats', '--format', 'o'], ['openmetrics']],
    [
      ['watch', '--type', 'domain-block-job'],
      ['domain-block-job', 'domain-block-job-2'],
    ],
    [['watch', '-t', ''], types],
    [['watch', '--type', '=', 'network-l'], ['network-lifecycle']],
    [['watch', '--type', '='], types],
    [['watch', '--count', ''], []],
    [
      ['collect', '--sync', ''],
      ['delivery', 'never'],
    ],
    [['journal', ''], journalActions],
    [
      ['types', 'secret-'],
      ['secret-lifecycle', 'secret-value-changed'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['replay', 'some'], ['some file.xml']],
    [['journal', 'status', 'some'], ['some file.xml']],
    [['record', 'memory:', 'some'], ['some file.xml']],
    [['help', 'watch', ''], []],
  ])('after %j is %j', (words, expected) => {
    expect(completed(...words)).toEqual(expected);
  });

  it('are the options of each command', () => {
    for (const [name, text] of commandHelp) {
      const expected = [...optionsIn(text).map((option) => option.name), '--help'];
      expect(completed(name, '--')).toEqual(expected);
    }
  });

  it('is asked for by the name of the command', () => {
    expect(shell('bash', '--norc', '-c', 'source ./bash; complete -p virdeliver')).toEqual([
      'complete -F _virdeliver virdeliver',
    ]);
  });
});

(has('fish') ? describe : describe.skip)('what fish completes', () => {
  const completed = (line: string) =>
    shell('fish', '--no-config', '-c', `source ./fish; complete -C '${line}'`).map((each) => each.split('\t')[0]);

  it('is what bash completes', () => {
    expect(completed('virdeliver wa')).toEqual(['watch']);
    expect(completed('virdeliver watch --fo')).toEqual(['--format']);
    expect(completed('virdeliver watch --format ')).toEqual(['json', 'text', 'xml']);
    expect(completed('virdeliver watch -t domain-block-job')).toEqual(['domain-block-job', 'domain-block-job-2']);
    expect(completed('virdeliver journal ')).toEqual([...journalActions].sort());
    expect(completed('virdeliver help re')).toEqual(['record', 'replay']);
    expect(completed('virdeliver replay some')).toEqual(['some file.xml']);
  });
});

(has('zsh') ? describe : describe.skip)('the script for zsh', () => {
  it('defines the completion of the command', () => {
    const program = 'autoload -Uz compinit; compinit -u -D; source ./zsh; print $_comps[virdeliver]';
    expect(shell('zsh', '-f', '-c', program)).toEqual(['_virdeliver']);
  });
});

describe('the scripts for zsh and fish', () => {
  it.each(['zsh', 'fish'])('have every command and option: %s', (name) => {
    const text = script(name);
    const missing = [...commandHelp].flatMap(([command, own]) => [
      ...(text.includes(command) ? [] : [command]),
      ...optionsIn(own)
        .map((option) => option.name)
        .filter((option) => !text.includes(name === 'zsh' ? `*${option}[` : ` -l ${option.slice(2)} `)),
    ]);
    expect(missing).toEqual([]);
  });
});

it('says of an option what its help says first, to the end of that', () => {
  expect(script('fish')).toContain("-l filter -s f -x -d 'only events that this XPath 1.0 expression matches'\n");
  expect(script('zsh')).toContain('[asks it for events of this type only]');
});

describe('the help texts', () => {
  it('tell of every command, and of its options with what they take', () => {
    expect([...commandsIn(help).keys()]).toEqual([...commandHelp.keys(), 'help']);
    const options = optionsIn(commandHelp.get('watch') as string);
    expect(options.find(({ name }) => name === '--type')).toEqual({
      name: '--type',
      short: '-t',
      value: 'TYPE',
      text: 'only events of this type, for which a daemon is asked; may be given again, for any of several',
    });
    expect(options.find(({ name }) => name === '--state')).toMatchObject({ short: undefined, value: undefined });
    expect(wordsOf(options.find(({ name }) => name === '--format')!)).toEqual(['text', 'xml', 'json']);
  });

  it('are no wider than a terminal of 130 columns, and end in examples', () => {
    const texts = [help, ...commandHelp.values()];
    expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 130)).toEqual([]);
    expect([...commandHelp.values()].filter((text) => readUsage(text).at(-1)!.examples.length === 0)).toEqual([]);
  });
});

describe('man/virdeliver.1', () => {
  const { manPage } = jest.requireActual<{
    manPage: (usage: object, read: typeof readUsage) => string;
  }>('../../scripts/man');

  it('is what npm run man makes of the help texts', () => {
    expect(readFileSync(join(root, 'man/virdeliver.1'), 'utf8')).toBe(manPage({ help, commandHelp }, readUsage));
  });

  it('has every line of every help text', () => {
    const page = manPage({ help, commandHelp }, readUsage)
      .replaceAll('\\-', '-')
      .replaceAll('\\(dq', '"')
      .replaceAll('\\(aq', "'")
      .replaceAll('\\e', '\\')
      .replace(/^\.[A-Z]+ ?/gm, '')
      .replace(/\s+/g, ' ');
    const words = [help, ...commandHelp.values()].flatMap((text) =>
      readUsage(text).flatMap(({ text: prose, rows, examples }) => [
        prose.replace(/^usage: |^virdeliver: /, ''),
        ...rows.flatMap((row) => [row.term, row.text]),
        ...examples,
      ]),
    );
    expect(words.filter((each) => !page.includes(each.replaceAll('…', '...').replace(/\s+/g, ' ')))).toEqual([]);
  });
});
