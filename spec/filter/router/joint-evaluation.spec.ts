import type { FilterEvaluationError } from '../../../lib/errors';
import { EventRecord } from '../../../lib/event/event-record';
import { compileFilter } from '../../../lib/filter/compile-filter';
import { CAUTION, JointEvaluation } from '../../../lib/filter/router/joint-evaluation';
import { RouterEntry } from '../../../lib/filter/router/route';
import { Router } from '../../../lib/filter/router/router';
import { compileExpression } from '../../../lib/filter/shared-expressions';
import type { Expression } from '../../../lib/xpath/ast';
import { checkExpression } from '../../../lib/xpath/checker';
import { CompiledExpression } from '../../../lib/xpath/evaluation/compiled-expression';
import { compileJointTest } from '../../../lib/xpath/evaluation/joint-test';
import { JointValues } from '../../../lib/xpath/evaluation/joint-values';
import { defaultFilterLimits } from '../../../lib/xpath/limits';
import { cutLiterals, freeLiterals } from '../../../lib/xpath/literals';
import { parseExpression } from '../../../lib/xpath/parser';
import { emptyScope } from '../../../lib/xpath/scope';
import { often } from '../../support/often';
import { firstSeed, onceIn, oneOf, RandomChoices } from '../../xpath/conformance/choices';
import { randomElement } from '../../xpath/conformance/random-document';
import { randomExpression } from '../../xpath/conformance/random-expression';
import { operationsFor } from '../../xpath/evaluation/evaluate';

class Entry extends RouterEntry {
  readonly source: string;
  /** The same, compiled by itself. */
  readonly alone: CompiledExpression;

  constructor(source: string) {
    super();
    this.source = source;
    this.alone = new CompiledExpression(source, emptyScope, { ...defaultFilterLimits });
  }
}

/** `S` stands for a string, `N` for a number. */
const shapes = [
  '//* != S and //@* = S',
  '//*[@* = S and . != S]',
  '//*[@* = S][. != S or * = S]/*',
  '/*/*[name() = S and @* != S]/@* = S',
  '*[not(. = S)]/*[@* = S] and count(//*) > N',
  'count(//*[. = S]) > N',
  '* > N or @* <= N or string-length(.) = N or N < *',
  'contains(., S) and starts-with(*, S)',
  '//*[contains(@*, S)][1]',
  '//*[2][. = S]',
  '//*[. = S and position() = N]',
  '(//*)[. = S]',
  'S = string(*) or local-name(*) != S',
  '* > S or (* = S) = (@* = S)',
  'boolean(//*[. = S]) or not(//@* = S) and //* = //@*',
  '//*[../@* = S]//text() = S',
  '(//*[. = S] | //@*) = S',
  'normalize-space(//*[@* = S]) = S',
  '//*',
] as const;

const texts = ["''", "'a'", "'ab'", '"a"', "'b'", "'1'", '" 2 "', "'c'", "'en'"];
const numbers = ['0', '1', '01', '1.0', '2', '2.', '.5', '10'];

function eventOf(xml: string): EventRecord {
  return new EventRecord({ xml, type: 'x', timestamp: '', bytes: 0 });
}

function verdicts(router: Router<Entry>, event: EventRecord): Map<Entry, unknown> {
  const decided = new Map<Entry, unknown>();
  for (const each of router.find(event)) {
    const { entries } = each;
    const verdict = outcome(() => each.evaluate(event) === 'matched');
    for (const entry of entries) {
      decided.set(entry, verdict);
    }
  }
  return decided;
}

function outcome(decide: () => boolean): unknown {
  try {
    return decide();
  } catch (error) {
    return [(error as FilterEvaluationError).code, String(error)];
  }
}

