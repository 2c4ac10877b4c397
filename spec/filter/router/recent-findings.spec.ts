import { EventRecord } from '../../../lib/event/event-record';
import { readEvent, unreadEvent } from '../../../lib/event/read-event';
import { compileFilter } from '../../../lib/filter/compile-filter';
import type { Filter, FilterSource } from '../../../lib/filter/filter';
import { RecentFindings } from '../../../lib/filter/router/recent-findings';
import { RouterEntry } from '../../../lib/filter/router/route';
import { Router } from '../../../lib/filter/router/router';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { often } from '../../support/often';
import { firstSeed, oneOf, RandomChoices } from '../../xpath/conformance/choices';

class Entry extends RouterEntry {
  readonly filter: Filter;
  /** How many events it should have matched. */
  expected = 0;

  constructor(filter: Filter) {
    super();
    this.filter = filter;
  }
}

/** What events ask little of, so that they are often the same in it; with some that more than values decide. */
const sources: readonly FilterSource[] = [
  ["@id = 'x'", "@id = 'y'", "@id != 'x'", "not(@id = 'y')", "@id = 'a text of some length'", '@id > 3'],
  ["domain/name = 'x'", "domain/name = 'y' and @id = 'x'", "domain/name = 'x' or @id = 'x'", 'domain/name'],
  ["domain[name = 'x' and @id = 'y']", "starts-with(domain/name, 'x')", "contains(@id, 'y')", 'domain/@id = 3'],
  ['count(domain) = 2', "@id = 'x' and count(domain) = 1", "string(domain/name) = 'x'", '@id = domain/@id'],
  [null, ['a'], ['a', 'b'], { select: ['a'], suppress: "@id = 'x'" }, { any: [['b'], "@id = 'y'"] }],
].flat();

function randomEvent(choices: RandomChoices): EventRecord {
  const value = () => oneOf(choices, ['x', 'y', '3', 'xy', '4.5', 'a text of some length', '']);
  const name = () => oneOf(choices, ['x', 'y', 'xy', 'a text of some length']);
  const domains = Array.from(
    { length: oneOf(choices, [1, 1, 1, 2]) },
    () => `<domain id="${value()}"><name>${name()}</name></domain>`,
  );
  const type = oneOf(choices, ['a', 'a', 'b']);
  const xml = `<event type="${type}" timestamp="now" id="${value()}">${domains.join('')}</event>`;
  const read = readEvent(xml, defaultEventLimits);
  // As the library's own events come, every other one.
  return new EventRecord(choices.below(2) === 0 ? read : unreadEvent(xml, read.type, read.timestamp, read.bytes));
}

const changes = ['add', 'remove', ...new Array<undefined>(60)];

describe('RecentFindings', () => {
  it('has events find what evaluating every filter finds, and counts it, while filters come and go', () => {
    const known = jest.spyOn(RecentFindings.prototype, 'find');
    for (let run = 0; run < often(60); run += 1) {
      const choices = new RandomChoices(firstSeed(20261128) + run);
      const router = new Router<Entry>();
      const entries: Entry[] = [];
      const some = [1, 2, 3, 4].map(() => oneOf(choices, sources));
      let place = 0;
      const add = (source: FilterSource) => {
        place += 1;
        const entry = new Entry(compileFilter(source));
        router.add(entry, entry.filter, place);
        entries.push(entry);
      };
      // At one place in an index, where constants decide about them that are compared with more than values.
      const alike = run % 2 === 0 ? 0 : 10;
      for (let number = 0; number < alike; number += 1) {
        add(`@id = 'x' and count(domain) = 1 and string-length(domain/name) > ${number + 1}`);
      }
      for (let action = 0; action < 400; action += 1) {
        const change = action < 3 ? 'add' : oneOf(choices, changes);
        if (change === 'add') {
          add(oneOf(choices, some));
        } else if (change === 'remove' && entries.length > 2) {
          const [entry] = entries.splice(choices.below(entries.length), 1) as [Entry];
          router.remove(entry);
          expect(entry.matched).toBe(entry.expected);
        } else {
          const event = randomEvent(choices);
          const found = router.find(event).filter((each) => each.evaluate(event) === 'matched');
          const expected = entries.filter(({ filter }) => filter.matches(event));
          for (const entry of expected) {
            entry.expected += 1;
          }
          const matching = new Set(found.flatMap((each) => each.entries));
          expect(entries.map((entry) => matching.has(entry))).toEqual(entries.map((entry) => expected.includes(entry)));
          expect(matching.size).toBe(expected.length);
          expect(entries.map(({ matched }) => matched)).toEqual(entries.map((entry) => entry.expected));
        }
      }
      for (const entry of entries) {
        router.remove(entry);
      }
      expect(router.isEmpty).toBe(true);
    }
    const answers = known.mock.results.map(({ value }) => value !== undefined);
    expect(answers.filter((isKnown) => isKnown).length).toBeGreaterThan(answers.length / 20);
    expect(answers).toContain(false);
    known.mockRestore();
  });
});
