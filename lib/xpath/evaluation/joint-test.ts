import {
  type Comparison,
  type ComparisonOperator,
  type Expression,
  type FunctionCall,
  type Literal,
  nameText,
  type Path,
  partsOf,
} from '../ast';
import { compareNumbers } from '../atoms';
import { isPositional } from '../dependence';
import { emptyScope } from '../scope';
import { staticType } from '../static-type';
import { contains, startsWith } from '../text-functions';
import type { Cell, JointValues, Place } from './joint-values';

/** The constants of expressions of one template, a row for each: the numbers of its texts, and its numbers. */
export interface Rows {
  readonly texts: Int32Array;
  readonly numbers: Float64Array;
  /** How many constants a row has. */
  readonly width: number;
  /** For each that is a text, whether it is known to be the same in all rows. */
  readonly isUniform: readonly boolean[];
}

/** Some of the rows, to be put into another order. */
export interface Chosen {
  readonly rows: Rows;
  /** Which of these it is about. */
  readonly members: Int32Array;
}

/**
 * Puts those members from `start` to `end` first whose expression is true at one of the nodes of a place; returns where they end.
 * What doesn't depend on the constants is looked at once for all of them, and not at all if there is none.
 */
export type JointTest = (index: number, chosen: Chosen, start: number, end: number) => number;

/**
 * Compiles the expressions of a template to one test of their constants: what they say of the event apart from these is
 * found out once.
 *
 * @param literals The free literals, in the order of the constants.
 * @returns The test, and what it uses of `values`, to be released; `undefined` if they stand in places for which there is no such test.
 */
export function compileJointTest(
  tree: Expression,
  literals: readonly Literal[],
  values: JointValues,
): { readonly test: JointTest; readonly used: readonly Cell[] } | undefined {
  const compiler = new JointCompiler(literals, values);
  const test = compiler.test(tree, values.root);
  if (test === undefined) {
    values.release(compiler.used);
    return undefined;
  }
  return { test, used: compiler.used };
}

/** What must be true of a node at the end of a path. */
type EndTest = (end: Place) => JointTest | undefined;

class JointCompiler {
  readonly used: Cell[] = [];
  readonly #literals: readonly Expression[];
  readonly #values: JointValues;

  constructor(literals: readonly Expression[], values: JointValues) {
    this.#literals = literals;
    this.#values = values;
  }

  test(expression: Expression, place: Place): JointTest | undefined {
    if (!this.#varies(expression)) {
      const values = this.#use(this.#values.booleans(place, expression));
      return (index, _, start, end) => (start < end && values.at(index) ? end : start);
    }
    switch (expression.kind) {
      case 'and':
        return every(expression.operands.map((operand) => this.test(operand, place)));
      case 'or':
        return some(expression.operands.map((operand) => this.test(operand, place)));
      case 'comparison':
        return this.#comparison(expression, place);
      case 'call':
        return this.#call(expression, place);
      case 'path':
        return this.#some(expression, place, always);
      default:
        return undefined;
    }
  }

