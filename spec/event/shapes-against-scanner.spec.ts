import { InvalidEventError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { type ReadEvent, readEvent } from '../../lib/event/read-event';
import type { LightTree } from '../../lib/xml/light-tree';
import { defaultEventLimits, type EventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';
import { isThorough } from '../support/often';
import { mutatedEvent, originals, randomOf, someLimits } from './mutated-events';

/** In the scope of inherited namespaces, even of none, only the scanner reads. */
const strictly = { locate: () => ({ line: 1, column: 1 }), namespaces: new Map<string, string>() };

type Outcome =
  | { readonly event: ReadEvent; readonly fault?: undefined }
  | { readonly event?: undefined; readonly fault: InvalidEventError };

function outcomeOf(text: string, limits: EventLimits, context?: typeof strictly): Outcome {
  try {
    return { event: readEvent(text, limits, context) };
  } catch (error) {
    if (error instanceof InvalidEventError) {
      return { fault: error };
    }
    throw error;
  }
}

/** What has to be the same, in a form that is quickly compared. */
function summaryOf({ event, fault }: Outcome): string {
  return event === undefined
    ? `${fault.code} ${fault.line}:${fault.column} ${fault.message}`
    : `${event.bytes} ${event.type} ${event.timestamp} ${event.xml}`;
}

/** All numbers of a tree, as if it were alone. */
function numbersOf(tree: LightTree): Int32Array {
  return tree.detached().nodes;
}

/** The values that a shape has, read off a tree. */
function valuesOf(tree: LightTree): string[] {
  const values: string[] = [];
  for (let node = tree.root; node < tree.after(tree.root); node = tree.following(node)) {
    const isType = tree.parent(node) === tree.rootElement && tree.isAttribute(node) && tree.name(node) === 'type';
    if (!tree.isContainer(node) && !isType) {
      values.push(tree.stringValue(node));
    }
  }
  return values;
}

/** Reads an event both ways; says whether it had a known shape. */
function compareReadings(text: string, limits: EventLimits): boolean {
  const outcome = outcomeOf(text, limits);
  const record = outcome.event && new EventRecord(outcome.event);
  const shape = record?.shape;
  const values = shape && Array.from({ length: shape.count }, (_, value) => record!.valueAt(value));
  // One of them is looked up in an index from now on.
  shape?.expect(text.length % shape.count);
  const tree = record && numbersOf(record.tree);
  requireSame(text, summaryOf(outcome), summaryOf(outcomeOf(text, limits, strictly)));
  if (record !== undefined) {
    const strict = readTree(record.xml, defaultEventLimits);
    requireSame(text, tree!.join(' '), numbersOf(strict).join(' '));
    requireSame(text, values?.join('\n'), shape && valuesOf(strict).join('\n'));
  }
  return shape !== undefined;
}

/** Jest's own comparison takes longer than all the rest. */
function requireSame(text: string, quick: string | undefined, strict: string | undefined): void {
  if (quick !== strict) {
    expect([text, quick]).toEqual([text, strict]);
  }
}

const { VIRDELIVER_FUZZ_EVENTS: chosenEvents, VIRDELIVER_FUZZ_SEED: chosenSeed } = process.env;
const events = Number(chosenEvents ?? (isThorough ? 1_000_000 : 100_000));
const seed = Number(chosenSeed ?? 20261128);

describe('an event of a shape that has been met before', () => {
  const { stackTraceLimit } = Error;

  beforeAll(() => {
    // To note the stack of each fault takes longer than to find it.
    Error.stackTraceLimit = 0;
  });

  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it(`is read as strictly as the first one, with the seed ${seed}`, () => {
    const random = randomOf(seed);
    let shaped = 0;
    let few: string[] = [];
    for (let count = 0; count < events; count += 1) {
      if (count % 1_000 === 0) {
        few = Array.from({ length: 1 + random(4) }, () => originals[random(originals.length)]!);
      }
      const original = few[random(few.length)]!;
      // What is rarely found is soon not looked for any more.
      for (let times = 0; times < 3; times += 1) {
        readEvent(original, defaultEventLimits);
      }
      const text = mutatedEvent(original, random);
      shaped += Number(compareReadings(text, someLimits(text, random)));
    }
    expect(shaped).toBeGreaterThan(events / 20);
  }, 3_600_000);
});
