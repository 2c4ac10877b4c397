import type { ConnectionStats, DomainListing } from '../index';
import { statePiece, stateStyle } from './event-lines';
import { type MetricFamily, openMetricsText } from './open-metrics';
import type { Line } from './output';
import { printable } from './printable';

/** What a connection had done at some moment. */
export interface Sample {
  /** The moment, in milliseconds on a clock that only grows. */
  readonly at: number;
  readonly stats: ConnectionStats;
  /** The domains behind the connection; `undefined` if it has none. */
  readonly domains: readonly DomainListing[] | undefined;
  /** How many gaps have come of which it is not known how many events are lost in them. */
  readonly gapsOfUnknownSize: number;
}

/** How many events of a type came, in all and in each second since the reading before. */
interface TypeRate {
  readonly type: string;
  readonly events: number;
  readonly perSecond: number;
}

/** What happened between two readings, on one line: the time of day, sums, rates of the types that came, states. */
export function reportLine(before: Sample, now: Sample): string {
  const { arrived, queued } = now.stats;
  const time = new Date().toTimeString().slice(0, 'hh:mm:ss'.length);
  const sums = `events=${arrived} rate=${arrivalRate(before, now).toFixed(1)}/s queued=${queued} lost=${lossOf(now, String).replace(/,? /g, '-')}`;
  const types = typeRates(before, now)
    .filter(({ perSecond }) => perSecond > 0)
    .map(({ type, perSecond }) => `${type}=${perSecond.toFixed(1)}/s`);
  const states = countStates(now.domains).map(([state, count]) => `${state}=${count}`);
  const trouble = isInTrouble(now) ? standingOf(now).replace(/,? /g, '-') : '';
  return [time, trouble, sums, types.join(' '), states.join(' ')].filter((piece) => piece !== '').join('  ');
}

/** The same in full, as the lines of a screen: how the connection stands, then a table of types, then one of domains. */
export function reportScreen(uri: string, before: Sample, now: Sample): Line[] {
  return [...heading(uri, before, now), ...typeTable(typeRates(before, now)), ...domainTable(now.domains)];
}

/** The same as OpenMetrics: sums since the connection was opened. */
export function reportMetrics(uri: string, { stats, domains, gapsOfUnknownSize }: Sample): string {
  const labels = { uri };
  const one = (name: string, type: MetricFamily['type'], help: string, value: number): MetricFamily => ({
    name: `virdeliver_${name}`,
    type,
    help,
    samples: [[labels, value]],
  });
  const isConnected = stats.state === 'open' && stats.reconnecting === undefined;
  return openMetricsText([
    one('connected', 'gauge', 'Whether what the events come from can be reached.', Number(isConnected)),
    {
      name: 'virdeliver_events',
      type: 'counter',
      help: 'Events that were delivered.',
      samples: stats.byType.map(({ type, delivered }) => [{ ...labels, type: type ?? '(others)' }, delivered]),
    },
    one('events_lost', 'counter', 'Events known to be lost.', stats.lost),
    one(
      'gaps_of_unknown_size',
      'counter',
      'Gaps of which nobody knows how many events are lost in them.',
      gapsOfUnknownSize,
    ),
    one('queued_events', 'gauge', 'Events that wait in the queue.', stats.queued),
    one('queued_events_most', 'gauge', 'The most events that ever waited there.', stats.highWaterMark),
    {
      name: 'virdeliver_domains',
      type: 'gauge',
      help: 'Domains by their state.',
      samples: countStates(domains).map(([state, count]) => [{ ...labels, state }, count]),
    },
  ]);
}

