/**
 * A libvirt daemon that does nothing but what its scenario says: `PATH`, the unix socket to listen on.
 *
 * The scenario comes as the first message of the parent process; see `fake-daemon.ts`, which starts this program, for
 * what it can hold. It knows just enough of the protocol to tell calls apart, in code of its own.
 */
const { rmSync } = require('node:fs');
const { createServer } = require('node:net');

const REMOTE = 0x20008086;
const KEEP_ALIVE = 0x6b656570;
const HEADER = 28;

/** The calls of the remote program by which the events of each family are registered. */
const REGISTRATIONS = [316, 313, 368, 374, 380];
/** How many calls a client may have under way without being noted down in the log of a real daemon. */
const MOST_CALLS = 4;
/** How long a fragile daemon takes for a call, in milliseconds. */
const LATENCY = 5;

const path = process.argv[2];
/** Every packet that came, in hexadecimal. */
const received = [];
let scenario;
let newestClient;
/** What is to be done when a client connects, because it was asked for before. */
let stepsAhead = [];

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function packet({ program, procedure, type, serial, status = 0, payload = '' }) {
  const bytes = Buffer.from(payload, 'hex');
  const header = Buffer.alloc(HEADER);
  [HEADER + bytes.length, program, 1, procedure, type, serial, status].forEach((word, place) => {
    header.writeUInt32BE(word, 4 * place);
  });
  return Buffer.concat([header, bytes]);
}

function unknownProcedure({ procedure }) {
  const message = `unknown procedure: ${procedure}`;
  const text = Buffer.alloc(4 * Math.ceil(message.length / 4));
  text.write(message);
  const words = (...numbers) => Buffer.from(Uint32Array.from(numbers).buffer).swap32();
  const payload = Buffer.concat([words(39, 7, 1, message.length), text, words(2, 0, 0, 0, 0, 0, 0, 0)]);
  return [{ do: 'reply', status: 1, payload: payload.toString('hex') }];
}

/** One connection. What it does it does in order: the steps for one packet end before those for the next begin. */
class Client {
  #socket;
  #unread = Buffer.alloc(0);
  #work = Promise.resolve();
  #fragment = Number.POSITIVE_INFINITY;
  #held = [];
  /** The calls that came and are not answered yet. */
  #underWay = new Set();
  /** The procedures by which events were registered, as far as one registration was answered. */
  #begun = new Set();

  constructor(socket) {
    this.#socket = socket;
    // The other end may go at any time; that is what the specs are about.
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#take(chunk));
  }

  perform(steps, call) {
    this.#work = this.#work
      .then(async () => {
        for (const step of steps) {
          await this.#actions[step.do](step, call);
        }
      })
      .catch(() => {});
  }

  #actions = {
    reply: ({ payload, status }, call) => {
      this.#underWay.delete(call);
      this.#begun.add(call.procedure);
      return this.#write(packet({ ...call, type: 1, status, payload }));
    },
    hold: (step, call) => {
      this.#held.push([step, call]);
    },
    release: async () => {
      for (const [step, call] of this.#held.splice(0).reverse()) {
        await this.#actions.reply(step, call);
      }
    },
    send: async ({ bytes, times = 1, counterAt }) => {
      const copy = Buffer.from(bytes, 'hex');
      const copies = [];
      for (let number = 0; number < times; number += 1) {
        if (counterAt !== undefined) {
          copy.writeInt32BE(number, counterAt);
        }
        copies.push(Buffer.from(copy));
      }
      await this.#write(Buffer.concat(copies));
    },
    flood: async ({ bytes }) => {
      const piece = Buffer.from(bytes, 'hex');
      const many = Buffer.concat(Array(Math.ceil(65536 / piece.length)).fill(piece));
      while (!this.#socket.destroyed) {
        await this.#write(many);
      }
    },
    pause: ({ milliseconds }) => sleep(milliseconds),
    fragment: ({ size }) => {
      this.#fragment = size;
    },
    deafen: () => {
      this.#socket.pause();
    },
    close: () => new Promise((resolve) => this.#socket.end(resolve)),
    die: () => process.kill(process.pid, 'SIGKILL'),
  };

