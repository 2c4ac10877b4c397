import { costTexts, indexText } from '../../lib/cli/explanation-text';
import type { FilterExplanation } from '../../lib/filter/filter';
import type { FilterWarning } from '../../lib/filter/warnings';
import { element } from './element';

/** Leads to the place of a warning: in `select` or in `suppress`. */
export type Find = (part: 'select' | 'suppress', position: number) => void;

/** How a filter was understood, as elements. */
export function explanationElements(explanation: FilterExplanation, find: Find): HTMLElement[] {
  if (explanation.kind !== 'select-suppress') {
    return partElements(explanation, 'select', find);
  }
  const { select, suppress } = explanation;
  return [
    element('h3', {}, 'Select'),
    ...(select === undefined ? [element('p', {}, 'Every event.')] : partElements(select, 'select', find)),
    element('h3', {}, 'Suppress'),
    ...(suppress === undefined ? [] : partElements(suppress, 'suppress', find)),
  ];
}

function partElements(explanation: FilterExplanation, part: 'select' | 'suppress', find: Find): HTMLElement[] {
  const facts: [string, string, boolean][] = [];
  switch (explanation.kind) {
    case 'all':
      return [element('p', {}, 'Every event.')];
    case 'types':
      facts.push(['Types', explanation.types.join(', '), true]);
      break;
    case 'expression':
      facts.push(['In full', explanation.parsed, true]);
      break;
  }
  // What is suppressed is never looked up: only what `select` matches is asked about it.
  if (part === 'select') {
    facts.push(['Found by', indexText(explanation.index), false]);
  }
  if (explanation.kind === 'expression') {
    facts.push(['Cost', costTexts[explanation.cost], false]);
  }
  const list = element('dl');
  for (const [name, value, isCode] of facts) {
    list.append(element('dt', {}, name), element('dd', {}, isCode ? element('code', {}, value) : value));
  }
  const { warnings } = explanation;
  return warnings.length === 0 ? [list] : [list, warningList(warnings, part, find)];
}

function warningList(warnings: readonly FilterWarning[], part: 'select' | 'suppress', find: Find): HTMLElement {
  const items = warnings.map(({ position, message }) => {
    const show = element('button', { type: 'button' }, `At character ${position + 1}`);
    show.addEventListener('click', () => find(part, position));
    return element('li', {}, show, element('span', {}, message));
  });
  return element('ul', { class: 'warnings', 'aria-label': 'Warnings' }, ...items);
}
