import type { ElementDescription } from './elements';
import type { TypeDescription } from './types';
import type { ValueDescription } from './values';

/** Something that an event says: the value of an attribute, or the text of an element. */
export interface Field extends Pick<ValueDescription, 'kind' | 'words' | 'orNumber'> {
  /** The XPath that leads to it from the event, such as `transition/@to`. */
  readonly path: string;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Whether there may be several. */
  readonly repeated?: true;
}

/** What an event of a type says, in the order in which it stands there. */
export function fieldsOf({ event }: TypeDescription): Field[] {
  return fieldsIn(event, '', {});
}

function fieldsIn(
  { attributes, elements, text }: ElementDescription,
  path: string,
  presence: Pick<Field, 'optional' | 'repeated'>,
): Field[] {
  const inside = path === '' ? '' : `${path}/`;
  return [
    ...Object.entries(attributes).map(([name, value]) => field(`${inside}@${name}`, value, presence)),
    ...(text === undefined ? [] : [field(path, text, presence)]),
    ...elements.flatMap((child) =>
      fieldsIn(child, `${inside}${child.name}`, {
        ...presence,
        ...(child.optional && { optional: true }),
        ...(child.repeated && { repeated: true }),
      }),
    ),
  ];
}

function field(path: string, value: ValueDescription, presence: Pick<Field, 'optional' | 'repeated'>): Field {
  const { kind, words, orNumber, optional } = value;
  return {
    path,
    kind,
    ...(words && { words }),
    ...(orNumber && { orNumber }),
    ...presence,
    ...(optional && { optional }),
  };
}
