import type { FilterSource } from '../../lib/filter/filter';

/** What a part of the filter is: nothing, an expression, or a list of types. */
export const KINDS = ['off', 'expression', 'types'] as const;
export type PartKind = (typeof KINDS)[number];

/** A part of the filter, as it stands in the form. */
export interface Part {
  readonly kind: PartKind;
  readonly text: string;
}

/** All that the page is about; what a link holds. */
export interface State {
  readonly select: Part;
  readonly suppress: Part;
  /** What variables and prefixes stand for, a line each. */
  readonly variables: string;
  readonly namespaces: string;
  /** The text of the visitor's own events. */
  readonly events: string;
}

export const OFF: Part = { kind: 'off', text: '' };

/** Links over this are cut by what they are pasted into. */
const LONGEST_FRAGMENT = 16_000;

/** Writes a state as the fragment of an address; without the events if these are too long. */
export function writeFragment({ select, suppress, variables, namespaces, events }: State): string {
  const fields = new URLSearchParams();
  for (const [name, { kind, text }] of Object.entries({ select, suppress })) {
    if (kind !== 'off' && text !== '') {
      fields.set(kind === 'types' ? `${name}-types` : name, text);
    }
  }
  for (const [name, text] of Object.entries({ variables, namespaces })) {
    if (text.trim() !== '') {
      fields.set(name, text);
    }
  }
  const filter = fields.toString();
  if (events.trim() !== '') {
    fields.set('events', events);
  }
  const all = fields.toString();
  return all.length <= LONGEST_FRAGMENT ? all : filter;
}

/** Reads the fragment of an address. */
export function readFragment(fragment: string): State {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  const part = (name: string): Part => {
    const expression = fields.get(name);
    const types = fields.get(`${name}-types`);
    return expression !== null
      ? { kind: 'expression', text: expression }
      : types !== null
        ? { kind: 'types', text: types }
        : OFF;
  };
  const text = (name: string) => fields.get(name) ?? '';
  return {
    select: part('select'),
    suppress: part('suppress'),
    variables: text('variables'),
    namespaces: text('namespaces'),
    events: text('events'),
  };
}

/** The names in a list of types. */
export function typesIn(text: string): string[] {
  return text.split(/[\s,'"[\]]+/).filter((name) => name !== '');
}

function sourceOf({ kind, text }: Part): FilterSource {
  switch (kind) {
    case 'expression':
      return text.trim() === '' ? null : text;
    case 'types':
      return typesIn(text).length === 0 ? null : typesIn(text);
    default:
      return null;
  }
}

/** The filter, as a program passes it. */
export function filterSource({ select, suppress }: State): FilterSource {
  const selected = sourceOf(select);
  const suppressed = sourceOf(suppress);
  if (suppressed === null) {
    return selected;
  }
  return selected === null ? { suppress: suppressed } : { select: selected, suppress: suppressed };
}

/** What the names in a filter stand for. */
export interface Names {
  readonly variables: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, string>>;
}

/** How a program passes a filter with its names. */
export function handlerCode(source: FilterSource, { variables, namespaces }: Names): string {
  const given = Object.entries({ variables, namespaces }).filter(([, names]) => Object.keys(names).length > 0);
  const options = given.map(([option, names]) => {
    const pairs = Object.entries(names).map(([name, value]) => `${nameCode(name)}: ${filterCode(value)}`);
    return `${option}: { ${pairs.join(', ')} }`;
  });
  const last = options.length === 0 ? '' : `, undefined, { ${options.join(', ')} }`;
  return `addEventHandler(conn, ${filterCode(source)}, handler${last});`;
}

function nameCode(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

/** A filter as JavaScript. */
function filterCode(source: FilterSource): string {
  if (typeof source === 'string') {
    return source.includes("'") ? JSON.stringify(source) : `'${source.replace(/[\\\n\r]/g, escaped)}'`;
  }
  if (Array.isArray(source)) {
    return `[${source.map(filterCode).join(', ')}]`;
  }
  if (source !== null && typeof source === 'object') {
    const parts = Object.entries(source).map(([name, part]) => `${name}: ${filterCode(part as FilterSource)}`);
    return `{ ${parts.join(', ')} }`;
  }
  return 'null';
}

function escaped(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}
