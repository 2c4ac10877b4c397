import type { Token } from './lexer';

/** Words that stand between operands in XPath 2.0, in SQL, or in another case, and what XPath 1.0 has instead. */
const wordsBetweenOperands: Readonly<Record<string, string>> = {
  eq: "equality is written '='",
  ne: "inequality is written '!='",
  lt: "'less than' is written '<'",
  le: "'less or equal' is written '<='",
  gt: "'greater than' is written '>'",
  ge: "'greater or equal' is written '>='",
  is: "equality is written '='",
  in: "write a comparison for each value, joined with 'or'",
  like: 'look at contains() and starts-with()',
  contains: 'write contains(a, b)',
  matches: 'XPath 1.0 has no regular expressions; look at contains() and starts-with()',
  idiv: "for whole numbers write '(a - a mod b) div b'",
  to: "XPath 1.0 has no ranges; write 'a >= 1 and a <= 9'",
  union: "a union is written '|'",
  intersect: "XPath 1.0 has no 'intersect'",
  except: "XPath 1.0 has no 'except'; look at not(…)",
  instance: 'XPath 1.0 has no types to ask for',
  castable: 'XPath 1.0 has no types to ask for',
  cast: 'look at string(), number() and boolean()',
  xor: "write 'boolean(a) != boolean(b)'",
  // biome-ignore lint/suspicious/noThenProperty: the word of the language, never awaited
  then: "XPath 1.0 has no 'if … then … else'; write '(a and b) or (not(a) and c)'",
  else: "XPath 1.0 has no 'if … then … else'; write '(a and b) or (not(a) and c)'",
  return: "XPath 1.0 has no 'for' and no 'let'",
  satisfies: "XPath 1.0 has no 'some … satisfies'; write a predicate",
};

const wordsBeforeVariables: Readonly<Record<string, string>> = {
  for: "XPath 1.0 has no 'for'",
  let: "XPath 1.0 has no 'let'",
  some: "XPath 1.0 has no 'some … satisfies'; write a predicate",
  every: "XPath 1.0 has no 'every … satisfies'; write not(path[not(…)])",
};

const operatorsInLowerCase = new Set(['and', 'or', 'mod', 'div']);

const LIST_HINT = 'a list of types is an array, and --type on the command line';

/** What may have been meant if something stands where an expression begins; empty if nothing suggests itself. */
export function hintForExpression(found: Token): string {
  return found.text === '[' ? LIST_HINT : '';
}

/** What may have been meant if an operand is followed by something that isn't an operator; empty if nothing suggests itself. */
export function hintAfterOperand(previous: Token | undefined, found: Token): string {
  const word = found.text;
  if (found.kind === 'variable' && previous !== undefined && Object.hasOwn(wordsBeforeVariables, previous.text)) {
    return wordsBeforeVariables[previous.text]!;
  }
  if (previous?.kind === 'name' && previous.text === 'not') {
    return "'not' is a function: not(…)";
  }
  if (found.kind === 'name' || found.kind === 'function-name') {
    if (operatorsInLowerCase.has(word.toLowerCase())) {
      return `the operator is written '${word.toLowerCase()}'`;
    }
    if (previous?.kind === 'number' && /^[eE]\d*$/.test(word)) {
      return 'numbers have no exponents in XPath 1.0';
    }
    return Object.hasOwn(wordsBetweenOperands, word) ? wordsBetweenOperands[word]! : '';
  }
  if (found.kind === 'literal' && previous?.kind === 'literal') {
    return 'a quote inside a string cannot be doubled or escaped; use the other kind of quotes';
  }
  if (found.text === '[' && (previous?.text === '.' || previous?.text === '..')) {
    const axis = previous.text === '.' ? 'self' : 'parent';
    return `'${previous.text}' takes no predicate; write '${axis}::node()[…]'`;
  }
  return '';
}

/** What may have been meant if something follows where the expression could end; empty if nothing suggests itself. */
export function hintAtEnd(previous: Token | undefined, found: Token): string {
  return found.text === ',' ? LIST_HINT : hintAfterOperand(previous, found);
}

/** What may have been meant if something else stands instead of a step of a path. */
export function hintForStep(found: Token): string {
  if (found.text === '(' && found.kind === 'punctuation') {
    return "a step cannot stand in parentheses in XPath 1.0; write 'a/b | a/c' for 'a/(b | c)'";
  }
  if (found.kind === 'function-name') {
    return `a function call cannot be a step in XPath 1.0; write '${found.text}(path)'`;
  }
  return '';
}
