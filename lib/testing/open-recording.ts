import { pathToFileURL } from 'node:url';
import { optionNames, requireOptions } from '../arguments';
import { type Connection, type ConnectionOptions, openConnection } from '../index';
import { requirePath } from './record-events';

/** The options of `openRecording`. */
export interface RecordingOptions extends Pick<ConnectionOptions, 'clock' | 'queue' | 'limits' | 'decoders'> {
  /** Waits out the recorded pauses, this many times as fast; by default all events come at once. */
  readonly speed?: number | undefined;
}

const OPTIONS = optionNames<RecordingOptions>({ clock: true, queue: true, limits: true, decoders: true, speed: true });

/**
 * Opens a connection on which a recorded file is replayed: at once, or with the recorded pauses on the connection's clock.
 *
 * It is `openConnection('file:…')` with the path written as a URI. A file that ends in the middle of an event replays up to
 * there, and then leaves a gap, an event of the type `events-lost` that tells the place.
 *
 * @throws {OpenError} `ERR_OPEN` if the file is not there or cannot be read.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 * @example
 * ```js
 * import { writeFileSync } from 'node:fs';
 * import { ManualClock } from 'virdeliver';
 * import { expectEvent, expectNoEvent, openRecording } from 'virdeliver/testing';
 *
 * writeFileSync('story.xml', '<?virdeliver-after 1500ms?><event type="backup-done" timestamp="now"/>');
 * const conn = openRecording('story.xml', { speed: 1, clock: new ManualClock() });
 * expectNoEvent(conn, null, { within: 1499 });
 * expectEvent(conn, ['backup-done'], { within: 1 });
 * conn.close();
 * ```
 */
export function openRecording(path: string, options: RecordingOptions = {}): Connection {
  requirePath(path);
  requireOptions('options', options, OPTIONS);
  const { speed, ...others } = options;
  return openConnection(pathToFileURL(path).href, { ...others, replaySpeed: speed });
}
