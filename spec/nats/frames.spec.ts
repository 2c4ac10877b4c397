import fc from 'fast-check';
import { encodeFrame, type Frame, FrameReader } from '../../lib/nats/frames';

function framesIn(reader: FrameReader): Frame[] {
  const frames: Frame[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    frames.push(frame);
  }
  return frames;
}

describe('Frames', () => {
  it('are read as they were written, in whatever pieces they come, and whatever becomes of the pieces', () => {
    const content = fc.record({ head: fc.dictionary(fc.string(), fc.string()), body: fc.uint8Array() });
    fc.assert(
      fc.property(fc.array(content), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (contents, sizes) => {
        const bytes = Buffer.concat(contents.map(({ head, body }) => encodeFrame(head, body)));
        const reader = new FrameReader();
        const read: Frame[] = [];
        for (let [start, turn] = [0, 0]; start < bytes.length; turn += 1) {
          const end = start + (sizes[turn % sizes.length] as number);
          const piece = Buffer.from(bytes.subarray(start, end));
          reader.push(piece);
          piece.fill(0);
          read.push(...framesIn(reader));
          start = end;
        }
        const plain = (frames: readonly { head: object; body: Uint8Array }[]) =>
          frames.map(({ head, body }) => [JSON.stringify(head), [...body]]);
        expect(plain(read)).toEqual(plain(contents));
      }),
    );
  });

  it('need no body', () => {
    const reader = new FrameReader();
    reader.push(encodeFrame({ id: 1 }));
    expect(framesIn(reader)).toEqual([{ head: { id: 1 }, body: Buffer.alloc(0) }]);
  });

  it('are told from what is none, which is shown', () => {
    const reader = new FrameReader();
    reader.push(Buffer.from('Segmentation fault\n'));
    expect(() => reader.next()).toThrow('this is no frame: "Segmentation fault\\n"');
  });
});
