import { resolve } from 'node:path';
import { closeConnection, compileFilter, type Filter, FilterError, openConnection, takeEvents } from '../index';
import { readArguments, readFilterOptions, UsageError } from './command-line';
import { EventText } from './event-text';
import type { Output } from './output';

/** How many events are read before the output gets the time to go out. */
const BATCH = 256;

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
  explain(filter, output);
  let matched = 0;
  for (const file of files) {
    output.line('');
    matched += await tryOn(file, filter, output);
  }
  return files.length > 0 && matched === 0 ? 1 : 0;
}

/** Compiles the filter; where it is wrong, says so and returns nothing. */
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
      messages.line(`virdeliver: ${error.message}`);
      return undefined;
    }
    throw error;
  }
}

function explain(filter: Filter, output: Output): void {
  const explanation = filter.explain();
  if (explanation.kind === 'expression') {
    output.line(`${output.style('bold', 'filter')}   ${explanation.source}`);
    output.line(`${output.style('bold', 'in full')}  ${explanation.parsed}`);
  }
  for (const { position, message } of explanation.warnings) {
    output.line(`${output.style('yellow', 'warning')}  at ${position + 1}: ${message}`);
  }
}

/** Shows which of the events in a file match, and returns how many do. */
async function tryOn(file: string, filter: Filter, output: Output): Promise<number> {
  const text = new EventText(output);
  // An absolute path, percent-encoded, so that no character of a file's name is taken for a part of the URI.
  const conn = openConnection(
    file === '-' ? '-' : `file://${encodeURI(resolve(file)).replace(/[?#]/g, encodeURIComponent)}`,
  );
  let events = 0;
  let matched = 0;
  output.line(output.style('bold', file));
  try {
    while (conn.state === 'open' && !output.isClosed) {
      for (const event of takeEvents(conn, { limit: BATCH, waitMs: BATCH })) {
        const matches = filter.matches(event);
        events += 1;
        matched += matches ? 1 : 0;
        output.line(`${matches ? output.style('green', 'match   ') : 'no match'}  ${text.of(event)}`);
      }
      await output.drained();
    }
  } finally {
    closeConnection(conn);
  }
  output.line(`${matched} of ${events} matched`);
  return matched;
}
