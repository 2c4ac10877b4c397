import type { Expression } from '../ast';
import type { Atom } from '../atoms';
import type { NodeKinds } from '../node-kinds';
import type { Scope } from '../scope';
import type { StaticType } from '../signatures';
import type { Evaluation, NumberOf, Test, TextOf } from './evaluation';
import type { Source } from './source';

/** Something that is computed from a context node. */
export type Computation<T> = (evaluation: Evaluation, node: number) => T;

/** The value of an expression as it is; a node-set is listed in document order. */
export type Value = Atom | readonly number[];

/**
 * Compiles expressions that stand in one context: a method for each type that a value is wanted in.
 *
 * Operators and functions have their operands compiled by it, paths their predicates by another, `within` theirs.
 */
export interface OperandCompiler {
  readonly scope: Scope;
  /** What the context node can be. */
  readonly kinds: NodeKinds;
  /** The compiler for a predicate on nodes of some kinds. */
  within(kinds: NodeKinds): OperandCompiler;
  /** As if by boolean() (XPath 1.0 §4.3). */
  boolean(expression: Expression): Test;
  /** As if by number() (§4.4). */
  number(expression: Expression): NumberOf;
  /** As if by string() (§4.2). */
  text(expression: Expression): TextOf;
  /** The value of an expression as it is. */
  value(expression: Expression): Computation<Value>;
  /** The nodes of a node-set. */
  nodes(expression: Expression): Source;
  /** The first node of a node-set in document order, or -1. */
  first(expression: Expression): NumberOf;
  /**
   * A test whether one of the nodes of a node-set passes another test.
   *
   * @param isSame Whether the other test is the same whatever the context node is.
   */
  some(expression: Expression, test: Test, isSame: boolean): Test;
  /** What an expression evaluates to; `any` for what a function of the program's own returns. */
  type(expression: Expression): StaticType;
  /** The value of an expression that depends on nothing, unless it takes much work to find. */
  constant(expression: Expression): Atom | undefined;
  /** Computes once a value that is the same for all nodes that a predicate is tried on, or for all of one parent. */
  once<T>(expression: Expression, compute: Computation<T>): Computation<T>;
  /** How much work a node-set may be for each context node, for comparison with another. */
  effort(nodes: Expression): number;
}
