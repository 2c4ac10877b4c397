import { decodeError } from '../../../../lib/drivers/remote/rpc/outstanding-calls';
import { DaemonError, ProtocolError } from '../../../../lib/errors';
import { annotatedHex } from '../../../support/annotated-hex';

const noDomain = annotatedHex(`
  0000002a                                    | code: 42, no domain
  0000000a                                    | domain: 10, the QEMU driver
  00000001 0000001c                           | message, 28 bytes
  446f6d61696e206e6f7420666f756e643a206e6f206d6174 | "Domain not found: no mat"
  63682121                                    | "ch!!"
  00000002                                    | level: error
  00000000                                    | dom: absent
  00000001 00000014                           | str1, 20 bytes
  446f6d61696e206e6f7420666f756e643a202573    | "Domain not found: %s"
  00000001 00000002 6e6f 0000                 | str2: "no"
  00000000                                    | str3: absent
  ffffffff ffffffff                           | int1, int2
  00000000                                    | net: absent
`);

describe('the error in a reply', () => {
  it("becomes an error with libvirt's own message and numbers", () => {
    const error = decodeError(noDomain, 'domain_lookup_by_name');
    expect(error).toBeInstanceOf(DaemonError);
    expect(error).toMatchObject({
      message: 'Domain not found: no match!!',
      code: 'ERR_DAEMON',
      number: 42,
      domain: 10,
      level: 2,
    });
  });

  it('needs no message', () => {
    const error = decodeError(annotatedHex('00000001 00000007 00000000 00000002'), 'connect_open');
    expect(error.message).toBe('error 1 in part 7, without a message');
  });

  it('needs nothing after the level, and minds nothing there', () => {
    const upToLevel = noDomain.subarray(0, 48);
    expect(decodeError(upToLevel, 'x')).toEqual(decodeError(noDomain, 'x'));
    expect(decodeError(Buffer.concat([upToLevel, Buffer.alloc(7, 0xff)]), 'x').level).toBe(2);
  });

  it('that is cut off before is refused, wherever that is', () => {
    for (let length = 0; length < 48; length += 1) {
      expect(() => decodeError(noDomain.subarray(0, length), 'connect_open')).toThrow(ProtocolError);
    }
    expect(() => decodeError(noDomain.subarray(0, 44), 'connect_open')).toThrow(
      'cannot read the error of connect_open: "level" at byte 44 of 44 takes 4 bytes, but 0 are left',
    );
  });
});