  #use<T extends Cell>(cell: T): T {
    this.used.push(cell);
    return cell;
  }

  #varies(expression: Expression): boolean {
    return this.#literals.includes(expression) || partsOf(expression).some((part) => this.#varies(part));
  }

  #call({ name, arguments: args }: FunctionCall, place: Place): JointTest | undefined {
    switch (nameText(name)) {
      case 'boolean':
        return this.test(args[0]!, place);
      case 'not': {
        const test = this.test(args[0]!, place);
        return test && negated(test);
      }
      case 'contains':
        return this.#search(contains, args, place);
      case 'starts-with':
        return this.#search(startsWith, args, place);
      default:
        return undefined;
    }
  }

  #search(
    isFound: (text: string, part: string) => boolean,
    [text, part]: readonly Expression[],
    place: Place,
  ): JointTest | undefined {
    if (this.#varies(text!)) {
      return undefined;
    }
    const slot = this.#literals.indexOf(part!);
    const whole = this.#use(this.#values.wholeTexts(place, text!));
    const { texts } = this.#values;
    return (index, chosen, start, end) => {
      if (start === end) {
        return start;
      }
      const within = whole.at(index);
      return partition(chosen, start, end, (rows, row) => isFound(within, texts.text(rows.texts[row + slot]!)));
    };
  }

  #comparison({ operator, left, right }: Comparison, place: Place): JointTest | undefined {
    // A number on the left isn't cut out of the text, so that the operator needn't be turned round.
    const [operand, literal] = this.#literals.includes(left) ? [right, left] : [left, right];
    const slot = this.#literals.indexOf(literal);
    if (slot === -1) {
      return undefined;
    }
    const isText = literal.kind === 'string';
    if (!this.#varies(operand)) {
      return this.#compare(operand, operator, slot, isText, place);
    }
    return operand.kind === 'path'
      ? this.#some(operand, place, (end) => this.#compare(itself, operator, slot, isText, end))
      : undefined;
  }

  #compare(
    operand: Expression,
    operator: ComparisonOperator,
    slot: number,
    isText: boolean,
    place: Place,
  ): JointTest | undefined {
    const type = staticType(operand, emptyScope);
    if (isText) {
      if ((operator !== '=' && operator !== '!=') || (type !== 'node-set' && type !== 'string')) {
        return undefined;
      }
      const equal = operator === '=';
      const values = this.#use(this.#values.numbered(place, operand));
      return (index, chosen, start, end) => {
        let passed = start;
        const found = start < end ? values.at(index) : [];
        for (let next = 0; next < found.length && passed < end; next += 1) {
          passed = partitionByText(chosen, passed, end, slot, found[next]!, equal);
        }
        return passed;
      };
    }
    if (type === 'boolean') {
      return undefined;
    }
    const values = this.#use(this.#values.numbers(place, operand));
    return (index, chosen, start, end) => {
      if (start === end) {
        return start;
      }
      const found = values.at(index);
      return partition(chosen, start, end, (rows, row) => {
        const wanted = rows.numbers[row + slot]!;
        return found.some((value) => compareNumbers(operator, value, wanted));
      });
    };
  }

  /** Whether a path in which literals stand leads to a node of which something is true. */
  #some(path: Path, place: Place, isTrue: EndTest): JointTest | undefined {
    const { from, steps } = path;
    const last = steps.findIndex(({ predicates }) => predicates.some((predicate) => this.#varies(predicate)));
    if (last === -1 || (typeof from !== 'string' && this.#varies(from))) {
      return undefined;
    }
    const { predicates } = steps[last]!;
    const first = predicates.findIndex((predicate) => this.#varies(predicate));
    const conditions = predicates.slice(first);
    if (conditions.some((predicate) => isPositional(predicate, emptyScope))) {
      return undefined;
    }
    const step = { ...steps[last]!, predicates: predicates.slice(0, first) };
    const end = this.#use(this.#values.place(place, { ...path, steps: [...steps.slice(0, last), step] }));
    const rest = steps.slice(last + 1);
    const tests = conditions.map((condition) => this.test(condition, end));
    if (rest.length > 0) {
      tests.push(this.#someFrom({ ...path, from: 'context', steps: rest }, end, isTrue));
    } else if (isTrue !== always) {
      tests.push(isTrue(end));
    }
    const test = every(tests);
    return test && existing(end, test);
  }

  #someFrom(path: Path, place: Place, isTrue: EndTest): JointTest | undefined {
    if (this.#varies(path)) {
      return this.#some(path, place, isTrue);
    }
    const end = this.#use(this.#values.place(place, path));
    const test = isTrue(end);
    return test && existing(end, test);
  }
}

const always: EndTest = () => (_, __, ___, end) => end;

const nowhere = { start: 0, end: 0 };
/** The path `.` */
const itself: Path = {
  kind: 'path',
  from: 'context',
  steps: [
    { axis: 'self', test: { kind: 'type', type: 'node', target: undefined, ...nowhere }, predicates: [], ...nowhere },
  ],
  ...nowhere,
};

function existing(place: Place, test: JointTest): JointTest {
  return (index, chosen, start, end) => {
    if (start === end) {
      return start;
    }
    let passed = start;
    const first = place.start(index);
    const last = place.end(index);
    for (let at = first; at < last && passed < end; at += 1) {
      passed = test(at, chosen, passed, end);
    }
    return passed;
  };
}

function every(tests: readonly (JointTest | undefined)[]): JointTest | undefined {
  return ifAll(tests, (all) => (index, chosen, start, end) => {
    let passed = end;
    for (const test of all) {
      passed = test(index, chosen, start, passed);
    }
    return passed;
  });
}

function some(tests: readonly (JointTest | undefined)[]): JointTest | undefined {
  return ifAll(tests, (all) => (index, chosen, start, end) => {
    let passed = start;
    for (const test of all) {
      passed = test(index, chosen, passed, end);
    }
    return passed;
  });
}

function ifAll(
  tests: readonly (JointTest | undefined)[],
  join: (tests: readonly JointTest[]) => JointTest,
): JointTest | undefined {
  if (tests.includes(undefined)) {
    return undefined;
  }
  const all = tests as readonly JointTest[];
  return all.length === 1 ? all[0] : join(all);
}

function negated(test: JointTest): JointTest {
  return (index, chosen, start, end) => {
    const passed = test(index, chosen, start, end);
    chosen.members.subarray(start, end).reverse();
    return start + end - passed;
  };
}

/**
 * Those that pass stay in their order.
 *
 * @param isPassing Is handed where the constants of a row begin.
 */
function partition(
  { rows, members }: Chosen,
  start: number,
  end: number,
  isPassing: (rows: Rows, row: number) => boolean,
): number {
  let passed = start;
  for (let at = start; at < end; at += 1) {
    const member = members[at]!;
    if (isPassing(rows, member * rows.width)) {
      members[at] = members[passed]!;
      members[passed] = member;
      passed += 1;
    }
  }
  return passed;
}

/** The same for those whose text is, or isn't, a given one: without a call for each. */
function partitionByText(
  { rows: { texts, width, isUniform }, members }: Chosen,
  start: number,
  end: number,
  slot: number,
  text: number,
  equal: boolean,
): number {
  if (isUniform[slot]) {
    return (texts[slot] === text) === equal ? end : start;
  }
  let passed = start;
  for (let at = start; at < end; at += 1) {
    const member = members[at]!;
    if ((texts[member * width + slot] === text) === equal) {
      members[at] = members[passed]!;
      members[passed] = member;
      passed += 1;
    }
  }
  return passed;
}