function heading(uri: string, before: Sample, now: Sample): Line[] {
  const { arrived, queued, highWaterMark, reconnecting } = now.stats;
  const problem = reconnecting?.problem;
  const loss = lossOf(now, grouped);
  const states = countStates(now.domains).map(([word, count]) => [`  ${count} ${word}`, stateStyle(word)] as const);
  return [
    [
      [printable(uri), 'bold'],
      ['  '],
      [standingOf(now), now.stats.state === 'open' && !isInTrouble(now) ? 'green' : 'yellow'],
    ],
    ...(problem === undefined ? [] : [[[`         ${problem}`, 'yellow'] as const]]),
    [[`events   ${grouped(arrived)}  ${grouped(arrivalRate(before, now), 1)}/s`]],
    [[`queue    ${grouped(queued)}, at most ${grouped(highWaterMark)}`]],
    [['lost     '], [loss, loss === '0' ? undefined : 'red']],
    ...(now.domains === undefined
      ? []
      : [[['domains'] as const, ...(states.length > 0 ? states : [['  none'] as const])]]),
  ];
}

/** How the connection stands: that of a daemon that is gone is open, but nothing comes. */
function standingOf({ stats: { state, reconnecting } }: Sample): string {
  const attempts = reconnecting?.attempts ?? 0;
  return reconnecting === undefined ? state : `reconnecting${attempts > 0 ? `, ${attempts} attempts failed` : ''}`;
}

function isInTrouble({ stats }: Sample): boolean {
  return stats.state === 'lost' || stats.reconnecting !== undefined;
}

/** How many events are lost, as far as that is known. */
function lossOf({ stats: { lost }, gapsOfUnknownSize }: Sample, written: (lost: number) => string): string {
  if (gapsOfUnknownSize > 0) {
    return lost > 0 ? `${written(lost)} or more` : 'unknown';
  }
  return written(lost);
}

function typeTable(rates: readonly TypeRate[]): Line[] {
  if (rates.length === 0) {
    return [];
  }
  const types = ['TYPE', ...rates.map(({ type }) => type)];
  const events = ['EVENTS', ...rates.map((rate) => grouped(rate.events))];
  const perSecond = ['PER SECOND', ...rates.map((rate) => grouped(rate.perSecond, 1))];
  const [typeWidth, eventsWidth, perSecondWidth] = [types, events, perSecond].map(widest) as [number, number, number];
  return [
    [],
    ...types.map((type, row): Line => {
      const numbers = `${events[row]?.padStart(eventsWidth)}  ${perSecond[row]?.padStart(perSecondWidth)}`;
      return [[`${type.padEnd(typeWidth)}  ${numbers}`, row === 0 ? 'bold' : undefined]];
    }),
  ];
}

function domainTable(domains: readonly DomainListing[] = []): Line[] {
  if (domains.length === 0) {
    return [];
  }
  const names = ['DOMAIN', ...domains.map(({ name }) => printable(name))];
  const width = widest(names);
  return [
    [],
    [[`${'DOMAIN'.padEnd(width)}  STATE`, 'bold']],
    ...domains.map(({ state }, row): Line => [[`${names[row + 1]?.padEnd(width)}  `], statePiece(state)]),
  ];
}

function secondsBetween(before: Sample, now: Sample): number {
  // Two readings of one moment differ in nothing, whatever they are divided by.
  return Math.max(now.at - before.at, 1) / 1000;
}

function arrivalRate(before: Sample, now: Sample): number {
  return (now.stats.arrived - before.stats.arrived) / secondsBetween(before, now);
}

/** The types of which something came, those first of which most came since the reading before. */
function typeRates(before: Sample, now: Sample): TypeRate[] {
  const seconds = secondsBetween(before, now);
  const delivered = new Map(before.stats.byType.map((counts) => [counts.type, counts.delivered]));
  return now.stats.byType
    .filter((counts) => counts.delivered > 0)
    .map((counts) => ({
      type: counts.type === null ? '(others)' : printable(counts.type),
      events: counts.delivered,
      perSecond: (counts.delivered - (delivered.get(counts.type) ?? 0)) / seconds,
    }))
    .sort((one, other) => other.perSecond - one.perSecond || other.events - one.events);
}

/** How many domains are in each state, the most frequent first. */
function countStates(domains: readonly DomainListing[] = []): [state: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { state } of domains) {
    const word = printable(state);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** A number as a person reads it: 12,345.6. */
function grouped(number: number, decimals = 0): string {
  return number.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
