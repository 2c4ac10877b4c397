import { isDeepStrictEqual } from 'node:util';
import type { Expression } from '../../../lib/xpath/ast';
import { parseExpression } from '../../../lib/xpath/parser';
import type { Judgement } from './answer';
import { firstSeed, RandomChoices, RecordedChoices } from './choices';
import { difference } from './difference';
import { randomDocument } from './random-document';
import { randomExpression } from './random-expression';
import { smallerChoices } from './shrink';
import { judge } from './subject';

/** Something that a judge is known to get wrong. */
export interface Fault {
  /** What the judge does, and which section of the recommendation says otherwise. */
  readonly what: string;
  /** Whether the value of an expression on a document can suffer from it; left out where random ones never do. */
  readonly concerns?: (expression: Expression, xml: string, about: string) => boolean;
  /** The smallest examples: a document, an expression, and its string-value by the recommendation. */
  readonly examples: readonly (readonly [xml: string, expression: string, string: string])[];
}

/** Another implementation of XPath 1.0, and what is known against it. */
export interface Judge {
  judge(xml: string, expressions: readonly string[]): Judgement | Promise<Judgement>;
  readonly faults: readonly Fault[];
  /** How many elements a document may have, so that it does not take the judge too long. */
  readonly mostElements: number;
}

/** A case on which a judge and the library differ for no known reason, made as small as it gets. */
export interface Difference {
  readonly xml: string;
  /** Empty where the two see other nodes in the document. */
  readonly expression: string;
  /** In what they differ. */
  readonly about: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Comparison {
  readonly cases: number;
  /** How many of them took the judge too long. */
  readonly unjudged: number;
  /** How many differences each known fault excused. */
  readonly excused: ReadonlyMap<Fault, number>;
  /** At most about `mostDifferences`, after which the comparison ends. */
  readonly differences: readonly Difference[];
  readonly seconds: number;
}

const expressionsPerDocument = 50;
const documentsAtOnce = 8;
const mostDifferences = 5;

/** Compares the library with a judge on random cases. */
export async function compare(judge: Judge, cases: number, seed: number): Promise<Comparison> {
  return new Run(judge).run(cases, seed);
}

/** The choices that made a document, and those that made an expression, if the case has one. */
interface RecordedCase {
  readonly document: readonly number[];
  readonly expression: readonly number[] | undefined;
}

class Run {
  readonly #judge: Judge;
  readonly #excused = new Map<Fault, number>();
  readonly #differences: Difference[] = [];
  #unjudged = 0;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  async run(cases: number, seed: number): Promise<Comparison> {
    const start = performance.now();
    let begun = 0;
    const work = async (): Promise<void> => {
      while (begun < cases && this.#differences.length < mostDifferences) {
        const first = begun;
        begun += expressionsPerDocument;
        await this.#compareOn(firstSeed(seed) + first, Math.min(expressionsPerDocument, cases - first));
      }
    };
    await Promise.all(Array.from({ length: documentsAtOnce }, work));
    return {
      cases,
      unjudged: this.#unjudged,
      excused: this.#excused,
      differences: this.#differences,
      seconds: (performance.now() - start) / 1000,
    };
  }

  /** Compares on a random document, with so many random expressions. */
  async #compareOn(seed: number, count: number): Promise<void> {
    const document = new RandomChoices(seed);
    const xml = randomDocument(document, this.#judge.mostElements);
    const expressions = Array.from({ length: count }, (_, index) => {
      const choices = new RandomChoices(~(seed + index));
      return { source: randomExpression(choices), choices: choices.made };
    });
    const sources = expressions.map(({ source }) => source);
    const theirs = await this.#judge.judge(xml, sources);
    this.#unjudged += theirs.answers.filter((answer) => answer === undefined).length;
    const ours = judge(xml, sources);
    if (!isDeepStrictEqual(ours.nodes, theirs.nodes)) {
      await this.#note(otherNodes(xml, ours, theirs), { document: document.made, expression: undefined });
    }
    for (const [index, { source, choices }] of expressions.entries()) {
      const [one, other] = [ours.answers[index], theirs.answers[index]];
      const about = difference(one, other);
      if (about === undefined) {
        continue;
      }
      const fault = this.#faultBehind(source, xml, about);
      if (fault !== undefined) {
        this.#excused.set(fault, (this.#excused.get(fault) ?? 0) + 1);
      } else if (this.#differences.length < mostDifferences) {
        const found = { xml, expression: source, about, ours: one, theirs: other };
        await this.#note(found, { document: document.made, expression: choices });
      }
    }
  }

  #faultBehind(source: string, xml: string, about: string): Fault | undefined {
    const expression = parseExpression(source);
    return this.#judge.faults.find(({ concerns }) => concerns?.(expression, xml, about));
  }

  /** Keeps the smallest difference that comes of one; many come down to the same. */
  async #note(difference: Difference, recorded: RecordedCase): Promise<void> {
    const found = (await this.#smallest(recorded)) ?? {
      ...difference,
      about: `${difference.about}, though not when it is evaluated alone`,
    };
    if (!this.#differences.some(({ expression, about }) => expression === found.expression && about === found.about)) {
      this.#differences.push(found);
    }
  }

  async #smallest(recorded: RecordedCase): Promise<Difference | undefined> {
    let smallest = await this.#differenceOn(recorded);
    for (let candidates = smallest ? smallerCases(recorded) : []; candidates.length > 0; ) {
      const candidate = candidates.shift()!;
      const found = await this.#differenceOn(candidate);
      if (found !== undefined) {
        smallest = found;
        candidates = smallerCases(candidate);
      }
    }
    return smallest;
  }

  async #differenceOn({ document, expression: choices }: RecordedCase): Promise<Difference | undefined> {
    const xml = randomDocument(new RecordedChoices(document), this.#judge.mostElements);
    const expression = choices === undefined ? '' : randomExpression(new RecordedChoices(choices));
    const expressions = choices === undefined ? [] : [expression];
    const theirs = await this.#judge.judge(xml, expressions);
    const ours = judge(xml, expressions);
    if (choices === undefined) {
      return isDeepStrictEqual(ours.nodes, theirs.nodes) ? undefined : otherNodes(xml, ours, theirs);
    }
    const about = difference(ours.answers[0], theirs.answers[0]);
    return about === undefined || this.#faultBehind(expression, xml, about) !== undefined
      ? undefined
      : { xml, expression, about, ours: ours.answers[0], theirs: theirs.answers[0] };
  }
}

function otherNodes(xml: string, ours: Judgement, theirs: Judgement): Difference {
  return { xml, expression: '', about: 'the nodes of the document', ours: ours.nodes, theirs: theirs.nodes };
}

function smallerCases({ document, expression }: RecordedCase): RecordedCase[] {
  return [
    ...smallerChoices(expression ?? []).map((fewer) => ({ document, expression: fewer })),
    ...smallerChoices(document).map((fewer) => ({ document: fewer, expression })),
  ];
}
