import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  type ConditionOutcome,
  type Connection,
  closeConnection,
  compileFilter,
  explainMatch,
  type Filter,
  FilterError,
  openConnection,
  takeEvents,
} from '../index';
import { readArguments, readFilterOptions, UsageError } from './command-line';
import { EventLines, onOneLine } from './event-lines';
import { costTexts, indexText } from './explanation-text';
import type { Output } from './output';
import { refuseOwnInput } from './own-input';
import { filterProblem } from './own-words';
import { printable } from './printable';
import { waitUnlessStopped } from './show-events';

/** How many events are read before the output gets the time to go out. */
const BATCH = 256;

/** How many false conditions are shown of an event, and how much of a value, in UTF-16 code units. */
const SHOWN_CONDITIONS = 5;
const LONGEST_VALUE = 60;

/** `virdeliver filter`: checks and explains a filter, and tries it on the events in files. */
export async function filterCommand(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const { values, positionals } = readArguments(args, {
    namespace: { type: 'string', multiple: true },
    variable: { type: 'string', multiple: true },
  });
  const [expression, ...files] = positionals;
  if (expression === undefined) {
    throw new UsageError('no filter given');
  }
  const filter = readFilter(expression, values, messages);
  if (filter === undefined) {
    return 1;
  }
  // Opened, and found not to be what is written to, before anything is written.
  const connections = files.map(openFile);
  const stopWatching = output.watchReader();
  let matched = 0;
  try {
    explain(filter, output);
    for (const [index, conn] of connections.entries()) {
      output.line('');
      output.line([files[index] as string, 'bold']);
      matched += await tryOn(conn, filter, output);
    }
  } finally {
    stopWatching();
  }
  return files.length > 0 && matched === 0 && !output.isClosed ? 1 : 0;
}

/** Compiles the filter; if it is wrong, says so and returns nothing. */
function readFilter(
  expression: string,
  given: Parameters<typeof readFilterOptions>[0],
  messages: Output,
): Filter | undefined {
  const options = readFilterOptions(given);
  try {
    return compileFilter(expression, options);
  } catch (error) {
    if (error instanceof FilterError) {
      messages.text(`virdeliver: ${filterProblem(error)}`);
      return undefined;
    }
    throw error;
  }
}

function explain(filter: Filter, output: Output): void {
  const explanation = filter.explain();
  if (explanation.kind === 'expression') {
    output.line(['filter', 'bold'], `   ${explanation.source}`);
    output.line(['in full', 'bold'], `  ${explanation.parsed}`);
    output.line(['index', 'bold'], `    ${indexText(explanation.index)}`);
    output.line(['cost', 'bold'], `     ${costTexts[explanation.cost]}`);
  }
  for (const { position, message } of explanation.warnings) {
    output.line(['warning', 'yellow'], `  at ${position + 1}: ${message}`);
  }
}

/** Opens a file of events, or standard input. */
function openFile(file: string): Connection {
  const conn = openConnection(file === '-' ? '-' : pathToFileURL(file).href);
  refuseOwnInput(conn);
  return conn;
}

/** Shows which of the events of a connection match, until it ends, and returns how many do. */
async function tryOn(conn: Connection, filter: Filter, output: Output): Promise<number> {
  const text = new EventLines();
  let events = 0;
  let matched = 0;
  try {
    while (!output.isClosed && (await waitUnlessStopped(conn, output.closed))) {
      for (const event of takeEvents(conn, { limit: BATCH })) {
        const matches = filter.matches(event);
        events += 1;
        matched += matches ? 1 : 0;
        const day = text.dayBefore(event);
        if (day !== undefined) {
          output.line('          ', ...day);
        }
        output.line(matches ? ['match   ', 'green'] : 'no match', '  ', ...text.of(event));
        if (!matches) {
          for (const line of whyNot(explainMatch(filter, event))) {
            output.line([`          ${line}`, 'gray']);
          }
        }
      }
      await output.drained();
      await setImmediate();
    }
  } finally {
    closeConnection(conn);
  }
  output.line(`${matched} of ${events} matched`);
  return matched;
}

/** The conditions that were false, a line each, with what was found instead. */
function whyNot(outcomes: readonly ConditionOutcome[]): string[] {
  const unmet = outcomes.filter(({ isTrue }) => !isTrue);
  if (unmet.length === 0) {
    return ['each condition is true, but of different nodes'];
  }
  const lines = unmet.slice(0, SHOWN_CONDITIONS).map(({ condition, found }) => {
    const values = found.flatMap(({ values, count }) => (count === 0 ? ['nothing'] : values.map(valueText)));
    return `false  ${condition}${values.length === 0 ? '' : `  (found ${values.join(', ')})`}`;
  });
  const more = unmet.length - lines.length;
  return more === 0 ? lines : [...lines, `… and ${more} more`];
}

function valueText(value: string): string {
  const text = printable(onOneLine(value));
  return text.length <= LONGEST_VALUE ? `'${text}'` : `'${text.slice(0, LONGEST_VALUE)}…'`;
}
