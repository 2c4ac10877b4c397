import type { QueuedEvent } from '../index';
import type { Output, Style } from './output';

/** The words of a state that stand out, and how. */
const STATE_STYLES: { readonly [state: string]: Style } = {
  running: 'green',
  paused: 'yellow',
  pmsuspended: 'yellow',
  'shut-off': 'gray',
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
    const { detail } = event;
    const about = detail !== undefined && 'domain' in detail ? printable(detail.domain.name) : '-';
    this.#nameWidth = Math.max(this.#nameWidth, Math.min(about.length, WIDEST_NAME));
    const time = this.#output.style('gray', timeOfDay(event.timestamp));
    return `${time}  ${this.#output.style('bold', about.padEnd(this.#nameWidth))}  ${this.#whatHappened(event)}`;
  }

  /** The word of a state, as it stands out. */
  state(state: string): string {
    return this.#output.style(STATE_STYLES[state] ?? 'reset', printable(state));
  }

  #whatHappened(event: QueuedEvent): string {
    if (event.type === 'domain-state-transition' && event.detail !== undefined) {
      const { from, to, event: what, detail } = event.detail;
      const padding = ' '.repeat(Math.max(0, CHANGE_WIDTH - from.length - to.length - 3));
      return `${this.state(from)} → ${this.state(to)}${padding}  ${printable(what)}, ${printable(detail)}`;
    }
    if (event.type === 'events-lost' && event.detail !== undefined) {
      const { count, cause, error } = event.detail;
      const lost = `${count ?? 'an unknown number of'} events lost (${printable(cause)})`;
      const why =
        error === undefined ? '' : `: ${printable(error.message)} at line ${error.line}, column ${error.column}`;
      return this.#output.style('red', lost) + why;
    }
    const summary = event.detail === undefined ? summaryOf(event.document.documentElement) : '';
    return `${this.#output.style('cyan', printable(event.type))}${summary === '' ? '' : `  ${summary}`}`;
  }
}

/** What an element of an unknown type says, in short: its attributes and the texts inside it. */
function summaryOf(root: QueuedEvent['document']['documentElement']): string {
  const pieces: string[] = [];
  for (const attribute of Array.from(root?.attributes ?? [])) {
    if (attribute.name !== 'type' && attribute.name !== 'timestamp' && !attribute.name.startsWith('xmlns')) {
      pieces.push(`${attribute.name}=${printable(attribute.value)}`);
    }
  }
  for (const child of Array.from(root?.childNodes ?? [])) {
    const text = printable((child.textContent ?? '').trim().replace(/\s+/g, ' '));
    if (text !== '') {
      pieces.push(child.nodeType === child.ELEMENT_NODE ? `${child.nodeName}=${text}` : text);
    }
  }
  return pieces.join(' ');
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
