/** Something about libxml2's grammar that is not the recommendation's. */
export interface GrammarFault {
  readonly what: string;
  /** Whether the judgement about a text can suffer from it. */
  readonly isBehind: (text: string) => boolean;
  /** Expressions that it refuses. */
  readonly expressions: readonly string[];
  /** Texts that it takes for expressions. */
  readonly others: readonly string[];
}

const ncNameCharacter = '[\\p{L}\\p{N}_.\\-\\u00b7\\u0300-\\u036f]';

/** Where libxml2 takes what is no expression, or refuses what is one. */
export const faultsOfLibxml2Grammar: readonly GrammarFault[] = [
  {
    what: 'it takes a text that ends after a bracket of a call, a comma in it, or a | ([16], [18])',
    isBehind: (text) => /[(,|]\s*$/.test(text),
    expressions: [],
    others: ['f(', 'f(a,', 'a |'],
  },
  {
    what: "it takes '/' several times in a row ([2], [3])",
    isBehind: (text) => /\/\s*\/\s*\/|\/\s+\//.test(text),
    expressions: [],
    others: ['/ /', '///a'],
  },
  {
    what: 'it reads exponents ([30])',
    isBehind: (text) => /[\d.]e/i.test(text),
    expressions: [],
    others: ['1e3', '1e', '.5E-1'],
  },
  {
    what: 'it finds an operator at the beginning of a longer name (§3.7: the longest token)',
    isBehind: (text) => new RegExp(`(?:and|or|div|mod)(?:${ncNameCharacter}|:)`, 'u').test(text),
    expressions: [],
    others: ['a orb', '1 div2', 'a and-1'],
  },
  {
    what: 'it lets spaces stand inside a name with a prefix ([37], Namespaces in XML [6])',
    isBehind: (text) => /\s:|:\s/.test(text),
    expressions: [],
    others: ['p :a', 'p :*'],
  },
  {
    what: "after the '/' that begins a path with a bracket in it, it takes only ASCII letters for a name ([4] of Namespaces in XML)",
    isBehind: (text) => /\/\s*[\u0080-\u{10ffff}]/u.test(text),
    expressions: ['/\u00e9[1]'],
    others: [],
  },
  {
    what: 'it does not know the letters that XML has had since its fifth edition',
    isBehind: (text) => /[\u{10000}-\u{effff}]/u.test(text),
    expressions: ['\u{10400}'],
    others: [],
  },
];
