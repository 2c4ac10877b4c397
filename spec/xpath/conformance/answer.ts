/** A node of a document as a judge sees it: its kind, its name, the name's namespace, its string-value. */
export type JudgedNode = readonly [kind: string, name: string, namespaceName: string, value: string];

/** What an expression evaluates to. */
export interface Answer {
  /** As if by string(). */
  readonly string: string;
  /** As if by number(); left out by a judge that is not asked to convert. */
  readonly number?: number;
  /** As if by boolean(). */
  readonly boolean: boolean;
  /**
   * Of a node-set: the places of its nodes in the document, in document order. `7` is the seventh after the root, `7:p`
   * is the namespace node for the prefix p of the element there, `7:` that of the default namespace.
   */
  readonly nodes?: readonly string[];
}

/**
 * What there is to say about a document: its nodes in document order, and the value of each expression. `null` is a
 * refusal, `undefined` an expression that takes the judge too long.
 */
export interface Judgement {
  readonly nodes: readonly JudgedNode[];
  readonly answers: readonly (Answer | null | undefined)[];
}

/** Sorts places into document order; namespace nodes come after their element and by their prefix. */
export function sortedPlaces(places: readonly string[]): string[] {
  const keyed = places.map((place): [number, string] => [Number.parseInt(place, 10), place]);
  return keyed.sort(([a, aText], [b, bText]) => a - b || (aText < bText ? -1 : 1)).map(([, place]) => place);
}
