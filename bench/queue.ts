/** Events that wait: what they cost in memory, and what the queue itself costs in time. */
import { systemClock } from '../lib/clock';
import { EventQueue } from '../lib/delivery/queue/queue';
import { Deque } from '../lib/deque';
import { readEvent } from '../lib/event/read-event';
import { connectionStats, openConnection, sendEvent } from '../lib/index';
import { defaultEventLimits } from '../lib/xml/limits';
import { library } from './event-contestants';
import { formatWhole } from './format';
import { type Benchmark, type Contestant, compare, judge, scaled, toFigures } from './harness';
import { bytesEach, bytesInArray } from './memory';
import { parseWithXmldom } from './peers';
import { sampleEvent, sampleEvents } from './sample-events';

/** As many as a queue holds by default. */
const QUEUE_LENGTH = 65_536;
const LONG_LENGTH = 100_000;

/** How many wait if memory is measured. */
const QUEUED_EVENTS = 1_000_000;

/** A tree takes so much more memory that fewer of them must do. */
const TREES_PER_EVENT = 1 / 50;

function queuedBytes(count: number): number {
  const queue = { maxEvents: count, maxBytes: Number.MAX_SAFE_INTEGER };
  using conn = openConnection('memory:', { queue });
  return bytesEach(
    count,
    (number) => sendEvent(conn, sampleEvent(number)),
    () => connectionStats(conn).queued,
  );
}

const memory: Benchmark = {
  id: 'queue/memory',
  title: 'Memory for an event that waits, its XML of about 250 bytes included',
  measure(effort) {
    const queuedEvents = scaled(effort, QUEUED_EVENTS);
    const trees = Math.ceil(queuedEvents * TREES_PER_EVENT);
    const names = ['in the queue', 'floor: its text in an array', 'its @xmldom/xmldom document in an array'];
    const figures = toFigures(names, [
      [
        queuedBytes(queuedEvents),
        bytesInArray(queuedEvents, sampleEvent),
        bytesInArray(trees, (number) => parseWithXmldom(sampleEvent(number))),
      ],
    ]);
    const most = 2 * sampleEvent(0).length + 200;
    const goal = {
      text: `at most twice the XML and 200 bytes more, ${most} bytes`,
      isMet: () => figures[0]!.value <= most,
    };
    return { unit: 'bytes', per: 'event', bytes: undefined, figures, goals: judge([goal], figures) };
  },
};

/** Sends events to a connection that never delivers, and empties it by opening a new one if it becomes too long. */
function sender(): Contestant {
  const xmls = sampleEvents();
  const open = () => openConnection('memory:', { queue: { maxEvents: LONG_LENGTH } });
  let conn = open();
  let next = 0;
  return {
    name: 'sendEvent',
    run(operations) {
      for (let left = operations; left > 0; left -= 1) {
        if (next % LONG_LENGTH === 0) {
          conn[Symbol.dispose]();
          conn = open();
        }
        sendEvent(conn, xmls[next % xmls.length]!);
        next += 1;
      }
      return operations;
    },
  };
}

/** Puts the text of an event into an array, as a program without a queue would. */
function pusher(): Contestant {
  const xmls = sampleEvents();
  let kept: string[] = [];
  let next = 0;
  return {
    name: 'floor: Array.push of its text',
    run(operations) {
      for (let left = operations; left > 0; left -= 1) {
        if (next % LONG_LENGTH === 0) {
          kept = [];
        }
        kept.push(xmls[next % xmls.length]!);
        next += 1;
      }
      return operations;
    },
  };
}

/** Puts a new item in at one end and drops the oldest at the other. */
function stepper(name: string, step: () => boolean): Contestant {
  return {
    name,
    run(operations) {
      let successes = 0;
      for (let left = operations; left > 0; left -= 1) {
        successes += Number(step());
      }
      return successes;
    },
  };
}

function fullQueues(): Contestant[] {
  const event = readEvent(sampleEvent(0), defaultEventLimits);
  const bounds = { maxEvents: QUEUE_LENGTH, maxBytes: Number.MAX_SAFE_INTEGER, overflow: 'drop-oldest' } as const;
  const queue = new EventQueue(bounds, systemClock);
  const array: object[] = [];
  for (let number = 0; number < QUEUE_LENGTH; number += 1) {
    queue.push(event);
    array.push(event);
  }
  return [
    stepper('a full queue that drops the oldest, and counts it', () => {
      queue.push(event);
      return queue.length >= QUEUE_LENGTH;
    }),
    stepper('Array.push and Array.shift', () => {
      array.push(event);
      return array.shift() === event;
    }),
  ];
}

function longQueues(): Contestant[] {
  const deque = new Deque<object>();
  const array: object[] = [];
  for (let number = 0; number < LONG_LENGTH; number += 1) {
    const item = { number };
    deque.push(item);
    array.push(item);
  }
  return [
    stepper('Deque', () => {
      const oldest = deque.shift()!;
      deque.push(oldest);
      return deque.length === LONG_LENGTH;
    }),
    stepper('Array', () => {
      const oldest = array.shift()!;
      array.push(oldest);
      return array.length === LONG_LENGTH;
    }),
  ];
}

export const queue: readonly Benchmark[] = [
  memory,
  compare({
    id: 'queue/send',
    title: 'Sending an event, to be delivered later',
    per: 'event',
    contestants: () => [sender(), pusher()],
  }),
  compare({
    id: 'queue/backlog',
    title: 'An event, from its XML to a handler with an XPath filter, by how many are queued before a delivery',
    per: 'event',
    contestants: () =>
      [100, 1000, 20_000].map((queued) =>
        library(`${formatWhole(queued)} queued`, ["transition/@to = 'paused'"], { xmls: sampleEvents() }, queued),
      ),
    goals: [
      {
        text: '20,000 queued events: at most 1.3 times the time of 100 each',
        isMet: (figure) => figure('20,000 queued').ratio <= 1.3,
      },
    ],
  }),
  compare({
    id: 'queue/drop-oldest',
    title: 'An event into a queue of 65,536 that is full',
    per: 'event',
    contestants: fullQueues,
  }),
  compare({
    id: 'queue/deque',
    title: 'The first of 100,000 taken off and put at the end',
    per: 'step',
    contestants: longQueues,
  }),
];
