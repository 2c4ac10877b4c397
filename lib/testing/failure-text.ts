import { inspect } from 'node:util';
import type { Filter, QueuedEvent } from '../index';

/** How much is shown of an event, an expression and a value, in UTF-16 code units. */
const LONGEST_EVENT = 400;
const LONGEST_EXPRESSION = 400;
const LONGEST_VALUE = 120;

/** An event's start tag up to its end (XML 1.0 production [40]), which no `>` in an attribute's value ends. */
const START_TAG = /^<event((?:[^"'>]|"[^"]*"|'[^']*')*?)\/?>/;
const OWN_ATTRIBUTES = /\s(?:type|timestamp)\s*=\s*(?:"[^"]*"|'[^']*')/g;

/** An event on one line, as a message shows it: number, type, and what its XML holds beside type and time. */
export function eventText(event: QueuedEvent): string {
  const [startTag = '', attributes = ''] = START_TAG.exec(event.xml) ?? [];
  const content = event.xml.slice(startTag.length).replace(/<\/event\s*>$/, '');
  const rest = `${attributes.replace(OWN_ATTRIBUTES, '').trim()} ${content.trim()}`.trim();
  return cut(`#${event.sequence} ${event.type}  ${oneLine(rest)}`.trimEnd(), LONGEST_EVENT);
}

/** What about a filter is hardly meant, a line each. */
export function describeDoubts(filter: Filter): string[] {
  return filter.explain().warnings.map(({ position, message }) => `about the filter, at ${position + 1}: ${message}`);
}

/** A filter as a message shows it, such as `event that matches  domain/name = 'web'`. */
export function wantedText({ source }: Filter, count = 1): string {
  const [event, matches] = count === 1 ? ['event', 'matches'] : ['events', 'match'];
  if (source === null) {
    return event;
  }
  if (Array.isArray(source)) {
    return `${event} of type ${expressionText(source.map((type) => `'${type}'`).join(' or '))}`;
  }
  const text = typeof source === 'string' ? source : inspect(source, { breakLength: Number.POSITIVE_INFINITY });
  return `${event} that ${matches}  ${expressionText(text)}`;
}

/** An expression, as far as it is shown. */
export function expressionText(text: string): string {
  return cut(text, LONGEST_EXPRESSION);
}

/** A value in quotes. */
export function valueText(value: string): string {
  return `'${cut(oneLine(value), LONGEST_VALUE)}'`;
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
