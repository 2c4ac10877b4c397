import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatValue, optionNames, requireOptions } from '../arguments';
import { InvalidArgumentError, OpenError } from '../errors';
import { addEventHandler, type Connection, type FilterOptions, type FilterSource, readsFrom } from '../index';

/** The options of `recordEvents`. */
export interface RecordOptions extends Omit<FilterOptions, 'limits'> {
  /** Which events are recorded; default all. */
  readonly filter?: FilterSource | undefined;
}

/** A recording that goes on. */
export interface Recording extends Disposable {
  /** The file, as an absolute path. */
  readonly path: string;
  /** How many events are in it so far. */
  readonly events: number;
  /** Ends it; closing the connection does so, too. */
  close(): void;
  [Symbol.dispose](): void;
}

const OPTIONS = optionNames<RecordOptions>({ filter: true, namespaces: true, variables: true, functions: true });

/**
 * Records the events of a connection in a file, which `openRecording` and `openConnection('file:…')` replay.
 *
 * It is a handler: each event is written when it is delivered, together with the time that has passed since the one
 * before. A file that is there is overwritten. What stands in it is complete up to the last event, whenever the process ends. The
 * form is that of a stream of events, with the pauses between them as processing instructions.
 *
 * @throws {OpenError} `ERR_OPEN` if the file cannot be written.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is the file that the connection reads from.
 * @throws what `addEventHandler` throws.
 * @example
 * ```js
 * import { expectEvent, openRecording, openTestConnection, recordEvents } from 'virdeliver/testing';
 *
 * const hypervisor = openTestConnection();
 * const { conn, domains, at } = hypervisor;
 * const recording = recordEvents(conn, 'story.xml');
 * at(1500, () => domains.get('test').suspend());
 * expectEvent(conn, null, { within: 2000 });
 * recording.close();
 *
 * const replay = openRecording('story.xml');
 * console.log(expectEvent(replay, null).string('transition/@to')); // paused
 * replay.close();
 * recording.close();
 * hypervisor.conn.close();
 * ```
 */
export function recordEvents(conn: Connection, path: string, options: RecordOptions = {}): Recording {
  requirePath(path);
  requireOptions('options', options, OPTIONS);
  const { filter = null, ...names } = options;
  const { clock } = conn;
  const absolute = resolve(path);
  let fd: number | undefined;
  let events = 0;
  let last = clock.monotonic();
  const write = (text: string) => {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(fd as number, bytes, written);
    }
  };
  const registration = addEventHandler(
    conn,
    filter,
    function recording(_, event) {
      const now = clock.monotonic();
      try {
        write(`<?virdeliver-after ${pauseText(now - last)}?>\n${event.xml}\n`);
      } catch (cause) {
        throw new Error(`${absolute} cannot be written: ${(cause as Error).message}`, { cause });
      }
      last = now;
      events += 1;
    },
    undefined,
    {
      ...names,
      onRelease: () => {
        if (fd !== undefined) {
          try {
            write('</events>\n');
          } catch {
            // What cannot be written here is no loss: without it, too, a recording is complete.
          } finally {
            closeSync(fd);
          }
        }
      },
    },
  );
  // After the filter has been found right, so that one that is wrong leaves an old recording as it is.
  try {
    // Not emptied yet: it may turn out to be what the events are read from, by whatever name.
    const opened = openSync(absolute, constants.O_WRONLY | constants.O_CREAT);
    if (readsFrom(conn, opened)) {
      closeSync(opened);
      throw new InvalidArgumentError(
        'path',
        `is the file that the events are read from, ${absolute}; name another one`,
      );
    }
    fd = opened;
    if (fstatSync(fd).isFile()) {
      ftruncateSync(fd);
    }
    write('<events>\n');
  } catch (cause) {
    registration[Symbol.dispose]();
    if (cause instanceof InvalidArgumentError) {
      throw cause;
    }
    throw new OpenError(path, `it cannot be written: ${(cause as Error).message}`, { cause });
  }
  const close = () => registration[Symbol.dispose]();
  return {
    path: absolute,
    get events() {
      return events;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` */
export function requirePath(path: unknown): void {
  if (typeof path !== 'string' || path === '') {
    throw new InvalidArgumentError('path', `must be the path of a file, but is ${formatValue(path)}`);
  }
}

/** A time to the microsecond, without needless zeros. */
function pauseText(milliseconds: number): string {
  return `${Number(milliseconds.toFixed(3))}ms`;
}
