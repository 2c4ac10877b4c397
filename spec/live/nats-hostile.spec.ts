import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { addEventHandler, type ConnectionLostError, deliverEvents } from '../../lib';
import { entryHeaders, type PublishedEntry } from '../../lib/nats/headers';
import { eventSubject } from '../../lib/nats/subjects';
import { childProcesses } from '../support/child-processes';
import { brief, deliveredBy, journalOf, type NatsBench, useNatsBench } from '../support/nats-bench';
import { describeNats } from '../support/nats-server';
import { thrownBy } from '../support/thrown-by';

const numbers = (first: number, last: number, host = 'kvm-1') =>
  Array.from({ length: last - first + 1 }, (_, n) => `${host}:${first + n}`);

describeNats('a reader of a stream', () => {
  let bench: NatsBench;
  useNatsBench((started) => {
    bench = started;
  });

  /** Publishes a message of whatever kind under a host's subject. */
  async function publish(host: string, texts: Readonly<Record<string, string>>, body: string | Uint8Array) {
    const all = headers();
    for (const [name, text] of Object.entries(texts)) {
      all.set(name, text);
    }
    await jetstream(bench.nats).publish(eventSubject(host, 't'), body, { headers: all });
  }

  const entry = (changes: Partial<PublishedEntry> = {}): Readonly<Record<string, string>> =>
    entryHeaders({ host: 'evil', journal: 'j', sequence: 1, crc: 1, time: '2026-01-02T03:04:05.000006Z', ...changes });

  describe('whose stream was set back, and has grown beyond what was read', () => {
    /** The events' stream alone: what is kept of readers is newer. */
    const stream = () => join(bench.server.store, 'jetstream', '$G', 'streams', 'EVENTS');

    it.each([
      ['all of it', '&from=oldest'],
      ['a host', '&host=kvm-1'],
      ['its share', '&share=1/1'],
    ])(
      'refuses to go on, at opening and while it reads, when it reads %s',
      async (_, choice) => {
        const copy = join(bench.server.folder, 'copy');
        await bench.publishMany(3);
        await bench.server.end();
        cpSync(stream(), copy, { recursive: true });
        await bench.server.restart();
        await bench.connect();
        await bench.publishMany(3);
        const remembered = bench.open(`?reader=pager${choice}`);
        expect(deliveredBy(remembered, 6)).toEqual(numbers(1, 6));
        remembered.close();
        const reading = bench.open(`?${choice.slice(1)}`);
        expect(deliveredBy(reading, 6)).toEqual(numbers(1, 6));
        const [child] = childProcesses('hub-program') as [number];
        process.kill(child, 'SIGSTOP');
        try {
          await bench.server.end();
          rmSync(stream(), { recursive: true });
          cpSync(copy, stream(), { recursive: true });
          rmSync(copy, { recursive: true });
          await bench.server.restart();
          await bench.connect();
          await bench.publishMany(3, { host: 'kvm-2' });
          await bench.publishMany(3);
        } finally {
          process.kill(child, 'SIGCONT');
        }
        for (const conn of [bench.open(`?reader=pager${choice}`), reading]) {
          const lost = thrownBy<ConnectionLostError>(() => {
            for (let deliveries = 0; deliveries < 200; deliveries += 1) {
              expect(deliveredBy(conn, 1, 100).filter((event) => event.startsWith('kvm'))).toEqual([]);
            }
          });
          expect(lost.cause).toMatchObject({
            code: 'ERR_BOOKMARK',
            message: expect.stringContaining('it was set back: its message 6 is another one than that which was read'),
          });
        }
      },
      30_000,
    );
  });

  it('goes on though the message that it has read last is gone', async () => {
    const number = await bench.publishMany(3);
    const first = bench.open('?reader=pager');
    expect(deliveredBy(first, 3)).toEqual(numbers(1, 3));
    first.close();
    await (await bench.manager()).streams.deleteMessage('EVENTS', number);
    await bench.publishMany(2);
    expect(deliveredBy(bench.open('?reader=pager'), 2)).toEqual(numbers(4, 5));
  });

  it('lets no host have a say about what another has published', async () => {
    await bench.publishMany(1);
    const kvm1 = { journal: journalOf('kvm-1'), sequence: Number.MAX_SAFE_INTEGER };
    const event = '<event type="t" timestamp="2026-01-02T03:04:05Z" host="evil" n="1"/>';
    await publish('evil', entry(kvm1), event);
    await publish('evil', entry({ ...kvm1, host: 'kvm-1' }), event);
    await bench.publishMany(2);
    expect(deliveredBy(bench.open(), 5)).toEqual(['kvm-1:1', 'evil:1', 'lost 1 invalid', 'kvm-1:2', 'kvm-1:3']);
  });

  it('tells of every message that is none of ours, and reads on', async () => {
    const event = '<event type="t" timestamp="2026-01-02T03:04:05Z"/>';
    const hostile: [Readonly<Record<string, string>>, string | Uint8Array][] = [
      [{}, event],
      [{ ...entry(), 'Virdeliver-Sequence': '1e9' }, event],
      [{ ...entry(), 'Virdeliver-Sequence': '-1' }, event],
      [{ ...entry(), 'Virdeliver-Sequence': '9007199254740993' }, event],
      [{ ...entry(), 'Virdeliver-Crc': 'xyz' }, event],
      [{ ...entry(), 'Virdeliver-Host': '%zz' }, event],
      [{ ...entry(), 'Virdeliver-Host': 'h'.repeat(60_000) }, event],
      [entry({ sequence: 2 }), ''],
      [entry({ sequence: 3 }), 'no markup'],
      [entry({ sequence: 4 }), Buffer.from(event.replace('"t"', '"\u00e9"'), 'latin1')],
      [entry({ sequence: 5 }), Buffer.alloc(1_000_000, '<')],
      [entry({ sequence: 6 }), `${event}${event}`],
    ];
    for (const [texts, body] of hostile) {
      await publish('evil', texts, body);
    }
    await bench.publishMany(1);
    const conn = bench.open('?reader=pager', { queue: { maxEvents: 2 } });
    const seen: string[] = [];
    addEventHandler(conn, null, (_, { type, xml }) => {
      seen.push(type === 'events-lost' ? (/count="(\d+)"/.exec(xml)?.[1] ?? '') : type);
    });
    for (let deliveries = 0; !seen.includes('reboot') && deliveries < 100; deliveries += 1) {
      deliverEvents(conn, { waitMs: 100 });
    }
    expect(seen.at(-1)).toBe('reboot');
    expect(seen.slice(0, -1).reduce((sum, count) => sum + Number(count), 0)).toBe(hostile.length);
  });

  it('reads on through a server that stood still, while its handlers ask for events again', async () => {
    await bench.publishMany(4);
    const seen: string[] = [];
    const conn = bench.openWith('?reader=pager', (_, event) => {
      seen.push(brief(event));
      return event.attempt === 1 && event.sequence % 2 === 0 ? 'retry' : undefined;
    });
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    bench.server.freeze();
    deliverEvents(conn, { budgetMs: 500, waitMs: 500 });
    bench.server.resume();
    await bench.publishMany(2);
    for (let deliveries = 0; seen.length < 9 && deliveries < 100; deliveries += 1) {
      deliverEvents(conn, { waitMs: 100 });
    }
    expect(seen.filter((event) => !event.includes('/'))).toEqual(numbers(1, 6));
    conn.close();
    expect(deliverEvents(bench.open('?reader=pager')).events).toBe(0);
  });
});
