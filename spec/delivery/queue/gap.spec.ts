import { Gap } from '../../../lib/delivery/queue/gap';
import { type InvalidEventError, ProtocolError } from '../../../lib/errors';
import { readEvent } from '../../../lib/event/read-event';
import { defaultEventLimits } from '../../../lib/xml/limits';

/** The counts in a gap's text: by type, the sum of the others without one. */
function counts(gap: Gap): Record<string, number> {
  const elements = gap.toEvent().xml.matchAll(/<lost (?:type="([^"]*)" )?count="(\d+)"\/>/g);
  return Object.fromEntries([...elements].map(([, type = 'others', count]) => [type, Number(count)]));
}

function gapOf(types: readonly string[], first = 1): Gap {
  const gap = new Gap('overflow', first, 'now');
  types.forEach((type, place) => {
    gap.addOverflowed(first + place, type);
  });
  return gap;
}

const types = (count: number, prefix = 't') => Array.from({ length: count }, (_, place) => `${prefix}${place}`);

describe('a gap', () => {
  it('counts each of 64 types by itself, and those of further types in one sum', () => {
    expect(counts(gapOf([...types(64), 't63']))).toEqual({
      ...Object.fromEntries(types(63).map((type) => [type, 1])),
      t63: 2,
    });
    const more = counts(gapOf([...types(66), 't0', 't65']));
    expect(Object.keys(more)).toHaveLength(65);
    expect(more).toMatchObject({ t0: 2, t63: 1, others: 3 });
  });

  it('holds to that when it takes in the one that follows', () => {
    const gap = gapOf(types(40));
    gap.merge(gapOf(types(70, 'u'), 41));
    const merged = counts(gap);
    expect(Object.keys(merged)).toHaveLength(65);
    expect(merged).toMatchObject({ t39: 1, u23: 1, others: 46 });
    expect([gap.first, gap.last, gap.count]).toEqual([1, 110, 110]);
  });

  /** The error that reading a text throws. */
  function faultOf(text: string): InvalidEventError {
    try {
      readEvent(text, defaultEventLimits);
    } catch (error) {
      return error as InvalidEventError;
    }
    throw new Error(`${text} was read`);
  }

  it('tells the first error, and where in the text it was', () => {
    const gap = new Gap('invalid', 3, 'now');
    gap.addInvalid(3, faultOf('<event>\n\0'));
    gap.addInvalid(4, faultOf('<event'));
    const later = new Gap('invalid', 6, 'then');
    later.addInvalid(6, faultOf('<'));
    gap.merge(later);
    expect(gap.toEvent().xml).toBe(
      '<event type="events-lost" timestamp="now" count="3" first="3" last="6" cause="invalid">' +
        '<error code="ERR_EVENT_CHARACTER" line="2" column="1">U+0000 is not allowed in XML</error></event>',
    );
  });

  it('tells the error of a later gap that it takes in if it has none, and no place of what has none', () => {
    const gap = new Gap('invalid', 1, 'now');
    const later = new Gap('invalid', 2, 'then');
    later.addInvalid(2, new ProtocolError('the length \0 is wrong'));
    gap.merge(later);
    expect(gap.toEvent().xml).toContain('<error code="ERR_PROTOCOL">the length \ufffd is wrong</error></event>');
  });

  it('tells no error if there is none', () => {
    expect(gapOf(['t']).toEvent().xml).not.toContain('error');
  });

  it('repeats a type of 256 characters, and none that is longer', () => {
    const [short, long] = ['s'.repeat(256), 'l'.repeat(257)];
    expect(counts(gapOf([short, long]))).toEqual({ [short]: 1, others: 1 });
  });
});
