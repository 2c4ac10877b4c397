/** What is given to the client before its turn, over a link that a test plays. */
import { Ahead } from '../../lib/forwarder/ahead';
import { AwayError, type HubLink } from '../../lib/forwarder/hub-link';
import type { Message } from '../../lib/forwarder/message';
import type { PublishOutcome } from '../../lib/nats/protocol';

const messageOf = (sequence: number, text = `<${sequence}>`): Message => ({
  sequence,
  outgoing: { subject: 's', id: `j:${sequence}:1`, headers: {}, length: text.length },
  text: Buffer.from(text),
});

describe('What is published ahead', () => {
  /** The jobs that were sent, as `RUN: FIRST-LAST`, and the texts of the last one. */
  let sent: string[];
  let texts: string;
  /** What the client says of some jobs; of the others that all is acknowledged, by the number of the entry and a hundred. */
  let outcomes: Map<number, PublishOutcome | Error>;
  let ahead: Ahead;
  let journal: readonly Message[];
  let asked: number;

  const following = function* (sequence: number): Iterable<Message> {
    asked += 1;
    yield* journal.filter((message) => message.sequence > sequence);
  };
  const publish = (sequence: number) =>
    ahead.publish(journal.find((message) => message.sequence === sequence)!, following);

  beforeEach(() => {
    sent = [];
    outcomes = new Map();
    journal = Array.from({ length: 300 }, (_, place) => messageOf(place + 1));
    asked = 0;
    const jobs: (readonly { readonly id: string }[])[] = [];
    const numberOf = ({ id }: { readonly id: string }) => Number(id.split(':')[1]);
    const link: Pick<HubLink, 'send' | 'outcomeOf'> = {
      send(run, messages, bytes) {
        sent.push(`${run}: ${numberOf(messages[0]!)}-${numberOf(messages.at(-1)!)}`);
        texts = Buffer.from(bytes).toString();
        return jobs.push(messages);
      },
      outcomeOf(job) {
        const outcome = outcomes.get(job) ?? { sequences: jobs[job - 1]!.map((message) => numberOf(message) + 100) };
        if (outcome instanceof Error) {
          throw outcome;
        }
        return outcome;
      },
    };
    ahead = new Ahead(link as HubLink);
  });

  it('is given to the client before the first one is waited for, and more of it each time that some is answered', () => {
    expect(publish(1)).toBe(101);
    expect(sent.splice(0)).toEqual(['1: 1-64', '1: 65-128']);
    expect(texts).toBe(
      journal
        .slice(64, 128)
        .map(({ text }) => text)
        .join(''),
    );
    for (let sequence = 2; sequence <= 64; sequence += 1) {
      expect(publish(sequence)).toBe(sequence + 100);
    }
    expect({ sent, asked }).toEqual({ sent: [], asked: 1 });
    expect(publish(65)).toBe(165);
    expect(sent).toEqual(['1: 129-192']);
  });

  it('is no more than about 256 KiB at a time', () => {
    journal = Array.from({ length: 10 }, (_, place) => messageOf(place + 1, 'x'.repeat(100_000)));
    expect(publish(1)).toBe(101);
    expect(sent).toEqual(['1: 1-3', '1: 4-6']);
  });

  it('is nothing if nothing follows', () => {
    journal = journal.slice(0, 1);
    expect(publish(1)).toBe(101);
    expect(sent).toEqual(['1: 1-1']);
    expect(ahead.isUnderWay).toBe(false);
  });

  it('is told of in its turn, also what is wrong with it; then nothing behind that was published, and it is sent anew', () => {
    outcomes.set(1, { sequences: [101, 102], problem: { kind: 'too-large', message: 'too large' } });
    expect([publish(1), publish(2)]).toEqual([101, 102]);
    expect(() => publish(3)).toThrow(expect.objectContaining({ kind: 'too-large', message: 'too large' }));
    expect(ahead.isUnderWay).toBe(false);
    sent.length = 0;
    expect(publish(3)).toBe(103);
    const [run] = sent[0]!.split(':').map(Number);
    expect(run).toBeGreaterThan(1);
    expect(sent).toEqual([`${run}: 3-66`, `${run}: 67-130`]);
  });

  it('is sent anew if it was not tried', () => {
    outcomes.set(1, { sequences: [101] });
    expect([publish(1), publish(2)]).toEqual([101, 102]);
    expect(sent.slice(2)).toEqual(['2: 2-65', '2: 66-129']);
  });

  it.each(['gone', 'other'] as const)('is waited for if what is wrong may pass: %s', (kind) => {
    outcomes.set(1, { sequences: [], problem: { kind, message: 'the stream is full' } });
    expect(() => publish(1)).toThrow(new AwayError('the stream is full'));
    expect(publish(1)).toBe(101);
  });

  it('is forgotten if the client does not answer', () => {
    outcomes.set(1, new AwayError('no answer'));
    expect(() => publish(1)).toThrow('no answer');
    expect(ahead.isUnderWay).toBe(false);
    expect(publish(1)).toBe(101);
  });

  it('is known when the client has answered for all, and is not sent again', () => {
    publish(1);
    expect(ahead.isUnderWay).toBe(true);
    ahead.settle();
    expect(ahead.isUnderWay).toBe(false);
    for (let sequence = 2; sequence <= 128; sequence += 1) {
      expect(publish(sequence)).toBe(sequence + 100);
    }
    expect(sent).toEqual(['1: 1-64', '1: 65-128']);
    expect(publish(129)).toBe(229);
    expect(sent.slice(2)).toEqual(['1: 129-192', '1: 193-256']);
  });

  it('is forgotten as the client is gone while it is settled, or when it is said, and sent anew', () => {
    publish(1);
    outcomes.set(2, new AwayError('gone'));
    expect(() => ahead.settle()).toThrow('gone');
    expect(publish(2)).toBe(102);
    expect(sent[2]).toMatch(/^\d+: 2-65$/);
    ahead.forget();
    expect(ahead.isUnderWay).toBe(false);
    expect(publish(3)).toBe(103);
    expect(sent[4]).toMatch(/^\d+: 3-66$/);
  });

  it('is given up if something else comes than what was sent: who reads the journal has left something out', () => {
    publish(1);
    expect(publish(100)).toBe(200);
    expect(sent.slice(2)).toEqual(['2: 100-163', '2: 164-227']);
  });
});
