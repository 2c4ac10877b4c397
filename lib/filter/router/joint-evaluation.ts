import type { Literal } from '../../xpath/ast';
import type { CompiledExpression } from '../../xpath/evaluation/compiled-expression';
import { OperationBudgetError } from '../../xpath/evaluation/evaluation';
import { compileJointTest, type JointTest, type Rows } from '../../xpath/evaluation/joint-test';
import { type Cell, JointValues } from '../../xpath/evaluation/joint-values';
import type { Template } from '../../xpath/evaluation/template';
import type { FilteredEvent } from '../filter';

/**
 * The expressions of one template that filters of a router have: their constants side by side in columns, so that an event goes
 * through thousands of them without a look at anything else of theirs.
 */
export class Columns implements Rows {
  readonly template: Template;
  /** How many rows are used. */
  users = 0;
  /** The length of the longest expression. */
  longest = 0;
  texts = new Int32Array(0);
  numbers = new Float64Array(0);
  readonly width: number;
  readonly isUniform: readonly boolean[] = [];
  /** The test of some rows. */
  readonly test: JointTest;
  readonly #isText: readonly boolean[];
  readonly #values: JointValues;
  readonly #used: readonly Cell[];
  #rows = 0;
  readonly #free: number[] = [];

  /** Those for an expression, which is still to be added; `undefined` if its template is of a kind for which there is no test. */
  static make({ template, source }: CompiledExpression, values: JointValues): Columns | undefined {
    const { tree, literals } = template.outlineOf(source);
    const compiled = compileJointTest(tree, literals, values);
    return compiled && new Columns(template, literals, values, compiled);
  }

  private constructor(
    template: Template,
    literals: readonly Literal[],
    values: JointValues,
    { test, used }: { test: JointTest; used: readonly Cell[] },
  ) {
    this.template = template;
    this.#values = values;
    this.width = Math.max(literals.length, 1);
    this.#isText = literals.map(({ kind }) => kind === 'string');
    this.test = test;
    this.#used = used;
  }

  /** Takes an expression of the template in; returns its row. */
  add(source: string): number {
    const row = this.#free.pop() ?? this.#makeRow();
    for (const [index, constant] of this.template.constantsOf(source).entries()) {
      if (typeof constant === 'string') {
        this.texts[row * this.width + index] = this.#values.texts.acquire(constant);
      } else {
        this.numbers[row * this.width + index] = constant;
      }
    }
    this.users += 1;
    this.longest = Math.max(this.longest, source.length);
    return row;
  }

  delete(row: number): void {
    for (const [index, isText] of this.#isText.entries()) {
      if (isText) {
        this.#values.texts.release(this.texts[row * this.width + index]!);
      }
    }
    this.#free.push(row);
    this.users -= 1;
    if (this.users === 0) {
      this.#values.release(this.#used);
    }
  }

  /** Some of the rows next to one another, as events go through them; good as long as none of these is deleted. */
  copy(rows: readonly number[]): Rows {
    const { width } = this;
    const texts = gathered(this.texts, rows, width, new Int32Array(rows.length * width));
    const numbers =
      this.numbers.length === 0
        ? this.numbers
        : gathered(this.numbers, rows, width, new Float64Array(rows.length * width));
    const isUniform = this.#isText.map((_, slot) => rows.every((_, row) => texts[row * width + slot] === texts[slot]));
    return { texts, numbers, width, isUniform };
  }

  #makeRow(): number {
    const row = this.#rows;
    this.#rows += 1;
    if (this.#rows * this.width > this.texts.length) {
      const length = Math.max(8 * this.width, 2 * this.texts.length);
      this.texts = enlarged(this.texts, new Int32Array(length));
      if (this.#isText.includes(false)) {
        this.numbers = enlarged(this.numbers, new Float64Array(length));
      }
    }
    return row;
  }
}

function enlarged<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function gathered<T extends Int32Array | Float64Array>(from: T, rows: readonly number[], width: number, to: T): T {
  for (const [index, row] of rows.entries()) {
    to.set(from.subarray(row * width, (row + 1) * width), index * width);
  }
  return to;
}

const single = new Int32Array(1);

/** So much less may be spent together than an expression alone may take, that none alone could have taken more. */
export const CAUTION = 4;

