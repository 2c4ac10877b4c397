import { DaemonGoneError } from '../../../errors';
import { EventText } from '../../../event/event-text';
import { closeReasons } from '../../../event/vocabulary/connection';
import { wordOf } from '../../../event/vocabulary/words';
import { shownUri } from '../../../shown-uri';
import type { Decoder } from './decoder';

/** Decodes that the daemon's own connection to its hypervisor is closed. */
export const decodeConnectionClosed: Decoder = (reader, event, { uri }) => {
  const reason = wordOf(closeReasons, reader.int('reason'));
  writeConnection(event, uri).open('close').attribute('reason', reason).close('close');
};

/** Tells that the daemon is gone. */
export function connectionLost(uri: string, cause: Error): EventText {
  const reason = cause instanceof DaemonGoneError ? cause.reason : 'error';
  const event = writeConnection(new EventText('connection-lost'), uri);
  return event.open('close').attribute('reason', reason).text(cause.message).close('close');
}

/** Tells that the daemon is there again. */
export function connectionRestored(uri: string): EventText {
  return writeConnection(new EventText('connection-restored'), uri);
}

/** Tells what is not as safe about the connection as it should be. */
export function connectionWarning(uri: string, problem: string): EventText {
  return writeConnection(new EventText('connection-warning'), uri).element('warning', problem);
}

/**
 * Tells that nobody knows how many events went by: while the daemon was gone (`disconnected`), or while nobody listened who keeps
 * them (`stopped`).
 */
export function eventsMissed(cause: 'disconnected' | 'stopped'): EventText {
  return new EventText('events-lost').attribute('unknown', true).attribute('cause', cause);
}

function writeConnection(event: EventText, uri: string): EventText {
  return event.open('connection').attribute('uri', shownUri(uri)).close('connection');
}
