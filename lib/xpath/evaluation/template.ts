import type { Node } from '@xmldom/xmldom';
import type { LightTree } from '../../xml/light-tree';
import type { Expression, Literal } from '../ast';
import { dependence, dependsOn } from '../dependence';
import type { FilterLimits } from '../limits';
import { type CutText, cutLiterals, freeLiterals } from '../literals';
import { parseExpression } from '../parser';
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

/** The values of an expression's free literals, in the order in which they stand. */
export type Constants = readonly Literal['value'][];

/** One of the expressions of a template. */
export interface Instance {
  readonly source: string;
  readonly ast: Expression;
  readonly constants: Constants;
}

/**
 * What is compiled of an expression, and of all that differ from it in free literals alone.
 *
 * It is compiled when a value is first wanted, for the type in which it is wanted. The closures read free literals off the syntax
 * tree that they were compiled from; there each expression's constants are written before it is evaluated.
 */
export class Template {
  /** What the names in it stand for. */
  readonly scope: Scope;
  readonly limits: FilterLimits;
  readonly #callsProgram: boolean;
  /** Which of the literals that are cut out of the text are free; `undefined` if it is for one expression alone. */
  readonly #isFree: readonly boolean[] | undefined;
  #tree: Expression | undefined;
  #literals: readonly Literal[] = [];
  /** Whose constants the literals have. */
  #instance: Instance | undefined;
  #compiled: { [Type in keyof Results]?: Computation<Results[keyof Results]> | undefined } = {};

  /**
   * @param tree A checked expression; if there is a cut, the template changes literals of it.
   * @param cut What it was parsed from, unless the template is for one expression alone, and no literal is free.
   */
  constructor(tree: Expression, scope: Scope, limits: FilterLimits, cut?: CutText) {
    this.scope = scope;
    this.limits = limits;
    this.#callsProgram = (dependence(tree) & dependsOn.program) !== 0;
    if (cut !== undefined) {
      this.#adopt(tree, cut);
      this.#tree = tree;
      this.#isFree = cut.starts.map((start) => this.#literals.some((literal) => literal.start === start));
    }
  }

  /** Whether it is for all expressions that differ in free literals. */
  get isShared(): boolean {
    return this.#isFree !== undefined;
  }

  /** Which of the literals that are cut out of the text are free. */
  get isFree(): readonly boolean[] {
    return this.#isFree ?? [];
  }

  /** The values of the free literals of an expression of this template. */
  constantsOf(source: string): Constants {
    return cutLiterals(source)!.literals.filter((_, index) => this.#isFree?.[index]);
  }

  /** Lets go of the tree, which is large; what comes anew is compiled of others. */
  forgetTree(): void {
    this.#tree = undefined;
  }

  /** The syntax tree of an expression, except for positions, until that of another is asked for or evaluated. */
  treeOf(instance: Instance): Expression {
    if (this.#tree === undefined) {
      return instance.ast;
    }
    this.#bind(instance);
    return this.#tree;
  }

  /** A syntax tree of the template, and the free literals in it, in the order of the constants. */
  outlineOf(source: string): { readonly tree: Expression; readonly literals: readonly Literal[] } {
    if (this.#tree !== undefined) {
      return { tree: this.#tree, literals: this.#literals };
    }
    const tree = parseExpression(source, this.limits);
    return { tree, literals: this.#isFree === undefined ? [] : freeLiterals(tree, cutLiterals(source)!) };
  }

  /** The value of an expression. */
  evaluate<Type extends keyof Results>(type: Type, instance: Instance, event: EvaluatedDocument): Results[Type] {
    const compiled = this.#compiled[type] ?? this.#compile(type, instance);
    this.#bind(instance);
    const value = this.#callsProgram
      ? this.#evaluateCalling(type, compiled, event)
      : this.#run(sharedEvaluation, compiled, event, event.tree);
    return value as Results[Type];
  }

  #bind(instance: Instance): void {
    if (this.#instance !== instance) {
      const { constants } = instance;
      for (const [index, literal] of this.#literals.entries()) {
        (literal as { value: Literal['value'] }).value = constants[index]!;
      }
      this.#instance = instance;
    }
  }

  #compile(type: keyof Results, instance: Instance): Computation<Results[keyof Results]> {
    let tree = this.#tree ?? instance.ast;
    if (this.#isFree !== undefined && this.#tree === undefined) {
      tree = parseExpression(instance.source, this.limits);
      this.#adopt(tree, cutLiterals(instance.source)!);
      // What was compiled before reads literals that are written no more.
      this.#compiled = {};
    }
    const compiled = compilers[type](new Compiler(this.scope), tree);
    this.#compiled[type] = compiled;
    return compiled;
  }

  #adopt(tree: Expression, cut: CutText): void {
    this.#literals = freeLiterals(tree, cut).map((literal) => Object.assign(literal, { varies: true as const }));
    this.#instance = undefined;
  }

  #evaluateCalling(type: keyof Results, compiled: Computation<unknown>, event: EvaluatedDocument): unknown {
    const evaluation = new Evaluation();
    const kept = this.#compiled[type];
    // The closures keep the state of an evaluation, in which a function of the program's may begin another one.
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
    evaluation.begin(tree, this.limits.evaluationOperations, event);
    try {
      return compiled(evaluation, tree.rootElement);
    } finally {
      evaluation.end();
    }
  }
}
