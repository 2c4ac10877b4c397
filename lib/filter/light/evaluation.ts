import { EventTree } from '../../event/event-tree';

/** A tree of nothing but a root, for what needs none. */
export const emptyTree: EventTree = new EventTree('', Int32Array.of(0, -1, 8, -1, 0, 0, 8, -1), 0);

/** As many operations as an evaluation can be given: a small integer, as the engine of JavaScript has it. */
export const mostOperations: number = 2 ** 30;

/** One evaluation of an expression: the tree, the place among the nodes in hand, and the work that may still be done. */
export class Evaluation {
  tree: EventTree = emptyTree;
  /** The context position (XPath 1.0 §1). */
  position = 1;
  /** The context size. */
  size = 1;
  /** How many operations are left. */
  remaining = 0;
  readonly #memories: (() => void)[] = [];

  begin(tree: EventTree, operations: number): void {
    this.tree = tree;
    this.position = 1;
    this.size = 1;
    this.remaining = operations;
  }

  /** Lets go of the tree, and of what was remembered about it. */
  end(): void {
    this.tree = emptyTree;
    if (this.#memories.length > 0) {
      for (const forget of this.#memories.splice(0)) {
        forget();
      }
    }
  }

  /** Has something called at the end, by something compiled that keeps what it finds in this tree until then. */
  untilEnd(forget: () => void): void {
    this.#memories.push(forget);
  }

  /**
   * Counts work: the visit of a node is one operation.
   *
   * @throws {OperationBudgetError} where that is more than is left.
   */
  spend(operations: number): void {
    this.remaining -= operations;
    if (this.remaining < 0) {
      throw new OperationBudgetError();
    }
  }

  /** Counts the work of making a text, or of reading all of it. */
  spendOnText(length: number): void {
    this.spend(length >> 4);
  }
}

/** An evaluation was ended because it took too many operations. */
export class OperationBudgetError extends Error {}

/** Something compiled that is true of a node or not; where nodes are visited, true ends the visit. */
export type Test = (evaluation: Evaluation, node: number) => boolean;

/** Visits nodes, starting from one, and is true where a visitor ended it. */
export type Walk = Test;

export type NumberOf = (evaluation: Evaluation, node: number) => number;

export type TextOf = (evaluation: Evaluation, node: number) => string;
