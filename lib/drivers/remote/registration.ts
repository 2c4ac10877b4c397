import { DaemonError } from '../../errors';
import type { Dialogue } from '../io/dialogue';
import { type DaemonFacts, hasDomains, mayHaveFamily } from './daemon-facts';
import { CONNECTION_CLOSED, type EventChoice, MONITOR } from './events/event-choice';
import type { EventClass } from './events/event-classes';
import type { Conversation } from './rpc/conversation';
import { noPayload } from './rpc/packet';
import { calls, type Procedure } from './rpc/protocol';
import type { Call } from './rpc/rpc-channel';
import { XdrWriter } from './rpc/xdr-writer';

interface Registration extends Call {
  readonly type: string;
}

/**
 * Asks a daemon for the chosen events, except those that it is known not to have: each call that it refuses stands in its log.
 *
 * A refusal, whatever its number, is no reason not to have the other events: a daemon may be older than a kind of event, its
 * driver may lack it, access may be denied, or the daemon that it would ask itself isn't there.
 *
 * @returns The types of the events that the daemon will send.
 */
export function* register(
  conversation: Conversation,
  choice: EventChoice,
  daemon: DaemonFacts,
): Dialogue<ReadonlySet<string>> {
  const registered = new Set<string>();
  for (const round of roundsOf(registrationsOf(choice, daemon))) {
    const answers = yield* conversation.callAll(round);
    for (const [place, { type }] of round.entries()) {
      if (!(answers[place] instanceof DaemonError)) {
        registered.add(type);
      }
    }
  }
  return registered;
}

export function typesOf({ classes, monitor, connectionClosed }: EventChoice): string[] {
  return [
    ...classes.map(({ type }) => type),
    ...(monitor ? [MONITOR] : []),
    ...(connectionClosed ? [CONNECTION_CLOSED] : []),
  ];
}

function registrationsOf({ classes, monitor, connectionClosed }: EventChoice, daemon: DaemonFacts): Registration[] {
  const registrations: Registration[] = classes
    .filter((chosen) => mayHave(daemon, chosen))
    .map(({ type, register, id }) => ({
      type,
      procedure: register,
      // Without the object that the events would be limited to.
      payload: new XdrWriter().int(id).bool(false).finish(),
    }));
  if (monitor && hasDomains(daemon.driverType) && !daemon.readOnly) {
    // Neither a domain nor the name of an event, and no flags.
    const payload = new XdrWriter().bool(false).bool(false).uint(0).finish();
    registrations.push({ type: MONITOR, procedure: calls.monitorEventRegister, payload });
  }
  if (connectionClosed && daemon.hasCloseCallback) {
    registrations.push({ type: CONNECTION_CLOSED, procedure: calls.registerCloseCallback, payload: noPayload });
  }
  return registrations;
}

function mayHave({ driverType, libVersion }: DaemonFacts, { family, since = 0 }: EventClass): boolean {
  const isNewEnough = libVersion === undefined || libVersion >= since;
  return isNewEnough && mayHaveFamily(driverType, family);
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
