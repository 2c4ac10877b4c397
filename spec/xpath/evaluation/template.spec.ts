import type { EventRecord } from '../../../lib/event/event-record';
import { CompiledExpression } from '../../../lib/xpath/evaluation/compiled-expression';
import { Template } from '../../../lib/xpath/evaluation/template';
import { defaultFilterLimits, type FilterLimits } from '../../../lib/xpath/limits';
import { cutLiterals } from '../../../lib/xpath/literals';
import { parseExpression } from '../../../lib/xpath/parser';
import { emptyScope } from '../../../lib/xpath/scope';
import { often } from '../../support/often';
import { type Choices, firstSeed, oneOf, RandomChoices } from '../conformance/choices';
import { scope } from '../conformance/names';
import { randomDocument, randomPiece } from '../conformance/random-document';
import { randomExpression } from '../conformance/random-expression';
import { documentOf } from './evaluate';

const types = ['boolean', 'number', 'text'] as const;

/** What comes of an expression: its values, or how the evaluation ends. */
function outcomes(expression: CompiledExpression, event: EventRecord): unknown[] {
  return types.map((type) => {
    try {
      return expression.evaluate(type, event);
    } catch (error) {
      return String(error);
    }
  });
}

/** The same expression with other free literals, in other quotes. */
function withOtherLiterals(source: string, isFree: readonly boolean[], choices: Choices): string {
  const { starts, literals } = cutLiterals(source)!;
  let text = '';
  let from = 0;
  for (const [index, start] of starts.entries()) {
    const length = typeof literals[index] === 'string' ? literals[index].length + 2 : digitsAt(source, start).length;
    if (isFree[index]) {
      const other =
        typeof literals[index] === 'string'
          ? quoted(oneOf(choices, ['', 'a', 'ab', '1', ' 2 ', 'NaN', randomPiece(choices), randomPiece(choices)]))
          : oneOf(choices, ['0', '1', '01', '1.0', '2.', '.5', '10', '9'.repeat(400)]);
      text += source.slice(from, start) + other;
      from = start + length;
    }
  }
  return text + source.slice(from);
}

function digitsAt(source: string, start: number): string {
  return /^[\d.]+/.exec(source.slice(start))![0];
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text.replaceAll('"', '')}"` : `'${text}'`;
}

/** What random documents decide in one way or the other, depending on the literals. */
const telling = [
  "//* = 'a'",
  "//@* != 'a' and not(//* = 'b')",
  "//*[@* != 'a' or contains(., 'b')]/* = 'c'",
  "count(//*[starts-with(., 'a')]) > 1",
  '//*[. > 1]/@* <= 2',
  "string(//*) = 'a' or name(*) != 'b'",
  "concat(substring-before(*, 'a'), 'b') = 'c'",
  "(//* = 'a') = (//@* = 'b')",
];

function templateOf(source: string, limits: FilterLimits = defaultFilterLimits): Template {
  return new Template(parseExpression(source, limits), scope, limits, cutLiterals(source));
}

describe('Expressions of one template', () => {
  it('come to what each comes to that is compiled alone, in as many operations', () => {
    let differing = 0;
    for (let number = 0; number < often(2_000); number += 1) {
      const choices = new RandomChoices(firstSeed(20261128) + number);
      const operations = oneOf(choices, [defaultFilterLimits.evaluationOperations, 5, 20, 1 + choices.below(200)]);
      const limits = { ...defaultFilterLimits, evaluationOperations: operations };
      const first = number % 2 === 0 ? randomExpression(choices) : oneOf(choices, telling);
      const template = templateOf(first, limits);
      const sources = [first, ...[1, 2, 3].map(() => withOtherLiterals(first, template.isFree, choices))];
      const shared = sources.map((source) => new CompiledExpression(source, scope, limits, template));
      const alone = sources.map((source) => new CompiledExpression(source, scope, limits));
      const events = [1, 2].map(() => documentOf(randomDocument(choices, 8)));
      for (const event of events) {
        const expected = alone.map((expression) => outcomes(expression, event));
        expect([sources, shared.map((expression) => outcomes(expression, event))]).toEqual([sources, expected]);
        differing += expected.some((one) => String(one) !== String(expected[0])) ? 1 : 0;
      }
      if (number % 3 === 0) {
        template.forgetTree();
        const of = events[0]!;
        expect(shared.map((one) => outcomes(one, of))).toEqual(alone.map((one) => outcomes(one, of)));
      }
    }
    expect(differing).toBeGreaterThan(often(2_000) / 10);
  });

  it('are evaluated with their own literals when the tree has been given up before anything was compiled of it', () => {
    const template = templateOf("a = 'x'");
    const [x, y] = ["a = 'x'", "a = 'y'"].map(
      (source) => new CompiledExpression(source, emptyScope, defaultFilterLimits, template),
    );
    const event = documentOf('<event><a>y</a></event>');
    expect(x!.evaluate('boolean', event)).toBe(false);
    template.forgetTree();
    expect(y!.evaluate('number', event)).toBe(1);
    expect(x!.evaluate('number', event)).toBe(0);
    expect([x, y].map((one) => one!.evaluate('boolean', event))).toEqual([false, true]);
  });

  it('have a tree of their own for whoever wants to know the places, and an outline without', () => {
    const template = templateOf("a = 'x'");
    const [short, long] = ["a = 'x'", "a = 'xyz'"].map(
      (source) => new CompiledExpression(source, emptyScope, defaultFilterLimits, template),
    );
    for (const one of [short!, long!, short!]) {
      expect(one.ast).toEqual(parseExpression(one.source));
      expect(one.outline).toMatchObject({ kind: 'comparison', right: { value: one.constants[0] } });
    }
    template.forgetTree();
    expect(long!.outline).toEqual(long!.ast);
  });
});
