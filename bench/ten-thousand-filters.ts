/** What 10,000 filters cost beside one. */
import { callsAlone, library } from './event-contestants';
import { byName } from './filter-shapes';
import { type Benchmark, type Contestant, compare, type Effort, type Goal, scaled } from './harness';
import { domainsOf, eventsOf, type MatchingShare, onePercent, shares, turnsOf } from './many-filters';
import { sampleCount, sampleEvent, sampleType, uuidNode, uuidOf } from './sample-events';

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
    callsAlone('floor: 100 of 10,000 functions called', filters, onePercent.domains),
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

/** Forms of expression by what they ask; one for each of some numbers, of which an event has one. */
const forms: Readonly<Record<string, (number: number) => string>> = {
  'starts-with': (number) => `starts-with(domain/uuid, '${uuidOf(number)}')`,
  contains: (number) => `contains(domain/uuid, '${uuidNode(number)}')`,
  'a number': (number) => `domain/@id = ${number + 1}`,
  'a bound': (number) => `domain/@id > ${1_000 * number}`,
  'a range': (number) => `domain/@id >= ${number + 1} and domain/@id < ${number + 2}`,
  'not !=': (number) => `not(domain/@id != ${number + 1})`,
  'or of these': (number) => `starts-with(domain/uuid, '${uuidOf(number)}') or domain/@id = ${number + 1}`,
  'and of these': (number) => `contains(domain/name, 'web') and domain/@id > 0 and domain/@id = ${number + 1}`,
};

/** The numbers that events have, and that all other filters are for. */
const EVENT_NUMBERS = 100;
const NO_EVENT = 1_000_000;

const formCases = [
  '1 filter, which does not match',
  '1 filter, which matches',
  'none of 10,000',
  '1 of 10,000',
] as const;

function ofForm(name: string, form: (number: number) => string, effort: Effort): Contestant[] {
  const filters = scaled(effort, FILTERS);
  const of = (count: number, first: number) => Array.from({ length: count }, (_, filter) => form(first + filter));
  const events = (numbers: number) =>
    Array.from({ length: scaled(effort, sampleCount) }, (_, event) => {
      const number = event % numbers;
      return sampleEvent(number, sampleType, number);
    });
  const one = events(1);
  // However many bounds there are, the first is the only one that a number is above.
  const all = events(Math.min(EVENT_NUMBERS, filters));
  return [
    library(`${name}: ${formCases[0]}`, of(1, NO_EVENT), { xmls: all, matching: [0] }),
    library(`${name}: ${formCases[1]}`, of(1, 0), { xmls: one }),
    library(`${name}: ${formCases[2]}`, of(filters, NO_EVENT), { xmls: all, matching: [0] }),
    library(`${name}: ${formCases[3]}`, of(filters, 0), { xmls: all }),
  ];
}

const formGoals = Object.keys(forms).flatMap((name) =>
  [0, 1].map((which): Goal => {
    const [one, many] = [`${name}: ${formCases[which]}`, `${name}: ${formCases[which + 2]}`];
    return {
      text: `${many}: at most 1.2 times the time of ${formCases[which]}`,
      isMet: (figure) => figure(many).value <= 1.2 * figure(one).value,
    };
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
  compare({
    id: 'many-filters/forms',
    title: 'An event, from its XML to its handlers among 10,000, whose filters ask for more than equality',
    per: 'event',
    mostRounds: 5,
    contestants: (effort) => Object.entries(forms).flatMap(([name, form]) => ofForm(name, form, effort)),
    goals: formGoals,
  }),
];
