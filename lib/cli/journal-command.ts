import {
  journalStats,
  moveBookmark,
  pruneJournal,
  removeReader,
  verifyJournal,
  type WriterStats,
} from '../collector/index';
import { didYouMean } from '../did-you-mean';
import { InvalidArgumentError } from '../index';
import { momentIn } from '../time-stamps';
import { readArguments, readWord, requireAtMost, UsageError } from './command-line';
import { ageText, journalLines, journalMetrics, readerLines } from './journal-report';
import type { Output } from './output';
import { printableJson } from './printable';
import { readDuration, readShare, readSize } from './quantities';

/** What can be done with a journal. */
const ACTIONS: { readonly [name: string]: (args: readonly string[], output: Output, messages: Output) => number } = {
  status,
  verify,
  readers,
  prune,
  move,
  remove,
};

/** `virdeliver journal`: looks at a journal, and after it. */
export function journalCommand([action, ...args]: readonly string[], output: Output, messages: Output): number {
  const run = action === undefined || !Object.hasOwn(ACTIONS, action) ? undefined : ACTIONS[action];
  if (run === undefined) {
    const given = action === undefined ? 'no action given' : `'${action}' is no action on a journal`;
    const meant = action === undefined ? '' : didYouMean(action, Object.keys(ACTIONS));
    throw new UsageError(`${given}: it's ${Object.keys(ACTIONS).join(', ')}${meant}`);
  }
  return run(args, output, messages);
}

function status(args: readonly string[], output: Output, messages: Output): number {
  const { values, positionals } = readArguments(args, {
    format: { type: 'string', default: 'text' },
    'max-age': { type: 'string' },
  });
  const folder = folderIn(positionals, 1);
  const format = readWord('format', values.format, ['text', 'json', 'openmetrics']);
  const maxAge = readDuration('max-age', values['max-age']);
  const stats = journalStats(folder);
  if (format === 'json') {
    output.line(printableJson(stats));
  } else if (format === 'openmetrics') {
    output.text(journalMetrics(stats, Date.now()));
  } else {
    for (const line of journalLines(stats)) {
      output.line(...line);
    }
  }
  const problem = maxAge === undefined ? undefined : whatAilsCollector(stats.writer, maxAge);
  if (problem === undefined) {
    return 0;
  }
  messages.line(`virdeliver: ${problem}`);
  return 1;
}

/** Why a collector is not well, if it has to give a sign of life so often. */
function whatAilsCollector(writer: WriterStats | undefined, maxAge: number): string | undefined {
  if (writer === undefined) {
    return 'there is no sign of life of a collector';
  }
  if (!writer.alive) {
    return `the collector is not running: its last sign of life is ${ageText(writer.ageMs)} old`;
  }
  return writer.ageMs > maxAge ? `the collector's sign of life is ${ageText(writer.ageMs)} old` : undefined;
}

function verify(args: readonly string[], output: Output, messages: Output): number {
  const { values, positionals } = readArguments(args, { format: { type: 'string', default: 'text' } });
  const folder = folderIn(positionals, 1);
  const format = readWord('format', values.format, ['text', 'json']);
  const findings = verifyJournal(folder);
  for (const finding of findings) {
    const { segment, position, message, isLoss } = finding;
    const place = position === undefined ? segment : `${segment}:${position}`;
    if (format === 'json') {
      output.line(printableJson(finding));
    } else {
      output.line(isLoss ? ['loss', 'red'] : 'note', `  ${place}  ${message}`);
    }
  }
  const losses = findings.filter(({ isLoss }) => isLoss).length;
  messages.line(
    losses === 0 ? 'the journal is as it was written' : `${losses} ${losses === 1 ? 'loss' : 'losses'} found`,
  );
  return losses === 0 ? 0 : 1;
}

function readers(args: readonly string[], output: Output): number {
  const { values, positionals } = readArguments(args, { format: { type: 'string', default: 'text' } });
  const folder = folderIn(positionals, 1);
  const format = readWord('format', values.format, ['text', 'json']);
  const { readers: found } = journalStats(folder);
  const lines = format === 'json' ? found.map((reader) => [printableJson(reader)]) : readerLines(found);
  for (const line of lines) {
    output.line(...line);
  }
  return 0;
}

function prune(args: readonly string[], _output: Output, messages: Output): number {
  const { values, positionals } = readArguments(args, {
    'max-size': { type: 'string' },
    'max-age': { type: 'string' },
    'keep-free': { type: 'string' },
  });
  const folder = folderIn(positionals, 1);
  const maxBytes = readSize('max-size', values['max-size']);
  const maxAgeMs = readDuration('max-age', values['max-age']);
  const keepFree = readShare('keep-free', values['keep-free']);
  if (maxBytes === undefined && maxAgeMs === undefined && keepFree === undefined) {
    throw new UsageError('say what to keep, by --max-size, --max-age or --keep-free');
  }
  const pruned = pruneJournal(folder, { maxBytes, maxAgeMs, keepFree });
  messages.line(`${pruned} ${pruned === 1 ? 'segment' : 'segments'} removed`);
  return 0;
}

function move(args: readonly string[], _output: Output, messages: Output): number {
  const { values, positionals } = readArguments(args, { to: { type: 'string' } });
  const folder = folderIn(positionals, 2);
  const reader = readerIn(positionals);
  const next = inOwnWords(() => moveBookmark(folder, reader, readPlace(values.to)));
  messages.line(`${reader} goes on at entry ${next}`);
  return 0;
}

function remove(args: readonly string[], _output: Output, messages: Output): number {
  const { positionals } = readArguments(args, {});
  const folder = folderIn(positionals, 2);
  const reader = readerIn(positionals);
  const isRemoved = inOwnWords(() => removeReader(folder, reader));
  messages.line(isRemoved ? `${reader} is removed` : `virdeliver: the journal has no reader '${reader}'`);
  return isRemoved ? 0 : 1;
}

function folderIn(positionals: readonly string[], most: number): string {
  requireAtMost(positionals, most);
  const [folder] = positionals;
  if (folder === undefined || folder === '') {
    throw new UsageError('no journal given: name its folder');
  }
  return folder;
}

function readerIn([, reader]: readonly string[]): string {
  if (reader === undefined) {
    throw new UsageError('no reader given');
  }
  return reader;
}

/** Reads where a bookmark is moved to. */
function readPlace(text: string | undefined): 'oldest' | 'newest' | number | Date {
  if (text === 'oldest' || text === 'newest') {
    return text;
  }
  const place = text === undefined ? undefined : /^\d+$/.test(text) ? Number(text) : momentIn(text, Date.now());
  if (place === undefined) {
    const given = text === undefined ? 'nothing was given' : `got '${text}'`;
    throw new UsageError(
      `--to takes oldest, newest, the number of an entry, or a time such as 2026-01-02T03:00:00Z or -1h, but ${given}`,
    );
  }
  return place;
}

/** Does something that refuses arguments by the library's names for them. */
function inOwnWords<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (error instanceof InvalidArgumentError) {
      const name = error.argument === 'to' ? '--to' : error.argument.toUpperCase();
      throw new UsageError(error.message.replace(error.argument, name));
    }
    throw error;
  }
}
