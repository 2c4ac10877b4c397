import fc from 'fast-check';
import { XdrReader } from '../../../../lib/drivers/remote/rpc/xdr-reader';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { annotatedHex, hexOf } from '../../../support/annotated-hex';
import { often } from '../../../support/often';

describe('an XDR writer', () => {
  it('writes the arguments of connect_open', () => {
    const payload = new XdrWriter()
      .optional('qemu:///system', (writer, name) => writer.string(name))
      .uint(0)
      .finish();
    expect(hexOf(payload)).toBe(
      hexOf(
        annotatedHex(`
          00000001                              | a name is there
          0000000e                              | of 14 bytes
          71656d75 3a2f2f2f 73797374 656d 0000  | "qemu:///system", padded
          00000000                              | flags: read and write
        `),
      ),
    );
  });

  it('writes every type as RFC 4506 lays it out', () => {
    const payload = new XdrWriter()
      .int(-1)
      .uint(0xfedcba98)
      .hyper(-2n)
      .unsignedHyper(2n ** 64n - 1n)
      .double(-0.5)
      .bool(true)
      .string('ü')
      .opaque(Uint8Array.of(1, 2, 3, 4, 5))
      .uuid('6695EB01-f6a4-8304-79aa-97f2502e193f')
      .optional(undefined, () => {})
      .array(['a', ''], (writer, value) => writer.string(value))
      .finish();
    expect(hexOf(payload)).toBe(
      hexOf(
        annotatedHex(`
          ffffffff                          | int
          fedcba98                          | unsigned int
          fffffffffffffffe                  | hyper
          ffffffffffffffff                  | unsigned hyper
          bfe0000000000000                  | double
          00000001                          | bool
          00000002 c3bc 0000                | string
          0102030405 000000                 | opaque[5]
          6695eb01f6a4830479aa97f2502e193f  | uuid
          00000000                          | an absent value
          00000002 00000001 61000000 00000000 | two strings
        `),
      ),
    );
  });

  it('has written nothing at first', () => {
    expect(new XdrWriter().finish()).toHaveLength(0);
  });

  it.each<[what: string, write: (writer: XdrWriter) => unknown, message: string]>([
    ['a UUID that is none', (writer) => writer.uuid('6695eb01'), "must be a UUID, but is '6695eb01'"],
    ['a NUL in a string', (writer) => writer.string('a\0b'), "must not have a NUL, but is 'a\\x00b'"],
    [
      'a string over the limit',
      (writer) => writer.string('x'.repeat(4_194_305)),
      'must have at most 4194304 bytes, but has 4194305',
    ],
  ])('refuses %s', (_, write, message) => {
    expect(() => write(new XdrWriter())).toThrow(message);
  });

  it.each<[what: string, write: (writer: XdrWriter) => unknown]>([
    ['an int over 31 bits', (writer) => writer.int(2 ** 31)],
    ['a negative unsigned int', (writer) => writer.uint(-1)],
    ['a hyper over 63 bits', (writer) => writer.hyper(2n ** 63n)],
    ['a negative unsigned hyper', (writer) => writer.unsignedHyper(-1n)],
  ])('refuses %s', (_, write) => {
    expect(() => write(new XdrWriter())).toThrow('is out of range');
  });
});

/** A type of XDR: any value of it, how it is written and how it is read. */
interface Codec<T> {
  readonly values: fc.Arbitrary<T>;
  write(writer: XdrWriter, value: T): void;
  read(reader: XdrReader): T;
}

function codec<T>(
  values: fc.Arbitrary<T>,
  write: (writer: XdrWriter, value: T) => void,
  read: (reader: XdrReader) => T,
): Codec<unknown> {
  return { values, write, read } as Codec<unknown>;
}

const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));

const codecs: readonly Codec<unknown>[] = [
  codec(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    (writer, value) => writer.int(value),
    (reader) => reader.int('int'),
  ),
  codec(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    (writer, value) => writer.uint(value),
    (reader) => reader.uint('uint'),
  ),
  codec(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    (writer, value) => writer.hyper(value),
    (reader) => reader.hyper('hyper'),
  ),
  codec(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    (writer, value) => writer.unsignedHyper(value),
    (reader) => reader.unsignedHyper('unsigned hyper'),
  ),
  codec(
    fc.double(),
    (writer, value) => writer.double(value),
    (reader) => reader.double('double'),
  ),
  codec(
    fc.boolean(),
    (writer, value) => writer.bool(value),
    (reader) => reader.bool('bool'),
  ),
  codec(
    text,
    (writer, value) => writer.string(value),
    (reader) => reader.string('string'),
  ),
  codec(
    fc.uuid(),
    (writer, value) => writer.uuid(value),
    (reader) => reader.uuid('uuid'),
  ),
  codec(
    fc.uint8Array({ minLength: 5, maxLength: 5 }).map(hexOf),
    (writer, value) => writer.opaque(Buffer.from(value, 'hex')),
    (reader) => hexOf(reader.opaque('opaque', 5)),
  ),
  codec(
    fc.option(text, { nil: undefined }),
    (writer, value) => writer.optional(value, (inner, present) => inner.string(present)),
    (reader) => reader.optional('optional', (inner) => inner.string('present')),
  ),
  codec(
    fc.array(text, { maxLength: 10 }),
    (writer, value) => writer.array(value, (inner, element) => inner.string(element)),
    (reader) => reader.array('array', 10, (inner) => inner.string('element')),
  ),
];

it('what is written is what is read, in any sequence of types', () => {
  const step = fc.constantFrom(...codecs).chain((type) => type.values.map((value) => ({ type, value })));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const writer = new XdrWriter();
      for (const { type, value } of steps) {
        type.write(writer, value);
      }
      const bytes = writer.finish();
      expect(bytes.length % 4).toBe(0);
      const reader = new XdrReader(bytes, 'what was written');
      expect(steps.map(({ type }) => type.read(reader))).toEqual(steps.map(({ value }) => value));
      expect(reader.remaining).toBe(0);
    }),
    { seed: 4506, numRuns: often(1000) },
  );
});
