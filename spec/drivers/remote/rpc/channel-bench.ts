import { ManualClock } from '../../../../lib/clock';
import { runNow } from '../../../../lib/drivers/io/dialogue';
import { encodePacket, noPayload, type Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { type Procedure, packetType, program } from '../../../../lib/drivers/remote/rpc/protocol';
import { RpcChannel } from '../../../../lib/drivers/remote/rpc/rpc-channel';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { ScriptedTransport } from '../../io/scripted-transport';

/** A channel over a scripted transport, and all that it hands over. */
export class ChannelBench {
  readonly clock = new ManualClock();
  readonly transport: ScriptedTransport;
  /** The numbers of the events that were handed over, and a word for the failure. */
  readonly log: (number | string)[] = [];
  readonly failures: Error[] = [];
  /** How many more events there is room for. */
  room: number = Number.POSITIVE_INFINITY;
  /** Called with the number of each event that is handed over. */
  onEvent: (number: number) => void = () => {};
  readonly channel: RpcChannel;

  /**
   * @param bringsEvent Whether the message of a number is an event; each is by default.
   * @param isSilentWhileBlocked Whether the transport is.
   */
  constructor({ bringsEvent = (_: number): boolean => true, isSilentWhileBlocked = false } = {}) {
    this.transport = Object.assign(new ScriptedTransport(), { isSilentWhileBlocked });
    this.channel = new RpcChannel(this.transport, {
      clock: this.clock,
      mayRead: () => this.room > 0,
      onMessage: ({ payload }) => {
        const number = Buffer.from(payload).readInt32BE(0);
        this.room -= 1;
        this.log.push(number);
        this.onEvent(number);
        return bringsEvent(number);
      },
      onFailure: (cause) => {
        this.failures.push(cause);
        this.log.push('failed');
      },
    });
  }

  /** Takes in all there is, as a delivery without a budget does. */
  pump(): void {
    this.channel.pump(() => true);
  }

  /** What was sent, as `ping`, `pong` or the number of a call. */
  sent(): (number | string)[] {
    return this.transport.sent.map((packet) =>
      packet.program === program.keepAlive ? (packet.procedure === 1 ? 'ping' : 'pong') : packet.procedure,
    );
  }
}

/** Makes a call, blocking the thread, and returns its result. */
export function callNow(
  channel: RpcChannel,
  procedure: Procedure,
  payload: Uint8Array = noPayload,
  timeoutMs = 60_000,
): Uint8Array {
  const [answer] = runNow(channel.callAll([{ procedure, payload }], timeoutMs));
  if (answer instanceof Uint8Array) {
    return answer;
  }
  throw answer;
}

/** A call whose number tells it apart from others. */
export function procedureOf(number: number): Procedure {
  return { program: program.remote, number, name: `call_${number}` };
}

/** The bytes of a packet of the remote program, with something changed. */
export function packetBytes(changes: Partial<Packet>): Uint8Array {
  return encodePacket({
    program: program.remote,
    version: 1,
    procedure: 318,
    type: packetType.message,
    serial: 1,
    status: 0,
    payload: new Uint8Array(0),
    ...changes,
  });
}

/** An event that is told apart by its number. */
export function eventBytes(number: number): Uint8Array {
  return packetBytes({ payload: new XdrWriter().int(number).finish() });
}

/** The reply to a call: its own payload again, unless another is given. */
export function replyBytes(call: Packet, payload: Uint8Array = call.payload): Uint8Array {
  return packetBytes({ ...call, type: packetType.reply, payload });
}

/** The reply of a daemon that refuses. */
export function refusalBytes(call: Packet, number: number, message: string): Uint8Array {
  const payload = new XdrWriter()
    .int(number)
    .int(7)
    .optional(message, (writer, text) => writer.string(text))
    .int(2)
    .finish();
  return packetBytes({ ...call, type: packetType.reply, status: 1, payload });
}

/** A ping or a pong. */
export function keepAliveBytes(procedure: number): Uint8Array {
  return packetBytes({ program: program.keepAlive, procedure, serial: 0 });
}
