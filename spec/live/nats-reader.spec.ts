import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  DeliveryError,
  deliverEvents,
  type EventHandler,
  InvalidArgumentError,
  JournalError,
  OpenError,
  openConnectionAsync,
  runDelivery,
  sendEvent,
} from '../../lib';
import '../support/built';
import { partitionOf } from '../../lib/nats/subjects';
import { brief, deliveredBy, journalOf, NatsBench } from '../support/nats-bench';
import { describeNats } from '../support/nats-server';
import { thrownBy } from '../support/thrown-by';

describeNats('a reader of a stream', () => {
  let bench: NatsBench;
  /** What the next process is offered. */
  const next = (query = '?reader=pager', count?: number) => {
    const conn = bench.open(query);
    const seen = deliveredBy(conn, count);
    conn.close();
    return seen;
  };
  /** What is known of the reader's place. */
  const place = async (subject = 'virdeliver-reader.pager') => {
    const { streams } = await bench.manager();
    const message = await streams.getMessage('EVENTS-readers', { last_by_subj: subject });
    return message === null ? undefined : (message.json() as Record<string, unknown>);
  };

  beforeAll(async () => {
    bench = await NatsBench.start();
  });
  beforeEach(() => bench.makeStream());
  afterEach(() => bench.closeAll());
  afterAll(() => bench.stop());

  it('goes on where it was, in the next process', async () => {
    await bench.publishMany(5);
    expect(next('?reader=pager', 3)).toEqual(['kvm-1:1', 'kvm-1:2', 'kvm-1:3']);
    await bench.publishMany(1);
    expect(next('?reader=pager', 3)).toEqual(['kvm-1:4', 'kvm-1:5', 'kvm-1:6']);
    expect(next()).toEqual([]);
  });

  it('tells whose entry an event is: its key, and numbers of its own', async () => {
    await bench.publish({ host: 'a', sequence: 40 }, { host: 'b', sequence: 7 });
    const seen: unknown[] = [];
    const conn = bench.openWith('', (_, { sequence, key }) => {
      seen.push([sequence, key]);
    });
    deliverEvents(conn, { limit: 2, waitMs: 10_000 });
    expect(seen).toEqual([
      [1, `${journalOf('a')}:40`],
      [2, `${journalOf('b')}:7`],
    ]);
    expect(connectionStats(conn).journal).toEqual({ next: 3, end: 3, behind: 0 });
  });

  it('hears in the event loop of what is published', async () => {
    const conn = await openConnectionAsync(bench.uri('?reader=pager'));
    const seen: string[] = [];
    const stop = new AbortController();
    addEventHandler(conn, null, (_, event) => {
      seen.push(brief(event));
      if (seen.length === 3) {
        stop.abort();
      }
    });
    const running = runDelivery(conn, { signal: stop.signal });
    await bench.publishMany(3);
    await running.catch(() => {});
    conn.close();
    expect(seen).toEqual(['kvm-1:1', 'kvm-1:2', 'kvm-1:3']);
    expect(next()).toEqual([]);
  });

  it('takes in no more than it has room for, in the event loop either', async () => {
    await bench.publishMany(20);
    const conn = await openConnectionAsync(bench.uri(), { queue: { maxEvents: 2 } });
    const seen: string[] = [];
    const stop = new AbortController();
    addEventHandler(conn, null, (_, event) => {
      seen.push(brief(event));
      if (seen.length === 20) {
        stop.abort();
      }
    });
    await runDelivery(conn, { signal: stop.signal }).catch(() => {});
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => `kvm-1:${n + 1}`));
    expect(connectionStats(conn).highWaterMark).toBe(2);
    conn.close();
  });

  describe('without a bookmark begins', () => {
    it('with the oldest', async () => {
      await bench.publishMany(3);
      expect(next('', 3)).toEqual(['kvm-1:1', 'kvm-1:2', 'kvm-1:3']);
    });

    it('with what comes after the newest, and remembers that before anything is delivered', async () => {
      await bench.publishMany(3);
      bench.open('?reader=pager&from=newest').close();
      expect(await place()).toMatchObject({ next: 4 });
      await bench.publishMany(1);
      expect(next('?reader=pager', 1)).toEqual(['kvm-1:4']);
    });

    it('with a number of the stream', async () => {
      await bench.publishMany(3);
      expect(next('?from=2', 2)).toEqual(['kvm-1:2', 'kvm-1:3']);
      expect(next('?from=4')).toEqual([]);
      const error = thrownBy(() => bench.open('?from=5'));
      expect(error).toBeInstanceOf(OpenError);
      expect((error as OpenError).message).toContain('from=5 is beyond the end of the stream, whose next message is 4');
    });

    it('with the first that the stream got at or after a time', async () => {
      const { streams } = await bench.manager();
      const times: number[] = [];
      for (const seq of [1, 2, 3]) {
        await bench.publishMany(1);
        times.push(Date.parse((await streams.getMessage('EVENTS', { seq }))?.timestamp ?? ''));
        await pause(5);
      }
      const iso = (time = 0) => new Date(time).toISOString();
      expect(next(`?from=${iso(times[1])}`, 2)).toEqual(['kvm-1:2', 'kvm-1:3']);
      expect(next('?from=2000-01-01', 1)).toEqual(['kvm-1:1']);
      bench.open('?reader=pager&from=2999-01-01').close();
      expect(await place()).toMatchObject({ next: 4 });
    });
  });

  describe('is given what it asks for:', () => {
    beforeEach(() =>
      bench.publish({ host: 'a.1' }, { host: 'b', type: 'crash' }, { host: 'a.1', type: 'crash' }, { host: 'b' }),
    );

    it('the events of a host', () => {
      expect(next('?reader=pager&host=a.1')).toEqual(['a.1:1', 'a.1:2']);
    });

    it('the events of a type', () => {
      expect(next('?reader=pager&type=crash')).toEqual(['b:1', 'a.1:2']);
      expect(next('?reader=pager&type=crash')).toEqual([]);
    });

    it('both', () => {
      expect(next('?host=a.1&type=crash')).toEqual(['a.1:2']);
    });
  });

  it('shares the hosts with others: each host has one reader, and its order', async () => {
    const hosts = Array.from({ length: 12 }, (_, number) => `kvm-${number}`);
    for (let round = 0; round < 3; round += 1) {
      await bench.publish(...hosts.map((host) => ({ host })));
    }
    const [one, two] = [next('?reader=pager&share=1/2'), next('?reader=pager&share=2/2')];
    expect(one.length + two.length).toBe(36);
    for (const host of hosts) {
      const reader = partitionOf(host) % 2 === 1 ? one : two;
      expect(reader.filter((event) => event.startsWith(`${host}:`))).toEqual([1, 2, 3].map((n) => `${host}:${n}`));
    }
    // Other numbers of readers go on from the same bookmarks.
    await bench.publish(...hosts.map((host) => ({ host })));
    const rest = [1, 2, 3].flatMap((share) => next(`?reader=pager&share=${share}/3`));
    expect(rest.sort()).toEqual(hosts.map((host) => `${host}:4`).sort());
  });

  it('drops what was published twice, and goes on behind it', async () => {
    await bench.publish({}, { sequence: 1, id: 'again' }, {}, { sequence: 1, id: 'late' }, { sequence: 2, crc: 8 });
    expect(next('?reader=pager')).toEqual(['kvm-1:1', 'kvm-1:2', 'kvm-1:2']);
    expect(await place()).toMatchObject({ next: 6 });
  });

  it('counts as lost what it cannot read', async () => {
    await bench.publish({ xml: '<event' });
    await jetstream(bench.nats).publish('virdeliver.1.a.b', '<event type="t" timestamp="2026-01-02T03:04:05Z"/>');
    await bench.publish({});
    const conn = bench.open('?reader=pager');
    const xml: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      xml.push(event.xml);
    });
    expect(deliverEvents(conn, { limit: 2, waitMs: 10_000 }).events).toBe(2);
    expect(xml[0]).toContain('count="2" first="1" last="2" cause="invalid"');
    conn.close();
    expect(await place()).toMatchObject({ next: 4 });
  });

  it('refuses what would lose events, and events of the program', () => {
    expect(() => bench.open('', { queue: { overflow: 'drop-oldest' } })).toThrow(
      "options.queue.overflow must be 'refuse' for a stream, which waits by itself, but is 'drop-oldest'",
    );
    const conn = bench.open();
    expect(() => sendEvent(conn, { type: 'a' })).toThrow(InvalidArgumentError);
  });

  it('says what is not there, and how it is made', async () => {
    const { streams } = await bench.manager();
    await streams.delete('EVENTS-readers');
    expect(() => bench.open('?reader=pager')).toThrow(
      'there is no stream EVENTS-readers, in which the places of readers are kept; "virdeliver forward" with --create',
    );
    await streams.delete('EVENTS');
    expect(() => bench.open()).toThrow(
      'there is no stream EVENTS; "virdeliver forward" with --create makes the streams',
    );
  });

  describe('has a bookmark that', () => {
    const openWith = (handler: EventHandler, options = {}): Connection => {
      const conn = bench.open('?reader=pager');
      addEventHandler(conn, null, handler, undefined, options);
      return conn;
    };
    beforeEach(() => bench.publishMany(5));

    it('stands behind what was completed, handled or not', async () => {
      const conn = bench.open('?reader=pager');
      addEventHandler(conn, '@n = 2', () => {});
      expect(deliverEvents(conn, { limit: 5, waitMs: 10_000 })).toMatchObject({ events: 5, unmatched: 4 });
      conn.close();
      expect(next()).toEqual([]);
    });

    it.each([
      ['limit', { limit: 3 }, () => undefined],
      ['break', {}, (sequence: number) => (sequence === 3 ? ('break' as const) : undefined)],
    ])('stands behind the last completed event after a %s', (_, options, answer) => {
      const conn = openWith((__, event) => answer(event.sequence));
      expect(deliverEvents(conn, { waitMs: 10_000, ...options }).events).toBe(3);
      conn.close();
      expect(next()).toEqual(['kvm-1:4', 'kvm-1:5']);
    });

    it('stays at an event that is to be retried, whose attempts the next process goes on counting', () => {
      const conn = openWith((_, event) => (event.sequence === 2 ? 'retry' : undefined));
      deliverEvents(conn, { waitMs: 10_000 });
      expect(deliverEvents(conn)).toMatchObject({ events: 0, stoppedBy: 'retry' });
      conn.close();
      expect(next('?reader=pager', 2)).toEqual(['kvm-1:2/3', 'kvm-1:3']);
    });

    it('counts throws across processes up to maxAttempts, then passes the event as a failure', () => {
      const calls: number[] = [];
      for (let run = 1; run <= 3; run += 1) {
        const conn = openWith(
          (_, event) => {
            calls.push(event.attempt);
            throw new Error('no');
          },
          { maxAttempts: 3 },
        );
        const deliver = () => deliverEvents(conn, { limit: 1, waitMs: 10_000 });
        if (run < 3) {
          expect(deliver()).toMatchObject({ events: 0, stoppedBy: 'retry' });
        } else {
          expect(deliver).toThrow(DeliveryError);
        }
        conn.close();
      }
      expect(calls).toEqual([1, 2, 3]);
      expect(next('?reader=pager', 1)).toEqual(['kvm-1:2']);
    });

    it('is written at the end of each delivery, without a close', async () => {
      const conn = openWith(() => {});
      expect(deliverEvents(conn, { limit: 3, waitMs: 10_000 }).events).toBe(3);
      for (let looks = 0; looks < 500 && (await place())?.['next'] !== 4; looks += 1) {
        await pause(10);
      }
      expect(await place()).toMatchObject({ next: 4, attempt: 0, isOffered: false });
    });
  });

  it('fences another reader of its name: whoever was opened last goes on', async () => {
    await bench.publishMany(4);
    const first = bench.openWith('?reader=pager', () => {});
    expect(deliverEvents(first, { limit: 1, waitMs: 10_000 }).events).toBe(1);
    const seen: string[] = [];
    const second = bench.openWith('?reader=pager', (_, event) => void seen.push(brief(event)));
    const busy = 'another process reads the stream EVENTS under the name pager now; only one may: end one of them';
    const refused = () => {
      for (let deliveries = 0; deliveries < 500; deliveries += 1) {
        deliverEvents(first, { limit: 1, waitMs: 20 });
      }
    };
    const error = thrownBy<JournalError>(refused);
    expect(error).toBeInstanceOf(JournalError);
    expect(error).toMatchObject({ code: 'ERR_READER_BUSY', message: expect.stringContaining(busy) });
    // Nor does it go on in silence.
    expect(thrownBy(refused)).toMatchObject({ code: 'ERR_CONNECTION_LOST', cause: error });
    // What the first one has completed may come again: it may have lost its name before that was written.
    while (seen.at(-1) !== 'kvm-1:4') {
      expect(deliverEvents(second, { limit: 1, waitMs: 10_000 }).events).toBe(1);
    }
    second.close();
    expect(next()).toEqual([]);
  });

  it('refuses a bookmark that it cannot read', async () => {
    await jetstream(bench.nats).publish('virdeliver-reader.pager', '{"version":2}');
    const error = thrownBy<JournalError>(() => bench.open('?reader=pager'));
    expect(error.code).toBe('ERR_BOOKMARK');
    expect(error.message).toBe(
      'the bookmark virdeliver-reader.pager can\'t be read: "{\\"version\\":2}"; read under another name, with from=, ' +
        'or remove it to begin anew: nats stream purge EVENTS-readers --subject=virdeliver-reader.pager',
    );
  });
});

describeNats('who a reader is', () => {
  const secret = 's3cret';
  const settings = () => [`authorization { users: [{ user: pager, password: ${secret} }] }`];

  it('is said by an option or a file, and is in no message if it is refused', async () => {
    const bench = await NatsBench.start({ settings, user: { user: 'pager', pass: secret } });
    try {
      await bench.makeStream();
      await bench.publishMany(1);
      const login = join(bench.server.folder, 'login.json');
      writeFileSync(login, JSON.stringify({ user: 'pager', password: secret }));
      const options = { nats: { user: 'pager', password: secret } };
      expect(deliveredBy(bench.open('', options), 1)).toEqual(['kvm-1:1']);
      expect(deliveredBy(bench.open(`?login=${login}`), 1)).toEqual(['kvm-1:1']);
      const wrong = { nats: { user: 'pager', password: `not-${secret}` } };
      const error = thrownBy<OpenError>(() => bench.open('', wrong));
      expect(error).toBeInstanceOf(OpenError);
      expect(error.message).toMatch(/Authorization Violation/i);
      expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(secret);
    } finally {
      await bench.stop();
    }
  });
});