  async #write(bytes) {
    for (let start = 0; start < bytes.length; start += this.#fragment) {
      const piece = bytes.subarray(start, start + this.#fragment);
      await new Promise((resolve, reject) => {
        this.#socket.write(piece, (error) => (error ? reject(error) : resolve()));
      });
      await nextTurn();
    }
  }

  #take(chunk) {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= HEADER && this.#unread.length >= this.#unread.readUInt32BE(0)) {
      const bytes = this.#unread.subarray(0, this.#unread.readUInt32BE(0));
      this.#unread = this.#unread.subarray(bytes.length);
      received.push(bytes.toString('hex'));
      this.#onPacket({
        program: bytes.readUInt32BE(4),
        procedure: bytes.readUInt32BE(12),
        serial: bytes.readUInt32BE(20),
        payload: bytes.toString('hex', HEADER),
      });
    }
  }

  #onPacket(call) {
    if (call.program !== KEEP_ALIVE) {
      this.#underWay.add(call);
      this.perform(scenario.isFragile ? this.#stepsOfFragile(call) : stepsFor(call), call);
    } else if (call.procedure === 1 && !scenario.ignoresPings) {
      const pong = packet({ ...call, procedure: 2, type: 2, payload: '' });
      this.perform([{ do: 'send', bytes: pong.toString('hex') }]);
    }
  }

  /** What is done for a call when too many under way are the end of it. */
  #stepsOfFragile(call) {
    const isFirst = REGISTRATIONS.includes(call.procedure) && !this.#begun.has(call.procedure);
    const firsts = [...this.#underWay].filter(({ procedure }) => procedure === call.procedure);
    if (this.#underWay.size > MOST_CALLS || (isFirst && firsts.length > 1)) {
      return [{ do: 'die' }];
    }
    // Whatever the client has to say without awaiting this reply comes before it.
    return [{ do: 'pause', milliseconds: LATENCY }, ...stepsFor(call)];
  }
}

/** What the scenario has for a call: the first rule that fits, unless its times are used up. */
function stepsFor(call) {
  const rule = scenario.rules.find(
    ({ program = REMOTE, procedure, payload = '', times = 1 / 0 }) =>
      program === call.program && procedure === call.procedure && call.payload.startsWith(payload) && times > 0,
  );
  if (rule === undefined) {
    return unknownProcedure(call);
  }
  if (rule.times !== undefined) {
    rule.times -= 1;
  }
  return rule.steps;
}

/** Says what came, when what had been sent before it was asked is read. */
async function report() {
  for (let turns = 0; turns < 5; turns += 1) {
    await nextTurn();
  }
  process.send({ received });
}

function onConnection(socket) {
  newestClient = new Client(socket);
  newestClient.perform([...(scenario.greeting ?? []), ...stepsAhead]);
  stepsAhead = [];
}

/** Listens where the scenario says, and tells so. */
function listen() {
  // One that was killed has left its socket behind.
  rmSync(path, { force: true });
  createServer(onConnection).listen(path, () => {
    if (!scenario.hasPort) {
      process.send({});
      return;
    }
    // As libvirt's daemons do: an answer isn't kept until the client has acknowledged the last one.
    const tcp = createServer({ noDelay: true }, onConnection);
    tcp.listen(0, '127.0.0.1', () => process.send({ port: tcp.address().port }));
  });
}

process.on('message', (message) => {
  if (message.scenario !== undefined) {
    scenario = message.scenario;
    listen();
  } else if (message.steps !== undefined && newestClient === undefined) {
    stepsAhead.push(...message.steps);
  } else if (message.steps !== undefined) {
    newestClient.perform(message.steps);
  } else {
    report();
  }
});
// It ends with the process that started it, however that ends.
process.on('disconnect', () => process.exit());
