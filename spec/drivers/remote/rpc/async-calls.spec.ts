import { setImmediate as turn } from 'node:timers/promises';
import { sleep } from '../../../../lib/clock';
import { runInLoop } from '../../../../lib/drivers/io/dialogue';
import { keepAliveProcedure } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError } from '../../../../lib/errors';
import {
  ChannelBench,
  callNow,
  eventBytes,
  keepAliveBytes,
  procedureOf,
  refusalBytes,
  replyBytes,
} from './channel-bench';

const MINUTE = 60_000;

function callsOf(count: number): { procedure: ReturnType<typeof procedureOf>; payload: Uint8Array }[] {
  return Array.from({ length: count }, (_, number) => ({
    procedure: procedureOf(number),
    payload: new XdrWriter().int(number).finish(),
  }));
}

describe('calls in the event loop', () => {
  it('are answered in any order, at most four under way, and the thread is free meanwhile', async () => {
    const { channel, transport } = new ChannelBench();
    const answers = runInLoop(channel.callAll(callsOf(12), MINUTE));
    for (let replied = 0; replied < 12; ) {
      const open = transport.sent.slice(replied);
      expect(open.length).toBeLessThanOrEqual(4);
      for (const packet of [...open].reverse()) {
        transport.arrive(replyBytes(packet));
        await turn();
      }
      replied += open.length;
    }
    expect((await answers).map((answer) => Buffer.from(answer as Uint8Array).readInt32BE(0))).toEqual(
      callsOf(12).map((_, number) => number),
    );
    expect(transport.waits).toEqual([]);
  });

  it('leave the event loop alone when they are answered, unless the channel listens', async () => {
    for (const listens of [false, true]) {
      const { channel, transport } = new ChannelBench();
      if (listens) {
        channel.listen();
      }
      const answers = runInLoop(channel.callAll(callsOf(1), MINUTE));
      expect(transport.isWatched).toBe(true);
      transport.arrive(replyBytes(transport.sent[0]!));
      await answers;
      expect(transport.isWatched).toBe(listens);
    }
  });

  it('go on when the channel stops listening in the midst of them', async () => {
    const { channel, transport } = new ChannelBench();
    channel.listen();
    const answers = runInLoop(channel.callAll(callsOf(1), MINUTE));
    channel.unlisten();
    transport.arrive(replyBytes(transport.sent[0]!));
    await expect(answers).resolves.toHaveLength(1);
    expect(transport.isWatched).toBe(false);
  });

  it('read on if there is no room for events, since their replies are behind them', async () => {
    const bench = new ChannelBench();
    bench.room = 0;
    const answers = runInLoop(bench.channel.callAll(callsOf(1), MINUTE));
    bench.transport.arrive(eventBytes(1), eventBytes(2), replyBytes(bench.transport.sent[0]!), eventBytes(3));
    await answers;
    expect(bench.log).toEqual([1, 2]);
  });

  it('are answered, too, by what a pump or another call takes in', async () => {
    const { channel, transport } = new ChannelBench();
    const answers = runInLoop(channel.callAll(callsOf(1), MINUTE));
    transport.unwatch();
    transport.arrive(replyBytes(transport.sent[0]!));
    transport.onPacket = (packet) => transport.arrive(replyBytes(packet));
    callNow(channel, procedureOf(40));
    await expect(answers).resolves.toHaveLength(1);
  });

  it('have a refusal for an answer', async () => {
    const { channel, transport } = new ChannelBench();
    const answers = runInLoop(channel.callAll(callsOf(1), MINUTE));
    transport.arrive(refusalBytes(transport.sent[0]!, 38, 'no such thing'));
    await expect(answers).resolves.toEqual([expect.any(DaemonError)]);
  });

  it('have their reply if that came while the event loop was blocked, beyond their time', async () => {
    const { channel, transport } = new ChannelBench();
    const answers = runInLoop(channel.callAll(callsOf(1), 5));
    sleep(20);
    setImmediate(() => transport.arrive(replyBytes(transport.sent[0]!)));
    await expect(answers).resolves.toHaveLength(1);
  });

  it('end in time if no reply comes, and the channel goes on', async () => {
    const { channel, transport } = new ChannelBench();
    const late = runInLoop(channel.callAll(callsOf(1), 10));
    await expect(late).rejects.toMatchObject({ code: 'ERR_CALL_TIMEOUT', message: expect.stringContaining('call_0') });
    expect(transport.isWatched).toBe(false);
    const next = runInLoop(channel.callAll(callsOf(1), MINUTE));
    transport.arrive(replyBytes(transport.sent[0]!), replyBytes(transport.sent[1]!));
    await expect(next).resolves.toHaveLength(1);
  });

  it('are rejected if the other end goes away, or the channel is closed', async () => {
    const gone = new ChannelBench();
    const one = runInLoop(gone.channel.callAll(callsOf(1), MINUTE));
    gone.transport.end();
    await expect(one).rejects.toMatchObject({ code: 'ERR_DAEMON_GONE', reason: 'eof' });
    const closed = new ChannelBench();
    const other = runInLoop(closed.channel.callAll(callsOf(1), MINUTE));
    closed.channel.close();
    await expect(other).rejects.toMatchObject({ code: 'ERR_DAEMON_GONE', reason: 'client' });
  });
});

