/** From an event's XML to the handlers that it is for: `sendEvent` and `deliverEvents` together. */
import { EventEmitter } from 'node:events';
import { callsAlone, library, peer } from './event-contestants';
import { type Benchmark, type Contestant, compare, type Goal } from './harness';
import { typeWithSaxes } from './peers';
import { pugixml, pugixmlName } from './pugixml';
import { fleetEvents, sampleEvent, sampleEvents, sampleType } from './sample-events';
import { loadXPathPeers } from './xpath-peers';

const EXPRESSION = "transition/@to = 'paused' and domain/@type = 'qemu'";

/** How many types the events of the type filters have between them, so that each filter of 10,000 matches 1 % of them. */
const TYPES = 100;

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
  const turns = { xmls: sampleEvents() };
  const emit = emitterOf([sampleType]);
  return [
    library('type-name filter', [[sampleType]], turns),
    library('type-name filter, a delivery for each event', [[sampleType]], turns, 1),
    library('null filter', [null], turns),
    peer('saxes, then EventEmitter.emit', (xml) => emit(typeWithSaxes(xml), xml), turns),
    peer('floor: EventEmitter.emit alone', (xml) => emit(sampleType, xml), turns),
  ];
}

async function byExpression(): Promise<Contestant[]> {
  const turns = { xmls: sampleEvents() };
  const peers = [...(await loadXPathPeers())].map(([name, make]) => make(name, [EXPRESSION], turns));
  return [library('XPath filter', [EXPRESSION], turns), ...pugixml(EXPRESSION, turns.xmls), ...peers];
}

function ofFleet(): Contestant[] {
  const xmls = fleetEvents();
  return [library('XPath filter', [EXPRESSION], { xmls }), ...pugixml(EXPRESSION, xmls)];
}

function byManyTypes(): Contestant[] {
  const types = Array.from({ length: TYPES }, (_, number) => `type-${number}`);
  const xmls = Array.from({ length: 10_000 }, (_, number) => sampleEvent(number, types[number % TYPES]));
  // Of the first, each event is for 1 %; of the second, for one.
  const shared = Array.from({ length: 10_000 }, (_, number) => types[number % TYPES]!);
  const single = Array.from({ length: 10_000 }, (_, number) => `type-${number}`);
  const emitShared = emitterOf(shared);
  const asFilters = (names: readonly string[]) => names.map((name) => [name]);
  const toHundred = { xmls, matching: [100] };
  return [
    library('1 type-name filter for each event', [types], { xmls }),
    library('10,000 type-name filters, 1 matches', asFilters(single), { xmls }),
    library('10,000 type-name filters, 100 match', asFilters(shared), toHundred),
    callsAlone('floor: 100 of 10,000 functions called', shared.length, TYPES),
    peer('saxes, then EventEmitter.emit to 100', (xml) => emitShared(typeWithSaxes(xml), xml), toHundred),
  ];
}

const fasterThanPugixml: Goal = {
  text: `at most 0.9 times the time of ${pugixmlName}`,
  needs: pugixmlName,
  isMet: (figure) => figure(pugixmlName).ratio >= 1 / 0.9,
};

export const events: readonly Benchmark[] = [
  compare({
    id: 'events/type',
    title: 'An event, from its XML to a handler that is chosen by type',
    per: 'event',
    contestants: byType,
    goals: [
      {
        text: 'type-name filter: two million events a second',
        isMet: (figure) => figure('type-name filter').value <= 500,
      },
    ],
  }),
  compare({
    id: 'events/xpath',
    title: `An event, from its XML to a handler that is chosen by ${EXPRESSION}`,
    per: 'event',
    contestants: byExpression,
    goals: [
      fasterThanPugixml,
      {
        text: '45 times as fast as @xmldom/xmldom + xpath',
        isMet: (figure) => figure('@xmldom/xmldom + xpath').ratio >= 45,
      },
    ],
  }),
  compare({
    id: 'events/fleet',
    title: 'An event of 300 domains and eight types, from its XML to a handler that is chosen by the same',
    per: 'event',
    contestants: ofFleet,
    goals: [fasterThanPugixml],
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
];
