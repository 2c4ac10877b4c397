/** Where a reader of a stream stands, when little comes for it, and when what keeps its bookmarks is lost or set back. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  addEventHandler,
  type Connection,
  connectionStats,
  deliverEvents,
  openConnectionAsync,
  runDelivery,
} from '../../lib';
import { childProcesses } from '../support/child-processes';
import { brief, deliveredBy, type NatsBench, useNatsBench } from '../support/nats-bench';
import { describeNats } from '../support/nats-server';
import { thrownBy } from '../support/thrown-by';

const READERS = 'EVENTS-readers';
const BOOKMARK = 'virdeliver-reader.pager';

/** How long something may take that a test waits for, in milliseconds: it ends one that would hang, and decides no other. */
const PATIENCE = 20_000;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !(await isSo()); ) {
    if (Date.now() > deadline) {
      throw new Error(`in vain: ${isSo}`);
    }
    await pause(10);
  }
}

describeNats('The bookmark of a reader of a stream', () => {
  let bench: NatsBench;
  useNatsBench((started) => {
    bench = started;
  });

  const streams = async () => (await bench.manager()).streams;
  const next = async () => {
    const message = await (await streams()).getMessage(READERS, { last_by_subj: BOOKMARK });
    return message?.json<{ next: number }>().next;
  };
  const makeReaders = async () => {
    await (await streams()).add({
      name: READERS,
      subjects: ['virdeliver-reader.>'],
      max_msgs_per_subject: 1,
      allow_direct: true,
    });
  };

  /** A reader that notes what it is given. */
  function reader(query = '?reader=pager'): { readonly conn: Connection; readonly seen: string[] } {
    const seen: string[] = [];
    const conn = bench.openWith(query, (_, event) => {
      seen.push(brief(event));
    });
    return { conn, seen };
  }

  it('learns what was completed while another child took the place of one that was killed', async () => {
    await bench.publishMany(2);
    const conn = await openConnectionAsync(bench.uri('?reader=pager'));
    const stop = new AbortController();
    const seen: string[] = [];
    let isStarting = false;
    addEventHandler(conn, null, (_, event) => {
      if (event.sequence === 1) {
        const [child] = childProcesses('hub-program');
        process.kill(child as number, 'SIGKILL');
      } else if (event.sequence === 2) {
        // Completed when the next one has begun to connect, with what was known before.
        const isReplaced = isStarting && childProcesses('hub-program').length > 0;
        isStarting ||= connectionStats(conn).reconnecting !== undefined && childProcesses('hub-program').length > 0;
        if (!isReplaced) {
          return 'retry';
        }
      }
      seen.push(brief(event));
      if (event.type === 'connection-restored') {
        stop.abort();
      }
      return undefined;
    });
    await runDelivery(conn, { signal: stop.signal }).catch(() => {});
    expect(seen.map((event) => event.split('/')[0])).toEqual([
      'kvm-1:1',
      'kvm-1:2',
      'connection-lost',
      'connection-restored',
    ]);
    await until(async () => (await next()) === 3);
    conn.close();
  });

  it('moves on behind what is for others, so that retention makes nobody believe that something was lost', async () => {
    const { conn, seen } = reader('?reader=pager&host=quiet');
    await bench.publish({ host: 'quiet' }, { host: 'loud' }, { host: 'loud' }, { host: 'loud' });
    await until(async () => {
      deliverEvents(conn, { waitMs: 50 });
      return (await next()) === 5;
    });
    conn.close();
    await (await streams()).purge('EVENTS', { seq: 5 });
    await bench.publish({ host: 'quiet' });
    const later = reader('?reader=pager&host=quiet');
    deliverEvents(later.conn, { limit: 1, waitMs: 10_000 });
    expect([...seen, ...later.seen]).toEqual(['quiet:1', 'quiet:2']);
  });

  it('is written again if it was removed, also with all of its stream', async () => {
    await bench.publishMany(3);
    const { conn } = reader();
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    await until(async () => (await next()) === 2);
    await (await streams()).purge(READERS);
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    await until(async () => (await next()) === 3);
    await (await streams()).delete(READERS);
    await makeReaders();
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    await until(async () => (await next()) === 4);
  });

  it('is told to be missing with its stream, which is made anew, and nothing is lost', async () => {
    await bench.publishMany(2);
    const { conn } = reader();
    deliverEvents(conn, { limit: 1, waitMs: 10_000 });
    await until(async () => (await next()) === 2);
    await (await streams()).delete(READERS);
    const error = thrownBy(() => {
      for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; ) {
        deliverEvents(conn, { limit: 1, waitMs: 50 });
      }
    });
    expect(error).toMatchObject({
      code: 'ERR_BOOKMARK_WRITE',
      message: `the bookmark ${BOOKMARK} can't be written: there is no stream ${READERS} any more; make it anew, and nothing is lost`,
    });
    expect(thrownBy(() => conn.close())).toMatchObject({ message: (error as Error).message });
    await makeReaders();
  });

  it('goes on from an earlier one of its own, and stops at that of a process before, without taking it for another that reads', async () => {
    const store = join(bench.server.store, 'jetstream', '$G', 'streams', READERS);
    const copies = [join(bench.server.folder, 'before'), join(bench.server.folder, 'own')] as const;
    const restarted = async (change: () => void) => {
      await bench.server.end();
      change();
      await bench.server.restart();
      await bench.connect();
    };
    const setBack = (copy: string) =>
      restarted(() => {
        rmSync(store, { recursive: true });
        cpSync(copy, store, { recursive: true });
      });
    await bench.publishMany(1);
    expect(deliveredBy(bench.open('?reader=pager'), 1)).toEqual(['kvm-1:1']);
    bench.closeAll();
    await restarted(() => cpSync(store, copies[0], { recursive: true }));
    const { conn, seen } = reader();
    const deliverNext = async () => {
      const number = await bench.publishMany(1);
      const event = `kvm-1:${number}`;
      for (const deadline = Date.now() + PATIENCE; !seen.includes(event) && Date.now() < deadline; ) {
        deliverEvents(conn, { waitMs: 50 });
      }
      await until(async () => (await next()) === number + 1);
    };
    await deliverNext();
    await restarted(() => cpSync(store, copies[1], { recursive: true }));
    await deliverNext();
    await setBack(copies[1]);
    await deliverNext();
    await setBack(copies[0]);
    await bench.publishMany(1);
    const error = thrownBy(() => {
      for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; ) {
        deliverEvents(conn, { waitMs: 50 });
      }
    });
    expect(error).toMatchObject({
      code: 'ERR_BOOKMARK',
      message: `the stream ${READERS} was set back or made anew: its bookmark ${BOOKMARK} is not the one that was written here; end whatever else reads under that name, and open it anew, which goes on where the bookmark says`,
    });
    expect(deliveredBy(bench.open('?reader=pager'), 4)).toEqual([2, 3, 4, 5].map((n) => `kvm-1:${n}`));
  });
});
