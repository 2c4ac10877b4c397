import type { FilterExplanation } from './filter';

/** The explanations of which that of a combined filter is made up, each with warnings of its own; none of any other filter. */
export function partsOf(explanation: FilterExplanation): readonly FilterExplanation[] {
  switch (explanation.kind) {
    case 'any':
      return explanation.parts;
    case 'select-suppress':
      return [explanation.select, explanation.suppress].flatMap((part) => part ?? []);
    default:
      return [];
  }
}
