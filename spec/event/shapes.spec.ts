import { InvalidEventError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { EventText } from '../../lib/event/event-text';
import { readEvent } from '../../lib/event/read-event';
import { Shape } from '../../lib/event/shape';
import { defaultEventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';

const state = (number: number, to = 'paused') =>
  `<event type="shape-test" timestamp="${number}"><domain id="${number}"><name>web-${number}</name></domain><to>${to}</to></event>`;

function recordOf(text: string, limits = defaultEventLimits): EventRecord {
  return new EventRecord(readEvent(text, limits));
}

/** An event of a shape that has been met before. */
function shapedRecordOf(text: string): EventRecord {
  readEvent(text, defaultEventLimits);
  const record = recordOf(text);
  expect(record.shape).toBeDefined();
  return record;
}

describe('the shape of an event', () => {
  it('is known from the second event on, and is that of events with other values', () => {
    const { shape } = shapedRecordOf(state(1));
    const other = recordOf(state(22_222, 'a b > c / d'));
    expect(other.shape).toBe(shape);
    expect(shape).toMatchObject({ type: 'shape-test', count: 4, timestamp: 0 });
    expect([0, 1, 2, 3].map((value) => other.valueAt(value))).toEqual(['22222', '22222', 'web-22222', 'a b > c / d']);
    expect(other.timestamp).toBe('22222');
  });

  it.each([
    ['another literal', state(1).replace('<to>', '<to >')],
    ['another quote', state(1).replace('id="1"', "id='1'")],
    ['a text that is empty', state(1, '')],
    ['a reference', state(1, '&amp;')],
    ['a character beyond ASCII', state(1, 'é')],
    ['a bracket in text', state(1, ']')],
    ['a carriage return', state(1, '\r')],
    ['a tab in an attribute', state(1).replace('id="1"', 'id="\t"')],
    ['an apostrophe in an attribute', state(1).replace('id="1"', `id="'"`)],
    ['white space behind it', `${state(1)}\n`],
    ['another type', state(1).replace('shape-test', 'shape-tesT')],
  ])('is not that of one with %s', (_, text) => {
    const { shape } = shapedRecordOf(state(1));
    expect(recordOf(text).shape).not.toBe(shape);
  });

  it('holds for an event within the caps only', () => {
    const limits = { eventBytes: 1_000, eventElements: 4, eventDepth: 3, eventAttributes: 2 };
    const { shape } = shapedRecordOf(state(1));
    expect(recordOf(state(1), limits).shape).toBe(shape);
    for (const [cap, most] of Object.entries(limits)) {
      const limit = cap === 'eventBytes' ? state(1).length - 1 : most - 1;
      expect(() => recordOf(state(1), { ...limits, [cap]: limit })).toThrow(InvalidEventError);
    }
  });

  it('tells which value the string-value of each node is', () => {
    const record = shapedRecordOf('<event type="node-test" timestamp="s"><a b="c"/><d>e</d><f><g>h</g>i</f></event>');
    const { shape, tree } = record;
    const values = Array.from({ length: tree.size }, (_, place) => shape!.valueOfNode(place));
    //                   root       event      type         time a   b  d  e  f          g  h  i
    expect(values).toEqual([undefined, undefined, 'node-test', 0, '', 1, 2, 2, undefined, 3, 3, 4]);
  });

  it('gives values that are expected, whether they are short or not', () => {
    const { shape } = shapedRecordOf(state(1));
    shape!.expect(3);
    for (const to of ['', 'x', 'off', 'shut', 'crash', 'paused', 'running', 'shut off', 'suspended']) {
      const [one, other] = [recordOf(state(2, to || 'y')), recordOf(state(33, to || 'y'))];
      expect([one.valueAt(3), other.valueAt(3)]).toEqual([to || 'y', to || 'y']);
    }
  });

  it('is found again when other events have taken the place of its values', () => {
    const record = shapedRecordOf(state(7, 'off'));
    const { shape } = record;
    for (let number = 0; number < 140_000; number += 1) {
      readEvent(state(number), defaultEventLimits);
    }
    expect(record.shape).toBe(shape);
    expect(record.valueAt(3)).toBe('off');
    expect(record.tree.detached().nodes).toEqual(readTree(record.xml, defaultEventLimits).detached().nodes);
  });

  it('is known of a text of the library itself as well', () => {
    shapedRecordOf('<event type="text-test" timestamp="now"><name>web</name></event>');
    const text = new EventText('text-test').element('name', 'db');
    const record = new EventRecord(text.finish('now', defaultEventLimits));
    expect(record.shape).toBeDefined();
    expect(record.valueAt(1)).toBe('db');
  });
});

describe('events of ever new shapes', () => {
  const unlike = (number: number) => `<event type="hostile" timestamp="s"><a${number}>x</a${number}></event>`;

  it('are hardly ever compared with others, and of few of them the shape is kept', () => {
    let compared = 0;
    const { matches } = Shape.prototype;
    const spy = jest.spyOn(Shape.prototype, 'matches').mockImplementation(function (this: Shape, ...of) {
      compared += 1;
      return matches.apply(this, of);
    });
    for (let number = 0; number < 20_000; number += 1) {
      readEvent(unlike(number), defaultEventLimits);
    }
    spy.mockRestore();
    expect(compared).toBeLessThan(4_000);
  });

  it('do not keep those that come again from being found', () => {
    const found: boolean[] = [];
    for (let number = 0; number < 1_000; number += 1) {
      readEvent(unlike(number), defaultEventLimits);
      found.push(recordOf(state(number)).shape !== undefined);
    }
    expect(found.indexOf(false, 1)).toBe(-1);
    // The slot of the others is looked into again after a pause, and by and by has what comes now.
    for (let number = 0; number < 2_000; number += 1) {
      readEvent(unlike(0), defaultEventLimits);
    }
    expect(recordOf(unlike(0)).shape).toBeDefined();
  });
});
