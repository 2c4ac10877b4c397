import { spawnSync } from 'node:child_process';
import { addEventHandler, type Connection, ConnectionLostError, deliverEvents, type JournalError } from '../../lib';
import { dist } from '../support/built';
import { childProcesses } from '../support/child-processes';
import { brief, deliveredBy, type NatsBench, useNatsBench } from '../support/nats-bench';
import { describeNats } from '../support/nats-server';
import { thrownBy } from '../support/thrown-by';

const numbers = (first: number, last: number, host = 'kvm-1') =>
  Array.from({ length: last - first + 1 }, (_, n) => `${host}:${first + n}`);

/** Adds what a connection is given to a list. */
function noteAll(conn: Connection): string[] {
  const seen: string[] = [];
  addEventHandler(conn, null, (_, event) => {
    seen.push(brief(event));
  });
  return seen;
}

/** Delivers until so much came. */
function deliverUntil(conn: Connection, seen: readonly string[], count: number): void {
  for (let deliveries = 0; seen.length < count && deliveries < 200; deliveries += 1) {
    deliverEvents(conn, { waitMs: 100 });
  }
}

describeNats('a reader of a stream, when', () => {
  let bench: NatsBench;
  useNatsBench((started) => {
    bench = started;
  });

  it('its process is killed with an event in hand, has the next one offer that first, and the rest in order', async () => {
    await bench.publishMany(6);
    const program = `
      const { addEventHandler, deliverEvents, openConnection } = require(${JSON.stringify(dist)});
      const conn = openConnection(${JSON.stringify(bench.uri('?reader=pager'))});
      addEventHandler(conn, null, (_, event) => {
        require('node:fs').writeSync(1, event.string('@n') + '/' + event.attempt + ' ');
        if (event.string('@n') === '3') {
          process.kill(process.pid, 'SIGKILL');
        }
      });
      deliverEvents(conn, { waitMs: 10000 });`;
    const run = () => {
      const { stdout } = spawnSync(process.execPath, ['-e', program]);
      return stdout.toString().trim();
    };
    // The first process dies before a bookmark is due; the next ones write one for each event, and show which it is.
    expect(run()).toBe('1/1 2/1 3/1');
    expect(run()).toBe('1/2 2/1 3/1');
    expect(run()).toBe('3/2');
    expect(run()).toBe('3/3');
    expect(deliveredBy(bench.open('?reader=pager'), 4)).toEqual(['kvm-1:3/4', ...numbers(4, 6)]);
  });

  it('its server is killed and comes back, tells that, and loses and repeats nothing', async () => {
    await bench.publishMany(3);
    const conn = bench.open('?reader=pager');
    const seen = noteAll(conn);
    deliverUntil(conn, seen, 3);
    await bench.server.kill();
    deliverUntil(conn, seen, 4);
    await bench.server.restart();
    await bench.connect();
    await bench.publishMany(3);
    deliverUntil(conn, seen, 8);
    expect(seen).toEqual([...numbers(1, 3), 'connection-lost', 'connection-restored', ...numbers(4, 6)]);
    conn.close();
    await bench.publishMany(1);
    expect(deliveredBy(bench.open('?reader=pager'), 1)).toEqual(numbers(7, 7));
  });

  it('its server is killed with messages on their way, gets them all, in order', async () => {
    await bench.publishMany(300, {
      xml: `<event type="t" timestamp="2026-01-02T03:04:05Z" host="a" n="1">${'x'.repeat(4000)}</event>`,
    });
    const conn = bench.open('?reader=pager', { queue: { maxEvents: 20 } });
    const keys: (string | undefined)[] = [];
    addEventHandler(conn, 'not(connection)', (_, { key }) => {
      keys.push(key);
    });
    deliverEvents(conn, { limit: 30, waitMs: 10_000 });
    await bench.server.kill();
    await bench.server.restart();
    await bench.connect();
    for (let deliveries = 0; keys.length < 300 && deliveries < 300; deliveries += 1) {
      deliverEvents(conn, { waitMs: 100 });
    }
    expect(keys).toEqual(Array.from({ length: 300 }, (_, n) => `journal-of-kvm-1:${n + 1}`));
  });

  it('the child that speaks to the hub is killed, starts another, and loses and repeats nothing', async () => {
    await bench.publishMany(5);
    const conn = bench.open('?reader=pager');
    const seen = noteAll(conn);
    deliverEvents(conn, { limit: 2, waitMs: 10_000 });
    for (const child of childProcesses('hub-program')) {
      process.kill(child, 'SIGKILL');
    }
    await bench.publishMany(2);
    deliverUntil(conn, seen, 9);
    expect(seen.filter((event) => !event.startsWith('connection'))).toEqual(numbers(1, 7));
    expect(seen.filter((event) => event.startsWith('connection'))).toEqual(['connection-lost', 'connection-restored']);
    conn.close();
    await bench.publishMany(1);
    expect(deliveredBy(bench.open('?reader=pager'), 1)).toEqual(numbers(8, 8));
  });

  it('the child is killed, and another process reads under its name, does not go on', async () => {
    await bench.publishMany(2);
    const conn = bench.open('?reader=pager');
    noteAll(conn);
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    for (const child of childProcesses('hub-program')) {
      process.kill(child, 'SIGKILL');
    }
    const other = bench.open('?reader=pager');
    const busy = thrownBy(() => {
      for (let deliveries = 0; deliveries < 200; deliveries += 1) {
        deliverEvents(conn, { waitMs: 100 });
      }
    });
    expect(busy).toMatchObject({ code: 'ERR_READER_BUSY' });
    expect(deliveredBy(other, 1)).toHaveLength(1);
  });

  it('the stream was purged, is told how many events that were', async () => {
    await bench.publishMany(2);
    expect(deliveredBy(bench.open('?reader=pager'), 2)).toEqual(numbers(1, 2));
    bench.closeAll();
    await bench.publishMany(5);
    await (await bench.manager()).streams.purge('EVENTS', { seq: 6 });
    expect(deliveredBy(bench.open('?reader=pager'), 3)).toEqual(['lost 3 expired', ...numbers(6, 7)]);
    bench.closeAll();
    await bench.publishMany(2);
    await (await bench.manager()).streams.purge('EVENTS');
    expect(deliveredBy(bench.open('?reader=pager'), 1)).toEqual(['lost 2 expired']);
    bench.closeAll();
    // It is passed, and told once.
    expect(deliveredBy(bench.open('?reader=pager'))).toEqual([]);
  });

  it('retention passed it, and it reads one type only, is told that there may have been some', async () => {
    await bench.publish({ type: 'a' }, { type: 'b' }, { type: 'a' }, { type: 'b' }, { type: 'b' });
    const query = '?reader=pager&type=b';
    expect(deliveredBy(bench.open(query), 1)).toEqual(numbers(2, 2));
    bench.closeAll();
    await (await bench.manager()).streams.purge('EVENTS', { seq: 5 });
    expect(deliveredBy(bench.open(query), 2)).toEqual(['lost some expired', ...numbers(5, 5)]);
  });

  it('the stream keeps fewer events than it was behind, is told how many were lost', async () => {
    await bench.makeStream('EVENTS', { max_msgs: 5 });
    await bench.publishMany(2);
    expect(deliveredBy(bench.open('?reader=pager'), 2)).toEqual(numbers(1, 2));
    bench.closeAll();
    await bench.publishMany(10);
    expect(deliveredBy(bench.open('?reader=pager'), 6)).toEqual(['lost 5 expired', ...numbers(8, 12)]);
  });

  it('the stream was made anew, refuses to go on: at opening, and while it reads', async () => {
    await bench.publishMany(3);
    const conn = bench.open('?reader=pager');
    expect(deliveredBy(conn, 3)).toEqual(numbers(1, 3));
    const { streams } = await bench.manager();
    await streams.delete('EVENTS');
    await streams.add({ name: 'EVENTS', subjects: ['virdeliver.>'], allow_direct: true });
    await bench.publishMany(5);
    const lost = thrownBy<ConnectionLostError>(() => {
      for (let deliveries = 0; deliveries < 200; deliveries += 1) {
        expect(deliveredBy(conn, 1, 100).filter((event) => event.startsWith('kvm'))).toEqual([]);
      }
    });
    expect(lost).toBeInstanceOf(ConnectionLostError);
    expect(lost.cause).toMatchObject({ code: 'ERR_BOOKMARK', message: expect.stringContaining('it was made anew at') });
    conn.close();
    const error = thrownBy<JournalError>(() => bench.open('?reader=pager'));
    expect(error.code).toBe('ERR_BOOKMARK');
    expect(error.message).toMatch(
      /^the bookmark virdeliver-reader\.pager doesn't fit the stream EVENTS: that was made anew at .*; read under another name, with from=, or remove it to begin anew: nats stream purge EVENTS-readers --subject=virdeliver-reader\.pager$/,
    );
  });

  it('the stream was set back to an older copy, refuses to go on', async () => {
    await bench.publishMany(5);
    expect(deliveredBy(bench.open('?reader=pager'), 5)).toEqual(numbers(1, 5));
    bench.closeAll();
    // What a copy from before the last two events had: the same stream with a lower last number.
    const { streams } = await bench.manager();
    const text =
      (await streams.getMessage('EVENTS-readers', { last_by_subj: 'virdeliver-reader.pager' }))?.string() ?? '';
    bench.nats.publish('virdeliver-reader.pager', text.replace('"next":6', '"next":8'));
    await bench.nats.flush();
    expect(() => bench.open('?reader=pager')).toThrow(
      "doesn't fit the stream EVENTS: that was set back: its last message is 5, but 7 was read",
    );
  });

  it('the stream is gone, says so, and waits', async () => {
    await bench.publishMany(1);
    const conn = bench.open('?reader=pager');
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      seen.push(event.type === 'connection-lost' ? event.xml : brief(event));
    });
    deliverUntil(conn, seen, 1);
    await (await bench.manager()).streams.delete('EVENTS');
    deliverUntil(conn, seen, 2);
    expect(seen[1]).toContain('there is no stream EVENTS any more');
    expect(conn.state).toBe('open');
  });

  it('its consumer is deleted, makes another, and loses and repeats nothing', async () => {
    await bench.publishMany(2);
    const conn = bench.open('?reader=pager');
    const seen = noteAll(conn);
    deliverUntil(conn, seen, 2);
    const { consumers } = await bench.manager();
    for await (const { name } of consumers.list('EVENTS')) {
      await consumers.delete('EVENTS', name);
    }
    await bench.publishMany(2);
    deliverUntil(conn, seen, 4);
    expect(seen).toEqual(numbers(1, 4));
  });

  it('the hub is away as it is closed, says that the bookmark is not written', async () => {
    await bench.publishMany(2);
    const conn = bench.open('?reader=pager');
    const seen = noteAll(conn);
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    await bench.server.kill();
    deliverUntil(conn, seen, 3);
    expect(thrownBy(() => conn.close())).toMatchObject({
      code: 'ERR_BOOKMARK_WRITE',
      message: "the bookmark virdeliver-reader.pager can't be written: the hub does not answer",
    });
    await bench.server.restart();
    await bench.connect();
  });
});
