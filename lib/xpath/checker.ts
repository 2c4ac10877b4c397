import { didYouMean } from '../did-you-mean';
import type { FilterErrorCode } from '../errors';
import {
  type Expression,
  type FunctionCall,
  type NodeTest,
  nameText,
  type Path,
  partsOf,
  type QualifiedName,
  type Span,
} from './ast';
import { filterError } from './filter-error';
import type { Scope } from './scope';
import { absentFunctions, builtInFunctions, type Signature, type StaticType } from './signatures';
import { staticType } from './static-type';

/**
 * Makes sure that all names in an expression are known and that its types fit, so that evaluating it can't fail but in
 * the program's own functions.
 *
 * @throws {FilterError} `ERR_FILTER_FUNCTION`, `ERR_FILTER_ARGUMENTS`, `ERR_FILTER_TYPE`, `ERR_FILTER_PREFIX` or
 *   `ERR_FILTER_VARIABLE`.
 */
export function checkExpression(source: string, expression: Expression, scope: Scope): void {
  new Checker(source, scope).check(expression);
}

const typeNames: Readonly<Record<StaticType, string>> = {
  'node-set': 'a node-set',
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  any: 'anything',
};

class Checker {
  readonly #source: string;
  readonly #scope: Scope;

  constructor(source: string, scope: Scope) {
    this.#source = source;
    this.#scope = scope;
  }

  check(expression: Expression): void {
    switch (expression.kind) {
      case 'union':
        for (const operand of expression.operands) {
          this.check(operand);
          this.#requireNodeSet(operand, "an operand of '|'");
        }
        break;
      case 'variable':
        this.#checkVariable(expression.name, expression);
        break;
      case 'call':
        this.#checkCall(expression);
        break;
      case 'filtered':
        this.check(expression.base);
        this.#requireNodeSet(expression.base, "what stands before '['");
        this.#checkAll(expression.predicates);
        break;
      case 'path':
        this.#checkPath(expression);
        break;
      default:
        this.#checkAll(partsOf(expression));
    }
  }

  #checkAll(expressions: readonly Expression[]): void {
    for (const expression of expressions) {
      this.check(expression);
    }
  }

  #checkPath({ from, steps }: Path): void {
    if (typeof from !== 'string') {
      this.check(from);
      this.#requireNodeSet(from, "what stands before '/'");
    }
    for (const { test, predicates } of steps) {
      this.#checkNodeTest(test);
      this.#checkAll(predicates);
    }
  }

  #checkNodeTest(test: NodeTest): void {
    if (test.kind === 'namespace') {
      this.#checkPrefix(test.prefix, test);
    } else if (test.kind === 'name' && test.name.prefix !== undefined) {
      this.#checkPrefix(test.name.prefix, test);
    }
  }

  #checkPrefix(prefix: string, place: Span): void {
    if (!this.#scope.namespaces.has(prefix)) {
      throw this.#error(
        'ERR_FILTER_PREFIX',
        place,
        `the prefix '${prefix}' is not declared in 'namespaces'${didYouMean(prefix, this.#scope.namespaces.keys())}`,
      );
    }
  }

  #checkVariable(name: QualifiedName, place: Span): void {
    if (name.prefix !== undefined) {
      this.#checkPrefix(name.prefix, place);
    }
    if (!this.#scope.variables.has(nameText(name))) {
      const suggestion = didYouMean(nameText(name), this.#scope.variables.keys());
      throw this.#error(
        'ERR_FILTER_VARIABLE',
        place,
        `the variable '$${nameText(name)}' is not given in 'variables'${suggestion}`,
      );
    }
  }

  #checkCall(call: FunctionCall): void {
    const name = nameText(call.name);
    if (call.name.prefix !== undefined) {
      this.#checkPrefix(call.name.prefix, call);
    }
    const core = builtInFunctions.get(name);
    if (core === undefined && !this.#scope.functions.has(name)) {
      throw this.#error('ERR_FILTER_FUNCTION', call, this.#unknownFunction(name));
    }
    if (core !== undefined) {
      this.#checkCount(call, name, core);
    }
    call.arguments.forEach((argument, index) => {
      this.check(argument);
      const parameter = core?.parameters[Math.min(index, core.parameters.length - 1)];
      if (parameter === 'node-set') {
        this.#requireNodeSet(argument, `the argument of ${name}()`);
      }
    });
  }

  #unknownFunction(name: string): string {
    const absent = absentFunctions.get(name);
    if (absent !== undefined) {
      return `'${name}' is no XPath 1.0 function; ${absent}`;
    }
    const suggestion = didYouMean(name, [...builtInFunctions.keys(), ...this.#scope.functions.keys()]);
    return name.includes(':') || this.#scope.functions.size > 0
      ? `'${name}' is no XPath 1.0 function and is not given in 'functions'${suggestion}`
      : `'${name}' is no XPath 1.0 function${suggestion}`;
  }

  #checkCount(call: FunctionCall, name: string, { parameters, optional, repeated }: Signature): void {
    const given = call.arguments.length;
    const least = parameters.length - optional;
    if (given >= least && (repeated || given <= parameters.length)) {
      return;
    }
    const surplus = repeated ? undefined : call.arguments[parameters.length];
    throw this.#error(
      'ERR_FILTER_ARGUMENTS',
      surplus ?? call,
      `${name}() takes ${countText(least, parameters.length, repeated)}, but is given ${given}`,
    );
  }

  #requireNodeSet(expression: Expression, role: string): void {
    const type = staticType(expression, this.#scope);
    if (type !== 'node-set' && type !== 'any') {
      throw this.#error('ERR_FILTER_TYPE', expression, `${role} must be a node-set, but is ${typeNames[type]}`);
    }
  }

  #error(code: FilterErrorCode, place: Span, problem: string): Error {
    return filterError(code, this.#source, place.start, problem);
  }
}

function countText(least: number, most: number, repeated: boolean): string {
  if (repeated) {
    return `${least} arguments or more`;
  }
  if (least === most) {
    return most === 0 ? 'no argument' : most === 1 ? '1 argument' : `${most} arguments`;
  }
  return least === 0 ? `no argument or ${most}` : `${least} or ${most} arguments`;
}
