import fc from 'fast-check';
import { sleep, systemClock } from '../../../../lib/clock';
import { runNow } from '../../../../lib/drivers/io/dialogue';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { noPayload } from '../../../../lib/drivers/remote/rpc/packet';
import { calls, program } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError, DaemonGoneError } from '../../../../lib/errors';
import { annotatedHex, hexOf } from '../../../support/annotated-hex';
import { often } from '../../../support/often';
import { thrownBy } from '../../../support/thrown-by';
import {
  ChannelBench,
  callNow,
  eventBytes,
  keepAliveBytes,
  packetBytes,
  procedureOf,
  refusalBytes,
  replyBytes,
} from './channel-bench';

const MINUTE = 60_000;
const ping = keepAliveBytes(1);
const pong = keepAliveBytes(2);

function callsOf(count: number): { procedure: ReturnType<typeof procedureOf>; payload: Uint8Array }[] {
  return Array.from({ length: count }, (_, number) => ({
    procedure: procedureOf(number),
    payload: new XdrWriter().int(number).finish(),
  }));
}

describe('a call', () => {
  it('is sent as libvirt lays it out, with serials from 1 on, and returns the payload of its reply', () => {
    const { channel, transport } = new ChannelBench();
    transport.onPacket = (call) => {
      if (call.procedure === calls.authList.number) {
        transport.arrive(
          annotatedHex(`
            00000024 20008086 00000001 00000042 | 36 bytes, remote, version 1, auth_list
            00000001 00000001 00000000          | reply, serial 1, ok
            00000001 00000000                   | one type: none
          `),
        );
      } else {
        transport.arrive(replyBytes(call));
      }
    };
    expect(hexOf(callNow(channel, calls.authList))).toBe('0000000100000000');
    expect(hexOf(callNow(channel, procedureOf(316), annotatedHex('00000000 00000000'), MINUTE))).toBe(
      '0000000000000000',
    );
    expect(transport.sent).toEqual([
      { program: 0x20008086, version: 1, procedure: 66, type: 0, serial: 1, status: 0, payload: Buffer.alloc(0) },
      { program: 0x20008086, version: 1, procedure: 316, type: 0, serial: 2, status: 0, payload: Buffer.alloc(8) },
    ]);
  });

  it('waits, for no longer than its time, until its reply has come to the last byte', () => {
    const { channel, transport } = new ChannelBench();
    transport.onWait = () => {
      const reply = replyBytes(transport.sent[0] as Packet);
      const at = transport.waits.length - 1;
      transport.arrive(reply.subarray(at, at + 1));
    };
    callNow(channel, calls.getType);
    expect(transport.waits).toHaveLength(28);
    for (const milliseconds of [...transport.waits, ...transport.writeTimes]) {
      expect(milliseconds).toBeGreaterThan(0);
      expect(milliseconds).toBeLessThanOrEqual(MINUTE);
    }
  });

  it("that the daemon refuses throws the daemon's error, and the channel goes on", () => {
    const { channel, transport, log } = new ChannelBench();
    transport.onPacket = (call) => transport.arrive(refusalBytes(call, 5, 'no connection driver available'));
    const error = thrownBy<Error>(() => callNow(channel, calls.connectOpen));
    expect(error).toBeInstanceOf(DaemonError);
    expect(error).toMatchObject({ message: 'no connection driver available', number: 5, domain: 7, level: 2 });
    transport.onPacket = (call) => transport.arrive(replyBytes(call));
    expect(callNow(channel, calls.getType)).toHaveLength(0);
    expect(log).toEqual([]);
  });

  it('hands over what comes before its reply, in order, and leaves what comes after it to those who have room', () => {
    const bench = new ChannelBench();
    const { channel, transport, log } = bench;
    transport.arrive(eventBytes(1));
    transport.onPacket = (call) => {
      transport.arrive(eventBytes(2), eventBytes(3));
      transport.arrive(replyBytes(call));
      transport.arrive(eventBytes(4));
    };
    callNow(channel, calls.getType);
    expect([log, transport.unread]).toEqual([[1, 2, 3], 1]);
    bench.pump();
    expect(log).toEqual([1, 2, 3, 4]);
  });

  it('reads on if there is no room', () => {
    const bench = new ChannelBench();
    const { channel, transport, log } = bench;
    bench.room = 1;
    transport.arrive(eventBytes(1), eventBytes(2), eventBytes(3));
    bench.pump();
    expect(log).toEqual([1]);
    transport.onPacket = (call) => transport.arrive(eventBytes(4), replyBytes(call));
    callNow(channel, calls.getType);
    expect(log).toEqual([1, 2, 3, 4]);
  });

  it('may be made while an event is handed over', () => {
    const bench = new ChannelBench();
    const { channel, transport, log } = bench;
    transport.onPacket = (call) => transport.arrive(eventBytes(call.procedure * 10), replyBytes(call));
    bench.onEvent = (number) => {
      if (number < 3) {
        callNow(channel, procedureOf(number + 1));
      }
    };
    transport.arrive(eventBytes(1), eventBytes(5));
    callNow(channel, procedureOf(7));
    expect(log).toEqual([1, 5, 70, 20]);
  });

  it('has its reply if that came while this process stood still, after its time', () => {
    const { channel, transport } = new ChannelBench();
    transport.onWait = () => {
      sleep(transport.waits.at(-1)! + 5);
      transport.arrive(eventBytes(1), replyBytes(transport.sent[0] as Packet));
    };
    expect(callNow(channel, calls.getType, noPayload, 5)).toHaveLength(0);
  });

  it('whose reply is late throws, and the channel goes on and ignores the reply', () => {
    const bench = new ChannelBench();
    const { channel, transport, log } = bench;
    transport.onWait = () => sleep(1);
    const error = thrownBy<Error>(() => callNow(channel, calls.domainGetState, noPayload, 5));
    expect(error).toMatchObject({
      code: 'ERR_CALL_TIMEOUT',
      call: 'domain_get_state',
      message: 'the daemon did not answer the call domain_get_state within 5 ms',
    });
    transport.onPacket = (call) => {
      transport.arrive(replyBytes(transport.sent[0] as Packet), eventBytes(1), replyBytes(call));
    };
    expect(hexOf(callNow(channel, calls.getType, annotatedHex('0000002a'), MINUTE))).toBe('0000002a');
    expect(log).toEqual([1]);
  });

  it('is refused if its arguments are too large, and nothing is sent', () => {
    const { channel, transport } = new ChannelBench();
    const tooLarge = new Uint8Array(33_554_409);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expect(() => callNow(channel, calls.getType, tooLarge, MINUTE)).toThrow(
        'payload must have at most 33554408 bytes',
      );
    }
    expect(transport.sent).toEqual([]);
    transport.onPacket = (call) => transport.arrive(replyBytes(call));
    expect(callNow(channel, calls.getType)).toHaveLength(0);
  });
});

