import { DaemonGoneError, shownUri } from '../../../errors';
import { type CloseReason, closeReasons, wordOf } from '../../../event/vocabulary/words';
import type { StructuredElement, StructuredEvent } from '../../../event/write-event';
import { carryableText } from '../../../xml/carryable-text';
import type { Decoder } from './event-context';
import { element } from './structure';

/** Decodes that the daemon's own connection to its hypervisor is closed. */
export const decodeConnectionClosed: Decoder = (reader, { uri }) => {
  const reason = wordOf(closeReasons, reader.int('reason'));
  return { content: [connection(uri), element('close', { reason })] };
};

/** Makes the event that tells that the daemon is gone. */
export function connectionLost(uri: string, cause: Error): StructuredEvent {
  const reason: CloseReason = cause instanceof DaemonGoneError ? cause.reason : 'error';
  const close = element('close', { reason }, [carryableText(cause.message)]);
  return { type: 'connection-lost', content: [connection(uri), close] };
}

/** Makes the event that tells that the daemon is there again. */
export function connectionRestored(uri: string): StructuredEvent {
  return { type: 'connection-restored', content: [connection(uri)] };
}

/** Makes the event that tells what is not as safe about the connection as it should be. */
export function connectionWarning(uri: string, problem: string): StructuredEvent {
  return { type: 'connection-warning', content: [connection(uri), element('warning', {}, [carryableText(problem)])] };
}

/** Makes the event that tells that nobody knows how many events went by while the daemon was gone. */
export function eventsMissed(): StructuredEvent {
  return { type: 'events-lost', attributes: { unknown: 'true', cause: 'disconnected' } };
}

function connection(uri: string): StructuredElement {
  return element('connection', { uri: carryableText(shownUri(uri)) });
}
