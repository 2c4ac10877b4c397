import { type Choices, onceIn, oneOf, weighted } from './choices';

const localNames: readonly (readonly [number, string])[] = [
  [6, 'a'],
  [4, 'b'],
  [2, 'c'],
  [1, '\u00e9'],
  [1, 'div'],
  [1, 'and'],
  [1, 'text'],
  [1, 'x-y'],
];

/** The targets of processing instructions. */
export const targets = ['t', 'u', 'a'] as const;

/**
 * What text and attributes hold, pieced together: numbers, white space, characters of one to four bytes.
 *
 * Fractions end in a space, so that what follows is no part of them: libxml2 does not read all fractions exactly.
 */
const texts: readonly (readonly [number, string])[] = [
  [4, '1'],
  [4, '2'],
  [4, 'a'],
  [3, 'b'],
  [2, ''],
  [2, '10'],
  [2, 'ab'],
  [2, 'abcab'],
  [2, '-1.5 '],
  [2, 'a\u{1F600}b\u{1F600}'],
  [1, ' '],
  [1, ' 3 '],
  [1, '.5 '],
  [1, '7. '],
  [1, '0'],
  [1, ' x y\n  z '],
  [1, 'en'],
  [1, 'true'],
  [1, 'NaN'],
  [1, 'Infinity'],
  [1, '+1'],
  [1, '\t'],
  [1, '\u00e9'],
  [1, '<&>"\''],
  [1, ']'],
  [1, '\u00a0'],
];

/** A piece of text for documents and expressions. */
export function randomPiece(choices: Choices): string {
  return weighted(choices, texts);
}

/** What `xml:lang` says. */
export const languages = ['en', 'en-GB', 'EN-us', 'fr', ''] as const;

/** A name for documents and expressions: most often one of a few; some mean something in XPath, one is beyond ASCII. */
export function randomLocalName(choices: Choices): string {
  return weighted(choices, localNames);
}

const namespaceNames = ['urn:1', 'urn:2', ''] as const;
const prefixes = ['p', 'q'] as const;
const spaces = ['', '', '', ' ', '\n', '\t '] as const;

/** The namespaces in scope by prefix; `''` is the default one. */
type InScope = ReadonlyMap<string, string>;

/**
 * A well-formed document without a document type declaration.
 *
 * @param mostElements How many elements it may have.
 */
export function randomDocument(choices: Choices, mostElements: number): string {
  return new DocumentWriter(choices, mostElements).document();
}

/** The root element of such a document alone, as is left of an event when it has been read. */
export function randomElement(choices: Choices, mostElements: number): string {
  return new DocumentWriter(choices, mostElements).root();
}

class DocumentWriter {
  readonly #choices: Choices;
  /** How many more elements there may be. */
  #elements: number;
  /** The chance, once in so many, that the children of an element end. */
  #width: number;
  readonly #depth: number;

  constructor(choices: Choices, mostElements: number) {
    this.#choices = choices;
    const [elements, width, depth] = weighted(choices, [
      [2, [6, 4, 3]],
      [12, [20, 8, 5]],
      [4, [50, 12, 7]],
      [1, [40, 60, 2]],
      [1, [40, 3, 40]],
    ] as const);
    this.#elements = Math.min(elements, mostElements);
    this.#width = width;
    this.#depth = depth;
  }

  document(): string {
    const declaration = onceIn(this.#choices, 10) ? '<?xml version="1.0"?>' : '';
    return `${declaration}${this.#misc()}${this.root()}${this.#misc()}`;
  }

  root(): string {
    return this.#element(new Map(), 0);
  }

  #misc(): string {
    let text = '';
    while (onceIn(this.#choices, 4)) {
      text += weighted(this.#choices, [
        [1, () => this.#comment()],
        [1, () => this.#instruction()],
        [1, () => '\n'],
      ])();
    }
    return text;
  }

  #element(outer: InScope, depth: number): string {
    this.#elements--;
    const { inScope, declarations } = this.#declarations(outer);
    const prefix = this.#prefix(inScope, 3);
    const name = `${prefix}${randomLocalName(this.#choices)}`;
    const tag = `${name}${[...declarations, ...this.#attributes(inScope)].map((one) => ` ${one}`).join('')}`;
    const content = depth < this.#depth ? this.#content(inScope, depth) : '';
    const space = oneOf(this.#choices, spaces);
    return content === '' && !onceIn(this.#choices, 3)
      ? `<${tag}${space}/>`
      : `<${tag}${space}>${content}</${name}${space}>`;
  }

  #declarations(outer: InScope): { readonly inScope: InScope; readonly declarations: readonly string[] } {
    const inScope = new Map(outer);
    const declarations: string[] = [];
    for (const prefix of prefixes) {
      if (onceIn(this.#choices, outer.size === 0 ? 3 : 10)) {
        const name = oneOf(this.#choices, ['urn:1', 'urn:2']);
        inScope.set(prefix, name);
        declarations.push(`xmlns:${prefix}="${name}"`);
      }
    }
    if (onceIn(this.#choices, 8)) {
      const name = oneOf(this.#choices, namespaceNames);
      inScope.set('', name);
      declarations.push(`xmlns="${name}"`);
    }
    return { inScope, declarations };
  }

  #prefix(inScope: InScope, times: number): string {
    const usable = prefixes.filter((prefix) => inScope.has(prefix));
    return usable.length > 0 && onceIn(this.#choices, times) ? `${oneOf(this.#choices, usable)}:` : '';
  }

  #attributes(inScope: InScope): string[] {
    const attributes = new Map<string, string>();
    while (onceIn(this.#choices, 3)) {
      const prefix = this.#prefix(inScope, 4);
      const local = randomLocalName(this.#choices);
      const namespace = prefix === '' ? '' : inScope.get(prefix.slice(0, -1))!;
      attributes.set(`{${namespace}}${local}`, `${prefix}${local}=${this.#attributeValue()}`);
    }
    if (onceIn(this.#choices, 10)) {
      attributes.set('lang', `xml:lang="${oneOf(this.#choices, languages)}"`);
    }
    return [...attributes.values()];
  }

  #attributeValue(): string {
    const quote = oneOf(this.#choices, ['"', "'"]);
    const value = randomPiece(this.#choices).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `${quote}${value.replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')}${quote}`;
  }

  #content(inScope: InScope, depth: number): string {
    let content = '';
    while (this.#choices.below(this.#width) !== 0) {
      content += weighted(this.#choices, [
        [6, () => (this.#elements > 0 ? this.#element(inScope, depth + 1) : '')],
        [5, () => this.#text()],
        [1, () => this.#comment()],
        [1, () => this.#instruction()],
      ])();
    }
    return content;
  }

  #text(): string {
    const text = randomPiece(this.#choices);
    switch (this.#choices.below(8)) {
      case 6:
        return `<![CDATA[${text}]]>`;
      case 7:
        return [...text].map((character) => `&#${character.codePointAt(0)};`).join('');
      default:
        return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '\r\n');
    }
  }

  #comment(): string {
    return `<!--${randomPiece(this.#choices).replaceAll('-', '')}-->`;
  }

  #instruction(): string {
    return `<?${oneOf(this.#choices, targets)} ${randomPiece(this.#choices)}?>`;
  }
}
