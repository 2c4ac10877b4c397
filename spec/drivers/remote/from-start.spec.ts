import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Connection,
  closeConnection,
  connectionStats,
  deliverEvents,
  listDomains,
  openConnection,
  openConnectionAsync,
  takeEvents,
  waitForEvents,
} from '../../../lib';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { writeBridge } from '../../support/bridge';
import { type Rule, replyTo } from '../../support/fake-daemon';
import {
  brief,
  lifecycle,
  lifecycleEvent,
  persistent,
  refusalOf,
  stoppedWeb,
  takeUntil,
  uriOf,
  useDaemonBench,
  web,
} from './daemon-bench';

const bench = useDaemonBench();
const connect = () => bench.connect(bench, { reconnect: 'from-start' });

/** Takes what is told, in a loop that never returns to the event loop, until the daemon is connected to: that it is, and nothing else. */
function untilConnected(conn: Connection): void {
  const told = takeUntil(conn, 'connection-restored');
  expect(told.filter((line) => line !== 'connection-warning')).toEqual(['connection-restored']);
  expect(connectionStats(conn).reconnecting).toBeUndefined();
}

/** The messages on the channel of connections while something is done. */
async function connectedDuring(action: () => Promise<void>): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note = (message: unknown) => seen.push(message);
  subscribe('virdeliver:connection:connected', note);
  await action();
  unsubscribe('virdeliver:connection:connected', note);
  return seen;
}

