/** From an event's XML to its handlers, where each of few or many handlers has an XPath filter of its own. */
import { type EventTurns, library } from './event-contestants';
import { type FilterShape, filterShapes } from './filter-shapes';
import { type Benchmark, type Effort, type Figure, scaled, takeTurns } from './harness';
import { sampleCount, sampleNames } from './sample-events';
import { loadXPathPeers, type MakeContestant } from './xpath-peers';

const MOST_FILTERS = 100_000;

/** Who would take longer than this for an event, in nanoseconds, is not measured with so many filters. */
export const patience = 30e6;

/** With fewer filters everybody is measured: one turn of cold code says little. */
const FEWEST_TO_JUDGE_BY = 100;

/** There are so many figures that less must do for each. */
const MOST_ROUNDS = 3;
const MOST_BATCH_MS = 20;

/** The name of the library in these tables. */
export const libraryName = 'virdeliver';

/** Which of the events a filter matches; an event then is for just as large a share of the filters. */
export interface MatchingShare {
  readonly name: string;
  /** How many domains the events come from, in turn. */
  readonly domains: number;
  /** The domain that a filter is for; the events' domains are numbered from 0. */
  domainOf(filter: number): number;
}

export const onePercent: MatchingShare = {
  name: '1 % match',
  domains: sampleNames,
  domainOf: (filter) => filter % sampleNames,
};

/** The shares that are measured. */
export const shares: readonly MatchingShare[] = [
  { name: '0 % match', domains: sampleNames, domainOf: (filter) => sampleNames + filter },
  onePercent,
  { name: '100 % match', domains: 1, domainOf: () => 0 },
];

/** What a contestant's figures are called. */
export function figureName(contestant: string, share: MatchingShare): string {
  return `${contestant}, ${share.name}`;
}

/** For which domains so many filters are. */
export function domainsOf(share: MatchingShare, filters: number): number[] {
  return Array.from({ length: filters }, (_, filter) => share.domainOf(filter));
}

/** Events of a share, and for how many of the filters' domains each is. */
export function turnsOf(xmls: readonly string[], share: MatchingShare, domains: readonly number[]): EventTurns {
  const matching = new Array<number>(share.domains).fill(0);
  for (const domain of domains) {
    if (domain < share.domains) {
      matching[domain]! += 1;
    }
  }
  return { xmls, matching };
}

/** The events of a share: their domains take turns. */
export function eventsOf(shape: FilterShape, share: MatchingShare, effort: Effort): string[] {
  return Array.from({ length: scaled(effort, sampleCount) }, (_, number) =>
    shape.event(number, number % share.domains),
  );
}

/** How many filters are measured: 1, 10, 100 and so on. */
function filterCounts(effort: Effort): number[] {
  const most = scaled(effort, MOST_FILTERS);
  return Array.from({ length: Math.log10(most) + 1 }, (_, power) => 10 ** power);
}

/** Measures everybody with more and more filters, as long as they keep up. */
function measureShare(
  shape: FilterShape,
  share: MatchingShare,
  makers: ReadonlyMap<string, MakeContestant>,
  effort: Effort,
): Figure[] {
  const xmls = eventsOf(shape, share, effort);
  const less = { rounds: Math.min(effort.rounds, MOST_ROUNDS), batchMs: Math.min(effort.batchMs, MOST_BATCH_MS) };
  const slow = new Set<string>();
  return filterCounts(effort).flatMap((filters) => {
    const domains = domainsOf(share, filters);
    const expressions = domains.map(shape.expression);
    const turns = turnsOf(xmls, share, domains);
    const contestants = [...makers]
      .filter(([name]) => !slow.has(name))
      .map(([name, make]) => make(name, expressions, turns));
    const figures = takeTurns(contestants, less);
    for (const { name, value } of figures) {
      if (filters >= FEWEST_TO_JUDGE_BY && value * 10 > patience) {
        slow.add(name);
      }
    }
    return figures.map((figure) => ({ ...figure, name: figureName(figure.name, share), filters }));
  });
}

function overFilters(shape: FilterShape): Benchmark {
  return {
    id: `many-filters/${shape.id}`,
    title: `An event, from its XML to its handlers, over the number of filters like ${shape.expression(17)}`,
    async measure(effort) {
      const makers = new Map<string, MakeContestant>([[libraryName, library], ...(await loadXPathPeers())]);
      // As code that is cold would slow down the first share alone, few filters are measured in vain.
      measureShare(shape, onePercent, makers, { ...effort, scale: effort.scale / 10_000 });
      const figures = shares.flatMap((share) => measureShare(shape, share, makers, effort));
      const ratios = figures.map((figure) => ({ ...figure, ratio: figure.value / figures[0]!.value }));
      return { unit: 'ns', per: 'event', bytes: undefined, figures: ratios, goals: [] };
    },
  };
}

export const manyFilters: readonly Benchmark[] = filterShapes.map(overFilters);
