import { EventText } from '../../../event/event-text';
import type { Packet } from '../rpc/packet';
import { events, type Procedure, program } from '../rpc/protocol';
import { XdrReader } from '../rpc/xdr-reader';
import { decodeConnectionClosed } from './connection-events';
import type { Decoder, EventContext } from './decoder';
import { decodeMonitorEvent } from './domain-events';
import { CONNECTION_CLOSED, MONITOR } from './event-choice';
import { eventClasses } from './event-classes';

/** A kind of message by which a daemon tells of an event. */
export interface MessageKind {
  readonly program: number;
  /** Its number in the program. */
  readonly procedure: number;
  /** The type of the event that it becomes. */
  readonly type: string;
  /** What errors call it. */
  readonly what: string;
  readonly decode: Decoder;
}

/** Every message by which a daemon tells of an event, but for those of daemons from before libvirt 1.2.1. */
export const messageKinds: readonly MessageKind[] = [
  ...eventClasses.map(({ procedure, type, decode }) =>
    message({ program: program.remote, number: procedure }, type, forCallback(decode)),
  ),
  message(events.monitor, MONITOR, forCallback(decodeMonitorEvent)),
  message(events.connectionClosed, CONNECTION_CLOSED, decodeConnectionClosed),
];

const byProgram: ReadonlyMap<number, ReadonlyMap<number, MessageKind>> = new Map(
  [program.remote, program.qemu].map((number) => [
    number,
    new Map(messageKinds.filter((each) => each.program === number).map((each) => [each.procedure, each])),
  ]),
);

/**
 * Makes of a daemon's message the event that it tells of.
 *
 * A lifecycle event moves on the states in the context: each message must be described once, in its turn. The event has
 * a time stamp of its own if the message has one. What follows the known fields of a message is passed over.
 *
 * @returns `undefined` if the message is none that this library knows.
 * @throws {ProtocolError} `ERR_PROTOCOL` if the message cannot be read; the states are then as they were.
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
  const event = new EventText(found.type);
  found.decode(new XdrReader(packet.payload, found.what), event, context);
  return event;
}

/** The decoder of a message that begins with the number of the callback which it is for. */
function forCallback(decode: Decoder): Decoder {
  return (reader, event, context) => {
    reader.int('callbackID');
    decode(reader, event, context);
  };
}

function message(
  { program, number }: Pick<Procedure, 'program' | 'number'>,
  type: string,
  decode: Decoder,
): MessageKind {
  return { program, procedure: number, type, what: `the event ${type}`, decode };
}
