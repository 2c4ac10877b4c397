/** One event with very many elements, and a filter that has to look at all of them. */
import { compileFilter } from '../lib/index';
import { peer } from './event-contestants';
import { type Benchmark, type Contestant, compare, type Effort, scaled } from './harness';
import { loadXPathPeers } from './xpath-peers';

const SIBLINGS = 4_000;

const EXPRESSION = "//a[@b='2']";

/** A document whose last sibling alone is meant. */
function siblings(count: number): string {
  const others = Array.from({ length: count - 1 }, () => '<a b="1"/>');
  return `<event>${others.join('')}<a b="2"/></event>`;
}

async function contestants(effort: Effort): Promise<Contestant[]> {
  const turns = { xmls: [siblings(scaled(effort, SIBLINGS))] };
  const filter = compileFilter(EXPRESSION);
  const peers = [...(await loadXPathPeers())].map(([name, make]) => make(name, [EXPRESSION], turns));
  return [peer('Filter.matches', (xml) => Number(filter.matches(xml)), turns), ...peers];
}

export const manySiblings: readonly Benchmark[] = [
  compare({
    id: 'filters/siblings',
    title: `A document of 4,000 siblings, from its XML to the result of ${EXPRESSION}, which the last one matches`,
    per: 'document',
    // A peer takes seconds for it.
    mostRounds: 1,
    contestants,
    goals: [{ text: 'under 2 ms', isMet: (figure) => figure('Filter.matches').value < 2e6 }],
  }),
];
