import type { Node } from '@xmldom/xmldom';
import { formatValue } from '../arguments';
import { InvalidArgumentError } from '../errors';
import { isNCName } from '../xml/chars';
import { XML_NAMESPACE } from '../xml/namespaces';
import { nodeTypes } from './ast';
import { builtInFunctions } from './signatures';

/** What a variable may be bound to. */
export type VariableValue = string | number | boolean;

/**
 * A function of the program's own that filters may call.
 *
 * It receives the values of its arguments; a node-set comes as an array of nodes of the event's document, in document order. It must
 * leave the nodes as they are, and return no nodes of another document.
 */
export type FilterFunction = (...args: (VariableValue | Node[])[]) => VariableValue | Node[];

/** What the names in an expression stand for. */
export interface Scope {
  /** Namespace names by prefix. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, VariableValue>;
  readonly functions: ReadonlyMap<string, FilterFunction>;
}

/** The scope in which nothing is declared; very many filters share it. */
export const emptyScope: Scope = {
  namespaces: new Map([['xml', XML_NAMESPACE]]),
  variables: new Map(),
  functions: new Map(),
};

/**
 * Copies what a program declares for its expressions.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if a name isn't one, or a value is of the wrong kind.
 */
export function readScope(namespaces: unknown, variables: unknown, functions: unknown): Scope {
  if (namespaces === undefined && variables === undefined && functions === undefined) {
    return emptyScope;
  }
  return {
    namespaces: readNamespaces(namespaces),
    variables: readMap('options.variables', variables, (name, value) => {
      requireQualifiedName(name, 'options.variables');
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
        throw new InvalidArgumentError(
          `options.variables.${name}`,
          `must be a string, a number or a boolean, but is ${formatValue(value)}`,
        );
      }
      return value;
    }),
    functions: readMap('options.functions', functions, (name, value) => {
      requireQualifiedName(name, 'options.functions');
      if (builtInFunctions.has(name) || (nodeTypes as readonly string[]).includes(name)) {
        throw new InvalidArgumentError(
          `options.functions.${name}`,
          'cannot take the place of what XPath 1.0 defines itself',
        );
      }
      if (typeof value !== 'function') {
        throw new InvalidArgumentError(`options.functions.${name}`, `must be a function, but is ${formatValue(value)}`);
      }
      return value as FilterFunction;
    }),
  };
}

function readNamespaces(namespaces: unknown): Map<string, string> {
  const read = readMap('options.namespaces', namespaces, (prefix, name) => {
    if (prefix === '') {
      throw new InvalidArgumentError(
        'options.namespaces',
        "has an empty prefix; XPath 1.0 has no default namespace, so choose a prefix and write 'p:name'",
      );
    }
    if (!isNCName(prefix)) {
      throw new InvalidArgumentError('options.namespaces', `has the prefix ${formatValue(prefix)}, which is no name`);
    }
    if (typeof name !== 'string' || name === '') {
      throw new InvalidArgumentError(
        `options.namespaces.${prefix}`,
        `must be a namespace's name, a string that is not empty, but is ${formatValue(name)}`,
      );
    }
    if (prefix === 'xmlns' || (prefix === 'xml') !== (name === XML_NAMESPACE)) {
      throw new InvalidArgumentError(
        `options.namespaces.${prefix}`,
        'cannot be declared: Namespaces in XML reserves it',
      );
    }
    return name;
  });
  return read.set('xml', XML_NAMESPACE);
}

function readMap<T>(option: string, value: unknown, read: (key: string, entry: unknown) => T): Map<string, T> {
  if (value === undefined) {
    return new Map();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Map) {
    throw new InvalidArgumentError(option, `must be an object, but is ${formatValue(value)}`);
  }
  return new Map(Object.entries(value).map(([key, entry]) => [key, read(key, entry)]));
}

function requireQualifiedName(name: string, option: string): void {
  const parts = name.split(':');
  if (parts.length > 2 || !parts.every(isNCName)) {
    throw new InvalidArgumentError(
      option,
      `has the key ${formatValue(name)}, which is neither a name nor a name with a prefix`,
    );
  }
}
