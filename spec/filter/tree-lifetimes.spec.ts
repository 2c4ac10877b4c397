import fc from 'fast-check';
import { InvalidEventError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { readEvent } from '../../lib/event/read-event';
import { compileFilter } from '../../lib/filter/compile-filter';
import { queryNumber, queryString } from '../../lib/filter/queries';
import { defaultEventLimits } from '../../lib/xml/limits';
import { often } from '../support/often';

/** An event that is known without a look at its text: so many `b`, and after them a `z` with a number of its own. */
interface Written {
  readonly number: number;
  readonly count: number;
  /** How many nodes there are, the root left out. */
  readonly nodes: number;
  readonly text: string;
}

/** Root, element and its two attributes, a `z` and its attribute. */
const OTHER_NODES = 6;

let lastNumber = 0;

function write(nodes: number, shape: 'empty' | 'text' | 'umlaut'): Written {
  const [piece, each] =
    shape === 'empty' ? ['<b/>', 1] : shape === 'text' ? ['<b c="d">e</b>', 3] : ['<b c="ü">é</b>', 3];
  const count = Math.max(0, Math.ceil((nodes - OTHER_NODES) / each));
  lastNumber += 1;
  return {
    number: lastNumber,
    count,
    nodes: OTHER_NODES - 1 + count * each,
    text: `<event type="t${lastNumber % 3}" timestamp="s">${piece.repeat(count)}<z id="${lastNumber}"/></event>`,
  };
}

const hasEnd = compileFilter('z');
const seldom = compileFilter({ select: 'count(b) >= 0', suppress: 'z' });
const isFirstType = compileFilter("@type = 't1'");

/** What filters and queries say of an event, and what is so. */
function answers(event: EventRecord, { number, count, nodes }: Written): unknown[] {
  return [
    [hasEnd.matches(event), true],
    [seldom.matches(event), false],
    [isFirstType.matches(event), number % 3 === 1],
    [queryNumber(event, 'count(b)'), count],
    [queryString(event, 'z/@id'), String(number)],
    [queryNumber(event, 'count(//node() | //@*)'), nodes],
  ];
}

function expectRight(event: EventRecord, written: Written): void {
  for (const answer of answers(event, written)) {
    const [found, right] = answer as [unknown, unknown];
    expect([written.number, written.count, found]).toEqual([written.number, written.count, right]);
  }
}

function expectRightOfText({ number, count, text }: Written): void {
  expect(hasEnd.matches(text)).toBe(true);
  expect(seldom.matches(text)).toBe(false);
  expect(compileFilter(`count(b) = ${count} and z/@id = ${number}`).matches(text)).toBe(true);
}

/** The sizes at which a tree gets an array of its own, and at which the shared one begins anew. */
const boundaries = [2 ** 14, 2 ** 16, 2 ** 17, 2 ** 16 + 2 ** 14];

describe('filters and queries', () => {
  it.each([...boundaries, 99_000].flatMap((size) => [-2, -1, 0, 1, 2].map((off) => size + off)).filter((n) => n < 1e5))(
    'are right on an event of %i nodes, given as a text or read before',
    (size) => {
      for (const shape of ['empty', 'text', 'umlaut'] as const) {
        const written = write(size, shape);
        expectRightOfText(written);
        expectRight(new EventRecord(readEvent(written.text, defaultEventLimits)), written);
        const plain = { xml: written.text, type: `t${written.number % 3}`, timestamp: 's', bytes: 0 };
        expectRight(new EventRecord(plain), written);
      }
    },
  );

  it('are right on every event, however many are read and kept before and after it, and of whatever sizes', () => {
    const size = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 6, max: 40 }) },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...boundaries), fc.integer({ min: -3, max: 3 })).map(sum) },
      { weight: 1, arbitrary: fc.integer({ min: 40, max: 70_000 }) },
    );
    const shape = fc.constantFrom('empty' as const, 'text' as const, 'umlaut' as const);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('keep' as const), size, shape }),
      fc.record({ kind: fc.constant('match a text' as const), size, shape }),
      fc.record({ kind: fc.constant('fail' as const), size, shape }),
      fc.record({ kind: fc.constant('read others' as const), size: fc.nat(2_000), shape }),
      fc.record({ kind: fc.constant('look' as const), size: fc.nat(), shape }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
        const kept: { event: EventRecord; written: Written }[] = [];
        for (const { kind, size: number, shape: form } of steps) {
          if (kind === 'read others') {
            for (let other = 0; other < number; other += 1) {
              readEvent('<event type="t" timestamp="s"><b><z/></b><b c="d">e</b></event>', defaultEventLimits);
            }
          } else if (kind === 'look') {
            const some = kept[number % kept.length];
            if (some !== undefined) {
              expectRight(some.event, some.written);
            }
          } else {
            const written = write(Math.min(number, 99_000), form);
            if (kind === 'keep') {
              kept.push({ event: new EventRecord(readEvent(written.text, defaultEventLimits)), written });
            } else if (kind === 'match a text') {
              expectRightOfText(written);
            } else {
              const broken = written.text.slice(0, -1);
              expect(() => readEvent(broken, defaultEventLimits)).toThrow(InvalidEventError);
              expect(() => hasEnd.matches(broken)).toThrow(InvalidEventError);
            }
          }
        }
        for (const { event, written } of kept) {
          expectRight(event, written);
        }
      }),
      { seed: 20260120, numRuns: often(60) },
    );
  });
});

function sum([one, other]: [number, number]): number {
  return one + other;
}
