import type { TreeElement } from '../../xml/tree-element';
import { attribute, attributesOf, child, DetailMismatch, integer, optionalInteger, present } from './fields';
import type { WordOf } from './words';

/** Why a connection is closed, by `virConnectCloseReason`. */
export const closeReasons = ['error', 'eof', 'keepalive', 'client'] as const;

/** Why events are lost. */
export const lossCauses = [
  'overflow',
  'invalid',
  'disconnected',
  'stopped',
  'unclean',
  'corrupt',
  'expired',
  'full',
  'too-large',
] as const;

/** What a `connection-restored` says. */
export interface ConnectionRestoredDetail {
  /** The connection's URI. */
  readonly uri: string;
}

export function readConnectionEvent(event: TreeElement): ConnectionRestoredDetail {
  return { uri: attribute(child(event, 'connection'), 'uri') };
}

/** What a `connection-lost` says, and a `connection-closed`. */
export interface ConnectionLostDetail {
  /** The connection's URI. */
  readonly uri: string;
  /** How it ended. */
  readonly reason: WordOf<typeof closeReasons>;
  /** The same for people; not in a `connection-closed`. */
  readonly message?: string;
}

export function readConnectionLost(event: TreeElement): ConnectionLostDetail {
  const close = child(event, 'close');
  return {
    ...readConnectionEvent(event),
    reason: attribute(close, 'reason'),
    ...present({ message: close.text || undefined }),
  };
}

/** What a `connection-warning` says. */
export interface ConnectionWarningDetail {
  /** The connection's URI. */
  readonly uri: string;
  /** What is not as safe as it should be, for people. */
  readonly message: string;
}

export function readConnectionWarning(event: TreeElement): ConnectionWarningDetail {
  return { ...readConnectionEvent(event), message: child(event, 'warning').text };
}

/** How many events of one type are lost. */
export interface LostEvents {
  /** The type of the lost events; not there if they are the rest, of many types. */
  readonly type?: string;
  readonly count: number;
}

/** Why the first of the events that could not be read was refused. */
export interface LostEventError {
  /** The stable name of the fault, as in `InvalidEventError` and `ProtocolError`. */
  readonly code: string;
  /** Counted from 1; not there if a daemon's message could not be read, which has no lines. */
  readonly line?: number;
  /** Counted from 1; not there if there is no line. */
  readonly column?: number;
  readonly message: string;
}

/** What an `events-lost` says. */
export interface EventsLostDetail {
  /** How many events are lost; not there if that is not known. */
  readonly count?: number;
  /** The sequence number of the first of them; not there if that is not known. */
  readonly first?: number;
  /** The sequence number of the last of them; not there if that is not known. */
  readonly last?: number;
  /** Whether it is not known how many are lost. */
  readonly unknown: boolean;
  /** Why; `docs/events.md` says of each when it comes. */
  readonly cause: WordOf<typeof lossCauses>;
  /** How many of each type, if the types are known. */
  readonly lost: readonly LostEvents[];
  /** The first fault, if events could not be read. */
  readonly error?: LostEventError;
}

export function readEventsLost(event: TreeElement): EventsLostDetail {
  const count = optionalInteger(event, 'count');
  const unknown = event.attribute('unknown') === 'true';
  if ((count === undefined) !== unknown) {
    throw new DetailMismatch();
  }
  const [error] = event.children('error').map(readError);
  return {
    ...present({ count, first: optionalInteger(event, 'first'), last: optionalInteger(event, 'last') }),
    unknown,
    cause: attribute(event, 'cause'),
    lost: event.children('lost').map((lost) => ({ ...attributesOf(lost, ['type']), count: integer(lost, 'count') })),
    ...present({ error }),
  };
}

function readError(error: TreeElement): LostEventError {
  return {
    code: attribute(error, 'code'),
    ...present({ line: optionalInteger(error, 'line'), column: optionalInteger(error, 'column') }),
    message: error.text,
  };
}
