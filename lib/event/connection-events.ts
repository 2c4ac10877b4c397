import { DaemonGoneError } from '../errors';
import { shownUri } from '../shown-uri';
import { EventText } from './event-text';

/** Tells that the other end of a connection is gone. */
export function connectionLost(uri: string, cause: Error): EventText {
  const reason = cause instanceof DaemonGoneError ? cause.reason : 'error';
  const event = writeConnection(new EventText('connection-lost'), uri);
  return event.open('close').attribute('reason', reason).text(cause.message).close('close');
}

/** Tells that the other end is there again. */
export function connectionRestored(uri: string): EventText {
  return writeConnection(new EventText('connection-restored'), uri);
}

/** Tells what is not as safe about the connection as it should be. */
export function connectionWarning(uri: string, problem: string): EventText {
  return writeConnection(new EventText('connection-warning'), uri).element('warning', problem);
}

/** Writes which connection an event is about. */
export function writeConnection(event: EventText, uri: string): EventText {
  return event.open('connection').attribute('uri', shownUri(uri)).close('connection');
}
