/** The publishing half of the hub's program, over a client that a test plays. */
import { ConnectionLife } from '../../lib/nats/program/connection-life';
import type { Hub } from '../../lib/nats/program/hub';
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
    const publish = (subject: string, text: Uint8Array, { msgID }: { msgID: string }) => {
      this.published.push(`${subject} ${msgID} ${Buffer.from(text)}`);
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
  /** Has messages published, each with its id as its text. */
  const publish = (ids: readonly string[], { connection = 1, run = 1 } = {}) => {
    const messages = ids.map((id) => ({ subject: 's', id, headers: { a: 'b' }, length: id.length }));
    return publishing.publish({ stream: 'EVENTS', run, messages, connection }, Buffer.from(ids.join('')));
  };
  const turn = () => new Promise(setImmediate);
  const acknowledge = async (sequence: number) => {
    client.acknowledge(sequence);
    await turn();
  };
  const refuse = async (error: Error) => {
    client.refuse(error);
    await turn();
  };

  beforeEach(async () => {
    client = new PlayedClient();
    publishing = new Publishing(client.hub);
    await turn();
  });

  afterEach(() => jest.restoreAllMocks());

  it('gives the number that a message has in the stream', async () => {
    const outcome = publish(['one']);
    await turn();
    await acknowledge(42);
    expect(await outcome).toEqual({ sequences: [42] });
    expect(client.published).toEqual(['s one one']);
  });

  it('publishes each message when the one before is acknowledged, and those of a job behind those of the one before', async () => {
    const outcomes = [publish(['one', 'second']), publish(['3'])];
    await turn();
    for (const [sequence, published] of [
      [7, 's one one'],
      [8, 's second second'],
      [9, 's 3 3'],
    ] as const) {
      expect(client.published.splice(0)).toEqual([published]);
      await acknowledge(sequence);
    }
    expect(await Promise.all(outcomes)).toEqual([{ sequences: [7, 8] }, { sequences: [9] }]);
  });

  it("publishes nothing behind what can't be published, but what is of a later run", async () => {
    const outcomes = [publish(['one', 'two', 'three']), publish(['four']), publish(['again'], { run: 2 })];
    await turn();
    await acknowledge(1);
    await refuse(new Error('no'));
    await acknowledge(2);
    expect(await Promise.all(outcomes)).toEqual([
      { sequences: [1], problem: expect.objectContaining({ message: 'no' }) },
      { sequences: [] },
      { sequences: [2] },
    ]);
    expect(client.published).toEqual(['s one one', 's two two', 's again again']);
  });

  it('breaks off a job that takes too long to be waited for, and what was to follow it', async () => {
    const outcomes = [publish(['one', 'two']), publish(['three'])];
    await turn();
    const late = performance.now() + 2001;
    jest.spyOn(performance, 'now').mockReturnValue(late);
    await acknowledge(1);
    expect(await Promise.all(outcomes)).toEqual([{ sequences: [1] }, { sequences: [] }]);
    expect(client.published).toEqual(['s one one']);
  });

  it('publishes nothing while there is no connection, or over another than is meant: the client would hold it back', async () => {
    const gone = { sequences: [], problem: expect.objectContaining({ kind: 'gone' }) };
    await client.become('disconnect');
    expect(await publish(['one'])).toEqual(gone);
    await client.become('reconnect');
    expect(await publish(['one'], { run: 2 })).toEqual(gone);
    expect(client.published).toEqual([]);
    const outcome = publish(['two'], { connection: 2, run: 3 });
    await turn();
    await acknowledge(1);
    expect(await outcome).toEqual({ sequences: [1] });
  });

  it('gives an acknowledgement up at once when the connection breaks', async () => {
    const outcome = publish(['one']);
    await turn();
    await client.become('disconnect');
    expect(await outcome).toEqual({
      sequences: [],
      problem: { kind: 'gone', message: 'the connection broke before the acknowledgement came' },
    });
  });

  it.each([
    ["'payload' max_payload size exceeded", { name: 'InvalidArgumentError' }],
    ['message size exceeds maximum allowed', { code: 10054 }],
  ])('says of a message that is too large: %s', async (message, more) => {
    const outcome = publish(['one']);
    await turn();
    await refuse(Object.assign(new Error(message), more));
    expect(await outcome).toEqual({ sequences: [], problem: { kind: 'too-large', message } });
  });

  it.each([
    [10060, 'refused'],
    [10109, 'refused'],
    [10059, 'absent'],
    [10077, 'other'],
  ])('calls what the server refuses by the number %i %s', async (code, kind) => {
    const outcome = publish(['one']);
    await turn();
    await refuse(Object.assign(new Error('no'), { code }));
    expect(await outcome).toEqual({ sequences: [], problem: { kind, message: 'no', code } });
  });
});
