import type { Document, Node } from '@xmldom/xmldom';
import { LightTree } from '../../xml/light-tree';
import type { FilterFunction } from '../scope';
import { DomNodes } from './dom-nodes';

/** What an expression is evaluated on: a tree, and the same as a DOM. */
export interface EvaluatedDocument {
  /** Another tree than before if that has been overwritten since. */
  readonly tree: LightTree;
  readonly document: Document;
}

/** A tree of nothing but a root, for what needs none. */
export const emptyTree: LightTree = new LightTree('', Int32Array.of(0, -1, 8, -1, 0, 0, 8, -1), 0);

/** A prefix, `''` for the default namespace, and the namespace that it stands for. */
export type Binding = readonly [prefix: string, namespace: string];

/** One evaluation of an expression: the tree, the place among the nodes in hand, and the work that may still be done. */
export class Evaluation {
  tree: LightTree = emptyTree;
  /** The context position (XPath 1.0 §1). */
  position = 1;
  /** The context size. */
  size = 1;
  /** How many operations are left. */
  remaining = 0;
  /** The element whose namespaces in scope were last asked for, or -1. */
  inScopeOf = -1;
  /** Those namespaces. */
  inScope: readonly Binding[] = [];
  /** The node in whose value references or line ends were last replaced, or -1. */
  replacedIn = -1;
  /** That value. */
  replaced = '';
  readonly #memories: (() => void)[] = [];
  #event: EvaluatedDocument | undefined;
  #domNodes: DomNodes | undefined;
  /** What functions of the program's own have returned, also before this evaluation was begun once more. */
  readonly #returned: unknown[] = [];
  #calls = 0;

  /** @param event What the tree is of; needed only for its DOM, and for functions of the program's own. */
  begin(tree: LightTree, operations: number, event?: EvaluatedDocument): void {
    this.tree = tree;
    this.#event = event;
    this.#calls = 0;
    this.position = 1;
    this.size = 1;
    this.remaining = operations;
    this.inScopeOf = -1;
    this.replacedIn = -1;
  }

  /** Lets go of the tree, and of what was remembered about it. */
  end(): void {
    this.tree = emptyTree;
    this.#event = undefined;
    this.#domNodes = undefined;
    this.inScope = [];
    this.replaced = '';
    if (this.#memories.length > 0) {
      for (const forget of this.#memories.splice(0)) {
        forget();
      }
    }
  }

  /** The nodes of the event's DOM. */
  get domNodes(): DomNodes {
    if (this.#domNodes === undefined) {
      this.spend(8 * this.tree.size);
      this.#domNodes = new DomNodes(this.tree, this.#event!.document);
    }
    return this.#domNodes;
  }

  /** The same nodes in the event's DOM, which has no namespace nodes. */
  toDom(nodes: readonly number[]): Node[] {
    const others = nodes.filter(Number.isInteger);
    return others.length === 0 ? [] : others.map((node) => this.domNodes.nodeFor(node));
  }

  /**
   * Calls a function of the program's own, unless it was called before the evaluation had to begin once more.
   *
   * @throws {TreeOverwrittenError} if the function has read so many events that the tree isn't there any more.
   */
  call(body: FilterFunction, args: Parameters<FilterFunction>): unknown {
    const call = this.#calls++;
    if (call === this.#returned.length) {
      this.#returned.push(body(...args));
      if (this.tree.generation !== undefined && this.#event!.tree !== this.tree) {
        throw new TreeOverwrittenError();
      }
    }
    return this.#returned[call];
  }

  /** Has something called at the end, by something compiled that keeps what it finds in this tree until then. */
  untilEnd(forget: () => void): void {
    this.#memories.push(forget);
  }

  /**
   * Counts work, before it is done wherever it is more than a little.
   *
   * An operation stands for about as much time as the visit of a node takes. So that the budget bounds the time, whatever
   * loops must count each round, and each operator and function its own work and the calls of its operands: an operand that is a
   * constant, or finds no node, counts nothing itself.
   *
   * @throws {OperationBudgetError} if that is more than is left.
   */
  spend(operations: number): void {
    this.remaining -= operations;
    if (this.remaining < 0) {
      throw new OperationBudgetError();
    }
  }

  /** Counts one operation, and the work of copying, comparing or searching so many UTF-16 code units. */
  spendOnText(length: number): void {
    this.spend(1 + (length >> 4));
  }

  /** Counts one operation, and the work of looking at so many UTF-16 code units one by one. */
  spendOnCharacters(length: number): void {
    this.spend(1 + length);
  }
}

/** An evaluation was ended because it took too many operations. */
export class OperationBudgetError extends Error {}

/** An evaluation was ended because its tree was overwritten. */
export class TreeOverwrittenError extends Error {}

/** Something compiled that is true of a node or not; as a visitor of nodes, it ends the visit by true. */
export type Test = (evaluation: Evaluation, node: number) => boolean;

/** Visits nodes, starting from one, and is true if a visitor ended it. */
export type Walk = Test;

export type NumberOf = (evaluation: Evaluation, node: number) => number;

export type TextOf = (evaluation: Evaluation, node: number) => string;
