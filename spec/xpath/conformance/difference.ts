import type { Answer } from './answer';

/** In what two answers differ, or `undefined` where they are the same, or one is not known. */
export function difference(one: Answer | null | undefined, other: Answer | null | undefined): string | undefined {
  if (one === undefined || other === undefined) {
    return undefined;
  }
  if (one === null || other === null) {
    return one === other ? undefined : 'whether it is an expression';
  }
  if (String(one.nodes) !== String(other.nodes)) {
    return 'the nodes selected';
  }
  if (one.boolean !== other.boolean) {
    return 'boolean()';
  }
  if (hasNoFirst(one.nodes)) {
    return undefined;
  }
  if (one.string !== other.string) {
    return 'string()';
  }
  if (one.number !== undefined && other.number !== undefined && !Object.is(one.number, other.number)) {
    return 'number()';
  }
  return undefined;
}

/** The order among the namespace nodes of an element is not defined (§5), and so it is not which of them is the first. */
function hasNoFirst(nodes: readonly string[] | undefined): boolean {
  const [first, second] = nodes ?? [];
  return (
    first?.includes(':') === true &&
    second?.includes(':') === true &&
    Number.parseInt(first, 10) === Number.parseInt(second, 10)
  );
}