describe('many calls at once', () => {
  it('are answered in their order, with what the daemon refuses in its place', () => {
    const { channel, transport } = new ChannelBench();
    transport.onPacket = (call) =>
      transport.arrive(call.procedure === 1 ? refusalBytes(call, 1, 'unsupported event ID 29') : replyBytes(call));
    const [first, second, third] = runNow(channel.callAll(callsOf(3), MINUTE));
    expect([first, third]).toEqual([annotatedHex('00000000'), annotatedHex('00000002')]);
    expect(second).toMatchObject({ code: 'ERR_DAEMON', message: 'unsupported event ID 29' });
  });

  it('may be none', () => {
    const { channel, transport } = new ChannelBench();
    expect(runNow(channel.callAll([], MINUTE))).toEqual([]);
    expect(transport.sent).toEqual([]);
  });

  it('are matched with their replies in any order, four under way at most, with events and pings between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.infiniteStream(fc.nat({ max: 1000 })), (count, choices) => {
        const { channel, transport, log } = new ChannelBench();
        const choose = (below: number) => (choices.next().value as number) % below;
        const underWay: Packet[] = [];
        let mostUnderWay = 0;
        let events = 0;
        transport.onPacket = (packet) => {
          if (packet.program === program.remote) {
            underWay.push(packet);
            mostUnderWay = Math.max(mostUnderWay, underWay.length);
          }
        };
        transport.onWait = () => {
          for (let answers = choose(underWay.length) + 1; answers > 0; answers -= 1) {
            const call = underWay.splice(choose(underWay.length), 1)[0] as Packet;
            events += 1;
            transport.arrive(eventBytes(events), ping, replyBytes(call));
          }
        };
        const answers = runNow(channel.callAll(callsOf(count), MINUTE)) as Uint8Array[];
        expect(answers.map((payload) => Buffer.from(payload).readInt32BE())).toEqual(
          Array.from({ length: count }, (_, number) => number),
        );
        expect(mostUnderWay).toBe(Math.min(count, 4));
        expect(log).toEqual(Array.from({ length: count }, (_, number) => number + 1));
      }),
      { seed: 5, numRuns: often(200) },
    );
  });

  it('have one time together, and name the first that is late', () => {
    const { channel, transport } = new ChannelBench();
    transport.onPacket = (call) => {
      if (call.procedure !== 1) {
        transport.arrive(replyBytes(call));
      }
    };
    transport.onWait = () => sleep(1);
    expect(thrownBy<Error>(() => runNow(channel.callAll(callsOf(9), 200)))).toMatchObject({
      code: 'ERR_CALL_TIMEOUT',
      call: 'call_1',
    });
    expect(transport.sent).toHaveLength(9);
    transport.arrive(replyBytes(transport.sent[1] as Packet), eventBytes(1));
    channel.pump(() => true);
    transport.onPacket = (call) => transport.arrive(replyBytes(call));
    expect(runNow(channel.callAll(callsOf(9), MINUTE))).toHaveLength(9);
  });
});

