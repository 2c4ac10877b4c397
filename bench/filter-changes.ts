/** Filters that come, go and change where there are many. */
import {
  addEventHandler,
  type Connection,
  compileFilter,
  deliverEvents,
  type Filter,
  type HandlerRegistration,
  openConnection,
  removeEventHandler,
  sendEvent,
} from '../lib/index';
import { byName } from './filter-shapes';
import { type Benchmark, type Contestant, compare, type Effort, type Goal, scaled } from './harness';
import { sampleEvents, uuidNode } from './sample-events';

const MANY = 100_000;
const FEW = 100;

/** How many filters wait for their turn. */
const SPARES = 1_000;

/** Changes one of a connection's registrations, and returns the one that is there then. */
type Change = (registration: HandlerRegistration, filter: Filter, conn: Connection) => HandlerRegistration;

const replace: Change = (registration, filter, conn) => {
  removeEventHandler(conn, registration);
  return addEventHandler(conn, filter, () => {});
};

const set: Change = (registration, filter) => {
  registration.setFilter(filter);
  return registration;
};

/** A change after which an event is delivered, so that nothing that it leaves to be done later goes unmeasured. */
function andDeliver(change: Change): Change {
  const xmls = sampleEvents();
  let next = 0;
  return (registration, filter, conn) => {
    const changed = change(registration, filter, conn);
    sendEvent(conn, xmls[next]!);
    next = (next + 1) % xmls.length;
    deliverEvents(conn);
    return changed;
  };
}

/** A connection with so many filters, no two of which are the same, and some more that wait for their turn. */
class Registered {
  readonly #conn = openConnection();
  readonly #filters: Filter[];
  readonly #registrations: HandlerRegistration[];
  readonly #spares: Filter[];
  #next = 0;

  constructor(handlers: number, expression: (number: number) => string = byName.expression) {
    const compiled = (first: number, count: number) =>
      Array.from({ length: count }, (_, number) => compileFilter(expression(first + number)));
    this.#filters = compiled(0, handlers);
    this.#registrations = this.#filters.map((filter) => addEventHandler(this.#conn, filter, () => {}));
    this.#spares = compiled(handlers, SPARES);
  }

  /** Changes the next registration; its filter becomes a spare one. */
  change(change: Change): void {
    const place = this.#next % this.#filters.length;
    const spare = this.#next % SPARES;
    this.#next += 1;
    const filter = this.#spares[spare]!;
    this.#registrations[place] = change(this.#registrations[place]!, filter, this.#conn);
    this.#spares[spare] = this.#filters[place]!;
    this.#filters[place] = filter;
  }
}

function changer(name: string, change: Change, registered: Registered): Contestant {
  return {
    name,
    run(operations) {
      for (let left = operations; left > 0; left -= 1) {
        registered.change(change);
      }
      return operations;
    },
  };
}

function contestants(effort: Effort): Contestant[] {
  const many = new Registered(scaled(effort, MANY));
  const few = new Registered(FEW);
  const setAndDeliver = andDeliver(set);
  return [
    changer('removed and added, among 100,000', replace, many),
    changer('removed and added, among 100', replace, few),
    changer('setFilter, among 100,000', set, many),
    changer('setFilter, among 100', set, few),
    changer('setFilter and an event delivered, among 100,000', setAndDeliver, many),
    changer('setFilter and an event delivered, among 100', setAndDeliver, few),
    ...Object.entries(forms).map(([name, expression]) =>
      changer(`setFilter, among 100,000 of ${name}`, set, new Registered(scaled(effort, MANY), expression)),
    ),
  ];
}

/** What else is kept in an order, or in parts that are renewed. */
const forms: Readonly<Record<string, (number: number) => string>> = {
  prefixes: (number) => `starts-with(domain/name, 'web-${number}-')`,
  parts: (number) => `contains(domain/uuid, '${uuidNode(number)}')`,
  bounds: (number) => `domain/@id > ${1_000_000 - number}`,
};

const changes = [
  'removed and added, among 100,000',
  'setFilter, among 100,000',
  'setFilter and an event delivered, among 100,000',
];

const goals = [...changes, ...Object.keys(forms).map((name) => `setFilter, among 100,000 of ${name}`)].map(
  (change): Goal => ({
    text: `${change}: under 10 µs`,
    isMet: (figure) => figure(change).value < 10_000,
  }),
);

export const filterChanges: readonly Benchmark[] = [
  compare({
    id: 'filters/change',
    title: 'One of 100,000 filters changed for another, which was compiled beforehand',
    per: 'change',
    contestants,
    goals,
  }),
];
