/** From an event's XML to the handlers that it is for: `sendEvent` and `deliverEvents` together. */
import { EventEmitter } from 'node:events';
import { evaluateXPathToBoolean } from 'fontoxpath';
import { parseXmlDocument } from 'slimdom';
import {
  addEventHandler,
  type Connection,
  deliverEvents,
  type FilterSource,
  openConnection,
  sendEvent,
} from '../lib/index';
import { type Benchmark, type Contestant, compare } from './harness';
import { parseWithXmldom, parseXPath, typeWithSaxes } from './peers';
import { sampleEvent, sampleEvents, sampleNames, sampleType } from './sample-events';

/** So many events are sent before each delivery, unless a contestant says otherwise. */
const BURST = 100;

const EXPRESSION = "transition/@to = 'paused' and domain/@type = 'qemu'";

/** How many types the events of the type filters have between them, so that each filter of 10,000 matches 1 % of them. */
const TYPES = 100;

interface LibraryOptions {
  readonly filters: readonly FilterSource[];
  readonly xmls: readonly string[];
  readonly burst?: number;
  /** How many handlers each event is for; default 1. */
  readonly matching?: number;
}

/** The library: a connection with one handler for each filter. */
function library(name: string, { filters, xmls, burst = BURST, matching = 1 }: LibraryOptions): Contestant {
  const conn: Connection = openConnection();
  let calls = 0;
  for (const filter of filters) {
    addEventHandler(conn, filter, () => {
      calls += 1;
    });
  }
  let next = 0;
  return {
    name,
    run(operations) {
      calls = 0;
      for (let left = operations; left > 0; left -= burst) {
        for (let sent = 0; sent < Math.min(burst, left); sent += 1) {
          sendEvent(conn, xmls[next]!);
          next = (next + 1) % xmls.length;
        }
        deliverEvents(conn);
      }
      return calls / matching;
    },
  };
}

/** A peer: a function that handles one event, and returns how many handlers it found. */
function peer(name: string, xmls: readonly string[], handle: (xml: string) => number, matching = 1): Contestant {
  let next = 0;
  return {
    name,
    run(operations) {
      let calls = 0;
      for (let left = operations; left > 0; left -= 1) {
        calls += handle(xmls[next]!);
        next = (next + 1) % xmls.length;
      }
      return calls / matching;
    },
  };
}

/** Emits an event's text under its type to so many listeners, and returns how many heard it. */
function emitterOf(types: readonly string[]): (type: string, xml: string) => number {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  let heard = 0;
  for (const type of types) {
    emitter.on(type, () => {
      heard += 1;
    });
  }
  return (type, xml) => {
    heard = 0;
    emitter.emit(type, xml);
    return heard;
  };
}

function byType(): Contestant[] {
  const xmls = sampleEvents();
  const emit = emitterOf([sampleType]);
  return [
    library('type-name filter', { filters: [[sampleType]], xmls }),
    library('type-name filter, a delivery for each event', { filters: [[sampleType]], xmls, burst: 1 }),
    library('null filter', { filters: [null], xmls }),
    peer('saxes, then EventEmitter.emit', xmls, (xml) => emit(typeWithSaxes(xml), xml)),
    peer('floor: EventEmitter.emit alone', xmls, (xml) => emit(sampleType, xml)),
  ];
}

function byExpression(): Contestant[] {
  const xmls = sampleEvents();
  const parsed = parseXPath(EXPRESSION);
  return [
    library('XPath filter', { filters: [EXPRESSION], xmls }),
    peer('@xmldom/xmldom, xpath parsed once', xmls, (xml) =>
      Number(parsed.evaluateBoolean({ node: parseWithXmldom(xml).documentElement! })),
    ),
    peer('slimdom, fontoxpath', xmls, (xml) =>
      Number(evaluateXPathToBoolean(EXPRESSION, parseXmlDocument(xml).documentElement)),
    ),
  ];
}

function byManyTypes(): Contestant[] {
  const types = Array.from({ length: TYPES }, (_, number) => `type-${number}`);
  const xmls = Array.from({ length: 10_000 }, (_, number) => sampleEvent(number, types[number % TYPES]));
  // Of the first, each event is for 1 %; of the second, for one.
  const shared = Array.from({ length: 10_000 }, (_, number) => types[number % TYPES]!);
  const single = Array.from({ length: 10_000 }, (_, number) => `type-${number}`);
  const emitShared = emitterOf(shared);
  const asFilters = (names: readonly string[]) => names.map((name) => [name]);
  return [
    library('1 type-name filter for each event', { filters: [types], xmls }),
    library('10,000 type-name filters, 1 matches', { filters: asFilters(single), xmls }),
    library('10,000 type-name filters, 100 match', { filters: asFilters(shared), xmls, matching: 100 }),
    peer('saxes, then EventEmitter.emit to 100', xmls, (xml) => emitShared(typeWithSaxes(xml), xml), 100),
  ];
}

function byManyExpressions(): Contestant[] {
  const xmls = sampleEvents();
  const expressions = Array.from({ length: sampleNames }, (_, number) => `domain/name = 'web-${number}'`);
  const parsed = expressions.map(parseXPath);
  return [
    library('1 XPath filter', { filters: ["starts-with(domain/name, 'web-')"], xmls }),
    library('100 XPath filters, 1 matches', { filters: expressions, xmls }),
    peer('@xmldom/xmldom, 100 times xpath', xmls, (xml) => {
      const node = parseWithXmldom(xml).documentElement!;
      return parsed.filter((expression) => expression.evaluateBoolean({ node })).length;
    }),
  ];
}

export const events: readonly Benchmark[] = [
  compare({
    id: 'events/type',
    title: 'An event, from its XML to a handler that is chosen by type',
    per: 'event',
    contestants: byType,
    goals: [
      {
        text: 'type-name filter: a million events a second',
        isMet: (figure) => figure('type-name filter').value <= 1000,
      },
    ],
  }),
  compare({
    id: 'events/xpath',
    title: `An event, from its XML to a handler that is chosen by ${EXPRESSION}`,
    per: 'event',
    contestants: byExpression,
    goals: [
      { text: 'under 1.5 µs', isMet: (figure) => figure('XPath filter').value < 1500 },
      {
        text: '30 times as fast as @xmldom/xmldom and xpath',
        isMet: (figure) => figure('@xmldom/xmldom, xpath parsed once').ratio >= 30,
      },
    ],
  }),
  compare({
    id: 'events/many-types',
    title: 'An event, from its XML to its handlers among 10,000 that are chosen by type',
    per: 'event',
    contestants: byManyTypes,
    goals: [
      {
        text: '10,000 filters, 1 % of which match: at most 2.5 times the time of 1',
        isMet: (figure) => figure('10,000 type-name filters, 100 match').ratio <= 2.5,
      },
    ],
  }),
  compare({
    id: 'events/many-xpath',
    title: "An event, from its XML to its handler among 100 that are chosen by domain/name = '…'",
    per: 'event',
    contestants: byManyExpressions,
    goals: [
      {
        text: '100 filters, 1 % of which match: at most 2.5 times the time of 1',
        isMet: (figure) => figure('100 XPath filters, 1 matches').ratio <= 2.5,
      },
    ],
  }),
];