/**
 * Evaluates what an event has found of filters that the index doesn't decide: what several of them ask of the event is found out
 * once, and filters that differ in constants alone are one test of these.
 *
 * What may come near the cap on an evaluation's operations is left to that filter's own evaluation, so that the same fail.
 */
export class JointEvaluation {
  /** Whether so many filters have been found that it is worth the trouble. */
  isWorthwhile = false;
  readonly #values = new JointValues();
  readonly #columns = new Map<Template, Columns>();
  /** Those of a kind for which there is no test. */
  readonly #refused = new WeakSet<Template>();
  #round = 0;
  #isOverBudget = false;
  #members = new Int32Array(0);

  get isEmpty(): boolean {
    return this.#columns.size === 0 && this.#values.isEmpty;
  }

  /** The columns for an expression, to which it must be added; `undefined` if it can't be evaluated with others. */
  columnsFor(expression: CompiledExpression): Columns | undefined {
    const { template } = expression;
    if (!template.isShared || this.#refused.has(template)) {
      return undefined;
    }
    let columns = this.#columns.get(template);
    if (columns === undefined) {
      columns = Columns.make(expression, this.#values);
      if (columns === undefined) {
        this.#refused.add(template);
        return undefined;
      }
      this.#columns.set(template, columns);
    }
    // What was found out doesn't take account of new constants.
    this.#round = 0;
    return columns;
  }

  delete(columns: Columns, row: number): void {
    columns.delete(row);
    if (columns.users === 0) {
      this.#columns.delete(columns.template);
    }
    this.#round = 0;
  }

  /** Whether an event matches; `undefined` if only the evaluation of the filter by itself tells. */
  decide(columns: Columns, row: number, event: FilteredEvent, round: number): boolean | undefined {
    if (!this.#turnTo(event, round, columns)) {
      return undefined;
    }
    try {
      single[0] = row;
      const matching = columns.test(0, { rows: columns, members: single }, 0, 1);
      return this.#isWithinBudget(columns) ? matching === 1 : undefined;
    } catch (error) {
      this.#noteOverBudget(error);
      return undefined;
    }
  }

  /**
   * Tells which of a copy of some rows an event matches, in their order; `undefined` if only the evaluations of their filters by
   * themselves tell. What is returned holds until the next call.
   */
  select(columns: Columns, rows: Rows, count: number, event: FilteredEvent, round: number): Int32Array | undefined {
    if (!this.#turnTo(event, round, columns)) {
      return undefined;
    }
    const members = this.#firstMembers(count);
    try {
      const matching = columns.test(0, { rows, members }, 0, count);
      return this.#isWithinBudget(columns) ? inOrder(members.subarray(0, matching)) : undefined;
    } catch (error) {
      this.#noteOverBudget(error);
      return undefined;
    }
  }

  /** So many, to be chosen from. */
  #firstMembers(count: number): Int32Array {
    if (this.#members.length < count) {
      this.#members = new Int32Array(2 * count);
    }
    const members = this.#members;
    for (let index = 0; index < count; index += 1) {
      members[index] = index;
    }
    return members;
  }

  #turnTo({ tree }: FilteredEvent, round: number, { template }: Columns): boolean {
    if (this.#round !== round || this.#values.evaluation.tree !== tree) {
      this.#round = round;
      this.#isOverBudget = false;
      this.#values.begin(tree, Math.floor(template.limits.evaluationOperations / CAUTION));
    }
    return !this.#isOverBudget;
  }

  #isWithinBudget({ longest }: Columns): boolean {
    const { remaining, tree } = this.#values.evaluation;
    return remaining >= longest * tree.size;
  }

  #noteOverBudget(error: unknown): void {
    if (!(error instanceof OperationBudgetError)) {
      throw error;
    }
    this.#isOverBudget = true;
  }

  /** Lets go of the event. */
  end(): void {
    this.#values.end();
  }
}

/** They mostly are. */
function inOrder(members: Int32Array): Int32Array {
  for (let index = 1; index < members.length; index += 1) {
    // Stryker disable next-line all: the router sorts what is not in order, though not as quickly.
    if (members[index - 1]! > members[index]!) {
      return members.sort();
    }
  }
  return members;
}
