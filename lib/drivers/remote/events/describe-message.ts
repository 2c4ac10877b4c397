import { EventText } from '../../../event/event-text';
import type { Packet } from '../rpc/packet';
import { type EventFamily, eventFamilies, events, type Procedure, program } from '../rpc/protocol';
import { XdrReader } from '../rpc/xdr-reader';
import { decodeConnectionClosed } from './connection-events';
import { domainDecoders } from './domain-events';
import { typeOfClass } from './event-choice';
import type { Decoder, EventContext } from './event-context';
import { networkDecoders, nodeDeviceDecoders, secretDecoders, storagePoolDecoders } from './host-events';
import { decodeMonitorEvent } from './monitor-event';

/** A kind of message by which a daemon tells of an event. */
export interface EventMessage {
  readonly program: number;
  /** Its number in the program. */
  readonly procedure: number;
  /** The type of the event that it becomes. */
  readonly type: string;
  readonly decode: Decoder;
}

/** The decoders of each family, by the names of `eventFamilies`. */
const familyDecoders: Readonly<Record<EventFamily['name'], Readonly<Record<string, Decoder>>>> = {
  domain: domainDecoders,
  network: networkDecoders,
  'storage-pool': storagePoolDecoders,
  'node-device': nodeDeviceDecoders,
  secret: secretDecoders,
};

/** Every message by which a daemon tells of an event, but for those of daemons from before libvirt 1.2.1. */
export const eventMessages: readonly EventMessage[] = [
  ...eventFamilies.flatMap((family) =>
    family.classes.map((eventClass) => ({
      program: program.remote,
      procedure: eventClass.procedure,
      type: typeOfClass(family, eventClass),
      decode: forCallback(familyDecoders[family.name][eventClass.name]!),
    })),
  ),
  message(events.monitor, 'qemu-monitor', forCallback(decodeMonitorEvent)),
  message(events.connectionClosed, 'connection-closed', decodeConnectionClosed),
];

const byProgram: ReadonlyMap<number, ReadonlyMap<number, EventMessage>> = new Map(
  [program.remote, program.qemu].map((number) => [
    number,
    new Map(eventMessages.filter((each) => each.program === number).map((each) => [each.procedure, each])),
  ]),
);

/**
 * Makes of a daemon's message the event that it tells of.
 *
 * A lifecycle event moves on the states in the context: each message must be described once, in its turn. The event has
 * a time stamp of its own where the message has one. What follows the known fields of a message is passed over.
 *
 * @returns `undefined` where the message is none that this library knows.
 * @throws {ProtocolError} `ERR_PROTOCOL` where the message cannot be read; the states are then as they were.
 * @throws {OpenState} if the daemon has to be asked first: the states are as they were, and the message is to be described
 *   again with the answer in the context.
 */
export function describeMessage(
  packet: Pick<Packet, 'program' | 'procedure' | 'payload'>,
  context: EventContext,
): EventText | undefined {
  const found = byProgram.get(packet.program)?.get(packet.procedure);
  if (found === undefined) {
    return undefined;
  }
  const { type, decode } = found;
  const event = new EventText(type);
  decode(new XdrReader(packet.payload, `the event ${type}`), event, context);
  return event;
}

/** The decoder of a message that begins with the number of the callback which it is for. */
function forCallback(decode: Decoder): Decoder {
  return (reader, event, context) => {
    reader.int('callbackID');
    decode(reader, event, context);
  };
}

function message(procedure: Procedure, type: string, decode: Decoder): EventMessage {
  return { program: procedure.program, procedure: procedure.number, type, decode };
}
