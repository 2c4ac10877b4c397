import { shown } from '../../../arguments';
import { InvalidArgumentError } from '../../../errors';
import { isKnownEventType, monitorEventType } from '../../../event/vocabulary/vocabulary';
import { type EventClass, type EventFamily, eventFamilies } from '../rpc/protocol';

/** A kind of event that a daemon is asked for. */
export interface ChosenClass {
  readonly family: EventFamily;
  readonly eventClass: EventClass;
  /** The type of the events that it brings. */
  readonly type: string;
}

/** Which events a daemon is asked for. */
export interface EventChoice {
  readonly classes: readonly ChosenClass[];
  /** Whether QEMU's monitor is asked for as well. */
  readonly monitor: boolean;
  /** Whether the daemon is asked to tell when its own hypervisor goes away. */
  readonly connectionClosed: boolean;
}

/** The type of the event by which a daemon tells that its own hypervisor has gone away. */
export const CONNECTION_CLOSED = 'connection-closed';

/** The type of the events of a class, as the vocabulary names it. */
export function typeOfClass(family: EventFamily, eventClass: EventClass): string {
  const isTransition = family.name === 'domain' && eventClass.name === 'lifecycle';
  return isTransition ? 'domain-state-transition' : `${family.name}-${eventClass.name}`;
}

/** Every class, in the order in which a daemon is asked for them. */
const ALL_CLASSES: readonly ChosenClass[] = eventFamilies.flatMap((family) =>
  family.classes.map((eventClass) => ({ family, eventClass, type: typeOfClass(family, eventClass) })),
);

/**
 * Reads the option `events`: the names of the event types that a daemon is asked for.
 *
 * Without it these are all but the monitor's, of which there are many.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` where it is no list of such names, or is empty.
 */
export function readEventChoice(events: unknown): EventChoice {
  if (events === undefined) {
    return { classes: ALL_CLASSES, monitor: false, connectionClosed: true };
  }
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidArgumentError('options.events', `must be a list of event type names, but is ${shown(events)}`);
  }
  const names = new Set<unknown>(events);
  for (const name of names) {
    if (typeof name !== 'string' || !canBeAskedFor(name)) {
      const hint = typeof name === 'string' && isKnownEventType(name) ? 'which no daemon sends' : 'which is none';
      throw new InvalidArgumentError(
        'options.events',
        `must hold types of libvirt's events, but has ${shown(name)}, ${hint}`,
      );
    }
  }
  return {
    classes: ALL_CLASSES.filter(({ type }) => names.has(type)),
    monitor: names.has(monitorEventType),
    connectionClosed: names.has(CONNECTION_CLOSED),
  };
}

function canBeAskedFor(name: string): boolean {
  return name === monitorEventType || name === CONNECTION_CLOSED || ALL_CLASSES.some(({ type }) => type === name);
}
