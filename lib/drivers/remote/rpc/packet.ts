import { InvalidArgumentError, ProtocolError } from '../../../errors';

/** A message of libvirt's RPC protocol: what is called, answered or told (libvirt's virnetprotocol.x). */
export interface Packet {
  readonly program: number;
  readonly version: number;
  /** The number of the call or event in its program. */
  readonly procedure: number;
  /** One of `packetType`, or a number that this library doesn't know. */
  readonly type: number;
  /** The number of a call among the calls of its connection, repeated in the reply; it means nothing in an event. */
  readonly serial: number;
  /** One of `packetStatus`, or a number that this library doesn't know. */
  readonly status: number;
  /** The arguments, result, error or event, in XDR. */
  readonly payload: Uint8Array;
}

/** The payload of a packet that has nothing to say beyond its header. */
export const noPayload: Uint8Array = new Uint8Array(0);

/** The length word and the header, in bytes: a packet without payload. */
export const SMALLEST_PACKET = 28;

/** The longest packet with its length word, in bytes (VIR_NET_MESSAGE_MAX of libvirt's virnetprotocol.x). */
export const LARGEST_PACKET: number = 33_554_432 + 4;

/**
 * Makes a packet's bytes, its length word first.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if the payload is larger than the protocol allows.
 */
export function encodePacket(packet: Packet): Uint8Array {
  const { payload } = packet;
  const length = SMALLEST_PACKET + payload.length;
  if (length > LARGEST_PACKET) {
    const most = LARGEST_PACKET - SMALLEST_PACKET;
    throw new InvalidArgumentError('payload', `must have at most ${most} bytes, but has ${payload.length}`);
  }
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(packet.program, 4);
  bytes.writeUInt32BE(packet.version, 8);
  bytes.writeInt32BE(packet.procedure, 12);
  bytes.writeInt32BE(packet.type, 16);
  bytes.writeUInt32BE(packet.serial, 20);
  bytes.writeInt32BE(packet.status, 24);
  bytes.set(payload, SMALLEST_PACKET);
  return bytes;
}

/**
 * Reads the length word of a packet: how many bytes it has, itself included.
 *
 * @throws {ProtocolError} `ERR_PROTOCOL` if no packet can have that length.
 */
export function decodeLength(word: number): number {
  if (word < SMALLEST_PACKET || word > LARGEST_PACKET) {
    throw new ProtocolError(
      `a packet's length must be from ${SMALLEST_PACKET} to ${LARGEST_PACKET} bytes, but the daemon says ${word}`,
    );
  }
  return word;
}

/** Reads the packet that fills the bytes between two places; its payload is a view of them, not a copy. */
export function decodePacket(bytes: Buffer, start: number, end: number): Packet {
  return {
    program: bytes.readUInt32BE(start + 4),
    version: bytes.readUInt32BE(start + 8),
    procedure: bytes.readInt32BE(start + 12),
    type: bytes.readInt32BE(start + 16),
    serial: bytes.readUInt32BE(start + 20),
    status: bytes.readInt32BE(start + 24),
    payload: bytes.subarray(start + SMALLEST_PACKET, end),
  };
}

/** The error for a packet that has no place in the protocol, or none at this moment. */
export function unexpectedPacket(packet: Packet, problem: string): ProtocolError {
  const { type, serial, procedure, version } = packet;
  const which = `program 0x${packet.program.toString(16)}, version ${version}, procedure ${procedure}`;
  return new ProtocolError(`a packet of the daemon (type ${type}, serial ${serial}, ${which}) ${problem}`);
}
