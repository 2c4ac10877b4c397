import type { Document, Element } from '@xmldom/xmldom';
import type {
  DomainEventDetail,
  DomainReference,
  DomainStateTransitionDetail,
  EventsLostDetail,
  LostEventError,
  LostEvents,
} from './detail-types';
import { attributeOf, childrenOf, childText } from './dom-children';
import type { EventTypes } from './vocabulary';

/**
 * Decodes what an event says into the object that its type has in `EventTypes`.
 *
 * @returns `undefined` where the type has no such object, or where the XML does not fit it: a piece is missing, or a
 *   number is none. Words that are not known are taken as they are.
 */
export function detailOf(type: string, document: Document): EventDetail | undefined {
  const event = document.documentElement;
  return event === null ? undefined : decoders.get(type)?.(event);
}

type EventDetail = EventTypes[keyof EventTypes];
type Decoder = (event: Element) => EventDetail | undefined;

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['domain-state-transition', decodeStateTransition],
  ['domain-reboot', decodeDomainEvent],
  ['domain-pm-suspend', decodeDomainEvent],
  ['domain-pm-suspend-disk', decodeDomainEvent],
  ['domain-pm-wakeup', decodeDomainEvent],
  ['events-lost', decodeEventsLost],
]);

function decodeDomainEvent(event: Element): DomainEventDetail | undefined {
  const domain = decodeDomain(event);
  return domain && { domain };
}

function decodeStateTransition(event: Element): DomainStateTransitionDetail | undefined {
  const domain = decodeDomain(event);
  const [transition] = childrenOf(event, 'transition');
  if (domain === undefined || transition === undefined) {
    return undefined;
  }
  const from = attributeOf(transition, 'from');
  const to = attributeOf(transition, 'to');
  const happened = attributeOf(transition, 'event');
  const detail = attributeOf(transition, 'detail');
  const found = attributeOf(transition, 'found');
  if (from === undefined || to === undefined || happened === undefined || detail === undefined) {
    return undefined;
  }
  return { domain, from, to, event: happened, detail, ...(found !== undefined && { found }) };
}

function decodeDomain(event: Element): DomainReference | undefined {
  const [domain] = childrenOf(event, 'domain');
  if (domain === undefined) {
    return undefined;
  }
  const id = integerOf(domain, 'id');
  const type = attributeOf(domain, 'type');
  const name = childText(domain, 'name');
  const uuid = childText(domain, 'uuid');
  if (typeof id !== 'number' || type === undefined || !name || !uuid) {
    return undefined;
  }
  return { id, type, name, uuid };
}

function decodeEventsLost(event: Element): EventsLostDetail | undefined {
  const count = integerOf(event, 'count');
  const first = integerOf(event, 'first');
  const last = integerOf(event, 'last');
  const unknown = attributeOf(event, 'unknown') === 'true';
  const cause = attributeOf(event, 'cause');
  const lost = childrenOf(event, 'lost').map(decodeLost);
  const errors = childrenOf(event, 'error').map(decodeError);
  if (count === 'malformed' || first === 'malformed' || last === 'malformed' || cause === undefined) {
    return undefined;
  }
  if ((count === undefined) !== unknown || !lost.every(isPresent) || !errors.every(isPresent)) {
    return undefined;
  }
  return {
    ...(count !== undefined && { count }),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    unknown,
    cause,
    lost,
    ...(errors[0] && { error: errors[0] }),
  };
}

function decodeLost(element: Element): LostEvents | undefined {
  const type = attributeOf(element, 'type');
  const count = integerOf(element, 'count');
  return typeof count === 'number' ? { ...(type !== undefined && { type }), count } : undefined;
}

function decodeError(element: Element): LostEventError | undefined {
  const code = attributeOf(element, 'code');
  const line = integerOf(element, 'line');
  const column = integerOf(element, 'column');
  if (code === undefined || typeof line !== 'number' || typeof column !== 'number') {
    return undefined;
  }
  return { code, line, column, message: element.textContent ?? '' };
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** An attribute that is a whole number, or the word that says that it is none. */
function integerOf(element: Element, name: string): number | 'malformed' | undefined {
  const text = attributeOf(element, name);
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? value : 'malformed';
}
