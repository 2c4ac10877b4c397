type Child = Node | string;

/** Makes an element. What is a string becomes text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** Finds an element of the page by its id. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`the page has no ${kind.name} '${id}'`);
  }
  return found;
}

/** A choice of one of a few, as radio buttons. */
export function choice(
  name: string,
  options: Readonly<Record<string, string>>,
  chosen: string,
  onChange: (value: string) => void,
): {
  readonly elements: readonly HTMLElement[];
  choose(value: string): void;
  label(value: string, text: string): void;
} {
  const inputs = new Map<string, HTMLInputElement>();
  const texts = new Map<string, HTMLSpanElement>();
  const elements = Object.entries(options).map(([value, text]) => {
    const input = element('input', { type: 'radio', name, value });
    input.checked = value === chosen;
    input.addEventListener('change', () => onChange(value));
    inputs.set(value, input);
    texts.set(value, element('span', {}, text));
    return element('label', {}, input, texts.get(value)!);
  });
  return {
    elements,
    choose: (value) => {
      inputs.get(value)!.checked = true;
    },
    label: (value, text) => {
      texts.get(value)!.textContent = text;
    },
  };
}
