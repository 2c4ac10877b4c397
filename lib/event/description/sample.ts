import { escapeAttributeValue, escapeText } from '../../xml/escape';
import type { ElementDescription } from './elements';
import type { TypeDescription } from './types';

/** An event of a type, as the library writes it. */
export function sampleOf({ event }: TypeDescription): string {
  return written(event);
}

function written({ name, attributes, elements, text }: ElementDescription): string {
  const head = Object.entries(attributes)
    .filter(([, { example }]) => example !== undefined)
    .map(([attribute, { example = '' }]) => ` ${attribute}="${escapeAttributeValue(example)}"`)
    .join('');
  const content = elements.map(written).join('') + escapeText(text?.example ?? '');
  return content === '' ? `<${name}${head}/>` : `<${name}${head}>${content}</${name}>`;
}
