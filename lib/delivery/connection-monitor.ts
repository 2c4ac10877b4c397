import { debuglog } from 'node:util';
import { formatValue } from '../arguments';
import type { MissingEvents } from '../drivers/driver';
import { InvalidEventError } from '../errors';
import { partsOf } from '../filter/explanation-parts';
import type { FilterExplanation } from '../filter/filter';
import { shownUri } from '../shown-uri';
import type { Connection } from './connection';
import {
  connected,
  connectionLost,
  eventDelivered,
  eventFailed,
  eventLost,
  eventSent,
  eventTaken,
} from './diagnostics';
import { CountsByType } from './event-counts';
import type { LossListener } from './queue/queue';
import type { QueueEntry } from './queue/queued-event';
import type { Registration } from './registration';

const debug = debuglog('virdeliver');

/** Whether `NODE_DEBUG` names the library: Node reads the variable once, when a process starts. */
const isDebugged = debug.enabled;

/**
 * What happens on a connection, as one learns of it from outside: it is counted, published on the diagnostics channels
 * to those who listen, and written to standard error if `NODE_DEBUG` asks for it.
 */
export class ConnectionMonitor {
  readonly counts: CountsByType = new CountsByType();
  readonly #uri: string;
  #connection: Connection | undefined;

  constructor(uri: string) {
    this.#uri = uri;
  }

  /** Gives it the connection that messages name, once, before anything happens. */
  attach(connection: Connection): void {
    this.#connection = connection;
  }

  /** An event was queued. */
  sent(event: QueueEntry): void {
    if (eventSent.hasSubscribers) {
      eventSent.publish({ connection: this.#of, event: event.asQueuedEvent() });
    }
    if (isDebugged) {
      this.#write(`${nameOf(event)} sent, ${event.bytes} bytes`);
    }
  }

  /** A delivery is done with an event. */
  delivered(event: QueueEntry, unmatched: boolean): void {
    const counts = this.counts.of(event.type);
    counts.delivered += 1;
    if (unmatched) {
      counts.unmatched += 1;
    }
    if (eventDelivered.hasSubscribers) {
      eventDelivered.publish({ connection: this.#of, event: event.asQueuedEvent(), unmatched });
    }
    if (isDebugged) {
      this.#write(`${nameOf(event)} delivered${unmatched ? ', unmatched' : ''}`);
    }
  }

  /** An event was taken off the queue without handlers. */
  taken(event: QueueEntry): void {
    this.counts.of(event.type).taken += 1;
    if (eventTaken.hasSubscribers) {
      eventTaken.publish({ connection: this.#of, event: event.asQueuedEvent() });
    }
    if (isDebugged) {
      this.#write(`${nameOf(event)} taken`);
    }
  }

  /** A handler was registered, or has another filter: what about that is hardly meant is said while nobody waits for it yet. */
  registered(handler: Registration): void {
    if (isDebugged) {
      this.#warn(handler, handler.filter.explain());
    }
  }

  #warn(handler: Registration, explanation: FilterExplanation): void {
    for (const { position, message } of explanation.warnings) {
      const place =
        explanation.kind === 'expression' ? ` in ${formatValue(explanation.source)}, at ${position + 1}` : '';
      this.#write(`warning about the filter of ${handler.name || 'a handler'}${place}: ${message}`);
    }
    for (const part of partsOf(explanation)) {
      this.#warn(handler, part);
    }
  }

  /** A handler was kept from an event by the `suppress` of its filter. */
  suppressed(event: QueueEntry): void {
    this.counts.of(event.type).suppressed += 1;
  }

  /** A handler, or its filter, failed on an event. */
  failed(handler: Registration, event: QueueEntry, error: unknown): void {
    this.counts.of(event.type).failed += 1;
    if (eventFailed.hasSubscribers) {
      eventFailed.publish({ connection: this.#of, event: event.asQueuedEvent(), handler, error });
    }
    if (isDebugged) {
      this.#write(`${nameOf(event)} failed in ${handler.name || 'a handler'}: ${describeError(error)}`);
    }
  }

  /** An event is put off, because a handler wants it again. */
  putOff(event: QueueEntry): void {
    this.counts.of(event.type).retries += 1;
    if (isDebugged) {
      this.#write(`${nameOf(event)} put off after attempt ${event.attempt}`);
    }
  }

  /** An event was lost. */
  readonly lost: LossListener = (sequence, type, error) => {
    const counts = type === undefined ? this.counts.others : this.counts.of(type);
    counts.lost += 1;
    if (eventLost.hasSubscribers) {
      const cause = error === undefined ? 'overflow' : 'invalid';
      eventLost.publish({ connection: this.#of, sequence, cause, count: 1, type, error });
    }
    if (isDebugged) {
      const why = error === undefined ? 'the queue is full' : describeError(error);
      this.#write(`event ${sequence}${type === undefined ? '' : ` ${formatValue(type)}`} lost: ${why}`);
    }
  };

  /** A source has not got events any more that it had. */
  missing({ cause, last, count }: MissingEvents): void {
    this.counts.others.lost += count ?? 0;
    if (eventLost.hasSubscribers) {
      eventLost.publish({ connection: this.#of, sequence: last, cause, count, type: undefined, error: undefined });
    }
    if (isDebugged) {
      this.#write(`${count ?? 'some'} events up to ${last} lost: ${cause}`);
    }
  }

  /** The connection is open, or has found its way back to its other end. */
  connected(again: boolean): void {
    if (connected.hasSubscribers) {
      connected.publish({ connection: this.#of, again });
    }
    if (isDebugged) {
      this.#write(again ? 'connected again' : 'connected');
    }
  }

  /** The other end went away. */
  connectionLost(error: Error, reconnects: boolean): void {
    if (connectionLost.hasSubscribers) {
      connectionLost.publish({ connection: this.#of, error, reconnects });
    }
    if (isDebugged) {
      this.#write(`connection lost: ${describeError(error)}${reconnects ? '; reconnects' : ''}`);
    }
  }

  get #of(): Connection {
    return this.#connection as Connection;
  }

  #write(what: string): void {
    debug('%s %s', this.#uri === '' ? '(default)' : shownUri(this.#uri), what);
  }
}

function nameOf(event: QueueEntry): string {
  return `event ${event.sequence} ${formatValue(event.type)}`;
}

function describeError(error: unknown): string {
  if (error instanceof InvalidEventError) {
    // Its message shows an excerpt of the text.
    return `${error.code} at ${error.line}:${error.column}`;
  }
  if (!(error instanceof Error)) {
    return `a thrown ${error === null ? 'null' : typeof error}`;
  }
  // A program's error may have anything for a message, the whole event included; only its beginning is shown.
  const [line = ''] = String(error.message).split('\n', 1);
  return `${error.name}: ${formatValue(line)}`;
}
