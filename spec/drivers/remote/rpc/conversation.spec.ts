import { systemClock } from '../../../../lib/clock';
import { type Dialogue, runInLoop, runNow } from '../../../../lib/drivers/io/dialogue';
import { Conversation } from '../../../../lib/drivers/remote/rpc/conversation';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { noPayload } from '../../../../lib/drivers/remote/rpc/packet';
import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError } from '../../../../lib/errors';
import { ChannelBench, procedureOf, refusalBytes, replyBytes } from './channel-bench';

const MINUTE = 60_000;

/** A conversation with a daemon that answers every call with its procedure's number, and refuses number 5. */
function begin(): Conversation {
  const bench = new ChannelBench();
  bench.transport.onPacket = (packet) => {
    const answer = packet.procedure === 5 ? refusalBytes(packet, 38, 'no such thing') : undefined;
    const number = new XdrWriter().int(packet.procedure).finish();
    bench.transport.arrive(answer ?? replyBytes(packet, number));
  };
  return new Conversation(bench.channel, MINUTE);
}

function* numberOf(conversation: Conversation, procedure: number): Dialogue<number> {
  return (yield* conversation.call(procedureOf(procedure), noPayload)).int('number');
}

function* talk(conversation: Conversation): Dialogue<string> {
  const first = yield* numberOf(conversation, 7);
  const others = yield* conversation.callAll(
    [8, 5, 9].map((number) => ({ procedure: procedureOf(number), payload: noPayload })),
  );
  const kinds = others.map((answer) => (answer instanceof DaemonError ? answer.message : answer.length));
  return `${first} ${kinds.join(', ')}`;
}

function* recover(conversation: Conversation): Dialogue<string> {
  try {
    yield* numberOf(conversation, 5);
    return 'was answered';
  } catch (error) {
    return `${(error as Error).message}, but ${yield* numberOf(conversation, 6)}`;
  }
}

describe('a conversation', () => {
  it('makes one call after another, in both worlds', async () => {
    expect(runNow(talk(begin()))).toBe('7 4, no such thing, 4');
    await expect(runInLoop(talk(begin()))).resolves.toBe('7 4, no such thing, 4');
  });

  it('may go on after a refusal, in both worlds', async () => {
    expect(runNow(recover(begin()))).toBe('no such thing, but 6');
    await expect(runInLoop(recover(begin()))).resolves.toBe('no such thing, but 6');
  });

  it('reads a reply under the name of its procedure', () => {
    function* misread(conversation: Conversation): Dialogue<string> {
      return (yield* conversation.call(calls.getType, noPayload)).string('type');
    }
    expect(() => runNow(misread(begin()))).toThrow(`the reply to ${calls.getType.name}`);
  });
});

describe('the time for all answers of a conversation', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A daemon that takes so long for each answer, on the machine's clock, which stands still otherwise. */
  function openSlow(pause: number): ChannelBench {
    let time = 0;
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => time);
    const bench = new ChannelBench();
    bench.transport.onWait = () => {
      const wait = Math.min(bench.transport.waits.at(-1) as number, pause);
      time += wait;
      if (wait === pause) {
        bench.transport.arrive(replyBytes(bench.transport.sent.at(-1) as Packet));
      }
    };
    return bench;
  }

  it('is up if every answer comes just in time, each of which has no more than its own', () => {
    const bench = openSlow(9000);
    const conversation = new Conversation(bench.channel, 25_000);
    for (const granted of [10_000, 10_000]) {
      runNow(conversation.call(calls.getType, noPayload, 10_000));
      expect(bench.transport.waits.at(-1)).toBe(granted);
    }
    const late = () => runNow(conversation.call(calls.getType, noPayload, 10_000));
    expect(late).toThrow(
      expect.objectContaining({ code: 'ERR_CALL_TIMEOUT', message: expect.stringContaining('within 7000 ms') }),
    );
    expect(late).toThrow(
      expect.objectContaining({ code: 'ERR_CALL_TIMEOUT', message: expect.stringContaining('within 1 ms') }),
    );
  });

  it('does not count steps in which a person may be asked', () => {
    const bench = openSlow(29_000);
    const conversation = new Conversation(bench.channel, 30_000);
    for (let step = 0; step < 3; step += 1) {
      runNow(conversation.call(calls.authPolkit, noPayload, 30_001));
      expect(bench.transport.waits.at(-1)).toBe(30_001);
    }
    runNow(conversation.call(calls.getType, noPayload, 30_000));
    expect(bench.transport.waits.at(-1)).toBe(30_000);
  });
});