describe('a pump', () => {
  it('hands over all that is there, and does not wait', () => {
    const bench = new ChannelBench();
    bench.pump();
    bench.transport.arrive(eventBytes(1), eventBytes(2));
    bench.transport.arrive(eventBytes(3));
    bench.pump();
    expect([bench.log, bench.transport.waits]).toEqual([[1, 2, 3], []]);
  });

  it('looks no second time after a wait if a chunk was all there was; what has come meanwhile, the end as well, is met by the next', () => {
    const bench = new ChannelBench();
    const { transport, log } = bench;
    transport.arriveAlone(eventBytes(1), eventBytes(2).subarray(0, 9));
    transport.arriveAlone(eventBytes(2).subarray(9));
    transport.end();
    transport.onWait = () => {};
    const seen = [1, 2, 3].map(() => {
      bench.channel.wait(1);
      bench.pump();
      return [transport.looks, ...log];
    });
    expect(seen).toEqual([
      [1, 1],
      [2, 1, 2],
      [3, 1, 2, 'failed'],
    ]);
  });

  it('looks no second time after a pump that has brought something, either', () => {
    const bench = new ChannelBench();
    const looks = [1, 2, 3, undefined, 4].map((event) => {
      if (event !== undefined) {
        bench.transport.arriveAlone(eventBytes(event));
      }
      bench.pump();
      return bench.transport.looks;
    });
    expect(looks).toEqual([2, 3, 4, 5, 7]);
  });

  it('looks until there is nothing if neither was, so that one pump meets the end as well', () => {
    const bench = new ChannelBench();
    bench.transport.onWait = () => {};
    bench.channel.wait(1);
    bench.pump();
    bench.transport.arriveAlone(eventBytes(1));
    bench.transport.end();
    bench.pump();
    expect(bench.log).toEqual([1, 'failed']);
  });

  it('asks after each chunk whether to go on', () => {
    const { channel, transport, log } = new ChannelBench();
    transport.arrive(eventBytes(1), eventBytes(2));
    transport.arrive(eventBytes(3));
    channel.pump(() => false);
    expect([log, transport.unread]).toEqual([[1, 2], 1]);
  });

  /** Chunks of one size that hold this packet again and again. */
  const chunksOf = (packet: Uint8Array, bytes: number): Uint8Array =>
    Buffer.concat(Array.from({ length: Math.floor(bytes / packet.length) }, () => packet));

  it.each<[what: string, packet: Uint8Array, chunks: number]>([
    ['pings', ping, 5],
    ['pongs', pong, 5],
    ['messages that bring no event', eventBytes(-1), 1],
  ])('ends after 256 KiB of %s, and the next one goes on', (_, packet, chunks) => {
    const { channel, transport, log } = new ChannelBench({ bringsEvent: (number) => number >= 0 });
    for (let chunk = 0; chunk < 20; chunk += 1) {
      transport.arrive(chunksOf(packet, 65_536));
    }
    transport.arrive(eventBytes(1));
    const read: number[] = [];
    for (let pumps = 0; pumps < 30 && !log.includes(1); pumps += 1) {
      const before = transport.unread;
      channel.pump(() => true);
      read.push(before - transport.unread);
    }
    expect(read[0]).toBe(chunks);
    expect(log.at(-1)).toBe(1);
  });

  it('ends after 1,024 pieces of a packet', () => {
    const { channel, transport } = new ChannelBench();
    const bytes = packetBytes({ payload: new Uint8Array(2000) });
    for (let place = 0; place < 2000; place += 1) {
      transport.arrive(bytes.subarray(place, place + 1));
    }
    channel.pump(() => true);
    expect(transport.unread).toBe(2000 - 1025);
  });

  it('goes on for as long as events come', () => {
    const bench = new ChannelBench();
    for (let chunk = 0; chunk < 2000; chunk += 1) {
      bench.transport.arrive(eventBytes(chunk));
    }
    bench.pump();
    expect(bench.log).toHaveLength(2000);
  });

  it('reads nothing while there is no room, and hands over the rest of a chunk first when there is', () => {
    const bench = new ChannelBench();
    const { transport, log } = bench;
    transport.arrive(eventBytes(1), eventBytes(2), eventBytes(3));
    transport.arrive(eventBytes(4));
    transport.end();
    bench.room = 0;
    bench.pump();
    expect([log, transport.unread]).toEqual([[], 3]);
    bench.room = 2;
    bench.pump();
    expect([log, transport.unread]).toEqual([[1, 2], 2]);
    bench.room = 1;
    bench.pump();
    expect([log, transport.unread]).toEqual([[1, 2, 3], 2]);
    bench.room = 100;
    bench.pump();
    expect(log).toEqual([1, 2, 3, 4, 'failed']);
  });

  it('hands over the same in any chunking', () => {
    const stream = Buffer.concat(Array.from({ length: 20 }, (_, number) => eventBytes(number)));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 50 }), (places) => {
        const bench = new ChannelBench();
        let start = 0;
        for (const end of [...places.sort((a, b) => a - b), stream.length]) {
          bench.transport.arrive(stream.subarray(start, end));
          bench.pump();
          start = end;
        }
        expect(bench.log).toEqual(Array.from({ length: 20 }, (_, number) => number));
      }),
      { seed: 20, numRuns: often(200) },
    );
  });
});

