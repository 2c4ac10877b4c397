import { MOST_REPLY_BYTES, OutstandingCalls } from '../../../../lib/drivers/remote/rpc/outstanding-calls';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
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
