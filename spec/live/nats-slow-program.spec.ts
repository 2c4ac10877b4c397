/** A reader of a stream whose program does not come round to reading, with a real server. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { addEventHandler, deliverEvents } from '../../lib';
import { sleep } from '../../lib/clock';
import { entryHeaders } from '../../lib/nats/headers';
import { eventSubject } from '../../lib/nats/subjects';
import { childProcesses } from '../support/child-processes';
import { brief, deliveredBy, NatsBench } from '../support/nats-bench';
import { describeNats } from '../support/nats-server';
import { often } from '../support/often';

/** How many messages wait, how many bytes they have in all, and how much of that the client may hold. */
const WAITING = often(100_000);
const BYTES = 300_000_000;
const MOST_HELD = 150_000_000;

/** How many messages are on their way at once. */
const WINDOW = 500;

/** After how long a server gives up a connection that does not answer its pings, and how long a handler takes, in milliseconds. */
const PING_INTERVAL = 500;
const PINGS = 2;
const BLOCKED = 4 * PING_INTERVAL * PINGS;

/** What the system says of a process's memory, in bytes. */
function memoryOf(child: number, what: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`^${what}:\\s*(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${child}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}

/** For how long a process has used the processor, in ticks. */
function workOf(child: number): number {
  const [user, system] = readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
  return Number(user) + Number(system);
}

/** Waits until a process has nothing to do any more. */
async function untilIdle(child: number): Promise<void> {
  for (let before = -1; before !== workOf(child); ) {
    before = workOf(child);
    await pause(500);
  }
}

describeNats('the client of a reader', () => {
  let bench: NatsBench;
  afterEach(() => bench.stop());

  it('holds few of the messages that wait for a program which does not read, and has them all when it does', async () => {
    bench = await NatsBench.start();
    await bench.makeStream();
    const client = jetstream(bench.nats);
    const xml = `<event type="t" timestamp="2026-01-02T03:04:05Z">${'x'.repeat(BYTES / WAITING)}</event>`;
    for (let sequence = 1; sequence <= WAITING; sequence += WINDOW) {
      const window = Array.from({ length: Math.min(WINDOW, WAITING - sequence + 1) }, (_, place) => {
        const all = headers();
        const time = '2026-01-02T03:04:05.000006Z';
        const entry = { host: 'kvm-1', journal: 'j', sequence: sequence + place, crc: 1, time };
        for (const [name, text] of Object.entries(entryHeaders(entry))) {
          all.set(name, text);
        }
        return client.publish(eventSubject('kvm-1', 't'), xml, { headers: all });
      });
      await Promise.all(window);
    }
    bench.open('?from=newest');
    const [idle] = childProcesses('hub-program') as [number];
    await untilIdle(idle);
    const atStart = memoryOf(idle, 'VmRSS');
    bench.closeAll();

    const conn = bench.open('?from=oldest');
    const [child] = childProcesses('hub-program') as [number];
    await untilIdle(child);
    expect(memoryOf(child, 'VmHWM') - atStart).toBeLessThan(MOST_HELD);
    let events = 0;
    addEventHandler(conn, null, () => {
      events += 1;
    });
    while (events < WAITING && deliverEvents(conn, { waitMs: 10_000 }).events > 0) {
      // Until all have come.
    }
    expect(events).toBe(WAITING);
  }, 180_000);

  it('answers the pings of the server while a handler blocks the program, which loses no event, nor the connection', async () => {
    bench = await NatsBench.start({
      settings: () => [`ping_interval: "${PING_INTERVAL}ms"`, `ping_max: ${PINGS}`],
    });
    await bench.makeStream();
    await bench.publishMany(5);
    const cutOff: string[] = [];
    void (async () => {
      for await (const { type } of bench.nats.status()) {
        cutOff.push(type);
      }
    })();
    const conn = bench.open('?reader=pager');
    const seen: string[] = [];
    const handler = addEventHandler(conn, null, (_, event) => {
      seen.push(brief(event));
      if (seen.length === 2) {
        sleep(BLOCKED);
      }
    });
    while (seen.length < 5 && deliverEvents(conn, { waitMs: 10_000 }).events > 0) {
      // Until all have come.
    }
    handler.remove();
    // A client in this process, as this test has one, could not answer.
    while (!cutOff.includes('disconnect')) {
      await pause(10);
    }
    await bench.connect();
    await bench.publishMany(2);
    expect([...seen, ...deliveredBy(conn, 2)]).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `kvm-1:${number}`));
  }, 60_000);
});
