import type { LostEventError, QueuedEvent } from '../index';
import type { Output, Style } from './output';

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
 * Writes events as lines that a person likes to read: time, domain, what happened, and why.
 *
 * The column of the names grows with the longest name so far.
 */
export class EventText {
  readonly #output: Output;
  #nameWidth = NAME_WIDTH;

  constructor(output: Output) {
    this.#output = output;
  }

  /** The line of one event, without a line end. */
  of(event: QueuedEvent): string {
    const subject = subjectOf(event);
    const name = subject === undefined ? '-' : printable(nameOf(subject));
    this.#nameWidth = Math.max(this.#nameWidth, Math.min(name.length, WIDEST_NAME));
    const time = this.#output.style('gray', timeOfDay(event.timestamp));
    const what = this.#whatHappened(event, subject);
    return `${time}  ${this.#output.style('bold', name.padEnd(this.#nameWidth))}  ${what}`;
  }

  /** The word of a state, as it stands out. */
  state(state: string): string {
    return this.#output.style(stateStyle(state), printable(state));
  }

  #whatHappened(event: QueuedEvent, subject: Element | undefined): string {
    if (event.type === 'domain-state-transition' && event.detail !== undefined) {
      const { from, to, event: what, detail, found } = event.detail;
      const padding = ' '.repeat(Math.max(0, CHANGE_WIDTH - from.length - to.length - 3));
      const how = found === undefined ? '' : `, found ${printable(found)}`;
      return `${this.state(from)} → ${this.state(to)}${padding}  ${printable(what)}, ${printable(detail)}${how}`;
    }
    if (event.type === 'events-lost' && event.detail !== undefined) {
      const { count, cause, error } = event.detail;
      const lost = `${count ?? 'an unknown number of'} ${count === 1 ? 'event' : 'events'} lost (${printable(cause)})`;
      return this.#output.style('red', lost) + (error === undefined ? '' : `: ${describeError(error)}`);
    }
    const summary = summaryOf(event.document.documentElement as Element, subject);
    return [this.#output.style('cyan', printable(event.type)), ...summary].join('  ');
  }
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

function describeError({ message, line, column }: LostEventError): string {
  const place = line === undefined ? '' : ` at line ${line}, column ${column}`;
  return `${printable(message)}${place}`;
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
  const name = printable(element.nodeName);
  return attributes === '' && text !== '' ? `${name}=${text}` : `${name} ${attributes} ${text}`.trim();
}

function attributesOf(element: Element): string {
  return Array.from(element.attributes)
    .filter(
      ({ name }) =>
        name !== 'timestamp' && !(element.nodeName === 'event' && name === 'type') && !/^xmlns(:|$)/.test(name),
    )
    .map(({ name, value }) => `${printable(name)}=${printable(value)}`)
    .join(' ');
}

function elementsIn(parent: Element): Element[] {
  return Array.from(parent.childNodes).filter((node) => node.nodeType === node.ELEMENT_NODE) as Element[];
}

function textOf(element: Element): string {
  return printable((element.textContent ?? '').trim().replace(/\s+/g, ' '));
}

/** The local time of day of a time stamp, with milliseconds; the stamp itself where it is none that is known. */
function timeOfDay(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) {
    return printable(timestamp);
  }
  const digits = (number: number, count = 2) => String(number).padStart(count, '0');
  const seconds = `${digits(time.getSeconds())}.${digits(time.getMilliseconds(), 3)}`;
  return `${digits(time.getHours())}:${digits(time.getMinutes())}:${seconds}`;
}

/** Text that cannot act upon a terminal: XML lets the control characters from U+007F to U+009F through. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
