/** The reading half of the hub's program, over a hub that a test plays. */
import type { Hub } from '../../lib/nats/program/hub';
import { Reading } from '../../lib/nats/program/reading';
import type { HubMessage } from '../../lib/nats/protocol';

/** The messages of a consumer: what a test puts in, for ever. */
class Messages {
  #waiting: (message: object) => void = () => {};

  /** Has the reader get the message of a number, and returns when it has done with it what it can. */
  async give(streamSequence: number): Promise<void> {
    const info = { streamSequence, timestampNanos: 0, pending: 0 };
    this.#waiting({ info, subject: 's', headers: undefined, data: Buffer.alloc(0) });
    await new Promise(setImmediate);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<object> {
    for (;;) {
      yield await new Promise<object>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  status(): AsyncIterable<never> {
    return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  }

  close(): void {}
}

/** A hub whose stream was made then, and whose last message a test tells each time when it is asked. */
function playedHub() {
  const consumers: Messages[] = [];
  const said: HubMessage[] = [];
  const answers: ((last: number) => void)[] = [];
  const same = <Result>(course: Result) => course;
  const hub = {
    life: { isConnected: async () => {}, orBroken: same, untilBroken: same },
    parent: { hasTakenAll: async () => {}, say: async (message: HubMessage) => void said.push(message) },
    streamInfo: () =>
      new Promise((resolve) => {
        answers.push((last) =>
          resolve({
            created: 'then',
            state: { first_seq: 1, last_seq: last, bytes: 0, messages: 0 },
            config: { subjects: [] },
          }),
        );
      }),
    connection: { info: { max_payload: 1000 } },
    client: {
      consumers: {
        get: async () => ({
          info: async () => ({ num_pending: 1 }),
          consume: async () => {
            const messages = new Messages();
            consumers.push(messages);
            return messages;
          },
        }),
      },
    },
  };
  return { hub: hub as unknown as Hub, consumers, said, answers };
}

const turn = () => new Promise(setImmediate);

/** The same, when it has told that its last message is `last` to who reads its feeds. */
async function readHub(feeds: ConstructorParameters<typeof Reading>[1]['feeds'], last: number) {
  const played = playedHub();
  void new Reading(played.hub, { stream: 'EVENTS', created: 'then', feeds }).run();
  await turn();
  played.answers[0]!(last);
  await turn();
  return played;
}

describe('Reading', () => {
  afterEach(() => jest.restoreAllMocks());

  it('does not take a stream for one that was set back since other feeds read on while it is asked how it is', async () => {
    const feeds = [
      { subject: 'virdeliver.0.*.*', next: 1 },
      { subject: 'virdeliver.1.*.*', next: 4 },
    ];
    const { consumers, said, answers } = await readHub(feeds, 3);
    const [one, other] = consumers as [Messages, Messages];
    // What is known of the stream is so old that the next hole in a feed has it asked for.
    const later = performance.now() + 10_000;
    jest.spyOn(performance, 'now').mockReturnValue(later);
    await one.give(3);
    expect(answers).toHaveLength(2);
    await other.give(4);
    await other.give(5);
    answers[1]!(3);
    await turn();
    expect(said.filter((message) => 'notice' in message && message.notice === 'replaced')).toEqual([]);
    expect(said.flatMap((message) => ('notice' in message && message.notice === 'event' ? message.at : []))).toEqual([
      4, 5, 3,
    ]);
  });

  it('says so if the last message of the stream is one before what was read', async () => {
    const { consumers, said } = await readHub([{ subject: 'virdeliver.>', next: 4 }], 2);
    expect(said).toEqual([{ notice: 'replaced', problem: 'it was set back: its last message is 2, but 3 was read' }]);
    expect(consumers).toEqual([]);
  });

  it('passes a message on once, however often it is given', async () => {
    const { consumers, said } = await readHub([{ subject: 'virdeliver.>', next: 4 }], 4);
    for (const at of [3, 4, 4, 3, 5]) {
      await consumers[0]!.give(at);
    }
    expect(said.map((message) => 'notice' in message && message.notice === 'event' && message.at)).toEqual([4, 5]);
  });
});
