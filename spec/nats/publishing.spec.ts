/** The publishing half of the hub's program, over a client that a test plays. */
import { ConnectionLife } from '../../lib/nats/program/connection-life';
import type { Hub } from '../../lib/nats/program/hub';
import { GoneError, problemIn, TooLargeError } from '../../lib/nats/program/problems';
import { Publishing } from '../../lib/nats/program/publishing';

/** A client whose connection breaks and comes back, and whose acknowledgements come, when a test says so. */
class PlayedClient {
  readonly published: string[] = [];
  acknowledge: (sequence: number) => void = () => {};
  refuse: (error: Error) => void = () => {};
  #tell: (status: { type: string }) => void = () => {};

  get hub(): Hub {
    const next = () =>
      new Promise<{ type: string }>((resolve) => {
        this.#tell = resolve;
      });
    async function* statuses() {
      for (;;) {
        yield await next();
      }
    }
    const publish = (subject: string, _: Uint8Array, { msgID }: { msgID: string }) => {
      this.published.push(`${subject} ${msgID}`);
      return new Promise((resolve, reject) => {
        this.acknowledge = (seq) => resolve({ seq });
        this.refuse = reject;
      });
    };
    const headers = () => new Map<string, string>();
    const ignore = () => {};
    const life = new ConnectionLife({ status: statuses } as never, ignore, ignore);
    return { life, client: { publish }, peers: { transport: { headers } } } as never;
  }

  /** Has the connection change, and those know who are to be told. */
  async become(type: 'disconnect' | 'reconnect'): Promise<void> {
    this.#tell({ type });
    await new Promise(setImmediate);
  }
}

describe('Publishing', () => {
  let client: PlayedClient;
  let publishing: Publishing;
  const publish = (id: string, connection = 1) =>
    publishing.publish({ stream: 'EVENTS', subject: 's', id, headers: { a: 'b' }, connection }, Buffer.from('x'));

  beforeEach(async () => {
    client = new PlayedClient();
    publishing = new Publishing(client.hub);
    await new Promise(setImmediate);
  });

  it('gives the number that a message has in the stream', async () => {
    const answer = publish('one');
    client.acknowledge(42);
    expect(await answer).toEqual({ sequence: 42 });
    expect(client.published).toEqual(['s one']);
  });

  it('publishes nothing while there is no connection, or over another than is meant: the client would hold it back', async () => {
    await client.become('disconnect');
    await expect(publish('one')).rejects.toBeInstanceOf(GoneError);
    await client.become('reconnect');
    await expect(publish('one')).rejects.toBeInstanceOf(GoneError);
    expect(client.published).toEqual([]);
    const answer = publish('two', 2);
    client.acknowledge(1);
    expect(await answer).toEqual({ sequence: 1 });
    expect(client.published).toEqual(['s two']);
  });

  it('gives an acknowledgement up at once when the connection breaks', async () => {
    const answer = publish('one').catch((error: unknown) => error);
    await client.become('disconnect');
    expect(problemIn(await answer)).toEqual({
      kind: 'gone',
      message: 'the connection broke before the acknowledgement came',
    });
  });

  it.each([
    ["'payload' max_payload size exceeded", { name: 'InvalidArgumentError' }],
    ['message size exceeds maximum allowed', { code: 10054 }],
  ])('says of a message that is too large: %s', async (message, more) => {
    const answer = publish('one').catch((error: unknown) => error);
    client.refuse(Object.assign(new Error(message), more));
    const error = await answer;
    expect(error).toBeInstanceOf(TooLargeError);
    expect(problemIn(error)).toEqual({ kind: 'too-large', message });
  });

  it.each([
    [10060, 'refused'],
    [10109, 'refused'],
    [10059, 'absent'],
    [10077, 'other'],
  ])('calls what the server refuses by the number %i %s', async (code, kind) => {
    const answer = publish('one').catch((error: unknown) => error);
    client.refuse(Object.assign(new Error('no'), { code }));
    expect(problemIn(await answer)).toEqual({ kind, message: 'no', code });
  });
});
