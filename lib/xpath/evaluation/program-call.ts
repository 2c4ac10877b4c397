import type { Node } from '@xmldom/xmldom';
import { formatValue } from '../../arguments';
import { type ComparisonOperator, type FunctionCall, nameText } from '../ast';
import { type Atom, atomText, compareAtoms } from '../atoms';
import { anyKind } from '../node-kinds';
import type { Evaluation } from './evaluation';
import { numberOf, stringValue } from './node';
import type { Computation, OperandCompiler, Value } from './operands';
import type { Source } from './source';

/** Compiles the call of a function of the program's own. */
export function compileProgramCall(compiler: OperandCompiler, call: FunctionCall): Computation<Value> {
  const name = nameText(call.name);
  const body = compiler.scope.functions.get(name)!;
  const values = call.arguments.map((argument) => compiler.value(argument));
  return (evaluation, node) => {
    evaluation.spend(1 + values.length);
    const given = values.map((value) => {
      const found = value(evaluation, node);
      return typeof found === 'object' ? evaluation.toDom(found) : found;
    });
    return takenBack(evaluation, name, evaluation.call(body, given));
  };
}

function takenBack(evaluation: Evaluation, name: string, returned: unknown): Value {
  if (typeof returned === 'string' || typeof returned === 'number' || typeof returned === 'boolean') {
    return returned;
  }
  if (!Array.isArray(returned) || !returned.every(isNode)) {
    throw new TypeError(
      `${name}() must return a string, a number, a boolean or an array of nodes, but returned ${formatValue(returned)}`,
    );
  }
  evaluation.spend(4 * returned.length);
  const entries = returned.map((node) => evaluation.domNodes.entryFor(node));
  const stranger = entries.indexOf(undefined);
  if (stranger !== -1) {
    throw new TypeError(
      `${name}() must return nodes of the event's own document, but returned another ${returned[stranger]!.nodeName}`,
    );
  }
  return [...new Set(entries as number[])].sort((a, b) => a - b);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'nodeType' in value && 'nodeName' in value;
}

/** The nodes that a function of the program's own returns if a node-set is needed. */
export function returnedNodes(value: Computation<Value>): Source {
  return {
    order: 'ordered',
    kinds: new Set([...anyKind].filter((kind) => kind !== 'namespace')),
    streamed: 0,
    into: (visit) => (evaluation, node) => {
      const nodes = value(evaluation, node);
      if (typeof nodes !== 'object') {
        throw new TypeError(
          `a node-set is needed, but the function returned the ${typeof nodes} ${formatValue(nodes)}`,
        );
      }
      evaluation.spend(nodes.length);
      return nodes.some((one) => visit(evaluation, one));
    },
  };
}

/** As if by boolean() (XPath 1.0 §4.3). */
export function valueBoolean(value: Value): boolean {
  return typeof value === 'object' ? value.length > 0 : Boolean(value);
}

/** As if by string() (§4.2). */
export function valueText(evaluation: Evaluation, value: Value): string {
  if (typeof value === 'object') {
    return value.length === 0 ? '' : stringValue(evaluation, value[0]!);
  }
  return atomText(value);
}

/** Compares values by the rules of §3.4, in which a node-set stands for each of its nodes. */
export function compareValues(
  evaluation: Evaluation,
  operator: ComparisonOperator,
  left: Value,
  right: Value,
): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    // Beside a boolean a node-set is one as a whole.
    const [one, other] = [left, right].map((value) => (typeof value === 'object' ? valueBoolean(value) : value));
    return compareAtoms(operator, one!, other!);
  }
  const rights = atomsOf(evaluation, right);
  if (operator === '=' || operator === '!=' || rights.length < 2) {
    return atomsOf(evaluation, left).some((one) => compareWithAll(evaluation, operator, one, rights));
  }
  // Some pair of numbers compares as wanted if one does with the least, or the greatest, of the others.
  const numbers = rights.map((one) => numberOf(evaluation, String(one))).filter((one) => !Number.isNaN(one));
  const isAbove = operator === '>' || operator === '>=';
  const extreme = numbers.reduce((one, other) => (isAbove ? Math.min(one, other) : Math.max(one, other)), numbers[0]!);
  return (
    numbers.length > 0 && atomsOf(evaluation, left).some((one) => compareWithAll(evaluation, operator, one, [extreme]))
  );
}

function atomsOf(evaluation: Evaluation, value: Value): readonly Atom[] {
  return typeof value === 'object' ? value.map((node) => stringValue(evaluation, node)) : [value];
}

function compareWithAll(
  evaluation: Evaluation,
  operator: ComparisonOperator,
  one: Atom,
  others: readonly Atom[],
): boolean {
  return others.some((other) => {
    evaluation.spend(4 + (lengthOf(one) >> 2) + (lengthOf(other) >> 2));
    return compareAtoms(operator, one, other);
  });
}

function lengthOf(atom: Atom): number {
  return typeof atom === 'string' ? atom.length : 0;
}
