/** Holds what the help texts say of options to what the commands take, option by option. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import * as commandLine from '../../lib/cli/command-line';
import { completionCommand } from '../../lib/cli/completion-command';
import { Output } from '../../lib/cli/output';
import { commandHelp } from '../../lib/cli/usage';
import { optionsIn, readUsage, type UsageOption, wordsOf } from '../../lib/cli/usage-table';

/** An option as a command takes it. */
interface TakenOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean | string[];
}

type Command = (args: readonly string[], ...outputs: Output[]) => unknown;

function commandOf(name: string): Command {
  return jest.requireActual<Record<string, Command>>(`../../lib/cli/${name}-command`)[`${name}Command`]!;
}

/** The options that a command takes with these arguments: what it has its arguments read by. */
async function optionsTaken(name: string, ...args: string[]): Promise<Record<string, TakenOption>> {
  const taken: Record<string, TakenOption>[] = [];
  const read = jest.spyOn(commandLine, 'readArguments').mockImplementation((_, options) => {
    taken.push(options as Record<string, TakenOption>);
    throw new Error('the options are known');
  });
  const nowhere = new Output(new PassThrough().resume());
  const command = commandOf(name);
  try {
    await expect((async () => command(args, nowhere, nowhere))()).rejects.toThrow('the options are known');
  } finally {
    read.mockRestore();
  }
  expect(taken).toHaveLength(1);
  return taken[0]!;
}

/** The options that the help of an action of a command tells of: those that stand further in below it, or in its own line. */
function optionsOfAction(help: string, action: string): UsageOption[] {
  const rows = readUsage(help).flatMap((block) => block.rows);
  const place = rows.findIndex(({ term }) => term.startsWith(`${action} `));
  const end = rows.findIndex(({ indentation }, each) => each > place && indentation <= rows[place]!.indentation);
  const below = rows.slice(place + 1, end === -1 ? rows.length : end);
  const [own] = /--.*/.exec(rows[place]!.term) ?? [];
  return optionsIn(
    [...(own === undefined ? [] : [{ term: own, text: rows[place]!.text }]), ...below]
      .map(({ term, text }) => `  ${term}  ${text}`)
      .join('\n'),
  );
}

/** What the help has to say of an option, in the words of the parser. */
function asTaken({ name, short, value, text }: UsageOption) {
  return {
    name: name.slice(2),
    short: short?.slice(1),
    type: value === undefined ? 'boolean' : 'string',
    multiple: /may be given again/.test(text),
  };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

function expectSame(documented: readonly UsageOption[], taken: Record<string, TakenOption>): void {
  expect(documented.map(asTaken).sort(byName)).toEqual(
    Object.entries(taken)
      .map(([name, { short, type, multiple = false }]) => ({ name, short, type, multiple }))
      .sort(byName),
  );
  for (const option of documented) {
    const { default: byDefault } = taken[option.name.slice(2)]!;
    if (typeof byDefault === 'string') {
      // Either `default 1`, or `text (the default)` among the words that it can be.
      expect(option.text).toMatch(new RegExp(`default ${byDefault}\\b|\\b${byDefault} \\(the default\\)`));
    }
  }
}

const plain = [...commandHelp].filter(([name]) => name !== 'journal');
const actions = ['status', 'verify', 'readers', 'prune', 'move', 'remove'];
const journalHelp = commandHelp.get('journal') as string;

describe('the help text', () => {
  it.each(plain)('of %s tells of every option that it takes, as it takes it, and of no other', async (name, help) => {
    expectSame(optionsIn(help), await optionsTaken(name));
  });

  it.each(actions)(
    'of journal %s tells of every option that it takes, as it takes it, and of no other',
    async (action) => {
      expectSame(optionsOfAction(journalHelp, action), await optionsTaken('journal', action));
    },
  );

  it.each(plain)('of %s names the words of an option as the command accepts them', async (name, help) => {
    const options = optionsIn(help).filter((option) => wordsOf(option).length > 0);
    const reading = jest.spyOn(commandLine, 'readWord').mockImplementation((_, __, words) => {
      throw new Error(`words: ${words.join(' ')}`);
    });
    try {
      const nowhere = new Output(new PassThrough().resume());
      const command = commandOf(name);
      for (const option of options) {
        const given = { collect: ['--journal', 'x'], record: ['memory:', 'x'], replay: ['x'] }[name] ?? [];
        const asked = (async () => command([...given, option.name, 'other'], nowhere, nowhere))();
        await expect(asked).rejects.toThrow(`words: ${wordsOf(option).join(' ')}`);
      }
    } finally {
      reading.mockRestore();
    }
  });
});

describe('what bash, zsh and fish are told', () => {
  it.each(['bash', 'zsh', 'fish'])('has every option of every command that is taken: %s', async (shell) => {
    let script = '';
    const stream = new PassThrough().setEncoding('utf8').on('data', (piece: string) => {
      script += piece;
    });
    completionCommand([shell], new Output(stream));
    await once(stream.end(), 'end');
    for (const [name] of plain) {
      for (const option of Object.keys(await optionsTaken(name))) {
        expect(script).toContain(shell === 'fish' ? `-l ${option} ` : `--${option}`);
      }
    }
  });
});
