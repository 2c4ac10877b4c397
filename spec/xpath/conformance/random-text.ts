import { type Choices, onceIn, oneOf } from './choices';
import { randomExpression } from './random-expression';

const pieces = [
  ...['/', '//', '.', '..', '@', '*', '(', ')', '[', ']', ',', '|', '+', '-', '=', '!=', '<', '<=', '>', '>='],
  ...[
    'and',
    'or',
    'div',
    'mod',
    'a',
    'b:c',
    'p:*',
    '::',
    ':',
    'child::',
    'self',
    'attribute',
    'text',
    'text()',
    'node(',
    '()',
  ],
  ...[
    'comment()',
    'processing-instruction("x")',
    'comment("x")',
    'count(',
    'p:f(',
    '$',
    '$a',
    '$p:a',
    '"x"',
    "'",
    '"',
    '!',
  ],
  ...[
    '1',
    '1.',
    '.5',
    '1..2',
    '1e3',
    '-1',
    '\u00e9',
    '\u00b7',
    '\u{10400}',
    '&',
    '{',
    '#',
    ' ',
    '\n',
    '\u00a0',
    '\u0301',
  ],
];

/** A text that may be an expression, or nearly one. */
export function randomText(choices: Choices): string {
  return onceIn(choices, 2) ? damaged(choices, randomExpression(choices)) : soup(choices);
}

function soup(choices: Choices): string {
  let text = oneOf(choices, pieces);
  while (!onceIn(choices, 4)) {
    text += (onceIn(choices, 3) ? ' ' : '') + oneOf(choices, pieces);
  }
  return text;
}

/** A text with something taken out, or put in, or both. */
function damaged(choices: Choices, text: string): string {
  const characters = [...text];
  characters.splice(
    choices.below(characters.length + 1),
    choices.below(4),
    ...(onceIn(choices, 2) ? [oneOf(choices, pieces)] : []),
  );
  return characters.join('');
}
