import {
  call,
  callAll,
  converse,
  converseAsync,
  type Dialogue,
  settled,
} from '../../../../lib/drivers/remote/rpc/dialogue';
import { calls } from '../../../../lib/drivers/remote/rpc/protocol';
import { noPayload } from '../../../../lib/drivers/remote/rpc/rpc-channel';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonError, InvalidArgumentError } from '../../../../lib/errors';
import { ChannelBench, procedureOf, refusalBytes, replyBytes } from './channel-bench';

const MINUTE = 60_000;

/** A channel to a daemon that answers every call with its procedure's number, and refuses number 5. */
function openChannel(): ChannelBench {
  const bench = new ChannelBench();
  bench.transport.onPacket = (packet) => {
    const answer = packet.procedure === 5 ? refusalBytes(packet, 38, 'no such thing') : undefined;
    const number = new XdrWriter().int(packet.procedure).finish();
    bench.transport.arrive(answer ?? replyBytes(packet, number));
  };
  return bench;
}

function* numberOf(procedure: number): Dialogue<number> {
  return (yield* call(procedureOf(procedure), noPayload, MINUTE)).int('number');
}

function* talk(): Dialogue<string> {
  const first = yield* numberOf(7);
  const others = yield* callAll(
    [8, 5, 9].map((number) => ({ procedure: procedureOf(number), payload: noPayload })),
    MINUTE,
  );
  const kinds = others.map((answer) => (answer instanceof DaemonError ? answer.message : answer.length));
  return `${first} ${kinds.join(', ')}`;
}

function* recover(): Dialogue<string> {
  try {
    yield* numberOf(5);
    return 'was answered';
  } catch (error) {
    return `${(error as Error).message}, but ${yield* numberOf(6)}`;
  }
}

describe('a dialogue', () => {
  it('makes one call after another, blocking the thread', () => {
    expect(converse(talk(), openChannel().channel)).toBe('7 4, no such thing, 4');
  });

  it('makes the same calls in the event loop', async () => {
    await expect(converseAsync(talk(), openChannel().channel)).resolves.toBe('7 4, no such thing, 4');
  });

  it('may go on after a refusal, in both worlds', async () => {
    expect(converse(recover(), openChannel().channel)).toBe('no such thing, but 6');
    await expect(converseAsync(recover(), openChannel().channel)).resolves.toBe('no such thing, but 6');
  });

  it('ends with the error that it does not catch, in both worlds', async () => {
    expect(() => converse(numberOf(5), openChannel().channel)).toThrow('no such thing');
    await expect(converseAsync(numberOf(5), openChannel().channel)).rejects.toThrow('no such thing');
  });

  it('takes a value that is there in both worlds, and a promise of one in the event loop only', async () => {
    const { channel } = openChannel();
    expect(converse(settled(3, 'options.given'), channel)).toBe(3);
    await expect(converseAsync(settled(Promise.resolve(4), 'options.given'), channel)).resolves.toBe(4);
    const promised = () => converse(settled(Promise.resolve(4), 'options.given'), channel);
    expect(promised).toThrow(InvalidArgumentError);
    expect(promised).toThrow('options.given returned a promise, which only openConnectionAsync awaits');
  });

  it('throws the reason of a promise that is rejected into the dialogue', async () => {
    const refused = converseAsync(settled(Promise.reject(new Error('no')), 'options.given'), openChannel().channel);
    await expect(refused).rejects.toThrow('no');
  });

  it('reads a reply under the name of its procedure', () => {
    function* misread(): Dialogue<string> {
      return (yield* call(calls.getUri, noPayload, MINUTE)).string('uri');
    }
    expect(() => converse(misread(), openChannel().channel)).toThrow(`the reply to ${calls.getUri.name}`);
  });
});
