import type { StructuredElement } from '../../../event/write-event';

/** Makes an element; an attribute that is `undefined` is left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | bigint | boolean | undefined>>,
  content: readonly (string | StructuredElement)[] = [],
): StructuredElement {
  const written: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      written[key] = String(value);
    }
  }
  return { name, attributes: written, content };
}

/** Makes an element that holds a text. */
export function textElement(name: string, text: string): StructuredElement {
  return { name, content: [text] };
}
