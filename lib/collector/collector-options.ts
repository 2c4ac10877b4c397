import { hostname } from 'node:os';
import { formatValue, optionNames, readNumber, readString, requireOptions } from '../arguments';
import { InvalidArgumentError } from '../errors';
import type { CollectorOptions } from './collector';

/** The options of `journalEvents`. */
export interface JournalOptions {
  /** What the events are stamped with, as the attribute `host`, unless they have one; default the machine's name. */
  readonly host?: string | undefined;
  /** Types of events that are not kept; `domain-state-transition` and `events-lost` always are. */
  readonly leaveOut?: readonly string[] | undefined;
  /**
   * When events reach the disk: `'delivery'` (the default) has those of each delivery there when it is over, so that they survive a loss of
   * power; `'never'` leaves it to the system, so that they survive a crash of the process only.
   */
  readonly sync?: 'delivery' | 'never' | undefined;
  /** How long the journal is at most, in bytes; default 1 GiB. The oldest segments are removed, never the last one. */
  readonly maxBytes?: number | undefined;
  /** For how long events are kept at most, in milliseconds; default without end. */
  readonly maxAgeMs?: number | undefined;
  /** Which share of the file system is kept free, from 0 to 1, by removing the oldest segments; default 0. */
  readonly keepFree?: number | undefined;
  /** How long a segment grows, in bytes; default 16 MiB. */
  readonly segmentBytes?: number | undefined;
  /** For how long a segment grows, in milliseconds; default a day. */
  readonly segmentAgeMs?: number | undefined;
  /**
   * How long events wait in the connection's queue while the disk is full, in milliseconds, before they are counted as lost; default a
   * minute. The daemon has to keep meanwhile what doesn't fit into the queue.
   */
  readonly holdMs?: number | undefined;
  /** How often the journal gets an event `collector-alive`, in milliseconds; default ten minutes, `Infinity` is never. */
  readonly aliveMs?: number | undefined;
  /** How long another writer of the journal is waited for to end, in milliseconds of the machine's clock; default not at all. */
  readonly lockWaitMs?: number | undefined;
}

const OPTIONS = optionNames<JournalOptions>({
  host: true,
  leaveOut: true,
  sync: true,
  maxBytes: true,
  maxAgeMs: true,
  keepFree: true,
  segmentBytes: true,
  segmentAgeMs: true,
  holdMs: true,
  aliveMs: true,
  lockWaitMs: true,
});

/** The types that are always kept, and why. */
const KEPT: { readonly [type: string]: string } = {
  'domain-state-transition': 'the states of the domains are known by them',
  'events-lost': 'nobody would know of the loss',
};

/** How much is kept if the program doesn't say. */
const MAX_BYTES = 1024 ** 3;

/** What keeps a journal from growing. */
export type Retention = Pick<JournalOptions, 'maxBytes' | 'maxAgeMs' | 'keepFree'>;

/** The options, read. */
export interface JournalPlan extends CollectorOptions {
  readonly leaveOut: readonly string[];
  readonly retention: Retention;
  readonly segmentBytes: number | undefined;
  readonly segmentAgeMs: number | undefined;
  readonly lockWaitMs: number;
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` */
export function readJournalOptions(options: JournalOptions): JournalPlan {
  requireOptions('options', options, OPTIONS);
  const { sync = 'delivery', leaveOut = [], segmentBytes, segmentAgeMs } = options;
  if (sync !== 'delivery' && sync !== 'never') {
    throw new InvalidArgumentError('options.sync', `must be 'delivery' or 'never', but is ${formatValue(sync)}`);
  }
  requireLeavable(leaveOut);
  const number = (name: keyof JournalOptions, byDefault: number, least = 0) =>
    readNumber(`options.${name}`, options[name], byDefault, { least, whole: false });
  return {
    host: readHost(options.host),
    leaveOut: [...leaveOut],
    syncs: sync === 'delivery',
    retention: readRetention(options, MAX_BYTES),
    segmentBytes: segmentBytes === undefined ? undefined : number('segmentBytes', 0, 1),
    segmentAgeMs: segmentAgeMs === undefined ? undefined : number('segmentAgeMs', 0, 1),
    holdMs: number('holdMs', 60_000),
    aliveMs: number('aliveMs', 600_000, 1),
    lockWaitMs: number('lockWaitMs', 0),
  };
}

/**
 * Reads what is to be kept of a journal; what isn't given has no limit.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
export function readRetention(options: Retention, maxBytes: number = Number.POSITIVE_INFINITY): Retention {
  const keepFree = readNumber('options.keepFree', options.keepFree, 0, { least: 0, whole: false });
  if (keepFree > 1) {
    throw new InvalidArgumentError('options.keepFree', `must be a share from 0 to 1, but is ${keepFree}`);
  }
  return {
    maxBytes: readNumber('options.maxBytes', options.maxBytes, maxBytes, { least: 0, whole: true }),
    maxAgeMs: readNumber('options.maxAgeMs', options.maxAgeMs, Number.POSITIVE_INFINITY, { least: 0, whole: false }),
    keepFree,
  };
}

function readHost(given: string | undefined): string {
  const host = readString('options.host', given) ?? hostname();
  if (host === '') {
    throw new InvalidArgumentError('options.host', 'must not be empty');
  }
  return host;
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if these aren't types of events, or one of them must be kept. */
function requireLeavable(types: readonly string[]): void {
  if (!Array.isArray(types) || !types.every((type) => typeof type === 'string' && type !== '')) {
    throw new InvalidArgumentError(
      'options.leaveOut',
      `must be a list of event type names, but is ${formatValue(types)}`,
    );
  }
  const kept = types.find((type) => Object.hasOwn(KEPT, type));
  if (kept !== undefined) {
    throw new InvalidArgumentError('options.leaveOut', `must not have ${kept}: ${KEPT[kept]}`);
  }
}
