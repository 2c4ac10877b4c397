import type { EventTree } from '../../event/event-tree';
import type { Expression } from '../ast';
import type { Scope } from '../scope';
import { Compiler, outermost } from './compiler';
import { Evaluation, type NumberOf, type Test, type TextOf } from './evaluation';
import { rootElement } from './node';

/** Evaluating runs nothing of the program's, so no evaluation begins inside another. */
const evaluation = new Evaluation();

/**
 * A checked expression that calls none of the program's own functions, to be evaluated on light trees.
 *
 * It is compiled when its value is first wanted, for the type in which it is wanted. The context node is the root element.
 */
export class LightExpression {
  readonly #read: () => Expression;
  readonly #scope: Scope;
  readonly #operations: number;
  #boolean: Test | undefined;
  #number: NumberOf | undefined;
  #text: TextOf | undefined;

  /**
   * @param read Gives the expression; it is not kept.
   * @param operations The most that one evaluation may take: one for each visit of a node, and for long texts more.
   */
  constructor(read: () => Expression, scope: Scope, operations: number) {
    this.#read = read;
    this.#scope = scope;
    this.#operations = operations;
  }

  /** @throws {OperationBudgetError} as `number` and `text` do. */
  boolean(tree: EventTree): boolean {
    this.#boolean ??= new Compiler(this.#scope).boolean(this.#read(), outermost);
    return this.#evaluate(tree, this.#boolean);
  }

  number(tree: EventTree): number {
    this.#number ??= new Compiler(this.#scope).number(this.#read(), outermost);
    return this.#evaluate(tree, this.#number);
  }

  text(tree: EventTree): string {
    this.#text ??= new Compiler(this.#scope).text(this.#read(), outermost);
    return this.#evaluate(tree, this.#text);
  }

  #evaluate<T>(tree: EventTree, compiled: (evaluation: Evaluation, node: number) => T): T {
    evaluation.begin(tree, this.#operations);
    try {
      return compiled(evaluation, rootElement(tree));
    } finally {
      evaluation.end();
    }
  }
}
