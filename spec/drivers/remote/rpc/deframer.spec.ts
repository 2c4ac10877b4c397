import fc from 'fast-check';
import { Deframer } from '../../../../lib/drivers/remote/rpc/deframer';
import { encodePacket, LARGEST_PACKET, type Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { annotatedHex, hexOf } from '../../../support/annotated-hex';

function packetOf(serial: number, payload: Uint8Array): Packet {
  return { program: 0x20008086, version: 1, procedure: 318, type: 2, serial, status: 0, payload };
}

/** What a packet says, so that it can be compared. */
function shownPacket({ serial, payload }: Packet): string {
  return `${serial}:${hexOf(payload)}`;
}

/** Takes out all packets that are complete. */
function drain(deframer: Deframer): Packet[] {
  const packets: Packet[] = [];
  for (let packet = deframer.next(); packet !== undefined; packet = deframer.next()) {
    packets.push(packet);
  }
  return packets;
}

/** Cuts bytes into chunks at some places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const threePackets = [
  packetOf(1, Buffer.alloc(0)),
  packetOf(2, Buffer.from('payload!')),
  packetOf(3, Buffer.alloc(40, 7)),
];
const threeInBytes = Buffer.concat(threePackets.map(encodePacket));

describe('a deframer', () => {
  it('gives nothing before anything came', () => {
    expect(new Deframer().next()).toBeUndefined();
  });

  it('cuts packets that come in one piece', () => {
    const deframer = new Deframer();
    deframer.push(threeInBytes);
    expect(drain(deframer)).toEqual(threePackets);
    expect(deframer.pending).toBe(0);
  });

  it('gives each packet with its last byte, if they come byte by byte', () => {
    const deframer = new Deframer();
    const lastBytes: number[] = [];
    threeInBytes.forEach((byte, place) => {
      deframer.push(Uint8Array.of(byte));
      lastBytes.push(...drain(deframer).map(() => place + 1));
    });
    expect(lastBytes).toEqual([28, 28 + 36, 28 + 36 + 68]);
  });

  it('cuts two pieces right, wherever the cut is', () => {
    for (let place = 0; place <= threeInBytes.length; place += 1) {
      const deframer = new Deframer();
      deframer.push(threeInBytes.subarray(0, place));
      const first = drain(deframer);
      deframer.push(threeInBytes.subarray(place));
      expect([...first, ...drain(deframer)]).toEqual(threePackets);
    }
  });

  it('finds the packets of any stream in any chunking, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 200, size: 'max' }), { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 31, maxLength: 31 }),
        (payloads, places, asked) => {
          const packets = payloads.map((payload, serial) => packetOf(serial, payload));
          const stream = Buffer.concat(packets.map(encodePacket));
          const deframer = new Deframer();
          const found: Packet[] = [];
          cut(stream, places).forEach((chunk, number) => {
            deframer.push(chunk);
            if (asked[number]) {
              found.push(...drain(deframer));
            }
          });
          found.push(...drain(deframer));
          expect(found.map(shownPacket)).toEqual(packets.map(shownPacket));
          expect(deframer.pending).toBe(0);
        },
      ),
      { seed: 28, numRuns: 500 },
    );
  });

  it('copies what it takes in, and leaves what it gave out alone', () => {
    const deframer = new Deframer();
    const chunk = new Uint8Array(60_000);
    const packets: Packet[] = [];
    for (let serial = 0; serial < 20; serial += 1) {
      const bytes = encodePacket(packetOf(serial, Buffer.alloc(chunk.length - 28, serial)));
      chunk.set(bytes);
      deframer.push(chunk);
      packets.push(...drain(deframer));
    }
    expect(packets.map(({ payload }) => new Set(payload))).toEqual(packets.map((_, serial) => new Set([serial])));
  });

  it('takes the largest packet there can be, in many pieces', () => {
    const deframer = new Deframer();
    const bytes = encodePacket(packetOf(9, new Uint8Array(LARGEST_PACKET - 28)));
    for (let start = 0; start < bytes.length; start += 65_536) {
      expect(deframer.next()).toBeUndefined();
      deframer.push(bytes.subarray(start, start + 65_536));
    }
    expect(deframer.next()?.payload).toHaveLength(LARGEST_PACKET - 28);
    deframer.push(threeInBytes);
    expect(drain(deframer)).toEqual(threePackets);
  });
});

describe('a length that lies', () => {
  it.each([0, 4, 27, LARGEST_PACKET + 1, 2 ** 31, 2 ** 32 - 1])(
    '%d is refused as soon as it is in, and again',
    (length) => {
      const deframer = new Deframer();
      const word = Buffer.alloc(4);
      word.writeUInt32BE(length);
      deframer.push(encodePacket(packetOf(1, Buffer.alloc(0))));
      deframer.push(word.subarray(0, 3));
      expect(drain(deframer)).toHaveLength(1);
      deframer.push(word.subarray(3));
      const refusal = expect.objectContaining({ code: 'ERR_PROTOCOL' });
      expect(() => deframer.next()).toThrow(refusal);
      deframer.push(threeInBytes);
      expect(() => deframer.next()).toThrow(refusal);
    },
  );

  it('takes no memory for what has not come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const deframers = Array.from({ length: 20 }, () => {
      const deframer = new Deframer();
      deframer.push(annotatedHex('02000004 20008086'));
      expect(deframer.next()).toBeUndefined();
      return deframer;
    });
    const taken = process.memoryUsage().arrayBuffers - before;
    expect(deframers).toHaveLength(20);
    // All twenty together take less than the one packet of 32 MiB that each was promised.
    expect(taken).toBeLessThan(LARGEST_PACKET / 4);
  });
});