describe('Filters that are evaluated together', () => {
  it('say what each says that is compiled and evaluated alone, while filters come and go', () => {
    let matched = 0;
    let unmatched = 0;
    for (let run = 0; run < often(200); run += 1) {
      const choices = new RandomChoices(firstSeed(20261129) + run);
      const router = new Router<Entry>();
      const entries: Entry[] = [];
      const some = [1, 2, 3].map(() => (onceIn(choices, 4) ? randomExpression(choices) : oneOf(choices, shapes)));
      for (let action = 0; action < 80; action += 1) {
        if (choices.below(4) > 0) {
          const source = oneOf(choices, some)
            .replace(/S/g, () => oneOf(choices, texts))
            .replace(/N/g, () => oneOf(choices, numbers));
          try {
            const filter = compileFilter(source);
            const entry = new Entry(source);
            router.add(entry, filter, action);
            entries.push(entry);
          } catch {
            // It has names that are not declared here.
          }
        } else if (entries.length > 0 && onceIn(choices, 2)) {
          router.remove(entries.splice(choices.below(entries.length), 1)[0]!);
        }
        if (onceIn(choices, 4)) {
          const event = eventOf(randomElement(choices, 6));
          const found = verdicts(router, event);
          for (const { alone, source } of entries) {
            const expected = outcome(() => alone.evaluate('boolean', event));
            const entry = entries.find((one) => one.alone === alone)!;
            expect([source, found.get(entry) ?? false]).toEqual([source, expected]);
            matched += expected === true ? 1 : 0;
            unmatched += expected === false ? 1 : 0;
          }
        }
      }
      for (const entry of entries) {
        router.remove(entry);
      }
      expect(router.isEmpty).toBe(true);
    }
    expect(Math.min(matched, unmatched)).toBeGreaterThan(often(200) * 10);
  });

  it('keep their order and their counts of matches where there are many, whoever comes and goes', () => {
    const router = new Router<Entry>();
    const source = (number: number) => `string-length(a) > ${number} and count(a) < 9`;
    const entries = Array.from({ length: 20 }, (_, number) => new Entry(source(number % 10)));
    const add = (place: number) => router.add(entries[place]!, compileFilter(entries[place]!.source), place);
    const found = (length: number) => {
      const event = eventOf(`<event><a>${'x'.repeat(length)}</a></event>`);
      const matching = router.find(event).filter((each) => each.evaluate(event) === 'matched');
      return matching.map((each) => each.entries.map((entry) => entries.indexOf(entry)));
    };
    for (let place = 0; place < 10; place += 1) {
      add(place);
    }
    expect(found(3)).toEqual([[0], [1], [2]]);
    add(12);
    add(11);
    expect(found(3)).toEqual([[0], [1, 11], [2, 12]]);
    router.remove(entries[1]!);
    expect(found(3)).toEqual([[0], [2, 12], [11]]);
    router.remove(entries[2]!);
    router.remove(entries[12]!);
    router.add(entries[12]!, compileFilter(source(0)), 12);
    expect(found(2)).toEqual([[0, 12], [11]]);
    expect(entries.map(({ matched }) => matched).slice(0, 13)).toEqual([4, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3]);
    for (const entry of entries) {
      router.remove(entry);
    }
    expect(router.isEmpty).toBe(true);
  });

  it('are found as one when the same match time and again, and each knows how many events it has matched', () => {
    const router = new Router<Entry>();
    const source = (number: number) => `string-length(a) > ${number} and count(a) < 9`;
    const entries = [5, 3, 4, 1, 2, 0, 6, 7, 8].map((number) => new Entry(source(number)));
    const places = [8, 1, 7, 3, 5, 4, 2, 6, 0];
    for (const [index, entry] of entries.entries()) {
      router.add(entry, compileFilter(entry.source), places[index]!);
    }
    const found = (length: number) => {
      const event = eventOf(`<event><a>${'x'.repeat(length)}</a></event>`);
      const matching = router.find(event).filter((each) => each.evaluate(event) === 'matched');
      return matching.map((each) => each.entries.map(({ place }) => place));
    };
    const counts = () => entries.map(({ matched }) => matched);
    expect(found(3)).toEqual([[3], [4], [5]]);
    expect(found(3)).toEqual([[3, 4, 5]]);
    expect(found(3)).toEqual([[3, 4, 5]]);
    expect(found(2)).toEqual([[3], [4]]);
    expect(found(3)).toEqual([[3], [4], [5]]);
    expect(counts()).toEqual([0, 0, 0, 5, 4, 5, 0, 0, 0]);
    expect(found(3)).toEqual([[3, 4, 5]]);
    expect(counts()).toEqual([0, 0, 0, 6, 5, 6, 0, 0, 0]);
    expect(found(3)).toEqual([[3, 4, 5]]);
    router.remove(entries[3]!);
    expect(found(3)).toEqual([[4], [5]]);
    expect(counts()).toEqual([0, 0, 0, 7, 7, 8, 0, 0, 0]);
  });

  it('fail where each fails by itself, since it takes too many operations', () => {
    const router = new Router<Entry>();
    const sources = [2, 3, 4, 5, 6, 7, 8, 9].map(
      (most) => `count(//*[count(following::*) = count(preceding::*)]) < ${most}`,
    );
    for (const [place, one] of sources.entries()) {
      router.add(new Entry(one), compileFilter(one), place);
    }
    const event = eventOf(`<event>${'<a>x</a>'.repeat(3_500)}<b>y</b></event>`);
    const all = [...verdicts(router, event)];
    expect(all).toHaveLength(sources.length);
    expect(all[3]![1]).toEqual(outcome(() => all[3]![0].alone.evaluate('boolean', event)));
    for (const [entry, verdict] of all) {
      expect(verdict).toEqual(['ERR_FILTER_BUDGET', expect.stringContaining(entry.source)]);
    }
    const small = verdicts(router, eventOf('<event><a/></event>'));
    expect([...small].map(([entry, verdict]) => [entry.source, verdict])).toEqual(
      sources.slice(1).map((one) => [one, true]),
    );
  });

  it('are left to themselves on an event that is too large, or takes too much work, and on no other', () => {
    const joint = new JointEvaluation();
    const source = 'count(//*[count(following::*) = count(preceding::*)]) < 3';
    const expression = compileExpression(source, emptyScope, defaultFilterLimits);
    const columns = joint.columnsFor(expression)!;
    const row = columns.add(source);
    const cheap = compileExpression('count(*) < 3', emptyScope, defaultFilterLimits);
    const others = joint.columnsFor(cheap)!;
    const other = others.add(cheap.source);
    const [small, large, huge] = [1, 3_000, 200_000].map((count) => eventOf(`<event>${'<a/>'.repeat(count)}</event>`));
    expect(joint.decide(columns, row, small!, 1)).toBe(true);
    expect(joint.decide(columns, row, large!, 2)).toBeUndefined();
    expect(joint.decide(others, other, large!, 2)).toBeUndefined();
    expect(joint.decide(others, other, large!, 3)).toBe(false);
    expect(joint.decide(others, other, huge!, 4)).toBeUndefined();
    expect(joint.decide(columns, row, small!, 5)).toBe(true);
    joint.delete(columns, row);
    joint.delete(others, other);
    expect(joint.isEmpty).toBe(true);
  });

  it('are evaluated alone before one of them alone could take too many operations', () => {
    let most = 0;
    for (let run = 0; run < often(4_000); run += 1) {
      const choices = new RandomChoices(firstSeed(20261130) + run);
      const source = onceIn(choices, 2)
        ? randomExpression(choices)
        : oneOf(choices, shapes)
            .replace(/S/g, () => oneOf(choices, texts))
            .replace(/N/g, () => oneOf(choices, numbers));
      const event = eventOf(randomElement(choices, oneOf(choices, [6, 40])));
      const spent = spentTogether(source, event);
      if (spent !== undefined) {
        most = Math.max(most, operationsFor(event, source) / (spent + source.length * event.tree.size));
      }
    }

    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(CAUTION / 4);
  });
});

function spentTogether(source: string, { tree }: EventRecord): number | undefined {
  let parsed: Expression;
  try {
    parsed = parseExpression(source);
    checkExpression(source, parsed, emptyScope);
  } catch {
    return undefined;
  }
  const cut = cutLiterals(source)!;
  const values = new JointValues();
  const literals = freeLiterals(parsed, cut);
  const width = literals.length;
  const rows = { texts: new Int32Array(width), numbers: new Float64Array(width), width, isUniform: [] };
  const compiled = compileJointTest(parsed, literals, values);
  for (const [index, { value }] of literals.entries()) {
    if (typeof value === 'string') {
      rows.texts[index] = values.texts.acquire(value);
    } else {
      rows.numbers[index] = value;
    }
  }
  values.begin(tree, Number.MAX_SAFE_INTEGER);
  compiled?.test(0, { rows, members: Int32Array.of(0) }, 0, 1);
  return compiled && Number.MAX_SAFE_INTEGER - values.evaluation.remaining;
}
