/** What an attribute, or the text of an element, can be. */
export interface ValueDescription {
  readonly kind: 'word' | 'text' | 'number' | 'uuid' | 'time';
  /** Of a word: all that are known today. */
  readonly words?: readonly string[];
  /** Whether it may be a number instead, which a later libvirt has and no word is known for. */
  readonly orNumber?: true;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** What it is in a sample; left out there if there is none. */
  readonly example?: string;
}

/** One of libvirt's words, or a number that a later libvirt has. */
export function word(words: readonly string[], example: string | undefined = words[0]): ValueDescription {
  return { kind: 'word', words, orNumber: true, example: example as string };
}

/** One of the library's own words, which are all that there are. */
export function oneOf(words: readonly string[], example: string | undefined = words[0]): ValueDescription {
  return { kind: 'word', words, example: example as string };
}

export function flag(example: 'true' | 'false'): ValueDescription {
  return oneOf(['true', 'false'], example);
}

export function text(example: string): ValueDescription {
  return { kind: 'text', example };
}

export function number(example: number | string): ValueDescription {
  return { kind: 'number', example: String(example) };
}

export function uuid(example: string): ValueDescription {
  return { kind: 'uuid', example };
}

export function time(example: string): ValueDescription {
  return { kind: 'time', example };
}

/** The same thing, if it may be left out. */
export function optional<Part extends object>(part: Part): Part & { readonly optional: true } {
  return { ...part, optional: true };
}

/** A part that may be left out, and is left out of a sample. */
export function rare({ example: _, ...part }: ValueDescription): ValueDescription {
  return { ...part, optional: true };
}

/** Whether a value can never be this text; where there is doubt it can. */
export function excludes({ kind, words = [], orNumber }: ValueDescription, value: string): boolean {
  switch (kind) {
    case 'word':
      return !words.includes(value) && !(orNumber === true && /^-?\d+$/.test(value));
    case 'number':
      return !/^-?\d+$/.test(value);
    case 'uuid':
      return !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
    default:
      return false;
  }
}
