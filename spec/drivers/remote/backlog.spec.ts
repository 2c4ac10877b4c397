import { addEventHandler, connectionStats, deliverEvents } from '../../../lib';
import { DaemonBench, numberedEvents } from './daemon-bench';

const BACKLOG = 100_000;

it('delivers a backlog of 100,000 events in order, each once, though the queue holds fewer', async () => {
  await using bench = new DaemonBench();
  const daemon = await bench.start();
  const conn = bench.connect(daemon, { queue: { maxEvents: 5000 } });
  let next = 0;
  let outOfOrder = 0;
  addEventHandler(conn, ['domain-rtc-change'], (_, { xml }) => {
    outOfOrder += xml.includes(` offset="${next}"`) ? 0 : 1;
    next += 1;
  });
  daemon.perform(numberedEvents(BACKLOG));
  while (next < BACKLOG && deliverEvents(conn, { waitMs: 10_000 }).events > 0) {
    // Until nothing comes any more.
  }
  expect([next, outOfOrder]).toEqual([BACKLOG, 0]);
  expect(connectionStats(conn)).toMatchObject({ lost: 0, highWaterMark: 5000 });
}, 60_000);
