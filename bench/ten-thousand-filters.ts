/** What 10,000 filters cost beside one. */
import { library } from './event-contestants';
import { byName } from './filter-shapes';
import { type Benchmark, type Contestant, compare, type Effort, type Goal, scaled } from './harness';
import { domainsOf, eventsOf, type MatchingShare, onePercent, shares, turnsOf } from './many-filters';

const FILTERS = 10_000;

const [none, , all] = shares as readonly [MatchingShare, MatchingShare, MatchingShare];

/** Each filter is for a domain of its own, and each event for one of them. */
const single: MatchingShare = { ...onePercent, name: 'one matches', domainOf: (filter) => filter };

function withFilters(
  name: string,
  share: MatchingShare,
  filters: number,
  effort: Effort,
  toExpression: (domain: number, filter: number) => string = byName.expression,
): Contestant {
  const domains = domainsOf(share, filters);
  return library(name, domains.map(toExpression), turnsOf(eventsOf(byName, share, effort), share, domains));
}

/** An expression whose text no other filter has, though it matches as the plain one does. */
function unlikeOthers(domain: number, filter: number): string {
  return byName.expression(domain).replace(/\]$/, ` and @id != 'x${filter}']`);
}

function contestants(effort: Effort): Contestant[] {
  const filters = scaled(effort, FILTERS);
  return [
    withFilters('1 filter, which matches', all, 1, effort),
    withFilters('1 filter, which does not', none, 1, effort),
    withFilters('10,000 filters, none matches', none, filters, effort),
    withFilters('10,000 filters, 1 matches', single, filters, effort),
    withFilters('10,000 filters, 100 match', onePercent, filters, effort),
    withFilters('10,000 filters, 100 match, all texts different', onePercent, filters, effort, unlikeOthers),
  ];
}

const goals = ['none matches', '1 matches', '100 match', '100 match, all texts different'].map(
  (which): Goal => ({
    text: `10,000 filters, ${which}: at most 2.5 times the time of 1`,
    isMet: (figure) => figure(`10,000 filters, ${which}`).ratio <= 2.5,
  }),
);

export const tenThousandFilters: readonly Benchmark[] = [
  compare({
    id: 'many-filters/10000',
    title: `An event, from its XML to its handlers among 10,000 with filters like ${byName.expression(17)}`,
    per: 'event',
    contestants,
    goals,
  }),
];
