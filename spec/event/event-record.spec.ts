import fc from 'fast-check';
import { InvalidEventError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { readEvent } from '../../lib/event/read-event';
import { ENTRY } from '../../lib/xml/light-tree';
import { defaultEventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';
import { often } from '../support/often';
import { arbitraryDocument, arbitraryEvent } from '../xml/arbitrary-document';
import { type DescribedNode, describeTree } from '../xml/described-tree';

const xml = '<event type="t" timestamp="2026-01-01T00:00:00.000000Z"><name>web</name></event>';

describe('EventRecord', () => {
  const record = new EventRecord({ xml, type: 't', timestamp: '2026-01-01T00:00:00.000000Z', bytes: xml.length });

  it('tells what the root says', () => {
    expect(record.xml).toBe(xml);
    expect(record.type).toBe('t');
    expect(record.timestamp).toBe('2026-01-01T00:00:00.000000Z');
  });

  it('makes its document once', () => {
    expect(record.document.documentElement?.textContent).toBe('web');
    expect(record.document).toBe(record.document);
  });

  it('does not make the document before it is asked for', () => {
    const broken = new EventRecord({ xml: '<event', type: 't', timestamp: 't', bytes: 6 });
    expect(broken.type).toBe('t');
    expect(() => broken.document).toThrow();
  });
});

/** The tree that an event's own text has. */
function treeOf(xml: string): DescribedNode {
  return describeTree(readTree(xml, defaultEventLimits));
}

function recordOf(text: string): EventRecord {
  return new EventRecord(readEvent(text, defaultEventLimits));
}

/** Reads so many events of ten nodes, which have no shape, so that their trees are written. */
function readOthers(count: number): void {
  for (let number = 0; number < count; number += 1) {
    readEvent(`<event type="t" timestamp="${number}"><a><b/><c d="">&amp;</c></a></event>`, defaultEventLimits);
  }
}

describe('the tree of an EventRecord', () => {
  it('is that of its text', () => {
    fc.assert(
      fc.property(arbitraryDocument, (text) => {
        const event = recordOf(text);
        const tree = describeTree(event.tree);
        expect([event.xml, tree]).toEqual([event.xml, treeOf(event.xml)]);
      }),
      { seed: 20260108, numRuns: often(300) },
    );
  });

  it('stays that, however many events are read before it is asked for, and again', () => {
    const texts = fc.array(arbitraryEvent, { minLength: 1, maxLength: 4 });
    // Some 1,600 events of ten nodes fit into what is shared.
    const count = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1_200, max: 1_900 }), fc.nat(6_000));
    const wide = `<event type="t" timestamp="s">${'<a b="c">d</a>'.repeat(1_500)}`;
    const huge = `<event type="t" timestamp="s">${'<a/>'.repeat(70_000)}`;
    const between = fc.constantFrom(
      () => undefined,
      () => readEvent(`${wide}</event>`, defaultEventLimits),
      () => readEvent(`${huge}</event>`, defaultEventLimits),
      () => expect(() => readEvent(huge, defaultEventLimits)).toThrow(InvalidEventError),
      () => expect(() => readEvent(wide, defaultEventLimits)).toThrow(InvalidEventError),
    );
    fc.assert(
      fc.property(texts, fc.array(fc.tuple(count, between), { maxLength: 5 }), (xmls, steps) => {
        const events = xmls.map(recordOf);
        const expected = xmls.map(treeOf);
        for (const [others, alsoRead] of steps) {
          readOthers(others);
          alsoRead();
          expect(events.map((event) => describeTree(event.tree))).toEqual(expected);
        }
        readOthers(1_620);
        expect(events.map((event) => describeTree(event.tree))).toEqual(expected);
      }),
      { seed: 20260109, numRuns: often(40) },
    );
  });

  it('is the same object until other events take its place', () => {
    const event = recordOf(xml);
    const { tree } = event;
    readOthers(10);
    expect(event.tree).toBe(tree);
    readOthers(10_000);
    expect(event.tree).not.toBe(tree);
    expect(describeTree(event.tree)).toEqual(treeOf(xml));
  });

  describe('from the round of the shared array before', () => {
    const small = '<event type="t" timestamp="&#115;"/>';
    /** The shared array has room for some 4,096 of them; those that follow begin a round of their own. */
    const keepARound = () => Array.from({ length: 4_100 }, () => recordOf(small));
    const eight = 'a="" b="" c="" d="" e="" f="" g="" h=""';

    it('is that of its text after others have been refused in the middle of a tag', () => {
      for (let depth = 0; depth < 8; depth += 1) {
        const events = keepARound();
        const other = `<event type="t" timestamp="s">${'<a>'.repeat(depth)}<b ${eight}/>${'</a>'.repeat(depth)}</event>`;
        const limits = { ...defaultEventLimits, eventElements: 1 + depth };
        expect(() => readEvent(other, limits)).toThrow(InvalidEventError);
        // From the last on: one that is read anew would take the place of the next.
        const names = events.toReversed().map(({ tree }) => tree.name(tree.root + ENTRY));
        expect(new Set(names)).toEqual(new Set(['event']));
      }
    });
  });

  it.each([1_000, 20_000, 40_000])('may have %i elements', (count) => {
    const large = `<event type="t" timestamp="s">${'<a b="ü">d</a>'.repeat(count)}</event>`;
    const event = recordOf(large);
    for (const others of [0, 500, 10_000]) {
      readOthers(others);
      const { tree } = event;
      expect(tree.size).toBe(1 + 3 + count * 3);
      expect(tree.stringValue(tree.root)).toBe('d'.repeat(count));
      expect(tree.stringValue(tree.after(tree.root) - 2 * ENTRY)).toBe('ü');
    }
  });

  it('has the namespaces of the events element around it', () => {
    const namespaces = new Map([
      ['p', 'urn:p'],
      ['', 'urn:d'],
    ]);
    const context = { locate: () => ({ line: 1, column: 1 }), namespaces };
    const read = readEvent('<event type="t" timestamp="s"><p:a/></event>', defaultEventLimits, context);
    const { tree } = new EventRecord(read);
    expect(describeTree(tree)).toEqual(treeOf(read.xml));
    expect(tree.namespaceUri(tree.after(tree.root) - ENTRY)).toBe('urn:p');
  });

  it('is not looked for before it is asked for', () => {
    const broken = new EventRecord({ xml: '<event', type: 't', timestamp: 't', bytes: 6 });
    expect(() => broken.tree).toThrow(InvalidEventError);
  });
});
