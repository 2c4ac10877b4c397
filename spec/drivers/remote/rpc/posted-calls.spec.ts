import { DaemonError } from '../../../../lib/errors';
import { ChannelBench, eventBytes, procedureOf, refusalBytes, replyBytes } from './channel-bench';

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
    expect(() => bench.channel.call(procedureOf(9), empty, 0.001)).toThrow('call_9');
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

describe('to let come what comes', () => {
  it('reads whether there is room or not, and waits only if there is nothing', () => {
    const bench = new ChannelBench();
    bench.room = 0;
    bench.transport.arrive(eventBytes(1));
    bench.channel.advance(100);
    expect(bench.log).toEqual([1]);
    bench.transport.onWait = () => {};
    bench.channel.advance(100);
    expect(bench.transport.waits).toEqual([100]);
  });

  it('throws if the channel fails, also in the event loop', async () => {
    const bench = new ChannelBench();
    const waiting = bench.channel.advanceAsync(60_000);
    bench.transport.end();
    await expect(waiting).rejects.toThrow('closed the connection');
    expect(() => bench.channel.advance(100)).toThrow('closed the connection');
  });
});
