const { spawnSync } = require('node:child_process');
const { deliverEvents, openConnection } = require('virdeliver');
const { watchFleet } = require('./watch-fleet');

const [uri = 'nats://localhost/EVENTS?reader=pager', command = 'logger', ...args] = process.argv.slice(2);

/** Runs the command with the text as its last argument, which is no part of a shell's line: a guest may have any name. */
function tell(text) {
  const { error, status } = spawnSync(command, [...args, text], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined || status !== 0) {
    console.error(`${command} failed (${error?.message ?? `status ${status}`}); it is tried again`);
  }
  return status === 0;
}

const conn = openConnection(uri);
const fleet = watchFleet(conn, tell);
console.error(`Watching ${conn.uri}`);
while (conn.state === 'open') {
  deliverEvents(conn, { waitMs: 10_000, retryDelayMs: 10_000 });
  fleet.checkHosts();
}
