import type { EventRecord } from '../../lib/event/event-record';
import type { ConditionOutcome } from '../../lib/filter/explain-match';
import { element } from './element';
import type { Verdict } from './trial';

/** How much is shown of a filter that isn't met. */
const SHOWN_CONDITIONS = 5;
const LONGEST_VALUE = 60;

/** How a condition begins that is false since the event is suppressed. */
const NOT_SUPPRESSED = 'not suppressed by ';

const MARKS: Readonly<Record<Verdict['kind'], string>> = {
  match: '✓ match',
  'no-match': '✗ no match',
  failed: '! failed',
};

/** An event in the list, and what the filter makes of it. */
export class EventItem {
  readonly element: HTMLLIElement;
  readonly #mark: HTMLElement = element('span', { class: 'mark' });
  readonly #why: HTMLElement = element('ul', { class: 'why' });

  constructor({ type, xml }: EventRecord, isOwn: boolean, onCopy: ((xml: string) => void) | undefined) {
    const about = /<name>([^<]*)<\/name>/.exec(xml)?.[1];
    const head = element('div', { class: 'head' }, this.#mark, element('strong', {}, type));
    if (about !== undefined) {
      head.append(element('span', { class: 'about' }, decoded(about)));
    }
    if (isOwn) {
      head.append(element('span', { class: 'about' }, 'yours'));
    }
    const text = element('pre', { tabindex: '0', role: 'region', 'aria-label': `XML of ${type}` }, broken(xml));
    const details = element(
      'details',
      {},
      element('summary', {}, 'XML', element('span', { class: 'hidden' }, ` of ${type}`)),
      text,
    );
    if (onCopy !== undefined) {
      const copy = element('button', { type: 'button' }, 'Change a copy');
      copy.addEventListener('click', () => onCopy(broken(xml)));
      details.append(copy);
    }
    this.element = element('li', {}, head, this.#why, details);
  }

  show(verdict: Verdict): void {
    this.element.dataset['verdict'] = verdict.kind;
    this.#mark.textContent = MARKS[verdict.kind];
    const lines =
      verdict.kind === 'match' ? [] : verdict.kind === 'failed' ? [verdict.message] : whyNot(verdict.conditions);
    this.#why.replaceChildren(...lines.map((line) => element('li', {}, ...(typeof line === 'string' ? [line] : line))));
  }
}

/** Each condition that was false, with what was found instead. */
function whyNot(conditions: readonly ConditionOutcome[]): (string | (string | Node)[])[] {
  const unmet = conditions.filter(({ isTrue }) => !isTrue);
  if (unmet.length === 0) {
    return ['each condition is true, but of different nodes'];
  }
  const lines = unmet.slice(0, SHOWN_CONDITIONS).map(({ condition, found }) => {
    const values = found.flatMap(({ values, count }) => (count === 0 ? ['nothing'] : values.map(shown)));
    if (condition.startsWith(NOT_SUPPRESSED)) {
      return ['suppressed by ', element('code', {}, condition.slice(NOT_SUPPRESSED.length))];
    }
    const text = [element('code', {}, condition), ' is false'];
    return values.length === 0 ? text : [...text, `: found ${values.join(', ')}`];
  });
  const more = unmet.length - lines.length;
  return more === 0 ? lines : [...lines, `… and ${more} more`];
}

function shown(value: string): string {
  const text = value.replace(/\s+/g, ' ');
  return `‘${text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`}’`;
}

/** Breaks XML between tags, so that it can be read on a narrow page. */
function broken(xml: string): string {
  let depth = 0;
  return xml
    .replace(/></g, '>\n<')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) {
        depth = Math.max(0, depth - 1);
      }
      const indented = '  '.repeat(depth) + line;
      if (/^<[^/!?]/.test(line) && !line.includes('</') && !line.endsWith('/>')) {
        depth++;
      }
      return indented;
    })
    .join('\n');
}

function decoded(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => names[name]!);
}