it('much that brings no event leaves the event loop its turn, however often somebody listens anew', async () => {
  const { channel, transport } = new ChannelBench();
  channel.listen();
  for (let chunk = 0; chunk < 20; chunk += 1) {
    transport.arrive(Buffer.concat(Array.from({ length: 2000 }, () => pong)));
  }
  const { unread } = transport;
  expect(unread).toBeGreaterThan(10);
  channel.unlisten();
  channel.listen();
  expect(transport.unread).toBe(unread);
  let turns = 0;
  while (transport.unread > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(turns).toBeGreaterThanOrEqual(3);
});

describe('a ping of the daemon', () => {
  it('is answered by a pump', () => {
    const bench = new ChannelBench();
    bench.transport.arrive(ping, ping);
    bench.pump();
    expect(bench.sent()).toEqual(['pong', 'pong']);
    expect(bench.transport.sent[0]).toEqual({
      program: 0x6b656570,
      version: 1,
      procedure: 2,
      type: 2,
      serial: 0,
      status: 0,
      payload: Buffer.alloc(0),
    });
  });

  it('is answered 16 times in one chunk at most', () => {
    const bench = new ChannelBench();
    bench.transport.arrive(...Array.from({ length: 17 }, () => ping));
    bench.pump();
    expect(bench.sent()).toHaveLength(16);
    bench.transport.arrive(ping);
    bench.pump();
    expect(bench.sent()).toHaveLength(17);
  });

  it('is answered inside a call, before its reply is there', () => {
    const bench = new ChannelBench();
    const { channel, transport } = bench;
    transport.onPacket = (packet) => {
      const call = transport.sent[0] as Packet;
      transport.arrive(packet === call ? ping : replyBytes(call));
    };
    callNow(channel, calls.getType);
    expect(bench.sent()).toEqual([calls.getType.number, 'pong']);
  });

  it('is answered from the event loop', () => {
    const bench = new ChannelBench();
    bench.channel.listen();
    bench.transport.arrive(ping);
    expect(bench.sent()).toEqual(['pong']);
  });

  it('of a kind that is not known is left alone, as is a pong that nobody asked for', () => {
    const bench = new ChannelBench();
    bench.transport.arrive(keepAliveBytes(3), pong);
    bench.pump();
    expect([bench.sent(), bench.log]).toEqual([[], []]);
  });
});

describe('the pings of a channel', () => {
  function openPinging(): ChannelBench {
    const bench = new ChannelBench();
    bench.channel.startKeepAlive({ intervalMs: 5000, count: 2 });
    return bench;
  }

  it('go out when the daemon is silent for an interval, and not before', () => {
    const bench = openPinging();
    bench.clock.advance(4999);
    bench.pump();
    expect(bench.sent()).toEqual([]);
    bench.clock.advance(1);
    bench.pump();
    bench.pump();
    expect(bench.sent()).toEqual(['ping']);
  });

  it('find a dead daemon, which fails the channel', () => {
    const bench = openPinging();
    for (let interval = 0; interval < 3; interval += 1) {
      expect(bench.log).toEqual([]);
      bench.clock.advance(5000);
      bench.pump();
    }
    expect(bench.sent()).toEqual(['ping', 'ping']);
    expect(bench.failures).toEqual([
      expect.objectContaining({
        code: 'ERR_DAEMON_GONE',
        reason: 'keepalive',
        message: 'the daemon does not answer pings any more',
      }),
    ]);
  });

  it.each([
    ['a pong', pong],
    ['an event', eventBytes(1)],
    ['a ping of its own', ping],
    ['half a packet', ping.subarray(0, 10)],
  ])('are content with %s for an answer', (_, answer) => {
    const bench = openPinging();
    bench.clock.advance(5000);
    bench.pump();
    bench.clock.advance(5000);
    bench.pump();
    bench.transport.arrive(answer);
    bench.clock.advance(5000);
    bench.pump();
    expect(bench.failures).toEqual([]);
    bench.clock.advance(4999);
    bench.pump();
    expect(bench.sent().filter((what) => what === 'ping')).toHaveLength(2);
  });

  it('do not take a daemon for dead that the program did not listen to for long', () => {
    const bench = openPinging();
    bench.transport.onPacket = () => bench.transport.arrive(pong);
    for (let hour = 0; hour < 20; hour += 1) {
      bench.clock.advance(3_600_000);
      bench.pump();
    }
    expect(bench.sent()).toHaveLength(10);
    expect(bench.failures).toEqual([]);
  });

  it('say nothing of a daemon that is not read for want of room', () => {
    const bench = openPinging();
    bench.room = 0;
    for (let interval = 0; interval < 10; interval += 1) {
      bench.clock.advance(5000);
      bench.pump();
      // Nor do they cut waits short then, which would make those who wait for room spin.
      bench.transport.onWait = () => {};
      bench.channel.wait(4000);
    }
    expect([bench.sent(), bench.failures]).toEqual([[], []]);
    expect(bench.transport.waits).toEqual(Array(10).fill(4000));
  });

  it('cut waits short, so that they go out in time', () => {
    const bench = openPinging();
    bench.transport.onWait = () => {};
    bench.channel.wait(8000);
    bench.clock.advance(3000);
    bench.channel.wait(8000);
    bench.channel.wait(1000);
    bench.clock.advance(2000);
    bench.channel.wait(8000);
    expect(bench.transport.waits).toEqual([5000, 2000, 1000]);
  });

  it('go out inside a call, and fail it', () => {
    const bench = openPinging();
    bench.transport.onWait = () => bench.clock.advance(5000);
    expect(thrownBy<Error>(() => callNow(bench.channel, calls.authPolkit))).toMatchObject({
      reason: 'keepalive',
    });
    expect(bench.sent()).toEqual([calls.authPolkit.number, 'ping', 'ping']);
  });

  it('go out from the event loop, and find a dead daemon there', () => {
    const bench = openPinging();
    bench.channel.listen();
    bench.clock.advance(12_000);
    expect(bench.sent()).toEqual(['ping', 'ping']);
    bench.transport.arrive(pong);
    bench.clock.advance(14_000);
    expect([bench.sent().length, bench.failures]).toEqual([4, []]);
    bench.clock.advance(10_000);
    expect(bench.failures).toHaveLength(1);
  });

  it('stop with listening', () => {
    const bench = openPinging();
    bench.channel.listen();
    bench.channel.unlisten();
    bench.clock.advance(60_000);
    expect(bench.sent()).toEqual([]);
  });

  it('begin while it listens, if they are asked for then', () => {
    const bench = new ChannelBench();
    bench.channel.listen();
    bench.channel.startKeepAlive({ intervalMs: 100, count: 2 });
    bench.clock.advance(100);
    expect(bench.sent()).toEqual(['ping']);
  });
});

describe('in the event loop a channel', () => {
  it('hands over what comes, until it stops listening', () => {
    const { channel, transport, log } = new ChannelBench();
    transport.arrive(eventBytes(1));
    channel.listen();
    transport.arrive(eventBytes(2), eventBytes(3).subarray(0, 9));
    transport.arrive(eventBytes(3).subarray(9));
    channel.unlisten();
    transport.arrive(eventBytes(4));
    expect([log, transport.unread]).toEqual([[1, 2, 3], 1]);
  });

  it('reads nothing while there is no room, and goes on when it is told to', () => {
    const bench = new ChannelBench();
    const { channel, transport, log } = bench;
    bench.room = 2;
    channel.listen();
    transport.arrive(eventBytes(1), eventBytes(2), eventBytes(3));
    transport.arrive(eventBytes(4));
    expect([log, transport.isWatched, transport.unread]).toEqual([[1, 2], false, 1]);
    bench.room = 1;
    channel.listen();
    expect([log, transport.isWatched, transport.unread]).toEqual([[1, 2, 3], false, 1]);
    bench.room = 100;
    channel.listen();
    transport.arrive(eventBytes(5));
    expect([log, transport.isWatched]).toEqual([[1, 2, 3, 4, 5], true]);
  });

  it('leaves the transport alone if a pump has used up the room', () => {
    const bench = new ChannelBench();
    const { channel, transport } = bench;
    channel.listen();
    bench.room = 0;
    bench.pump();
    expect(transport.isWatched).toBe(false);
    bench.room = 1;
    bench.pump();
    expect(transport.isWatched).toBe(true);
  });

  it('can be told to stop while an event is handed over', () => {
    const bench = new ChannelBench();
    const { channel, transport, log } = bench;
    bench.room = 0;
    transport.arrive(eventBytes(1), eventBytes(2));
    transport.arrive(eventBytes(3));
    bench.onEvent = () => channel.unlisten();
    bench.channel.startKeepAlive({ intervalMs: 100, count: 2 });
    channel.listen();
    bench.room = 100;
    channel.listen();
    expect([log, transport.isWatched, transport.unread]).toEqual([[1, 2], false, 1]);
    bench.clock.advance(1000);
    expect(bench.sent()).toEqual([]);
  });

  it('makes calls as it does elsewhere', () => {
    const { channel, transport, log } = new ChannelBench();
    channel.listen();
    transport.onPacket = (call) => transport.arrive(eventBytes(1), replyBytes(call));
    callNow(channel, calls.getType);
    transport.arrive(eventBytes(2));
    expect(log).toEqual([1, 2]);
  });

  it('looks again and again if the event loop cannot tell when something comes', async () => {
    const bench = new ChannelBench();
    const { channel, transport } = bench;
    transport.watch = () => false;
    const handedOver = new Promise<number>((resolve) => {
      bench.onEvent = resolve;
    });
    channel.listen();
    transport.arrive(eventBytes(1));
    expect(await handedOver).toBe(1);
    channel.close();
  });
});

describe('a channel fails', () => {
  /** What fails it, whichever way it is met. */
  const hostile: [what: string, bytes: Uint8Array, message: string][] = [
    ['a length that no packet has', annotatedHex('0000001b'), 'but the daemon says 27'],
    ['a length beyond the largest', annotatedHex('7fffffff'), 'but the daemon says 2147483647'],
    [
      'a version that does not exist',
      packetBytes({ version: 2 }),
      'a packet of the daemon (type 2, serial 1, program 0x20008086, version 2, procedure 318) must be of version 1',
    ],
    ['a program without messages', packetBytes({ program: 0x06900690 }), 'must be of a program that has messages'],
    ['a call by the daemon', packetBytes({ type: 0 }), 'must be a reply or a message'],
    ['a stream', packetBytes({ type: 3 }), 'must be a reply or a message'],
    ['a reply with descriptors', packetBytes({ type: 5 }), 'must be a reply or a message'],
    ['a type that does not exist', packetBytes({ type: -1 }), 'must be a reply or a message'],
    ['a reply to nobody', packetBytes({ type: 1, serial: 999 }), 'must reply to a call that was made'],
  ];

  describe.each(hostile)('by %s', (_, bytes, message) => {
    const refusal = expect.objectContaining({ code: 'ERR_PROTOCOL', message: expect.stringContaining(message) });

    it('met by a pump', () => {
      const bench = new ChannelBench();
      bench.transport.arrive(eventBytes(1), bytes, eventBytes(2));
      bench.pump();
      bench.pump();
      expect([bench.log, bench.failures]).toEqual([[1, 'failed'], [refusal]]);
      expect(bench.transport.isClosed).toBe(true);
      expect(() => callNow(bench.channel, calls.getType)).toThrow(bench.failures[0]);
    });

    it('met by a call', () => {
      const bench = new ChannelBench();
      bench.transport.onPacket = (call) => bench.transport.arrive(bytes, replyBytes(call));
      expect(() => callNow(bench.channel, calls.getType)).toThrow(refusal);
      expect(bench.failures).toEqual([refusal]);
    });

    it('met in the event loop', () => {
      const bench = new ChannelBench();
      bench.channel.listen();
      bench.transport.arrive(bytes);
      expect(bench.failures).toEqual([refusal]);
      expect(bench.transport.isClosed).toBe(true);
      bench.channel.listen();
      bench.channel.unlisten();
      bench.channel.wait(1000);
      bench.channel.close();
    });
  });

  it.each<[what: string, change: Partial<Packet>, message: string]>([
    ['another procedure', { procedure: 1 }, 'must reply to connect_get_type, procedure 3'],
    ['another program', { program: program.qemu }, 'must reply to connect_get_type, procedure 3'],
    ['a status that does not exist', { status: 2 }, 'must say how connect_get_type went, but its status is 2'],
    [
      'an error that cannot be read',
      { status: 1, payload: new Uint8Array(5) },
      'cannot read the error of connect_get_type',
    ],
  ])('by a reply with %s', (_, change, message) => {
    const { channel, transport, log } = new ChannelBench();
    transport.onPacket = (call) => transport.arrive(packetBytes({ ...call, type: 1, ...change }));
    const error = thrownBy<Error>(() => callNow(channel, calls.getType));
    expect(error).toMatchObject({ code: 'ERR_PROTOCOL', message: expect.stringContaining(message) });
    expect(log).toEqual(['failed']);
  });

  it('by a second reply to the same call', () => {
    const bench = new ChannelBench();
    bench.transport.onPacket = (call) => bench.transport.arrive(replyBytes(call), replyBytes(call));
    expect(() => callNow(bench.channel, calls.getType)).toThrow('must reply to a call that was made');
  });

  it('by what the receiver of an event throws', () => {
    const bench = new ChannelBench();
    bench.onEvent = () => {
      throw new Error('cannot take it');
    };
    bench.transport.arrive(eventBytes(1), eventBytes(2));
    bench.pump();
    expect([bench.log, bench.failures]).toEqual([[1, 'failed'], [new Error('cannot take it')]]);
  });

  it.each<[what: string, begun: Uint8Array, message: string]>([
    ['between two packets', new Uint8Array(0), 'the daemon closed the connection'],
    ['inside one', eventBytes(2).subarray(0, 20), 'the daemon closed the connection in the middle of a packet'],
  ])('by the end of the transport %s, after what came before', (_, begun, message) => {
    const bench = new ChannelBench();
    bench.transport.arrive(eventBytes(1), begun);
    bench.transport.end();
    bench.pump();
    expect(bench.log).toEqual([1, 'failed']);
    expect(bench.failures).toEqual([expect.objectContaining({ code: 'ERR_DAEMON_GONE', reason: 'eof', message })]);
  });

  it('by an error of the transport, which is the cause', () => {
    const bench = new ChannelBench();
    const error = new Error('read ECONNRESET');
    bench.transport.onPacket = () => bench.transport.breakWith(error);
    const failure = thrownBy<Error>(() => callNow(bench.channel, calls.getType));
    expect(failure).toBeInstanceOf(DaemonGoneError);
    expect(failure).toMatchObject({
      reason: 'error',
      message: 'reading from the daemon failed: read ECONNRESET',
      cause: error,
    });
    expect(bench.failures).toEqual([failure]);
  });

  it('by a call that cannot be written, after what the daemon sent before', () => {
    const bench = new ChannelBench();
    const { channel, transport } = bench;
    bench.room = 0;
    transport.arrive(eventBytes(1));
    transport.arrive(eventBytes(2));
    transport.writeError = new Error('the daemon takes nothing for 5000 ms');
    const failure = thrownBy<Error>(() => runNow(channel.callAll(callsOf(3), 5000)));
    expect(failure).toMatchObject({
      code: 'ERR_DAEMON_GONE',
      reason: 'error',
      message: 'writing to the daemon failed: the daemon takes nothing for 5000 ms',
      cause: transport.writeError,
    });
    expect(bench.log).toEqual([1, 2, 'failed']);
    expect(transport.writeTimes).toHaveLength(1);
  });

  it('by a pong that cannot be written, after what the daemon sent before, and not for want of room', () => {
    const bench = new ChannelBench();
    bench.transport.writeError = new Error('write EPIPE');
    bench.room = 1;
    bench.transport.arrive(ping, eventBytes(1), ping);
    bench.transport.arrive(eventBytes(2));
    bench.pump();
    expect(bench.log).toEqual([1]);
    bench.room = 100;
    bench.pump();
    expect(bench.log).toEqual([1, 2, 'failed']);
    expect(bench.transport.writeTimes).toHaveLength(1);
  });

  it('by what cannot be written, even if the daemon goes on sending', () => {
    const bench = new ChannelBench();
    bench.transport.writeError = new Error('write EPIPE');
    bench.transport.arriveAlone(ping, eventBytes(1));
    bench.transport.arriveAlone(eventBytes(2));
    bench.transport.onWait = () => {};
    bench.channel.wait(1);
    bench.pump();
    expect(bench.log).toEqual([1, 2, 'failed']);
  });

  it('never by whatever bytes with anything but the two errors it knows', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .record({
          program: fc.constantFrom(program.remote, program.qemu, program.keepAlive, 7),
          version: fc.constantFrom(1, 1, 1, 2),
          procedure: fc.integer({ min: 0, max: 5 }),
          type: fc.integer({ min: 0, max: 6 }),
          serial: fc.integer({ min: 0, max: 3 }),
          status: fc.integer({ min: 0, max: 2 }),
          payload: fc.uint8Array({ minLength: 4, maxLength: 30 }),
        })
        .map(packetBytes),
    );
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 10 }), (chunks) => {
        const { channel, transport, failures } = new ChannelBench();
        transport.onWait = () => {
          const chunk = chunks.shift();
          if (chunk === undefined) {
            transport.end();
          } else {
            transport.arrive(chunk);
          }
        };
        let error: unknown;
        try {
          runNow(channel.callAll(callsOf(3), MINUTE));
        } catch (thrown) {
          error = thrown;
        }
        expect(failures).toEqual(error === undefined ? [] : [error]);
        expect(['ERR_PROTOCOL', 'ERR_DAEMON_GONE', undefined]).toContain(
          (error as { code?: string } | undefined)?.code,
        );
      }),
      { seed: 1337, numRuns: often(2000) },
    );
  });
});

