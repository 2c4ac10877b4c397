import * as fc from 'fast-check';
import { PacketCutter } from '../../../../lib/drivers/remote/transport/packet-cutter';

function packet(size: number): Buffer {
  const bytes = Buffer.alloc(size, size);
  bytes.writeUInt32BE(size);
  return bytes;
}

const sizes = (pieces: Iterable<Uint8Array>) => Array.from(pieces, ({ length }) => length);

describe('cutting a stream of packets', () => {
  it('makes a piece of each packet', () => {
    const cutter = new PacketCutter();
    expect(sizes(cutter.cut(Buffer.concat([packet(28), packet(4), packet(300)])))).toEqual([28, 4, 300]);
  });

  it('passes on a part of a packet at once', () => {
    const cutter = new PacketCutter();
    const bytes = Buffer.concat([packet(28), packet(40)]);
    expect(sizes(cutter.cut(bytes.subarray(0, 30)))).toEqual([28, 2]);
    expect(sizes(cutter.cut(bytes.subarray(30, 31)))).toEqual([1]);
    expect(sizes(cutter.cut(bytes.subarray(31)))).toEqual([37]);
    expect(sizes(cutter.cut(packet(28)))).toEqual([28]);
  });

  it('goes on behind what is no length', () => {
    const cutter = new PacketCutter();
    expect(sizes(cutter.cut(Buffer.from([0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5, 9])))).toEqual([4, 4, 5]);
  });

  it('loses nothing, and puts no bytes of two packets into one piece, however they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 4, max: 100 })),
        fc.array(fc.integer({ min: 1, max: 150 })),
        (packetSizes, chunkSizes) => {
          const all = Buffer.concat(packetSizes.map(packet));
          const cutter = new PacketCutter();
          const ends = new Set<number>();
          const received: Uint8Array[] = [];
          let start = 0;
          for (const size of [...chunkSizes, all.length]) {
            for (const piece of cutter.cut(all.subarray(start, start + size))) {
              received.push(piece);
              ends.add(received.reduce((sum, { length }) => sum + length, 0));
            }
            start += size;
          }
          expect(Buffer.concat(received).equals(all)).toBe(true);
          let end = 0;
          for (const size of packetSizes) {
            end += size;
            expect(ends).toContain(end);
          }
        },
      ),
      { seed: 1 },
    );
  });
});
