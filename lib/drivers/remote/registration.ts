import { DaemonError } from '../../errors';
import { monitorEventType } from '../../event/vocabulary/vocabulary';
import { type ChosenClass, CONNECTION_CLOSED, type EventChoice } from './events/event-choice';
import { callAll, type Dialogue } from './rpc/dialogue';
import { calls, type EventFamily, type Procedure } from './rpc/protocol';
import { type Call, noPayload } from './rpc/rpc-channel';
import { XdrWriter } from './rpc/xdr-writer';

/** What a daemon is known to have before it is asked for events. */
export interface DaemonFacts {
  /** The hypervisor's or other driver's name in lower case: `qemu`, `network`, … */
  readonly driverType: string;
  /** The daemon's release of libvirt, as `getLibVersion` codes it; `undefined` if it didn't say. */
  readonly libVersion: number | undefined;
  /** Whether it tells when its own hypervisor goes away. */
  readonly hasCloseCallback: boolean;
  /** Whether the connection may do no more than read. */
  readonly readOnly: boolean;
}

/** A call that asks a daemon for events of a type. */
interface Registration extends Call {
  readonly type: string;
}

/** A family of events that a modular daemon has from a daemon beside it. */
export type SiblingFamily = Exclude<EventFamily['name'], 'domain'>;

/** The drivers without domains (virtnetworkd's and so on), and which events each of them has. */
const FAMILY_OF_DRIVER: Readonly<Record<string, SiblingFamily | undefined>> = {
  network: 'network',
  storage: 'storage-pool',
  nodedev: 'node-device',
  secret: 'secret',
  interface: undefined,
  nwfilter: undefined,
};

/** Whether a driver has domains. */
export function hasDomains(driverType: string): boolean {
  return !Object.hasOwn(FAMILY_OF_DRIVER, driverType);
}

/** The driver by which the daemon that has a family of events is followed by itself. */
export function driverOf(family: SiblingFamily): string | undefined {
  return Object.keys(FAMILY_OF_DRIVER).find((driver) => FAMILY_OF_DRIVER[driver] === family);
}

/**
 * Asks a daemon for the chosen events, but for those that it can be known not to have: each call that it refuses stands in
 * its log.
 *
 * A refusal, whatever its number, is no reason not to have the other events: a daemon may be older than a kind of event, its
 * driver may lack it, access may be denied, or the daemon that it would ask itself is not there.
 *
 * @param timeoutMs The time for each round of calls.
 * @returns The types of the chosen events that the daemon doesn't have.
 */
export function* register(choice: EventChoice, daemon: DaemonFacts, timeoutMs: number): Dialogue<string[]> {
  const had = new Set<string>();
  for (const round of roundsOf(registrationsOf(choice, daemon))) {
    const answers = yield* callAll(round, timeoutMs);
    for (const [place, { type }] of round.entries()) {
      if (!(answers[place] instanceof DaemonError)) {
        had.add(type);
      }
    }
  }
  return typesOf(choice).filter((type) => !had.has(type));
}

/** The types of all that is chosen. */
function typesOf({ classes, monitor, connectionClosed }: EventChoice): string[] {
  return [
    ...classes.map(({ type }) => type),
    ...(monitor ? [monitorEventType] : []),
    ...(connectionClosed ? [CONNECTION_CLOSED] : []),
  ];
}

/** The calls for all that is chosen and that the daemon may have. */
function registrationsOf({ classes, monitor, connectionClosed }: EventChoice, daemon: DaemonFacts): Registration[] {
  const registrations: Registration[] = classes
    .filter((chosen) => mayHave(daemon, chosen))
    .map(({ family, eventClass, type }) => ({
      type,
      procedure: family.register,
      // Without the object that the events would be limited to.
      payload: new XdrWriter().int(eventClass.id).bool(false).finish(),
    }));
  if (monitor && hasDomains(daemon.driverType) && !daemon.readOnly) {
    // Neither a domain nor the name of an event, and no flags.
    const payload = new XdrWriter().bool(false).bool(false).uint(0).finish();
    registrations.push({ type: monitorEventType, procedure: calls.monitorEventRegister, payload });
  }
  if (connectionClosed && daemon.hasCloseCallback) {
    registrations.push({ type: CONNECTION_CLOSED, procedure: calls.registerCloseCallback, payload: noPayload });
  }
  return registrations;
}

function mayHave({ driverType, libVersion }: DaemonFacts, { family, eventClass }: ChosenClass): boolean {
  const { since = 0 } = eventClass;
  const isNewEnough = libVersion === undefined || libVersion >= since;
  return isNewEnough && (hasDomains(driverType) || FAMILY_OF_DRIVER[driverType] === family.name);
}

/**
 * The registrations in rounds, each of which begins when the one before it is answered: the first has one of each family.
 *
 * For the first registration of a family a modular daemon connects to the daemon that has it. libvirt 11.3's virtqemud does
 * not expect another one meanwhile: it connects twice, mixes the two up, and crashes when the client leaves.
 */
function roundsOf(registrations: readonly Registration[]): Registration[][] {
  const families = new Set<Procedure>();
  const first: Registration[] = [];
  const others: Registration[] = [];
  for (const registration of registrations) {
    (families.has(registration.procedure) ? others : first).push(registration);
    families.add(registration.procedure);
  }
  return [first, others];
}
