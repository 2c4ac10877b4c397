import type { FilterError } from '../../lib/errors';
import { choice, element } from './element';
import { KINDS, type Part, type PartKind, typesIn } from './filter-state';

/** Where a part of the filter is written: what it is, its text, and what is wrong with it. */
export class PartEditor {
  readonly #kind: ReturnType<typeof choice>;
  readonly #label: HTMLLabelElement;
  readonly #text: HTMLTextAreaElement;
  readonly #body: HTMLElement;
  readonly #types: HTMLElement;
  readonly #mistake: HTMLElement;
  readonly #onChange: () => void;
  readonly #name: string;
  #part: Part = { kind: 'off', text: '' };

  /** @param name `select` or `suppress`: the part, and the id of its field set. */
  constructor(
    field: HTMLFieldSetElement,
    name: string,
    labels: Readonly<Record<PartKind, string>>,
    types: readonly string[],
    onChange: () => void,
  ) {
    this.#name = name;
    this.#onChange = onChange;
    this.#kind = choice(`${name}-kind`, labels, 'off', (kind) => this.#become(kind as PartKind));
    const id = `${name}-text`;
    this.#label = element('label', { for: id });
    this.#text = element('textarea', {
      id,
      rows: '2',
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
      'aria-describedby': `${name}-mistake`,
    });
    this.#text.addEventListener('input', () => this.#change({ ...this.#part, text: this.#text.value }));
    this.#types = this.#typeAdder(types);
    this.#mistake = element('div', { id: `${name}-mistake` });
    this.#body = element('div', { class: 'part' }, this.#label, this.#text, this.#types, this.#mistake);
    field.append(element('div', { class: 'choice' }, ...this.#kind.elements), this.#body);
    this.#show();
  }

  get part(): Part {
    return this.#part;
  }

  set part(part: Part) {
    this.#part = part;
    this.#text.value = part.text;
    this.#show();
  }

  /** Shows what is wrong with the expression, if anything is. */
  set mistake(error: FilterError | undefined) {
    this.#text.setAttribute('aria-invalid', String(error !== undefined));
    if (error === undefined) {
      this.#mistake.replaceChildren();
      return;
    }
    const excerpt = error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}/, ''));
    const show = element('button', { type: 'button' }, 'Go to the mistake');
    show.addEventListener('click', () => this.moveTo(error.position));
    this.#mistake.replaceChildren(
      element('p', { class: 'mistake' }, error.problem),
      element('pre', { tabindex: '0', role: 'region', 'aria-label': 'Where the mistake is' }, excerpt.join('\n')),
      show,
    );
  }

  /** Puts the cursor at a place of the text. */
  moveTo(position: number): void {
    this.#text.focus();
    this.#text.setSelectionRange(position, position);
  }

  #become(kind: PartKind): void {
    this.#change({ kind, text: this.#part.text });
    this.#show();
  }

  #change(part: Part): void {
    this.#part = part;
    this.#grow();
    this.#onChange();
  }

  #show(): void {
    const { kind } = this.#part;
    this.#kind.choose(kind);
    this.#body.hidden = kind === 'off';
    this.#types.hidden = kind !== 'types';
    this.#label.textContent = kind === 'types' ? 'Types, with spaces or commas between them' : 'XPath expression';
    this.#grow();
  }

  #grow(): void {
    this.#text.rows = Math.min(12, Math.max(2, this.#text.value.split('\n').length));
  }

  #typeAdder(types: readonly string[]): HTMLElement {
    const id = `${this.#name}-type`;
    const list = element('select', { id }, ...types.map((type) => element('option', {}, type)));
    const add = element('button', { type: 'button' }, 'Add');
    add.addEventListener('click', () => {
      const names = typesIn(this.#part.text);
      if (!names.includes(list.value)) {
        this.#text.value = [...names, list.value].join(', ');
        this.#change({ ...this.#part, text: this.#text.value });
      }
    });
    return element('div', { class: 'row' }, element('label', { for: id }, 'A type'), list, add);
  }
}

/** The kinds of a part, by what the choice between them says. */
export function kindLabels(off: string): Readonly<Record<PartKind, string>> {
  const labels = { off, expression: 'Expression', types: 'Types' };
  return Object.fromEntries(KINDS.map((kind) => [kind, labels[kind]])) as Record<PartKind, string>;
}
