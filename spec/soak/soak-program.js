/**
 * One uninterrupted synchronous job that does the same over and over, and then a part that needs the event loop: `SCALE`, by which the
 * counts are multiplied, and `DAEMON_SCALE`, by which those of connections to a daemon are; then `FOLDER`, in which there are
 * `events.xml`, the FIFO `fifo` and the program `bridge`, which connects to a daemon; and `SOCKET` and `PORT`, at which that listens.
 *
 * After the first tenth of each phase, and at its end, it writes down the heap, the open descriptors and the children that run; it
 * prints them as JSON.
 */
const { closeSync, openSync, readdirSync, readFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const {
  addEventHandler,
  compileFilter,
  deliverEvents,
  openConnection,
  openConnectionAsync,
  sendEvent,
  takeEvents,
} = require('virdeliver');

const [scale, daemonScale, folder, socket, port] = process.argv.slice(2);
const xml = (type, name) => `<event type="${type}" timestamp="now"><domain><name>${name}</name></domain></event>`;

/** How long children may take to end when their connections are closed, in milliseconds: it ends a run that would hang. */
const PATIENCE = 30_000;

function measured() {
  // Twice, since what the first one finalizes may hold other things.
  global.gc();
  global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external, descriptors: readdirSync('/dev/fd').length, children: runningChildren() };
}

/** How many children run when those have ended that were told to. Those that have ended are there until the event loop has a turn. */
function runningChildren() {
  const isRunning = (name) => {
    try {
      const [state, parent] = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(parent) === process.pid && state !== 'Z';
    } catch {
      return false;
    }
  };
  const deadline = performance.now() + PATIENCE;
  let count = 0;
  do {
    count = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isRunning(name)).length;
  } while (count > 0 && performance.now() < deadline);
  return count;
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
};

/**
 * The same for connections to a daemon. All kinds of events are asked for by one in fifty: to ask takes most of the time.
 *
 * Of those with a child there are fewer: a child that has ended counts as a process until the event loop has a turn, and many
 * a system allows a user no 10,000 of them. A relay takes a tenth of a second to start, too.
 */
const daemonPhases = {
  unix: () => [10_000, (turn) => openAndDeliver(unixUri, turn % 50 === 0 ? {} : FEW_EVENTS)],
  child: () => [1000, () => openAndDeliver(`qemu+ext:///system?command=${join(folder, 'bridge')}`, FEW_EVENTS)],
  relay: () => [1000, () => openAndDeliver(tcpUri, { ...FEW_EVENTS, relay: true })],
};

const unixUri = `qemu+unix:///system?socket=${encodeURIComponent(socket)}`;
const tcpUri = `qemu+tcp://127.0.0.1:${port}/system`;
const FEW_EVENTS = { events: ['domain-reboot'] };

function openAndDeliver(uri, options) {
  const conn = openConnection(uri, options);
  addEventHandler(conn, "domain/name = 'web'", () => {});
  deliverEvents(conn);
  conn.close();
}

/** In the event loop, without which TCP connects through a relay only. */
const loopPhases = {
  tcp: () => [
    10_000,
    async () => {
      const conn = await openConnectionAsync(tcpUri, FEW_EVENTS);
      deliverEvents(conn);
      conn.close();
    },
  ],
};

const results = {};

/** Plays phases; gives what each turn returns. */
function* play(phases, factor) {
  for (const [name, prepare] of Object.entries(phases)) {
    const conn = openConnection();
    const [count, act] = prepare(conn);
    const turns = Math.max(10, Math.round(count * Number(factor)));
    const start = process.cpuUsage();
    let tenth;
    for (let turn = 0; turn < turns; turn += 1) {
      yield act(turn);
      if (turn + 1 === Math.ceil(turns / 10)) {
        tenth = measured();
      }
    }
    const end = measured();
    const { user, system } = process.cpuUsage(start);
    results[name] = { turns, tenth, end, seconds: (user + system) / 1e6 };
    conn.close();
  }
}

async function main() {
  for (const turns of [play(phases, scale), play(daemonPhases, daemonScale)]) {
    while (!turns.next().done) {
      // One after another, in one job.
    }
  }
  for (const turn of play(loopPhases, daemonScale)) {
    await turn;
  }
  console.log(JSON.stringify(results));
  process.exit(0);
}

main();
