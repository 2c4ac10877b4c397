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

/** How much longer than one filter so many may take. */
const most = { 'none matches': 1.2, '1 matches': 1.2, '100 match': 2.5, '100 match, all texts different': 12 };

const goals = Object.entries(most).map(([which, times]): Goal => {
  const first = which === 'none matches' ? '1 filter, which does not' : '1 filter, which matches';
  return {
    text: `10,000 filters, ${which}: at most ${times} times the time of ${first}`,
    isMet: (figure) => figure(`10,000 filters, ${which}`).ratio <= times * figure(first).ratio,
  };
});

/** Forms of expression that no event matches, by what they ask. */
const forms: Readonly<Record<string, (filter: number) => string>> = {
  'starts-with': (filter) => `starts-with(domain/name, 'db-${filter}-')`,
  contains: (filter) => `contains(domain/name, 'db-${filter}-')`,
  'a number': (filter) => `domain/@id > ${10_000 + filter}`,
  'or of these': (filter) => `starts-with(domain/name, 'db-${filter}-') or domain/@id = ${10_000 + filter}`,
};

function ofForms(effort: Effort): Contestant[] {
  const turns = { xmls: eventsOf(byName, none, effort), matching: [0] };
  const many = Array.from({ length: scaled(effort, FILTERS) }, (_, filter) => filter);
  return Object.entries(forms).flatMap(([name, form]) => [
    library(`1 filter: ${name}`, [form(0)], turns),
    library(`10,000 filters: ${name}`, many.map(form), turns),
  ]);
}

export const tenThousandFilters: readonly Benchmark[] = [
  compare({
    id: 'many-filters/10000',
    title: `An event, from its XML to its handlers among 10,000 with filters like ${byName.expression(17)}`,
    per: 'event',
    contestants,
    goals,
  }),
  compare({
    id: 'many-filters/forms',
    title: 'An event, from its XML to none of 10,000 handlers, whose filters ask for more than equality',
    per: 'event',
    contestants: ofForms,
    goals: Object.keys(forms).map((name) => ({
      text: `10,000 filters, ${name}: at most 1.2 times the time of 1`,
      isMet: (figure) => figure(`10,000 filters: ${name}`).ratio <= 1.2 * figure(`1 filter: ${name}`).ratio,
    })),
  }),
];
