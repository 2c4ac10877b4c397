import { type FilterOptions, readFilterOptions } from '../../../lib/filter/compile-filter';
import type { Scope, VariableValue } from '../../../lib/xpath/scope';

/** What the prefixes in random expressions stand for; documents have prefixes of their own. */
export const namespaces: Readonly<Record<string, string>> = { p: 'urn:1', o: 'urn:2' };

export const variables: Readonly<Record<string, VariableValue>> = {
  text: 'ab',
  empty: '',
  two: 2,
  half: 0.5,
  zero: -0,
  nan: Number.NaN,
  infinity: Number.NEGATIVE_INFINITY,
  yes: true,
  no: false,
  'p:text': 'en',
};

export const options: FilterOptions = { namespaces, variables };

export const scope: Scope = readFilterOptions(options).scope;
