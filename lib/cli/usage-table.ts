/** A term of a help text, and what is said of it: an option, a command, or an action of one. */
export interface UsageRow {
  readonly term: string;
  readonly text: string;
  /** How many spaces stand before it: what belongs to another row stands further in. */
  readonly indentation: number;
}

/** A piece of a help text: a paragraph, with the rows below it, or lines to be shown as they are. */
export interface UsageBlock {
  readonly text: string;
  readonly rows: readonly UsageRow[];
  readonly examples: readonly string[];
}

/** An option, as a help text has it. */
export interface UsageOption {
  /** With its hyphens. */
  readonly name: string;
  readonly short: string | undefined;
  /** What stands for its value; nothing if it takes none. */
  readonly value: string | undefined;
  readonly text: string;
}

const ROW = /^( {2,8})(\S.*?)(?: {2,}(\S.*))?$/;

/** Takes a help text apart: it is the one place that says what commands and options there are. */
export function readUsage(help: string): UsageBlock[] {
  return help.trimEnd().split('\n\n').flatMap(readBlocks);
}

/** What stands between two empty lines: one block, or another one from where text follows rows. */
function readBlocks(lines: string): UsageBlock[] {
  const [first = '', ...others] = lines.split('\n');
  if (/^examples?:$/.test(first)) {
    return [{ text: '', rows: [], examples: others.map((line) => line.trim()) }];
  }
  const blocks: OpenBlock[] = [];
  for (const line of [first, ...others]) {
    const block = blocks.at(-1);
    const row = block?.rows.at(-1);
    const [, indentation, term, said = ''] = ROW.exec(line) ?? [];
    if (indentation !== undefined && term !== undefined) {
      const rows = block?.rows ?? newBlock(blocks, '').rows;
      rows.push({ term, text: said, indentation: indentation.length });
    } else if (block !== undefined && row !== undefined && line.startsWith(' ')) {
      block.rows[block.rows.length - 1] = { ...row, text: `${row.text} ${line.trim()}`.trim() };
    } else if (block !== undefined && row === undefined) {
      block.text = `${block.text} ${line}`;
    } else {
      newBlock(blocks, line);
    }
  }
  return blocks;
}

/** A block to which lines are added. */
interface OpenBlock {
  text: string;
  readonly rows: UsageRow[];
  readonly examples: readonly string[];
}

function newBlock(blocks: OpenBlock[], text: string): OpenBlock {
  const block = { text, rows: [], examples: [] };
  blocks.push(block);
  return block;
}

/** The options that a help text tells of, each once. */
export function optionsIn(help: string): UsageOption[] {
  const options = new Map<string, UsageOption>();
  for (const { term, text } of readUsage(help).flatMap(({ rows }) => rows)) {
    const [, name, short, value] = /^(--[a-z-]+)(?:, (-\w))?(?: ([A-Z=]+))?$/.exec(term) ?? [];
    if (name !== undefined && !options.has(name)) {
      options.set(name, { name, short, value, text });
    }
  }
  return [...options.values()];
}

/** The commands that the help of the whole tells of, or the actions that the help of a command does, with what is said of each. */
export function commandsIn(help: string): ReadonlyMap<string, string> {
  const rows = readUsage(help).flatMap((block) => block.rows);
  return new Map(
    rows.flatMap(({ term, text }) => {
      const [, name] = /^([a-z]+) \[?[A-Z]/.exec(term) ?? [];
      return name === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** The words that an option's value can be, if its text lists them: `text (the default): …; json: …`. */
export function wordsOf({ value, text }: UsageOption): string[] {
  if (value !== 'FORMAT' && value !== 'WHEN') {
    return [];
  }
  return text.split('; ').flatMap((piece) => /^([a-z]+)(?= \(|:|$)/.exec(piece)?.[1] ?? []);
}
