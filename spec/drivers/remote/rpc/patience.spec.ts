import { systemClock } from '../../../../lib/clock';
import { call, converse, type Dialogue } from '../../../../lib/drivers/remote/rpc/dialogue';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { Patience } from '../../../../lib/drivers/remote/rpc/patience';
import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { noPayload } from '../../../../lib/drivers/remote/rpc/rpc-channel';
import { ChannelBench, replyBytes } from './channel-bench';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Has the machine's clock stand still until it is moved. */
function stopClock(): (milliseconds: number) => void {
  let time = 0;
  jest.spyOn(systemClock, 'monotonic').mockImplementation(() => time);
  return (milliseconds) => {
    time += milliseconds;
  };
}

it('is what all steps of a dialogue have together, each of them no more than its own time', () => {
  const advance = stopClock();
  const patience = new Patience(25_000);
  const granted = [1, 2, 3, 4].map(() => {
    const { timeoutMs, end } = patience.begin(10_000);
    advance(9000);
    end();
    return timeoutMs;
  });
  expect(granted).toEqual([10_000, 10_000, 7000, 1]);
});

it('is not for steps in which a person may be asked', () => {
  const advance = stopClock();
  const patience = new Patience(30_000);
  for (let step = 0; step < 3; step += 1) {
    const { timeoutMs, end } = patience.begin(30_001);
    expect(timeoutMs).toBe(30_001);
    advance(29_000);
    end();
  }
  expect(patience.begin(30_000).timeoutMs).toBe(30_000);
});

it('ends a dialogue with a daemon whose every answer comes just in time', () => {
  const advance = stopClock();
  const bench = new ChannelBench();
  bench.transport.onWait = () => {
    const pause = Math.min(bench.transport.waits.at(-1) as number, 9000);
    advance(pause);
    if (pause === 9000) {
      bench.transport.arrive(replyBytes(bench.transport.sent.at(-1) as Packet));
    }
  };
  function* forever(): Dialogue<never> {
    while (true) {
      yield* call(calls.getType, noPayload, 10_000);
    }
  }
  expect(() => converse(forever(), bench.channel, new Patience(30_000))).toThrow(
    expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' }),
  );
  expect(bench.transport.sent.length).toBeLessThanOrEqual(5);
});
