import type { CostClass, IndexCondition, IndexExplanation, IndexedValues } from '../types';

/** How the work of a filter grows with the event, in a line. */
export const costTexts: Readonly<Record<CostClass, string>> = {
  constant: 'constant: it looks at the event element alone',
  children: 'children: it goes down step by step, by the names of elements',
  document: 'document: it may look at every node of an event',
  quadratic: 'quadratic: for each of many nodes it may look at many others',
};

/** By what a filter is found among many, in a line. */
export function indexText(index: IndexExplanation): string {
  if (!index.indexed) {
    return `none, it is evaluated on every event: ${index.because}`;
  }
  const conditions = index.by.map(conditionText);
  if (conditions.includes('')) {
    return 'no event can match';
  }
  return `${conditions.join('; ')}${index.evaluated ? '; then it is evaluated' : '; that decides it'}`;
}

function conditionText({ anyOf }: IndexCondition): string {
  return anyOf
    .flatMap((alternative) =>
      'allOf' in alternative
        ? [`(${alternative.allOf.map(conditionText).join(' and ')})`]
        : alternative.values.map((value) => testText(alternative, value)),
    )
    .join(' or ');
}

function testText({ path, operator = '=', not }: IndexedValues, value: string | number): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const isFunction = operator === 'starts-with' || operator === 'contains';
  const test = isFunction ? `${operator}(${path}, ${text})` : `${path} ${operator} ${text}`;
  return not ? `not(${test})` : test;
}
