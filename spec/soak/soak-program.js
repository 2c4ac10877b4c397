/**
 * One uninterrupted synchronous job that does the same over and over: `SCALE`, by which the counts are multiplied, then
 * `FOLDER`, in which there are `events.xml` and the FIFO `fifo`, and `SOCKET`, on which a daemon listens.
 *
 * After the first tenth of each phase, and at its end, it writes down the heap and the open descriptors; it prints them as JSON.
 */
const { closeSync, openSync, readdirSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const { addEventHandler, compileFilter, deliverEvents, openConnection, sendEvent, takeEvents } = require('virdeliver');

const [scale, folder, socket] = process.argv.slice(2);
const xml = (type, name) => `<event type="${type}" timestamp="now"><domain><name>${name}</name></domain></event>`;

function measured() {
  // Twice, since what the first one finalizes may hold other things.
  global.gc();
  global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external, descriptors: readdirSync('/dev/fd').length };
}

/** Each phase: how often it is done, and what is done the nth time. */
const phases = {
  events: (conn) => {
    addEventHandler(conn, "domain/name = 'web' and count(//name) = 1", (_, event) => void event.string('domain/name'));
    return [
      1_000_000,
      (turn) => {
        sendEvent(conn, xml('soak', turn % 2 === 0 ? 'web' : `other-${turn}`));
        if (turn % 100 === 99) {
          deliverEvents(conn);
        }
      },
    ];
  },
  expressions: () => [
    100_000,
    (turn) => {
      const filter = compileFilter(`domain/name = 'web-${turn}' and count(disk[@dev = 'vda']) < ${turn}`);
      filter.matches(xml('soak', `web-${turn}`));
      filter.explain();
    },
  ],
  queries: (conn) => {
    sendEvent(conn, xml('soak', 'web'));
    const [event] = takeEvents(conn);
    return [100_000, (turn) => event.string(`concat(domain/name, '-${turn}')`)];
  },
  handlers: (conn) => [
    100_000,
    (turn) => {
      const type = ['a', 'b'][turn % 2];
      const registration = addEventHandler(conn, `@type = '${type}' and domain/name = 'web-${turn}'`, () => {});
      if (turn % 100 === 0) {
        sendEvent(conn, xml('a', `web-${turn}`));
        deliverEvents(conn);
      }
      registration.remove();
    },
  ],
  waits: (conn) => [100_000, () => deliverEvents(conn, { waitMs: 0.001 })],
  polls: () => {
    const reader = openConnection(`fifo:${join(folder, 'fifo')}`);
    return [10_000, () => deliverEvents(reader, { waitMs: 0.001 })];
  },
  memory: () => [10_000, () => openAndDeliver('memory:')],
  test: () => [10_000, (turn) => openAndDeliver('test:///default', { seed: turn })],
  file: () => [10_000, () => openAndDeliver(`file:${join(folder, 'events.xml')}`)],
  fifo: () => {
    const path = join(folder, 'fifo');
    return [
      10_000,
      () => {
        const conn = openConnection(`fifo:${path}`);
        const writer = openSync(path, 'w');
        writeSync(writer, xml('soak', 'web'));
        deliverEvents(conn);
        closeSync(writer);
        conn.close();
      },
    ];
  },
  remote: () => [
    1_000,
    () => {
      const conn = openConnection(`qemu+unix:///system?socket=${encodeURIComponent(socket)}`);
      deliverEvents(conn);
      conn.close();
    },
  ],
};

function openAndDeliver(uri, options) {
  const conn = openConnection(uri, options);
  addEventHandler(conn, "domain/name = 'web'", () => {});
  deliverEvents(conn);
  conn.close();
}

const results = {};
for (const [name, prepare] of Object.entries(phases)) {
  const conn = openConnection();
  const [count, act] = prepare(conn);
  const turns = Math.max(10, Math.round(count * Number(scale)));
  const start = process.cpuUsage();
  let tenth;
  for (let turn = 0; turn < turns; turn += 1) {
    act(turn);
    if (turn + 1 === Math.ceil(turns / 10)) {
      tenth = measured();
    }
  }
  const end = measured();
  const { user, system } = process.cpuUsage(start);
  results[name] = { turns, tenth, end, seconds: (user + system) / 1e6 };
  conn.close();
}
console.log(JSON.stringify(results));
process.exit(0);
