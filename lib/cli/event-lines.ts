import type { EventTypes, QueuedEvent } from '../index';
import type { Line, Piece, Style } from './output';
import { printable } from './printable';

/** An element of an event's DOM. */
type Element = NonNullable<QueuedEvent['document']['documentElement']>;

/** The words of a state that stand out, and how. */
const STATE_STYLES: { readonly [state: string]: Style } = {
  running: 'green',
  paused: 'yellow',
  pmsuspended: 'yellow',
  shutoff: 'gray',
  absent: 'gray',
  crashed: 'red',
};

const NAME_WIDTH = 12;
const CHANGE_WIDTH = 23;
const WIDEST_NAME = 40;

/**
 * Writes events as lines that a person likes to read: time, domain (behind its host, if the event says which that is), what happened,
 * and why.
 *
 * The column of the names grows with the longest name so far.
 */
export class EventLines {
  #nameWidth = NAME_WIDTH;
  #day = dayOf(new Date());

  /** A line with the local day of an event, before its own, if it's another than that of the event before, or than today. */
  dayBefore(event: QueuedEvent): Line | undefined {
    const time = new Date(event.timestamp);
    const day = Number.isNaN(time.getTime()) ? this.#day : dayOf(time);
    if (day === this.#day) {
      return undefined;
    }
    this.#day = day;
    return [[day, 'gray']];
  }

  /** The line of one event. */
  of(event: QueuedEvent): Line {
    const subject = subjectOf(event);
    const names = [event.string('@host'), subject === undefined ? '' : nameOf(subject)].filter((name) => name !== '');
    const name = printable(names.join('/') || '-');
    this.#nameWidth = Math.max(this.#nameWidth, Math.min(name.length, WIDEST_NAME));
    return [
      [timeOfDay(event.timestamp), 'gray'],
      '  ',
      [name.padEnd(this.#nameWidth), 'bold'],
      '  ',
      ...whatHappened(event, subject),
    ];
  }
}

/** The word of a state, as it stands out. */
export function statePiece(state: string): Piece {
  return [printable(state), stateStyle(state)];
}

function whatHappened(event: QueuedEvent, subject: Element | undefined): Line {
  if (event.type === 'domain-state-transition' && event.detail !== undefined) {
    const { from, to, event: what, detail, found } = event.detail;
    const padding = ' '.repeat(Math.max(0, CHANGE_WIDTH - from.length - to.length - 3));
    const how = found === undefined ? '' : `, found ${found}`;
    return [statePiece(from), ' → ', statePiece(to), `${padding}  ${what}, ${detail}${how}`];
  }
  if (event.type === 'events-lost' && event.detail !== undefined) {
    const { count, cause, error } = event.detail;
    const lost = `${count ?? 'an unknown number of'} ${count === 1 ? 'event' : 'events'} lost (${cause})`;
    return [[lost, 'red'], error === undefined ? '' : `: ${describeError(error)}`];
  }
  const summary = summaryOf(event.document.documentElement as Element, subject);
  return [[event.type, 'cyan'], ...summary.map((piece) => `  ${piece}`)];
}

/** How the word of a state stands out. */
export function stateStyle(state: string): Style {
  return STATE_STYLES[state] ?? 'reset';
}

/** What an event is about: its first element that has a name or a UUID. */
function subjectOf(event: QueuedEvent): Element | undefined {
  const root = event.document.documentElement as Element;
  return elementsIn(root).find((element) => elementsIn(element).some(isNameOrUuid));
}

function isNameOrUuid({ nodeName, namespaceURI }: Element): boolean {
  return namespaceURI === null && (nodeName === 'name' || nodeName === 'uuid');
}

function nameOf(subject: Element): string {
  return textOf(elementsIn(subject).find(isNameOrUuid) as Element);
}

function describeError({ message, line, column }: NonNullable<EventTypes['events-lost']['error']>): string {
  const place = line === undefined ? '' : ` at line ${line}, column ${column}`;
  return `${message}${place}`;
}

/** What an event says beside its type and what it is about, in short: attributes, and the texts of elements. */
function summaryOf(root: Element, subject: Element | undefined): string[] {
  const others = elementsIn(root).filter((element) => element !== subject);
  const ownText = elementsIn(root).length === 0 ? [textOf(root)] : [];
  return [attributesOf(root), ...ownText, ...others.map(describeElement)].filter((piece) => piece !== '');
}

function describeElement(element: Element): string {
  const inside = elementsIn(element);
  const text = inside.length === 0 ? textOf(element) : inside.map(describeElement).join(' ');
  const attributes = attributesOf(element);
  const name = element.nodeName;
  return attributes === '' && text !== '' ? `${name}=${text}` : `${name} ${attributes} ${text}`.trim();
}

function attributesOf(element: Element): string {
  return Array.from(element.attributes)
    .filter(
      ({ name }) =>
        name !== 'timestamp' &&
        !(element.nodeName === 'event' && /^(?:type|host)$/.test(name)) &&
        !/^xmlns(:|$)/.test(name),
    )
    .map(({ name, value }) => `${name}=${value}`)
    .join(' ');
}

function elementsIn(parent: Element): Element[] {
  return Array.from(parent.childNodes).filter((node) => node.nodeType === node.ELEMENT_NODE) as Element[];
}

function textOf(element: Element): string {
  return onOneLine(element.textContent ?? '');
}

/** The local day, as in `2026-01-02`. */
function dayOf(time: Date): string {
  const digits = (number: number, count: number) => String(number).padStart(count, '0');
  return `${digits(time.getFullYear(), 4)}-${digits(time.getMonth() + 1, 2)}-${digits(time.getDate(), 2)}`;
}

/** The local time of day of a time stamp, with milliseconds; the stamp itself if it isn't one that is known. */
function timeOfDay(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) {
    return timestamp;
  }
  const digits = (number: number, count = 2) => String(number).padStart(count, '0');
  const seconds = `${digits(time.getSeconds())}.${digits(time.getMilliseconds(), 3)}`;
  return `${digits(time.getHours())}:${digits(time.getMinutes())}:${seconds}`;
}

/** Text without the white space that only lays it out; a tab inside a line is a part of the text. */
export function onOneLine(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
