import { formatValue } from '../../../arguments';
import { InvalidArgumentError } from '../../../errors';
import { doubtAboutType } from '../../../event/description/type-doubts';
import { type connectionDetails, isKnownEventType, type monitorDetails } from '../../../event/vocabulary/vocabulary';
import { type EventClass, eventClasses } from './event-classes';

/** Which events a daemon is asked for. */
export interface EventChoice {
  readonly classes: readonly EventClass[];
  /** Whether QEMU's monitor is asked for as well. */
  readonly monitor: boolean;
  /** Whether the daemon is asked to tell when its own hypervisor goes away. */
  readonly connectionClosed: boolean;
}

/** The type of the events of QEMU's monitor. */
export const MONITOR: keyof typeof monitorDetails = 'qemu-monitor';

/** The type of the event by which a daemon tells that its own hypervisor has gone away. */
export const CONNECTION_CLOSED: keyof typeof connectionDetails = 'connection-closed';

const requestable: ReadonlySet<unknown> = new Set([
  ...eventClasses.map(({ type }) => type),
  MONITOR,
  CONNECTION_CLOSED,
]);

/**
 * Reads the option `events`: the names of the event types that a daemon is asked for.
 *
 * Without it these are all but the monitor's, of which there are many.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is no list of such names, or is empty.
 */
export function readEventChoice(events: unknown): EventChoice {
  if (events === undefined) {
    return { classes: eventClasses, monitor: false, connectionClosed: true };
  }
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidArgumentError(
      'options.events',
      `must be a list of event type names, but is ${formatValue(events)}`,
    );
  }
  const names = new Set<unknown>(events);
  for (const name of names) {
    if (!requestable.has(name)) {
      const isKnown = typeof name === 'string' && isKnownEventType(name);
      const doubt = typeof name === 'string' ? doubtAboutType(name) : undefined;
      const hint = isKnown ? 'which no daemon sends' : `which is none${doubt === undefined ? '' : `: ${doubt}`}`;
      throw new InvalidArgumentError(
        'options.events',
        `must hold types of libvirt's events, but has ${formatValue(name)}, ${hint}`,
      );
    }
  }
  return {
    classes: eventClasses.filter(({ type }) => names.has(type)),
    monitor: names.has(MONITOR),
    connectionClosed: names.has(CONNECTION_CLOSED),
  };
}