describe('a channel that is closed', () => {
  it('closes its transport once, hands nothing over, and refuses calls', () => {
    const bench = new ChannelBench();
    bench.channel.listen();
    bench.channel.close();
    bench.channel.close();
    bench.pump();
    expect([bench.transport.isClosed, bench.log]).toEqual([true, []]);
    expect(thrownBy<Error>(() => callNow(bench.channel, calls.getType))).toMatchObject({
      code: 'ERR_DAEMON_GONE',
      reason: 'client',
    });
  });

  it('can be closed while an event is handed over', () => {
    const bench = new ChannelBench();
    bench.onEvent = () => bench.channel.close();
    bench.transport.arrive(eventBytes(1), eventBytes(2));
    bench.channel.listen();
    expect(bench.log).toEqual([1]);
  });
});

describe('calls whose time is up', () => {
  it('count as long as they are not answered', () => {
    const bench = new ChannelBench();
    bench.transport.onWait = () => {};
    expect(thrownBy<Error>(() => runNow(bench.channel.callAll(callsOf(3), 1)))).toMatchObject({
      code: 'ERR_CALL_TIMEOUT',
    });
    expect(thrownBy<Error>(() => runNow(bench.channel.callAll(callsOf(3), 1)))).toMatchObject({
      code: 'ERR_CALL_TIMEOUT',
    });
    expect(bench.sent()).toEqual([0, 1, 2, 0]);
    bench.transport.arrive(...bench.transport.sent.map((packet) => replyBytes(packet)));
    bench.transport.onPacket = (packet) => bench.transport.arrive(replyBytes(packet));
    expect(runNow(bench.channel.callAll(callsOf(3), MINUTE))).toHaveLength(3);
  });
});