describe('pings over a transport that needs the event loop', () => {
  function openChannel(): ChannelBench {
    const bench = new ChannelBench({ isSilentWhileBlocked: true });
    bench.channel.startKeepAlive({ intervalMs: 1000, count: 2 });
    return bench;
  }

  it('are not sent, and nobody is taken for dead, while the thread is blocked', () => {
    const bench = openChannel();
    for (let second = 0; second < 20; second += 1) {
      bench.clock.advance(1000);
      bench.pump();
    }
    expect(bench.sent().length).toBeLessThanOrEqual(1);
    expect(bench.failures).toEqual([]);
  });

  it('find a dead peer if the event loop has its turns', async () => {
    const bench = openChannel();
    for (let second = 0; second < 3; second += 1) {
      bench.clock.advance(1000);
      bench.pump();
      await turn();
    }
    bench.pump();
    expect(bench.sent()).toEqual(['ping', 'ping']);
    expect(bench.failures).toMatchObject([{ reason: 'keepalive' }]);
  });

  it('take nobody for dead whose answer only awaits a turn of the event loop', async () => {
    const bench = openChannel();
    for (let round = 0; round < 3; round += 1) {
      for (let second = 0; second < 3; second += 1) {
        bench.clock.advance(1000);
        bench.pump();
        // What came before this turn is brought by it; then the thread is blocked until the next look.
        await turn();
      }
      bench.transport.arrive(keepAliveBytes(keepAliveProcedure.pong));
      bench.pump();
    }
    expect(bench.failures).toEqual([]);
  });
});

describe('taking leave over a transport that needs the event loop', () => {
  it('does not block the thread, and closes when the goodbye is answered', async () => {
    const bench = new ChannelBench({ isSilentWhileBlocked: true });
    bench.channel.leave(procedureOf(2));
    expect([bench.sent(), bench.transport.isClosed]).toEqual([[2], false]);
    bench.transport.arrive(replyBytes(bench.transport.sent[0]!));
    await turn();
    expect([bench.transport.isClosed, bench.log]).toEqual([true, []]);
  });

  it('closes without an answer when its time is up', async () => {
    const bench = new ChannelBench({ isSilentWhileBlocked: true });
    const closed = new Promise<void>((resolve) => {
      const close = bench.transport.close.bind(bench.transport);
      bench.transport.close = () => {
        close();
        resolve();
      };
    });
    bench.channel.leave(procedureOf(2));
    await closed;
    expect(bench.log).toEqual([]);
  });
});
