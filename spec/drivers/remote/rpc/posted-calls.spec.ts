import { runInLoop, runNow } from '../../../../lib/drivers/io/dialogue';
import { TimeLimit } from '../../../../lib/drivers/io/time-limit';
import { DaemonError } from '../../../../lib/errors';
import { ChannelBench, callNow, eventBytes, procedureOf, refusalBytes, replyBytes } from './channel-bench';

const empty = new Uint8Array(0);

/** Posts calls with these numbers, and notes their answers in the log, among the events. */
function post({ channel, log }: ChannelBench, ...numbers: readonly number[]): void {
  for (const number of numbers) {
    channel.post({ procedure: procedureOf(number), payload: empty }, (answer) =>
      log.push(answer instanceof DaemonError ? `refused ${number}` : `answered ${number}`),
    );
  }
}

describe('a posted call', () => {
  it('is answered in turn with the events, by whatever reads', () => {
    const bench = new ChannelBench();
    post(bench, 1);
    bench.transport.arrive(eventBytes(7), replyBytes(bench.transport.sent[0]!), eventBytes(8));
    bench.pump();
    expect(bench.log).toEqual([7, 'answered 1', 8]);
  });

  it('tells that the daemon refuses', () => {
    const bench = new ChannelBench();
    post(bench, 1);
    bench.transport.arrive(refusalBytes(bench.transport.sent[0]!, 42, 'no domain'));
    bench.channel.listen();
    expect(bench.log).toEqual(['refused 1']);
  });

  it('waits while three of them are under way, in turn, and leaves room for a call that is awaited', () => {
    const bench = new ChannelBench();
    post(bench, 1, 2, 3, 4, 5);
    expect(bench.sent()).toEqual([1, 2, 3]);
    expect(() => callNow(bench.channel, procedureOf(9), empty, 0.001)).toThrow('call_9');
    bench.transport.arrive(replyBytes(bench.transport.sent[1]!));
    bench.pump();
    expect(bench.sent().slice(-1)).toEqual([4]);
    expect(bench.log).toEqual(['answered 2']);
  });

  it('may be posted by the answer to another', () => {
    const bench = new ChannelBench();
    bench.channel.post({ procedure: procedureOf(1), payload: empty }, () => post(bench, 2));
    bench.transport.arrive(replyBytes(bench.transport.sent[0]!));
    bench.pump();
    expect(bench.sent()).toEqual([1, 2]);
  });

  it('fails the channel by what its answer makes it throw, and is never answered after that', () => {
    const bench = new ChannelBench();
    bench.channel.post({ procedure: procedureOf(1), payload: empty }, () => {
      throw new Error('cannot read it');
    });
    post(bench, 2);
    bench.transport.arrive(...bench.transport.sent.map((packet) => replyBytes(packet)));
    bench.pump();
    expect(bench.failures).toMatchObject([{ message: 'cannot read it' }]);
    expect(bench.log).toEqual(['failed']);
  });
});

describe('to await something', () => {
  const limit = () => new TimeLimit(60_000);

  it('reads whether there is room or not, and waits only if there is nothing', () => {
    const bench = new ChannelBench();
    bench.room = 0;
    bench.transport.arrive(eventBytes(1));
    bench.transport.onWait = () => bench.transport.arrive(eventBytes(2));
    expect(runNow(bench.channel.awaitUntil(() => bench.log.length === 1, limit))).toBe(true);
    expect(bench.transport.waits).toEqual([]);
    expect(runNow(bench.channel.awaitUntil(() => bench.log.length === 2, limit))).toBe(true);
    expect(bench.transport.waits).toHaveLength(1);
  });

  it('takes no longer than its time, and a last look after it', () => {
    const bench = new ChannelBench();
    const over = new TimeLimit(0);
    expect(
      runNow(
        bench.channel.awaitUntil(
          () => false,
          () => over,
        ),
      ),
    ).toBe(false);
    bench.transport.arrive(eventBytes(1));
    const overToo = new TimeLimit(0);
    expect(
      runNow(
        bench.channel.awaitUntil(
          () => bench.log.length === 1,
          () => overToo,
        ),
      ),
    ).toBe(true);
  });

  it('throws if the channel fails, also in the event loop', async () => {
    const bench = new ChannelBench();
    const waiting = runInLoop(bench.channel.awaitUntil(() => false, limit));
    bench.transport.end();
    await expect(waiting).rejects.toThrow('closed the connection');
    expect(() => runNow(bench.channel.awaitUntil(() => false, limit))).toThrow('closed the connection');
  });
});