describe('a daemon that takes no bytes', () => {
  it('is waited for by a call for as long as its time lasts', () => {
    const stopped = jest.spyOn(systemClock, 'monotonic').mockReturnValue(0);
    try {
      const bench = new ChannelBench();
      bench.transport.onPacket = (packet) => bench.transport.arrive(replyBytes(packet));
      callNow(bench.channel, procedureOf(1), noPayload, 1234);
      expect(bench.transport.writeTimes).toEqual([1234]);
    } finally {
      stopped.mockRestore();
    }
  });

  it('is waited for for 100 ms by a ping, and by the answer to one', () => {
    const bench = new ChannelBench();
    bench.channel.startKeepAlive({ intervalMs: 1000, count: 5 });
    bench.clock.advance(1000);
    bench.pump();
    bench.transport.arrive(ping);
    bench.pump();
    expect([bench.sent(), bench.transport.writeTimes]).toEqual([
      ['ping', 'pong'],
      [100, 100],
    ]);
  });

  it('is waited for for a second by a call that nobody waits for', () => {
    const bench = new ChannelBench();
    bench.channel.post({ procedure: procedureOf(1), payload: noPayload }, () => {});
    expect(bench.transport.writeTimes).toEqual([1000]);
  });
});

describe('a channel that takes leave', () => {
  const goodbye = procedureOf(2);

  it('says goodbye, awaits the answer, and closes its transport, once', () => {
    const bench = new ChannelBench();
    bench.transport.onPacket = (packet) => bench.transport.arrive(replyBytes(packet));
    bench.channel.leave(goodbye);
    bench.channel.leave(goodbye);
    expect([bench.sent(), bench.transport.isClosed, bench.failures]).toEqual([[2], true, []]);
    expect(() => callNow(bench.channel, procedureOf(3), noPayload, 1000)).toThrow('was closed');
  });

  it('hands over nothing of what comes before the answer', () => {
    const bench = new ChannelBench();
    bench.transport.onPacket = (packet) => bench.transport.arrive(eventBytes(1), eventBytes(2), replyBytes(packet));
    bench.channel.leave(goodbye);
    expect([bench.log, bench.transport.isClosed]).toEqual([[], true]);
  });

  it('hands over no answer to a posted call either', () => {
    const bench = new ChannelBench();
    bench.channel.post({ procedure: procedureOf(1), payload: noPayload }, () => bench.log.push('answered'));
    const [posted] = bench.transport.sent as [Packet];
    bench.transport.onPacket = (packet) => bench.transport.arrive(replyBytes(posted), replyBytes(packet));
    bench.channel.leave(goodbye);
    expect([bench.sent(), bench.log, bench.transport.isClosed]).toEqual([[1, 2], [], true]);
  });

  it.each<[what: string, answer: (bench: ChannelBench, packet: Packet) => void]>([
    ['closes the connection', ({ transport }) => transport.end()],
    ['refuses it', ({ transport }, packet) => transport.arrive(refusalBytes(packet, 39, 'unknown procedure'))],
    ['breaks the protocol', ({ transport }) => transport.arrive(Buffer.alloc(28))],
  ])('is content if the daemon %s', (_, answer) => {
    const bench = new ChannelBench();
    bench.transport.onPacket = (packet) => answer(bench, packet);
    bench.channel.leave(goodbye);
    expect([bench.log, bench.transport.isClosed]).toEqual([[], true]);
  });

  it('does not wait long for a daemon that does not answer, nor for one that takes no bytes', () => {
    const bench = new ChannelBench();
    bench.transport.onWait = () => sleep(bench.transport.waits.at(-1)!);
    bench.channel.leave(goodbye);
    expect(bench.transport.isClosed).toBe(true);
    for (const milliseconds of [...bench.transport.waits, ...bench.transport.writeTimes]) {
      expect(milliseconds).toBeLessThanOrEqual(1000);
    }
  });

  it('takes leave from within what it hands over', () => {
    const bench = new ChannelBench();
    bench.transport.onPacket = (packet) => bench.transport.arrive(replyBytes(packet));
    bench.onEvent = () => bench.channel.leave(goodbye);
    bench.transport.arrive(eventBytes(1), eventBytes(2));
    bench.pump();
    expect([bench.log, bench.sent(), bench.transport.isClosed]).toEqual([[1], [2], true]);
  });

  it('has nothing to say if the channel has failed', () => {
    const bench = new ChannelBench();
    bench.transport.end();
    bench.pump();
    bench.channel.leave(goodbye);
    expect([bench.sent(), bench.log]).toEqual([[], ['failed']]);
  });
});
