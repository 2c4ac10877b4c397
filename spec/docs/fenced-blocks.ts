import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/run-program';

/** A fenced block of a document. */
export interface FencedBlock {
  /** The document, and the line of the block's opening fence in it, such as `README.md:12`. */
  readonly place: string;
  /** The document alone. */
  readonly file: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  /** The first word after the opening fence; empty if there is none. */
  readonly language: string;
  /** The other words after the opening fence. */
  readonly marks: readonly string[];
  readonly text: string;
  /** The text of a block in the language `text` that follows with at most a line of prose between. */
  readonly output: string | undefined;
}

/** The documents, and the sources with their docstrings, whose examples are run; relative to the project's folder. */
export function documents(): string[] {
  const inDocs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return [
    ...['README.md', ...inDocs.sort().map((name) => `docs/${name}`)].filter((file) => existsSync(join(root, file))),
    ...sources.sort().map((name) => `lib/${name}`),
  ];
}

/** The margin of a line of a docstring. */
const MARGIN = /^\s*\* ?/;

/** The fenced blocks of a document, in their order. */
export function fencedBlocks(file: string): FencedBlock[] {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n').map((line) => (file.endsWith('.ts') ? line.replace(MARGIN, '') : line));
  const fences = lines.flatMap((line, index) => (/^\s*```/.test(line) ? [index] : []));
  if (fences.length % 2 === 1) {
    throw new Error(`${file}:${fences.at(-1)! + 1}: this fence is not closed`);
  }
  const spans = fences.flatMap((open, index) => (index % 2 === 0 ? [{ open, close: fences[index + 1]! }] : []));
  return spans.map(({ open, close }, index) => {
    const [language = '', ...marks] = wordsOf(lines[open]!);
    const next = spans[index + 1];
    const isOutput =
      next !== undefined &&
      wordsOf(lines[next.open]!)[0] === 'text' &&
      lines.slice(close + 1, next.open).filter((line) => line.trim() !== '').length <= 1;
    return {
      place: `${file}:${open + 1}`,
      file,
      line: open + 1,
      language,
      marks,
      text: textOf(lines, open, close),
      output: isOutput ? textOf(lines, next.open, next.close) : undefined,
    };
  });
}

function wordsOf(fence: string): string[] {
  return fence.trim().slice('```'.length).trim().split(/\s+/);
}

/** A block inside a list is indented as its fence is. */
function textOf(lines: readonly string[], open: number, close: number): string {
  const indentation = /^\s*/.exec(lines[open]!)![0].length;
  return lines
    .slice(open + 1, close)
    .map((line) => `${line.slice(indentation)}\n`)
    .join('');
}
