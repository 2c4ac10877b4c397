import { InvalidUriError, OpenError, VirdeliverError } from '../../errors';
import { HubError } from '../../nats/hub-error';
import { readNatsOptions } from '../../nats/hub-options';
import type { Driver, DriverContext } from '../driver';
import { type Dialogue, runInLoop, runNow } from '../io/dialogue';
import { requireNoDrops } from '../reader/reader-parameters';
import { NatsDriver } from './nats-driver';
import { readNatsUri } from './nats-uri';
import { StreamReader } from './stream-session';

/**
 * Opens a stream for a reader.
 *
 * It begins where its bookmark says, or, without one, where the URI does; a new bookmark is in the stream of bookmarks before anything
 * is delivered.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI`; `ERR_UNSUPPORTED_URI` if the client of NATS is not installed.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`, also if the queue is to drop events: a stream waits by itself.
 * @throws {OpenError} `ERR_OPEN` if no server can be reached, or it has no such stream.
 * @throws {JournalError} `ERR_READER_BUSY`, `ERR_BOOKMARK`
 */
export function openNats(context: DriverContext): Driver {
  return runNow(opening(context));
}

/** Does what `openNats` does in the event loop. */
export function openNatsAsync(context: DriverContext): Promise<Driver> {
  return runInLoop(opening(context));
}

function* opening(context: DriverContext): Dialogue<Driver> {
  const { uri, options } = context;
  const address = readNatsUri(uri, context.clock.now());
  requireNoDrops(context, 'a stream');
  const reader = new StreamReader(address, readNatsOptions('options.nats', options.nats, address));
  try {
    return new NatsDriver(context, address, reader, yield* reader.open());
  } catch (error) {
    throw error instanceof VirdeliverError ? error : unusable(uri, error as Error);
  }
}

function unusable(uri: string, error: Error): Error {
  return error instanceof HubError && error.kind === 'missing'
    ? new InvalidUriError('ERR_UNSUPPORTED_URI', uri, error.message)
    : new OpenError(uri, error.message, { cause: error });
}
