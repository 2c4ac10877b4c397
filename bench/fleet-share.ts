/**
 * One of the readers that share a fleet's hosts: `node fleet-share.js URI`. It delivers until its parent is gone, to which it says in a
 * line when it is ready, and in others what came: see `ShareReport`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../lib/clock';
import { BACKLOG_TYPE, type ShareReport } from './fleet-protocol';

// As it is published: the program of its child is a file there.
const dist = join(__dirname, '..', '..', 'dist');
const { addEventHandler, deliverEvents, openConnection } = require(dist) as typeof import('../lib/index');

/** How long one delivery lasts at most, so that its events are told of, in milliseconds. */
const BUDGET = 100;

const conn = openConnection(process.argv[2] as string);
let events = 0;
let times: [number, number][] = [];
addEventHandler(conn, null, (_, { type, key, timestamp }) => {
  if (key !== undefined) {
    events += 1;
    if (type !== BACKLOG_TYPE) {
      // A date has no microseconds.
      times.push([Date.parse(timestamp) + Number(timestamp.slice(23, 26)) / 1000, systemClock.now()]);
    }
  }
});
writeSync(1, 'ready\n');
for (;;) {
  deliverEvents(conn, { waitMs: 1000, budgetMs: BUDGET });
  // Also if it is nothing: so it notices that nobody listens any more.
  const report: ShareReport = { events, times };
  writeSync(1, `${JSON.stringify(report)}\n`);
  events = 0;
  times = [];
}
