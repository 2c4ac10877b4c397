/**
 * A daemon that lets everybody in, has no domains, and sends as many events of one as its parent asks for: `PATH` is the unix socket
 * to listen on. It says when it listens.
 */
import { createServer, type Socket } from 'node:net';
import { Deframer } from '../lib/drivers/remote/rpc/deframer';
import { keepAlivePacket } from '../lib/drivers/remote/rpc/keepalive';
import { encodePacket, type Packet } from '../lib/drivers/remote/rpc/packet';
import { authType, calls, keepAliveProcedure, packetType, program } from '../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../lib/drivers/remote/rpc/xdr-writer';

/** libvirt's number of its message for a lifecycle event, and of two such events. */
const LIFECYCLE = 318;
const SUSPENDED = 3;
const RESUMED = 4;

/** What isn't answered with nothing but zeros. */
const answers: ReadonlyMap<number, Uint8Array> = new Map([
  [calls.authList.number, new XdrWriter().array([authType.none], (writer, type) => writer.int(type)).finish()],
  [calls.supportsFeature.number, new XdrWriter().int(1).finish()],
  [calls.getType.number, new XdrWriter().string('TEST').finish()],
  [calls.getLibVersion.number, new XdrWriter().unsignedHyper(12_000_000n).finish()],
]);

function lifecycle(event: number): Uint8Array {
  const domain = new XdrWriter().int(0).string('web-17').uuid('c7a5fdbd-edaf-9455-926a-d65c16db1809').int(3);
  return encodePacket({
    program: program.remote,
    version: 1,
    procedure: LIFECYCLE,
    type: packetType.message,
    serial: 0,
    status: 0,
    payload: domain.int(event).int(0).finish(),
  });
}

const pair = Buffer.concat([lifecycle(SUSPENDED), lifecycle(RESUMED)]);

let client: Socket | undefined;

const server = createServer((socket) => {
  client = socket;
  const deframer = new Deframer();
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    deframer.push(chunk);
    for (let call = deframer.next(); call !== undefined; call = deframer.next()) {
      socket.write(encodePacket(replyTo(call)));
    }
  });
});

/** The answer to a call, or to a ping: a connection that has been idle for a while asks whether the daemon is there. */
function replyTo(call: Packet): Packet {
  if (call.program === program.keepAlive) {
    return keepAlivePacket(keepAliveProcedure.pong);
  }
  return { ...call, type: packetType.reply, payload: answers.get(call.procedure) ?? new Uint8Array(16) };
}

process.on('message', (events: number) => {
  client?.write(Buffer.concat(Array.from({ length: events / 2 }, () => pair)));
});
// It ends with the process that started it, however that ends.
process.on('disconnect', () => process.exit());

server.listen(process.argv[2], () => process.send?.('listens'));
