import fc from 'fast-check';
import { XdrReader } from '../../../../lib/drivers/remote/rpc/xdr-reader';
import { ProtocolError } from '../../../../lib/errors';
import { annotatedHex, hexOf } from '../../../support/annotated-hex';

function readerOf(text: string): XdrReader {
  return new XdrReader(annotatedHex(text), 'the fixture');
}

function errorOf(action: () => unknown): ProtocolError {
  try {
    action();
  } catch (error) {
    if (error instanceof ProtocolError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an XDR reader', () => {
  it('reads the payload of a lifecycle event', () => {
    const reader = readerOf(`
      00000007                         | callbackID
      00000004 74657374                | dom.name: "test"
      6695eb01f6a4830479aa97f2502e193f | dom.uuid
      ffffffff                         | dom.id: -1
      00000005                         | event: stopped
      00000002                         | detail: crashed
    `);
    expect(reader.int('callbackID')).toBe(7);
    expect(reader.string('name')).toBe('test');
    expect(reader.uuid('uuid')).toBe('6695eb01-f6a4-8304-79aa-97f2502e193f');
    expect(reader.int('id')).toBe(-1);
    expect([reader.int('event'), reader.int('detail')]).toEqual([5, 2]);
    expect(reader.remaining).toBe(0);
  });

  it('reads every kind of number', () => {
    const reader = readerOf(`
      80000000          | int: the least
      ffffffff          | unsigned int: the greatest
      ffdfffffffffffff  | hyper: -9007199254740993, which is no double
      ffffffffffffffff  | unsigned hyper: the greatest
      4009 21fb 5444 2d18 | double: pi
      00000000          | bool: false
      00000001          | bool: true
    `);
    expect(reader.int('a')).toBe(-(2 ** 31));
    expect(reader.uint('b')).toBe(2 ** 32 - 1);
    expect(reader.hyper('c')).toBe(-9007199254740993n);
    expect(reader.unsignedHyper('d')).toBe(18446744073709551615n);
    expect(reader.double('e')).toBe(Math.PI);
    expect([reader.bool('f'), reader.bool('g')]).toEqual([false, true]);
  });

  it('reads a hyper where it stands, without a pad before it', () => {
    const reader = readerOf('00000001 0000000000000002');
    expect([reader.int('a'), reader.hyper('b')]).toEqual([1, 2n]);
  });

  it('skips the padding of strings and bytes, whatever is in it', () => {
    const reader = readerOf(`
      00000005 68656c6c6f 000000 | "hello", padded
      00000000                   | ""
      00000002 c3bc ffff         | "ü", badly padded
      aabbcc 00                  | 3 bytes, padded
      0000002a                   | 42
    `);
    expect([reader.string('a'), reader.string('b'), reader.string('c')]).toEqual(['hello', '', 'ü']);
    expect(hexOf(reader.opaque('d', 3))).toBe('aabbcc');
    expect(reader.int('e')).toBe(42);
  });

  it('replaces what is not UTF-8, and keeps a byte order mark', () => {
    const reader = readerOf(`
      00000004 61ff62 c3 | a, FF, b, half a character
      00000004 efbbbf61  | U+FEFF, a
    `);
    expect(reader.string('path')).toBe('a\ufffdb\ufffd');
    expect(reader.string('path')).toBe('\ufeffa');
  });

  it('reads what may be absent', () => {
    const reader = readerOf('00000000  00000001 00000003 75726900');
    const read = () => reader.optional('nsuri', (inner) => inner.string('nsuri'));
    expect([read(), read()]).toEqual([undefined, 'uri']);
  });

  it('reads a union in its order: discriminant, then arm', () => {
    const reader = readerOf(`
      00000002                                               | 2 parameters
      00000006 766f6c756d650000  00000004 ffffffffffffffff   | "volume", 4 (ullong), the greatest
      00000004 6e616d65          00000007 00000003 76646100  | "name", 7 (string), "vda"
    `);
    const parameters = reader.array('params', 64, (each) => {
      const field = each.string('field');
      return [field, each.int('type') === 4 ? each.unsignedHyper('value') : each.string('value')];
    });
    expect(parameters).toEqual([
      ['volume', 18446744073709551615n],
      ['name', 'vda'],
    ]);
  });

  it('leaves what follows alone', () => {
    const reader = readerOf('00000001 deadbeef 00');
    reader.int('supported');
    expect(reader.remaining).toBe(5);
  });

  it('looks ahead without going on, and sees 0 beyond the end', () => {
    const reader = readerOf('00000001 00000002');
    expect([reader.peek(0), reader.peek(4), reader.peek(5), reader.peek(2 ** 32)]).toEqual([1, 2, 0, 0]);
    expect([reader.uint('one'), reader.offset]).toEqual([1, 4]);
  });

  it('goes on past bytes that it is given, if they are what comes next', () => {
    const reader = readerOf('00000001 00000002 00000003');
    const first = annotatedHex('00000001');
    expect([reader.skip(annotatedHex('00000002')), reader.skip(first), reader.skip(first)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(reader.skip(annotatedHex('00000002 00000003 00000004'))).toBe(false);
    expect([reader.uint('two'), reader.since(4)]).toEqual([2, new Uint8Array([0, 0, 0, 2])]);
  });

  it('reads bytes that begin in the middle of a buffer', () => {
    const bytes = annotatedHex('ffffff 00000003 616263 00 ffff').subarray(3, 11);
    const reader = new XdrReader(bytes, 'a slice');
    expect(reader.string('name')).toBe('abc');
    expect(errorOf(() => reader.int('id')).offset).toBe(8);
  });
});

describe('an error of an XDR reader', () => {
  it('names what was read, the field and its place', () => {
    const reader = readerOf('00000001 00000010 74657374');
    reader.int('callbackID');
    const error = errorOf(() => reader.string('name'));
    expect(error.message).toBe(
      'cannot read the fixture: "name" at byte 4 of 12 has 16 bytes, padded to 16, but 4 are left',
    );
    expect(error).toMatchObject({ code: 'ERR_PROTOCOL', field: 'name', offset: 4 });
  });

  it.each<[what: string, bytes: string, read: (reader: XdrReader) => unknown, problem: string]>([
    ['an int that is cut off', '0000', (reader) => reader.int('x'), 'takes 4 bytes, but 2 are left'],
    ['a hyper that is cut off', '00000000', (reader) => reader.hyper('x'), 'takes 8 bytes, but 4 are left'],
    ['a uuid that is cut off', '0000', (reader) => reader.uuid('x'), 'takes 16 bytes, but 2 are left'],
    [
      'an optional with nothing to say so',
      '',
      (reader) => reader.optional('x', () => 1),
      'takes 4 bytes, but 0 are left',
    ],
    ['a bool of 2', '00000002', (reader) => reader.bool('x'), 'must be 0 or 1, but is 2'],
    ['an optional of -1', 'ffffffff', (reader) => reader.optional('x', () => 1), 'must be 0 or 1, but is 4294967295'],
    [
      'a string whose padding is cut off',
      '00000002 6161',
      (reader) => reader.string('x'),
      'has 2 bytes, padded to 4, but 2 are left',
    ],
    [
      'a string longer than all there is',
      '00400000 61616161',
      (reader) => reader.string('x'),
      'has 4194304 bytes, padded to 4194304, but 4 are left',
    ],
    [
      'a string longer than the protocol allows',
      'fffffffd 61616161',
      (reader) => reader.string('x'),
      'is a string of 4294967293 bytes, longer than the 4194304 allowed',
    ],
    [
      'a string longer than is asked for',
      '00000004 61616161',
      (reader) => reader.string('x', 3),
      'is a string of 4 bytes, longer than the 3 allowed',
    ],
    [
      'bytes that are cut off',
      '61616161',
      (reader) => reader.opaque('x', 5),
      'has 5 bytes, padded to 8, but 4 are left',
    ],
    [
      'more elements than are allowed',
      '00000041',
      (reader) => reader.array('x', 64, () => 1),
      'has 65 elements, more than the 64 allowed',
    ],
    [
      'more elements than there are bytes for',
      '00000003 00000001 00000002',
      (reader) => reader.array('x', 64, () => 1),
      'has 3 elements, which do not fit in the 8 bytes left',
    ],
  ])('says what is wrong with %s', (_, bytes, read, problem) => {
    const error = errorOf(() => read(readerOf(bytes)));
    expect(error.message).toBe(`cannot read the fixture: "x" at byte 0 of ${annotatedHex(bytes).length} ${problem}`);
    expect(error).toMatchObject({ code: 'ERR_PROTOCOL', field: 'x', offset: 0 });
  });

  it('comes before a single element of an array is read that cannot be there', () => {
    let count = 0;
    errorOf(() =>
      readerOf('7fffffff 00000000').array('x', 2 ** 32, () => {
        count += 1;
      }),
    );
    expect(count).toBe(0);
  });
});

it('whatever the bytes, reading ends with values or a protocol error', () => {
  const steps: ((reader: XdrReader) => unknown)[] = [
    (reader) => reader.int('i'),
    (reader) => reader.unsignedHyper('h'),
    (reader) => reader.double('d'),
    (reader) => reader.string('s'),
    (reader) => reader.uuid('u'),
    (reader) => reader.opaque('o', 7),
    (reader) => reader.optional('p', (inner) => inner.string('p')),
    (reader) => reader.array('a', 2 ** 32, (inner) => inner.string('e')),
  ];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.constantFrom(...steps), { maxLength: 8 }),
      (bytes, reads) => {
        const reader = new XdrReader(bytes, 'noise');
        try {
          for (const read of reads) {
            read(reader);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        expect(reader.remaining).toBeGreaterThanOrEqual(0);
      },
    ),
    { seed: 4506, numRuns: 2000 },
  );
});
