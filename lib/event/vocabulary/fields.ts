import type { TreeElement } from '../../xml/tree-element';

/** Thrown if the XML does not fit its type; it goes no further than `detailOf`. */
export class DetailMismatch extends Error {}

/** The first child element of a name, which must be there. */
export function child(parent: TreeElement, name: string): TreeElement {
  return need(parent.children(name)[0]);
}

/** The value of an attribute, which must be there. */
export function attribute(element: TreeElement, name: string): string {
  return need(element.attribute(name));
}

/** The text of a child element, which must be there and not be empty. */
export function text(element: TreeElement, name: string): string {
  return need(element.childText(name) || undefined);
}

/** An attribute that must be a whole number, of those that JavaScript's numbers hold exactly. */
export function integer(element: TreeElement, name: string): number {
  return need(optionalInteger(element, name));
}

/** The same, if the attribute may be left out. */
export function optionalInteger(element: TreeElement, name: string): number | undefined {
  const value = element.attribute(name);
  return value === undefined ? undefined : integerIn(value);
}

/** An attribute that must be a whole number of any size. */
export function bigInteger(element: TreeElement, name: string): bigint {
  return bigIntegerIn(attribute(element, name));
}

/** An attribute that must be `true` or `false`. */
export function boolean(element: TreeElement, name: string): boolean {
  return booleanIn(attribute(element, name));
}

/** A text as a whole number, of those that JavaScript's numbers hold exactly. */
export function integerIn(value: string): number {
  const number = Number(wholeNumberIn(value));
  return need(Number.isSafeInteger(number) ? number : undefined);
}

/** A text as a whole number of any size. */
export function bigIntegerIn(value: string): bigint {
  return BigInt(wholeNumberIn(value));
}

/** A text as `true` or `false`. */
export function booleanIn(value: string): boolean {
  return need(value === 'true' ? true : value === 'false' ? false : undefined);
}

function wholeNumberIn(value: string): string {
  return need(/^-?\d+$/.test(value) ? value : undefined);
}

/** The attributes of these names that the element has. */
export function attributesOf<Name extends string>(
  element: TreeElement,
  names: readonly Name[],
): { readonly [name in Name]?: string } {
  return present(Object.fromEntries(names.map((name) => [name, element.attribute(name)]))) as {
    [name in Name]?: string;
  };
}

/** The same properties without those that are `undefined`. */
export function present<Properties extends object>(
  properties: Properties,
): { [name in keyof Properties]?: Exclude<Properties[name], undefined> } {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as never;
}

function need<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new DetailMismatch();
  }
  return value;
}
