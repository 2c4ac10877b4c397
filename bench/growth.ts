/** How the time that something takes grows with the number of things: in each table a ratio near 1 says that it doesn't. */
import { addEventHandler, deliverEvents, type FilterSource, openConnection, sendEvent } from '../lib/index';
import { library } from './event-contestants';
import { byName } from './filter-shapes';
import { flooded, library as remoteLibrary } from './flood';
import { formatWhole } from './format';
import { type Benchmark, type Contestant, compare, type Effort, scaled } from './harness';
import { domainsOf, eventsOf, shares } from './many-filters';
import { largeEvent, sampleEvents, sampleType } from './sample-events';

/** With so many rounds of so many contestants the whole stays short. */
const ROUNDS = 5;

/** Powers of ten, made smaller if the effort is, each once. */
function upTo(most: number, effort: Effort): number[] {
  const counts = [];
  for (let count = 1; count <= most; count *= 10) {
    counts.push(scaled(effort, count));
  }
  return [...new Set(counts)];
}

/** One event, sent and delivered time and again to handlers of one filter; an operation is one of the things that it has so many of. */
function counted(name: string, things: number, xml: string, filter: FilterSource, handlers = 1): Contestant {
  const conn = openConnection();
  let calls = 0;
  for (let number = 0; number < handlers; number += 1) {
    addEventHandler(conn, filter, () => {
      calls += 1;
    });
  }
  return {
    name: `${name}: ${formatWhole(things)}`,
    run(operations) {
      calls = 0;
      const events = Math.ceil(operations / things);
      for (let sent = 0; sent < events; sent += 1) {
        sendEvent(conn, xml);
        deliverEvents(conn);
      }
      return calls === events * handlers ? operations : 0;
    },
  };
}

/** An event that comes to so many handlers; an operation is a call of one. */
function toMatching(handlers: number): Contestant {
  const [xml] = sampleEvents(1) as [string];
  return counted('handlers', handlers, xml, [sampleType], handlers);
}

/** An event of so many elements, about 50 bytes each; an operation is one element. */
function ofElements(elements: number): Contestant {
  return counted('elements', elements, largeEvent(50 * elements, elements), "disk[last()]/@target != ''");
}

const largest = `elements: ${formatWhole(10_000)}`;

const [none] = shares as readonly [(typeof shares)[number]];

export const growth: readonly Benchmark[] = [
  compare({
    id: 'growth/filters',
    title: 'An event, from its XML to no handler, over the number of filters',
    per: 'event',
    mostRounds: ROUNDS,
    contestants: (effort) =>
      upTo(100_000, effort).map((count) =>
        library(`filters: ${formatWhole(count)}`, domainsOf(none, count).map(byName.expression), {
          xmls: eventsOf(byName, none, effort),
          matching: [0],
        }),
      ),
  }),
  compare({
    id: 'growth/matching',
    title: 'A call of a handler, over the number of handlers to which each event comes',
    per: 'call',
    mostRounds: ROUNDS,
    contestants: (effort) => upTo(10_000, effort).map(toMatching),
  }),
  compare({
    id: 'growth/event-size',
    title: 'An element of an event, from the XML to a handler with an XPath filter, over the number of elements',
    per: 'element',
    mostRounds: ROUNDS,
    contestants: (effort) => upTo(10_000, effort).map((count) => ofElements(Math.max(count, 2))),
    goals: [
      {
        text: 'linear: an element of the largest event takes no longer than one of the smallest',
        needs: largest,
        isMet: (figure) => figure(largest).ratio <= 1,
      },
    ],
  }),
  compare({
    id: 'growth/queue',
    title: 'An event, from its XML to a handler, over the number of those that are queued before it',
    per: 'event',
    mostRounds: ROUNDS,
    contestants: (effort) =>
      upTo(10_000, effort).map((count) =>
        library(`queued: ${formatWhole(count)}`, [[sampleType]], { xmls: sampleEvents() }, count),
      ),
  }),
  compare({
    id: 'growth/connections',
    title: 'Two events of a daemon, from being asked for to the handler, in a wait on so many connections',
    per: 'pair',
    mostRounds: ROUNDS,
    contestants: async () => {
      const contestants: Contestant[] = [];
      for (const count of [1, 10, 100]) {
        const name = `connections: ${formatWhole(count)}`;
        const pairs = await flooded(name, (socket) => remoteLibrary(socket, count), 2);
        contestants.push({ ...pairs, run: (operations) => Number(pairs.run(2 * operations) > 0) * operations });
      }
      return contestants;
    },
  }),
];
