import { byId, element } from './element';

/** A place where names and what they stand for are written, a line each, as in `name=web`. */
export class NamesEditor {
  readonly #text: HTMLTextAreaElement;
  readonly #mistake: HTMLElement;

  /** @param id That of the text area; what is wrong with it is said in the element of that id with `-mistake` behind it. */
  constructor(id: string, onChange: () => void) {
    this.#text = byId(id, HTMLTextAreaElement);
    this.#mistake = byId(`${id}-mistake`, HTMLElement);
    this.#text.addEventListener('input', onChange);
  }

  get text(): string {
    return this.#text.value;
  }

  set text(text: string) {
    this.#text.value = text;
  }

  /** Shows what is wrong, if anything is. */
  set mistake(problem: string | undefined) {
    this.#text.setAttribute('aria-invalid', String(problem !== undefined));
    this.#mistake.replaceChildren(...(problem === undefined ? [] : [element('p', { class: 'mistake' }, problem)]));
  }
}

/** Reads names and what they stand for; of a line that is none, what is wrong with it. */
export function readNames(text: string): Readonly<Record<string, string>> | string {
  const names: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      names[name] = value;
    } else if (line.trim() !== '') {
      return `Line ${index + 1} must be of the form name=value.`;
    }
  }
  return names;
}
