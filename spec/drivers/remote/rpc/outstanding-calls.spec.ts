import { decodeError, MOST_REPLY_BYTES, OutstandingCalls } from '../../../../lib/drivers/remote/rpc/outstanding-calls';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { DaemonError, ProtocolError } from '../../../../lib/errors';
import { annotatedHex } from '../../../support/annotated-hex';
import { procedureOf } from './channel-bench';

function replyTo(serial: number, payload: Uint8Array = new Uint8Array(0)): Packet {
  return { program: procedureOf(7).program, version: 1, procedure: 7, type: 1, serial, status: 0, payload };
}

describe('outstanding calls', () => {
  it('have serials that grow from 1 on, and begin anew after the last', () => {
    const outstanding = new OutstandingCalls();
    expect([outstanding.begin(procedureOf(7)).serial, outstanding.begin(procedureOf(7)).serial]).toEqual([1, 2]);
    const old = new OutstandingCalls(2 ** 32 - 2);
    expect([old.begin(procedureOf(7)).serial, old.begin(procedureOf(7)).serial]).toEqual([2 ** 32 - 1, 1]);
  });

  it('are answered once each, by their serials', () => {
    const outstanding = new OutstandingCalls();
    const [first, second] = [outstanding.begin(procedureOf(7)), outstanding.begin(procedureOf(7))];
    const payload = Uint8Array.of(0, 0, 0, 1);
    outstanding.settle(replyTo(second.serial, payload));
    expect([first.answer, second.answer, outstanding.count]).toEqual([undefined, payload, 1]);
    expect(() => outstanding.settle(replyTo(second.serial))).toThrow('must reply to a call that was made');
  });

  it('that are given up are under way until their reply comes, once, and have no answer by it', () => {
    const outstanding = new OutstandingCalls();
    const call = outstanding.begin(procedureOf(7));
    outstanding.giveUp([call]);
    expect(outstanding.count).toBe(1);
    outstanding.settle(replyTo(call.serial));
    expect(outstanding.count).toBe(0);
    expect(call.answer).toBeUndefined();
    expect(() => outstanding.settle(replyTo(call.serial))).toThrow('must reply to a call that was made');
  });

  it('that are made together have results of 64 MiB at most', () => {
    const outstanding = new OutstandingCalls();
    const room = { bytes: MOST_REPLY_BYTES };
    const [first, second, third] = [1, 2, 3].map(() => outstanding.begin(procedureOf(7), room));
    const alone = outstanding.begin(procedureOf(7));
    const half = new Uint8Array(MOST_REPLY_BYTES / 2);
    outstanding.settle(replyTo(first!.serial, half));
    outstanding.settle(replyTo(second!.serial, half));
    expect([first, second].map((call) => (call!.answer as Uint8Array).length)).toEqual([half.length, half.length]);
    outstanding.settle(replyTo(alone.serial, half));
    expect(() => outstanding.settle(replyTo(third!.serial, new Uint8Array(1)))).toThrow('above 64 MiB');
  });

  it('have results of their own, which keep nothing else in memory', () => {
    const outstanding = new OutstandingCalls();
    const call = outstanding.begin(procedureOf(7));
    const chunk = new Uint8Array(1024 * 1024);
    outstanding.settle(replyTo(call.serial, chunk.subarray(0, 100_000)));
    expect((call.answer as Uint8Array).buffer.byteLength).toBe(100_000);
  });

  it('that are answered are not given up', () => {
    const outstanding = new OutstandingCalls();
    const call = outstanding.begin(procedureOf(7));
    outstanding.settle(replyTo(call.serial));
    outstanding.giveUp([call]);
    expect(() => outstanding.settle(replyTo(call.serial))).toThrow('must reply to a call that was made');
  });
});

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
