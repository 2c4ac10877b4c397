import type { Node } from '@xmldom/xmldom';
import type { LightTree } from '../../xml/light-tree';
import type { Expression } from '../ast';
import type { Scope } from '../scope';
import { Compiler } from './compiler';
import { type EvaluatedDocument, Evaluation, TreeOverwrittenError } from './evaluation';
import type { Computation } from './operands';

/** What an expression can be evaluated as: by boolean(), number(), string(), or as the nodes that it selects. */
export interface Results {
  boolean: boolean;
  number: number;
  text: string;
  /** In document order, without namespace nodes, which the DOM doesn't have. */
  nodes: Node[];
}

type Compilers = {
  readonly [Type in keyof Results]: (compiler: Compiler, of: Expression) => Computation<Results[Type]>;
};

const compilers: Compilers = {
  boolean: (compiler, expression) => compiler.boolean(expression),
  number: (compiler, expression) => compiler.number(expression),
  text: (compiler, expression) => compiler.text(expression),
  nodes: (compiler, expression) => {
    const list = compiler.list(expression);
    return (evaluation, node) => evaluation.toDom(list(evaluation, node));
  },
};

/** For everything that calls no function of the program's: no evaluation begins inside another of these. */
const sharedEvaluation = new Evaluation();

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
  readonly #compiled: { [Type in keyof Results]?: Computation<Results[keyof Results]> | undefined } = {};

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

  /** @throws {OperationBudgetError} if it takes more operations than it may. */
  evaluate<Type extends keyof Results>(type: Type, event: EvaluatedDocument): Results[Type] {
    this.#compiled[type] ??= compilers[type](new Compiler(this.#scope), this.#read());
    const compiled: Computation<Results[keyof Results]> = this.#compiled[type]!;
    const value = this.#callsProgram
      ? this.#evaluateCalling(type, compiled, event)
      : this.#run(sharedEvaluation, compiled, event, event.tree);
    return value as Results[Type];
  }

  #evaluateCalling(type: keyof Results, compiled: Computation<unknown>, event: EvaluatedDocument): unknown {
    const evaluation = new Evaluation();
    const kept = this.#compiled[type];
    // What is compiled keeps the state of its evaluation, in which a function of the program's may begin the same anew.
    this.#compiled[type] = undefined;
    try {
      return this.#run(evaluation, compiled, event, event.tree);
    } catch (error) {
      if (error instanceof TreeOverwrittenError) {
        return this.#run(evaluation, compiled, event, event.tree.detached());
      }
      throw error;
    } finally {
      this.#compiled[type] = kept;
    }
  }

  #run<T>(evaluation: Evaluation, compiled: Computation<T>, event: EvaluatedDocument, tree: LightTree): T {
    evaluation.begin(tree, this.#operations, event);
    try {
      return compiled(evaluation, tree.rootElement);
    } finally {
      evaluation.end();
    }
  }
}
