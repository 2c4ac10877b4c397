/** Reading alone: checking XML and cutting the event out of it. */
import { StringDecoder } from 'node:string_decoder';
import { SaxesParser } from 'saxes';
import { readEvent } from '../lib/event/read-event';
import { EventSplitter } from '../lib/event/stream/splitter';
import { defaultEventLimits } from '../lib/xml/limits';
import { type Benchmark, type Contestant, compare } from './harness';
import { parseWithXmldom, typeWithSaxes } from './peers';
import { largeEvent, sampleCount, sampleEvent, sampleEvents } from './sample-events';

const CHUNK = 64 * 1024;

const large = (): string => largeEvent(1024 * 1024, 20_000);

/** Reads the texts in turn. */
function reader(name: string, xmls: readonly string[], read: (xml: string) => boolean): Contestant {
  let next = 0;
  return {
    name,
    run(operations) {
      let successes = 0;
      for (let left = operations; left > 0; left -= 1) {
        successes += Number(read(xmls[next]!));
        next = (next + 1) % xmls.length;
      }
      return successes;
    },
  };
}

function readers(xmls: readonly string[]): Contestant[] {
  return [
    reader('readEvent', xmls, (xml) => readEvent(xml, defaultEventLimits).type !== ''),
    reader('saxes', xmls, (xml) => typeWithSaxes(xml) !== ''),
    reader('@xmldom/xmldom', xmls, (xml) => parseWithXmldom(xml).documentElement !== null),
  ];
}

/** Reads a whole stream in chunks; the function returns how many events it found. */
function streamReader(name: string, stream: Buffer, read: (chunks: Iterable<Buffer>) => number): Contestant {
  const chunks = Array.from({ length: Math.ceil(stream.length / CHUNK) }, (_, number) =>
    stream.subarray(number * CHUNK, (number + 1) * CHUNK),
  );
  return {
    name,
    run(operations) {
      let successes = 0;
      for (let left = operations; left > 0; left -= 1) {
        successes += Number(read(chunks) === sampleCount);
      }
      return successes;
    },
  };
}

function splitEvents(chunks: Iterable<Buffer>): number {
  const splitter = new EventSplitter(defaultEventLimits);
  let events = 0;
  const count = () => {
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      events += item.kind === 'event' ? 1 : 0;
    }
  };
  for (const chunk of chunks) {
    splitter.push(chunk);
    count();
  }
  splitter.end();
  count();
  return events;
}

function countWithSaxes(chunks: Iterable<Buffer>): number {
  const decoder = new StringDecoder('utf8');
  const parser = new SaxesParser({ xmlns: true });
  let events = 0;
  parser.on('closetag', (tag) => {
    events += tag.name === 'event' ? 1 : 0;
  });
  parser.on('error', (error) => {
    throw error;
  });
  for (const chunk of chunks) {
    parser.write(decoder.write(chunk));
  }
  parser.write(decoder.end()).close();
  return events;
}

const strictly = 'the strict scanner alone';

/** How many shapes there are, more than are kept: elements of other names, in another order. */
const HOSTILE_SHAPES = 10_000;

/** Events of which hardly one has the markup of another. */
function hostileEvents(): string[] {
  return Array.from({ length: HOSTILE_SHAPES }, (_, number) =>
    sampleEvent(number).replace('<transition ', `<n${number}/><transition `),
  );
}

/** An event in a stream that declares namespaces is always read strictly; here it declares none. */
const asInStream = { namespaces: new Map<string, string>(), locate: () => ({ line: 1, column: 1, offset: 0 }) };

/** The sample events inside one `<events>`, which is how `saxes` takes them as well. */
function makeStream(): Buffer {
  return Buffer.from(`<events>\n${sampleEvents().join('\n')}\n</events>\n`);
}

export const reading: readonly Benchmark[] = [
  compare({
    id: 'reading/small',
    title: 'Reading an event of 250 bytes',
    per: 'event',
    bytes: () => sampleEvents().join('').length / sampleCount,
    contestants: () => readers(sampleEvents()),
  }),
  compare({
    id: 'reading/hostile',
    title: 'Reading events of 250 bytes, each of which has another markup',
    per: 'event',
    contestants: () => {
      const xmls = hostileEvents();
      return [
        reader('readEvent', xmls, (xml) => readEvent(xml, defaultEventLimits).type !== ''),
        reader(strictly, xmls, (xml) => readEvent(xml, defaultEventLimits, asInStream).type !== ''),
      ];
    },
    goals: [
      {
        text: 'at most 1.2 times the time of reading that never looks for a known markup',
        isMet: (figure) => figure(strictly).ratio >= 1 / 1.2,
      },
    ],
  }),
  compare({
    id: 'reading/large',
    title: 'Reading an event of 1 MB with 20,000 elements',
    per: 'event',
    bytes: () => large().length,
    contestants: () => readers([large()]),
  }),
  compare({
    id: 'reading/stream',
    title: 'Finding 20,000 events in a stream, in chunks of 64 KiB',
    per: 'stream',
    bytes: () => makeStream().length,
    contestants() {
      const stream = makeStream();
      return [streamReader('EventSplitter', stream, splitEvents), streamReader('saxes', stream, countWithSaxes)];
    },
  }),
];
