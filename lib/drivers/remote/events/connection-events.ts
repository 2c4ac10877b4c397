import { writeConnection } from '../../../event/connection-events';
import { EventText } from '../../../event/event-text';
import { closeReasons } from '../../../event/vocabulary/connection';
import { wordOf } from '../../../event/vocabulary/words';
import type { Decoder } from './decoder';

/** Decodes that the daemon's own connection to its hypervisor is closed. */
export const decodeConnectionClosed: Decoder = (reader, event, { uri }) => {
  const reason = wordOf(closeReasons, reader.int('reason'));
  writeConnection(event, uri).open('close').attribute('reason', reason).close('close');
};

/**
 * Tells that nobody knows how many events went by: while the daemon was gone (`disconnected`), or while nobody listened who keeps
 * them (`stopped`).
 */
export function eventsMissed(cause: 'disconnected' | 'stopped'): EventText {
  return new EventText('events-lost').attribute('unknown', true).attribute('cause', cause);
}
