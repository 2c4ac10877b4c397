import type { Document } from '@xmldom/xmldom';
import type { LightTree } from '../../xml/light-tree';
import type { Expression } from '../ast';
import type { Scope } from '../scope';
import { Compiler, outermost } from './compiler';
import { Evaluation, type NumberOf, type Test, type TextOf } from './evaluation';

/** For all that call nothing of the program's: no evaluation begins inside another of these. */
const evaluation = new Evaluation();

/** What an expression is evaluated on: a tree, and the same as a DOM for functions of the program's own. */
export interface EvaluatedDocument {
  readonly tree: LightTree;
  readonly document: Document;
}

/**
 * A checked expression, to be evaluated on light trees.
 *
 * It is compiled when its value is first wanted, for the type in which it is wanted. The context node is the root element.
 */
export class LightExpression {
  readonly #read: () => Expression;
  readonly #scope: Scope;
  readonly #operations: number;
  readonly #callsProgram: boolean;
  #isRunning = false;
  #boolean: Test | undefined;
  #number: NumberOf | undefined;
  #text: TextOf | undefined;

  /**
   * @param read Gives the expression; it is not kept.
   * @param operations The most that one evaluation may take.
   * @param callsProgram Whether it calls functions of the program's own.
   */
  constructor(read: () => Expression, scope: Scope, operations: number, callsProgram: boolean) {
    this.#read = read;
    this.#scope = scope;
    this.#operations = operations;
    this.#callsProgram = callsProgram;
  }

  /** @throws {OperationBudgetError} as `number` and `text` do. */
  boolean(event: EvaluatedDocument): boolean {
    if (this.#isRunning) {
      return this.#another().boolean(event);
    }
    this.#boolean ??= new Compiler(this.#scope).boolean(this.#read(), outermost);
    return this.#evaluate(event, this.#boolean);
  }

  number(event: EvaluatedDocument): number {
    if (this.#isRunning) {
      return this.#another().number(event);
    }
    this.#number ??= new Compiler(this.#scope).number(this.#read(), outermost);
    return this.#evaluate(event, this.#number);
  }

  text(event: EvaluatedDocument): string {
    if (this.#isRunning) {
      return this.#another().text(event);
    }
    this.#text ??= new Compiler(this.#scope).text(this.#read(), outermost);
    return this.#evaluate(event, this.#text);
  }

  /** What is compiled keeps the state of its evaluation: for one inside it, begun by a function of the program's, there must be another. */
  #another(): LightExpression {
    return new LightExpression(this.#read, this.#scope, this.#operations, this.#callsProgram);
  }

  #evaluate<T>(event: EvaluatedDocument, compiled: (evaluation: Evaluation, node: number) => T): T {
    if (this.#callsProgram) {
      return this.#evaluateCalling(event, compiled);
    }
    const { tree } = event;
    evaluation.begin(tree, this.#operations);
    try {
      return compiled(evaluation, tree.rootElement);
    } finally {
      evaluation.end();
    }
  }

  /** The functions may do anything: evaluate other expressions, and read events, which overwrites trees that are not detached. */
  #evaluateCalling<T>(event: EvaluatedDocument, compiled: (evaluation: Evaluation, node: number) => T): T {
    const own = new Evaluation();
    const tree = event.tree.detached();
    own.begin(tree, this.#operations, () => event.document);
    this.#isRunning = true;
    try {
      return compiled(own, tree.rootElement);
    } finally {
      this.#isRunning = false;
      own.end();
    }
  }
}