describe('a connection whose daemon need not be there from the start', () => {
  it('opens without it, and says that it tries to reach it, and why it did not', () => {
    const conn = connect();
    expect(conn.state).toBe('open');
    expect(listDomains(conn)).toEqual([]);
    expect(connectionStats(conn)).toMatchObject({
      unsupported: [],
      reconnecting: { attempts: 1, problem: expect.stringContaining(`looked for at ${bench.path}`) },
    });
  });

  it('is what the error of one that only reconnects names', () => {
    expect(() => bench.connect(bench, { reconnect: true })).toThrow("{ reconnect: 'from-start' }, which waits for it");
    expect(() => bench.connect(bench, {})).toThrow(/that the daemon runs$/);
  });

  it('tells the program by an event what it waits for, once', async () => {
    const conn = connect();
    const problem = `there is no connection yet, and it is tried again: cannot open "${uriOf(bench)}": there is no socket`;
    expect(takeEvents(conn, { waitMs: 300 })).toMatchObject([
      { type: 'connection-warning', detail: { message: expect.stringContaining(problem) } },
    ]);
    expect(takeEvents(conn, { waitMs: 300 })).toEqual([]);
    expect(connectionStats(conn).reconnecting?.attempts).toBeGreaterThan(1);
  });

  it('reaches it when it comes, in a loop that never returns to the event loop, and tells of no gap', async () => {
    const conn = connect();
    expect(takeEvents(conn).map(brief)).toEqual(['connection-warning']);
    const daemon = await bench.start({}, bench.path);
    untilConnected(conn);
    expect(listDomains(conn)).toMatchObject([{ name: 'web', state: 'running' }]);
    daemon.perform(lifecycleEvent(lifecycle.stopped));
    expect(takeUntil(conn, 'web: running → shutoff')).toEqual(['web: running → shutoff']);
  });

  it('does the same in the event loop', async () => {
    const conn = await openConnectionAsync(uriOf(bench), { reconnect: 'from-start' });
    expect(takeEvents(conn).map(brief)).toEqual(['connection-warning']);
    const wait = waitForEvents(conn);
    const early: Rule = { procedure: calls.domainGetState.number, steps: [lifecycleEvent(lifecycle.stopped)] };
    const rules = persistent(web);
    const state = rules.find(({ procedure }) => procedure === calls.domainGetState.number)!;
    await bench.start({ rules: [{ ...early, steps: [...state.steps, ...early.steps] }, ...rules] }, bench.path);
    expect(await wait).toBe(true);
    const events = takeEvents(conn);
    while (events.length < 2 && (await waitForEvents(conn, { timeoutMs: 15_000 }))) {
      events.push(...takeEvents(conn));
    }
    expect(events.map(brief)).toEqual(['connection-restored', 'web: running → shutoff']);
    closeConnection(conn);
  });

  it('does so by a child process, too', async () => {
    const bridge = writeBridge(join(dirname(bench.path), 'bridge'), bench.path);
    using conn = openConnection(`test+ext:///default?command=${bridge}`, { reconnect: 'from-start' });
    expect(connectionStats(conn).reconnecting).toMatchObject({ attempts: 1 });
    await bench.start({}, bench.path);
    untilConnected(conn);
    expect(listDomains(conn)).toMatchObject([{ name: 'web' }]);
  });

  it('says on the diagnostics channel that it is connected when it is, and that it was not before', async () => {
    let conn: Connection | undefined;
    expect(
      await connectedDuring(async () => {
        conn = connect();
      }),
    ).toEqual([]);
    await bench.start({}, bench.path);
    expect(await connectedDuring(async () => untilConnected(conn!))).toEqual([{ connection: conn, again: false }]);
  });

  it('is connected at once to a daemon that is there', async () => {
    await bench.start({}, bench.path);
    let conn: Connection | undefined;
    const messages = await connectedDuring(async () => {
      conn = connect();
    });
    expect(messages).toEqual([{ connection: conn, again: false }]);
    expect(connectionStats(conn!).reconnecting).toBeUndefined();
    expect(listDomains(conn!)).toMatchObject([{ name: 'web' }]);
  });

  it('waits for one that lets nobody in, and says so', async () => {
    const refuses = refusalOf(calls.connectOpen, 88, 'access denied');
    await bench.start({ rules: [{ ...refuses, times: 2 } as Rule, ...persistent(web)] }, bench.path);
    const conn = connect();
    expect(connectionStats(conn).reconnecting).toEqual({
      attempts: 1,
      problem: expect.stringContaining('access denied'),
    });
    untilConnected(conn);
  });

  it('waits for one that the program has no credentials for yet', async () => {
    const sasl = [
      replyTo(calls.authList, (reply) => reply.array([1], (writer, type) => writer.int(type))),
      replyTo(calls.authSaslInit, (reply) => reply.string('PLAIN')),
      ...persistent(web),
    ];
    const daemon = await bench.start({ rules: sasl }, bench.path);
    const conn = bench.connect(daemon, {
      reconnect: 'from-start',
      credentials: () => {
        throw new Error('the key ring is locked');
      },
    });
    expect(connectionStats(conn).reconnecting?.problem).toContain('the function options.credentials failed');
  });

  it('tells of what happens when the daemon goes away later as any that reconnects', async () => {
    const conn = connect();
    const daemon = await bench.start({}, bench.path);
    untilConnected(conn);
    await daemon.kill();
    expect(takeUntil(conn, 'connection-lost')).toEqual(['connection-lost']);
    await bench.start({ rules: persistent(stoppedWeb) }, bench.path);
    expect(takeUntil(conn, 'connection-restored')).toEqual([
      'web: running → shutoff',
      'events-lost',
      'connection-restored',
    ]);
  });

  it('waits for the whole time that is asked for', () => {
    const conn = connect();
    takeEvents(conn);
    const start = performance.now();
    expect(deliverEvents(conn, { waitMs: 250 })).toMatchObject({ events: 0, stoppedBy: 'drained' });
    expect(performance.now() - start).toBeGreaterThanOrEqual(249);
  });

  it('can be closed meanwhile, in a wait as well', async () => {
    const conn = connect();
    takeEvents(conn);
    const wait = waitForEvents(conn);
    closeConnection(conn);
    expect(await wait).toBe(false);
    expect(connectionStats(conn).reconnecting).toBeUndefined();
  });

  it.each([
    ['nope:///system', 'ERR_UNSUPPORTED_URI'],
    ['qemu+smoke:///system', 'ERR_INVALID_URI'],
    ['qemu+tcp://localhost/system', 'ERR_UNSUPPORTED_URI'],
    ['qemu:///system?mode=sideways', 'ERR_INVALID_URI'],
    ['qemu:///system?auth=magic', 'ERR_INVALID_URI'],
    [`qemu:///system?socket=/${'x'.repeat(110)}`, 'ERR_OPEN'],
    ['qemu:///system?socket=/dev/null', 'ERR_OPEN'],
  ])('is refused if it can never be: %s', (uri, code) => {
    expect(() => openConnection(uri, { reconnect: 'from-start' })).toThrow(expect.objectContaining({ code }));
  });

  it('is refused if a folder is where its socket should be', () => {
    mkdirSync(bench.path);
    expect(connect).toThrow(`${bench.path} is a directory, not a unix socket`);
  });

  it('is refused if an option is wrong', () => {
    const open = () => openConnection(uriOf(bench), { reconnect: 'from-start', events: [] });
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
  });
});
