import type { TreeElement } from '../../../xml/tree-element';
import type { EventsLostDetail, LostEventError, LostEvents } from '../detail-types';
import type { ConnectionLostDetail, ConnectionRestoredDetail, ConnectionWarningDetail } from '../detail-types-host';
import { attribute, attributesOf, child, integer, Misfit, optionalInteger, present } from './fields';

/** Decodes a `connection-lost`, or a `connection-closed`. */
export function decodeConnectionLost(event: TreeElement): ConnectionLostDetail {
  const close = child(event, 'close');
  return {
    uri: uriOf(event),
    reason: attribute(close, 'reason'),
    ...present({ message: close.text || undefined }),
  };
}

/** Decodes a `connection-restored`. */
export function decodeConnectionRestored(event: TreeElement): ConnectionRestoredDetail {
  return { uri: uriOf(event) };
}

/** Decodes a `connection-warning`. */
export function decodeConnectionWarning(event: TreeElement): ConnectionWarningDetail {
  return { uri: uriOf(event), message: child(event, 'warning').text };
}

/** Decodes an `events-lost`. */
export function decodeEventsLost(event: TreeElement): EventsLostDetail {
  const count = optionalInteger(event, 'count');
  const unknown = event.attribute('unknown') === 'true';
  if ((count === undefined) !== unknown) {
    throw new Misfit();
  }
  const [error] = event.children('error').map(errorOf);
  return {
    ...present({ count, first: optionalInteger(event, 'first'), last: optionalInteger(event, 'last') }),
    unknown,
    cause: attribute(event, 'cause'),
    lost: event.children('lost').map(lostOf),
    ...present({ error }),
  };
}

function uriOf(event: TreeElement): string {
  return attribute(child(event, 'connection'), 'uri');
}

function lostOf(lost: TreeElement): LostEvents {
  return { ...attributesOf(lost, ['type']), count: integer(lost, 'count') };
}

function errorOf(error: TreeElement): LostEventError {
  return {
    code: attribute(error, 'code'),
    ...present({ line: optionalInteger(error, 'line'), column: optionalInteger(error, 'column') }),
    message: error.text,
  };
}
