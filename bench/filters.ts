/** Making filters. */
import { compileFilter } from '../lib/index';
import { type Benchmark, type Contestant, compare } from './harness';
import { parseXPath } from './peers';

/** How many different expressions there are, so that none is met again soon. */
const EXPRESSIONS = 1_000;

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

export const filters: readonly Benchmark[] = [
  compare({
    id: 'filters/compile',
    title: `Making a filter of ${typicalExpression(17)}`,
    per: 'filter',
    contestants: () => [compiler('compileFilter, checked', compileFilter), compiler('xpath.parse', parseXPath)],
  }),
];
