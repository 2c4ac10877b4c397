import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateXML } from 'xmllint-wasm';

const schema = readFileSync(join(__dirname, '../../docs/events.xsd'), 'utf8');

/** The validator takes events as files named on its command line, and its stack holds no more than some thousand names. */
const BATCH = 1000;

/**
 * Validates events against `docs/events.xsd`, many in one go: each run of the validator takes a moment to start.
 *
 * @returns What is wrong, each with the number of the event, counted from 0; an empty list if all are valid.
 */
export async function validateEvents(events: Iterable<string>): Promise<string[]> {
  const files = [...events].map((contents, index) => ({ fileName: `event-${index}.xml`, contents }));
  if (files.length === 0) {
    throw new Error('there are no events to validate');
  }
  const faults: string[] = [];
  for (let start = 0; start < files.length; start += BATCH) {
    const { valid, errors } = await validateXML({ xml: files.slice(start, start + BATCH), schema });
    if (!valid && errors.length === 0) {
      faults.push(`the validator refused events from ${start} on without a word`);
    }
    faults.push(...errors.map(({ rawMessage }) => rawMessage));
  }
  return faults;
}
