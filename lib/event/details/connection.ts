import type { Element } from '@xmldom/xmldom';
import type { EventsLostDetail, LostEventError, LostEvents } from '../detail-types';
import type { ConnectionLostDetail, ConnectionRestoredDetail, ConnectionWarningDetail } from '../detail-types-host';
import { attributeOf, childrenOf } from '../dom-children';
import { attribute, attributesOf, child, integer, Misfit, optionalInteger, present } from './fields';

/** Decodes a `connection-lost`, or a `connection-closed`. */
export function decodeConnectionLost(event: Element): ConnectionLostDetail {
  const close = child(event, 'close');
  return {
    uri: uriOf(event),
    reason: attribute(close, 'reason'),
    ...present({ message: close.textContent || undefined }),
  };
}

/** Decodes a `connection-restored`. */
export function decodeConnectionRestored(event: Element): ConnectionRestoredDetail {
  return { uri: uriOf(event) };
}

/** Decodes a `connection-warning`. */
export function decodeConnectionWarning(event: Element): ConnectionWarningDetail {
  return { uri: uriOf(event), message: child(event, 'warning').textContent ?? '' };
}

/** Decodes an `events-lost`. */
export function decodeEventsLost(event: Element): EventsLostDetail {
  const count = optionalInteger(event, 'count');
  const unknown = attributeOf(event, 'unknown') === 'true';
  if ((count === undefined) !== unknown) {
    throw new Misfit();
  }
  const [error] = childrenOf(event, 'error').map(errorOf);
  return {
    ...present({ count, first: optionalInteger(event, 'first'), last: optionalInteger(event, 'last') }),
    unknown,
    cause: attribute(event, 'cause'),
    lost: childrenOf(event, 'lost').map(lostOf),
    ...present({ error }),
  };
}

function uriOf(event: Element): string {
  return attribute(child(event, 'connection'), 'uri');
}

function lostOf(lost: Element): LostEvents {
  return { ...attributesOf(lost, ['type']), count: integer(lost, 'count') };
}

function errorOf(error: Element): LostEventError {
  return {
    code: attribute(error, 'code'),
    ...present({ line: optionalInteger(error, 'line'), column: optionalInteger(error, 'column') }),
    message: error.textContent ?? '',
  };
}
