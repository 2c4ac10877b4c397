/** Filters by themselves: what one costs to make, to register and to keep. */
import { addEventHandler, type Connection, compileFilter, openConnection } from '../lib/index';
import { byName } from './filter-shapes';
import { type Benchmark, type Contestant, compare, judge, scaled, toFigures } from './harness';
import { bytesEach, bytesInArray } from './memory';
import { parseXPath } from './peers';

/** How many different expressions there are, so that none is met again soon. */
const EXPRESSIONS = 1_000;

/** How many filters come to a connection. */
const FILTERS = 100_000;

/** Parsed by a peer, expressions take so much more memory that fewer of them must do. */
const PARSED = 10_000;

function typicalExpression(number: number): string {
  return `@type = 'domain-state-transition' and domain/name = 'web-${number}' and transition[@to = 'shut off' or @to = 'crashed']`;
}

function compiler(name: string, compile: (expression: string) => object): Contestant {
  const expressions = Array.from({ length: EXPRESSIONS }, (_, number) => typicalExpression(number));
  let next = 0;
  return {
    name,
    run(operations) {
      let successes = 0;
      for (let left = operations; left > 0; left -= 1) {
        successes += Number(typeof compile(expressions[next]!) === 'object');
        next = (next + 1) % EXPRESSIONS;
      }
      return successes;
    },
  };
}

/** An ES module, which CommonJS has to wait for. */
async function libxml2Compiler(): Promise<Contestant> {
  const { XmlXPath } = await import('libxml2-wasm');
  return compiler('libxml2-wasm', (expression) => {
    const compiled = XmlXPath.compile(expression);
    compiled.dispose();
    return compiled;
  });
}

/** Brings expressions, all different, to a place that keeps them; when it is full a new one is opened. */
function registrar<Place>(
  name: string,
  open: () => Place,
  add: (place: Place, expression: string) => unknown,
): Contestant {
  const expressions = Array.from({ length: FILTERS }, (_, number) => byName.expression(number));
  let place = open();
  let next = 0;
  return {
    name,
    run(operations) {
      for (let left = operations; left > 0; left -= 1) {
        if (next === FILTERS) {
          place = open();
          next = 0;
        }
        add(place, expressions[next]!);
        next += 1;
      }
      return operations;
    },
  };
}

function bytesPerHandler(count: number): number {
  using conn: Connection = openConnection();
  let added = 0;
  return bytesEach(
    count,
    (number) => {
      addEventHandler(conn, byName.expression(number), () => {});
      added += 1;
    },
    () => added,
  );
}

const memory: Benchmark = {
  id: 'filters/memory',
  title: `Memory for a handler with a filter like ${byName.expression(17)}`,
  measure(effort) {
    const count = scaled(effort, FILTERS);
    const names = ['registered', 'floor: its text in an array', 'its xpath.parse in an array'];
    const figures = toFigures(names, [
      [
        bytesPerHandler(count),
        bytesInArray(count, (number) => flat(byName.expression(number))),
        bytesInArray(scaled(effort, PARSED), (number) => parseXPath(byName.expression(number))),
      ],
    ]);
    const goal = { text: 'at most 2,500 bytes', isMet: () => figures[0]!.value <= 2500 };
    return { unit: 'bytes', per: 'filter', bytes: undefined, figures, goals: judge([goal], figures) };
  },
};

/** The same text in one piece. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

export const filters: readonly Benchmark[] = [
  compare({
    id: 'filters/compile',
    title: `Making a filter of ${typicalExpression(17)}`,
    per: 'filter',
    contestants: async () => [
      compiler('compileFilter, checked', compileFilter),
      compiler('xpath.parse', parseXPath),
      await libxml2Compiler(),
    ],
  }),
  compare({
    id: 'filters/register',
    title: `Registering handlers, up to 100,000 on a connection, with filters like ${byName.expression(17)}`,
    per: 'filter',
    contestants: () => [
      registrar('addEventHandler', openConnection, (conn, expression) => addEventHandler(conn, expression, () => {})),
      registrar(
        'xpath.parse and Array.push',
        (): object[] => [],
        (parsed, expression) => parsed.push(parseXPath(expression)),
      ),
    ],
    goals: [{ text: 'at most 12 µs', isMet: (figure) => figure('addEventHandler').value <= 12_000 }],
  }),
  memory,
];
