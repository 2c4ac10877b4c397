/**
 * A hostile libvirt daemon: `SEED_FILE UNIX_SOCKET [CERTIFICATES]`. It listens there and at TCP ports, which it tells its parent: one
 * by TLS, if there is a folder with a server's certificate.
 *
 * It knows how an honest daemon answers each call, and does so most of the time; otherwise it does what chance says. Chance begins
 * anew with each connection, from what is in the file of the seed and how many connections there were under that seed.
 */
const { readFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { createSecureContext, TLSSocket } = require('node:tls');

const [, , seedFile, path, certificates] = process.argv;

const REMOTE = 0x20008086;
const QEMU = 0x20008087;
const KEEP_ALIVE = 0x6b656570;

let lastSeed = '';
let attempts = 0;

/** Numbers from 0 to 1 that depend on a text alone (mulberry32, begun with FNV-1a). */
function numbersFrom(text) {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) {
    state = Math.imul(state ^ byte, 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const words = (...numbers) => Buffer.from(Uint32Array.from(numbers).buffer).swap32();
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How long it is silent at most, in milliseconds: then it goes, since a client may wait for seconds. */
const LONGEST_SILENCE = 300;

class HostileClient {
  #socket;
  #random;
  #unread = Buffer.alloc(0);
  #work = Promise.resolve();
  #nonce = '';
  /** How likely it is that a call is not answered as it should be. */
  #malice;
  /** How many floods are left: each takes its time. */
  #floods = 2;

  constructor(socket, seed) {
    this.#socket = socket;
    this.#random = numbersFrom(seed);
    this.#malice = this.#pick([0, 0.02, 0.1, 0.5]);
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#take(chunk));
    socket.setTimeout(LONGEST_SILENCE, () => socket.destroy());
    if (this.#chance(this.#malice)) {
      this.#then(() => this.#misbehave());
    }
  }

  #pick(list) {
    return list[Math.floor(this.#random() * list.length)];
  }

  #chance(likelihood) {
    return this.#random() < likelihood;
  }

  #int(least, most) {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  #bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.#int(0, 255)));
  }

  #then(action) {
    this.#work = this.#work.then(action).catch(() => {});
  }

  /** Any bytes at all, of any length up to the longest that is allowed and beyond it. */
  #string() {
    const text = () => {
      switch (this.#int(0, 9)) {
        case 0:
          return Buffer.alloc(0);
        case 1:
          return Buffer.from(
            String.fromCodePoint(...Array.from({ length: this.#int(1, 20) }, () => this.#int(0, 0x10ffff))),
          );
        case 2:
          return this.#bytes(this.#int(1, 40));
        case 3:
          return Buffer.from(
            this.#pick(['\0', 'a\0b', '\u001b[2J', '\u202e', '\ufffe', '\ud800', ']]>', '<&"\'>', '\r\n', '\u2028']),
          );
        case 4:
          return Buffer.alloc(this.#pick([255, 4096, 70_000]), this.#pick(['x', '\u0001', '\xff', '<']));
        default:
          return Buffer.from(this.#pick(['web', 'TEST', 'QEMU', 'vda', 'größer', 'http://example.com/']));
      }
    };
    const bytes = text();
    const length = this.#chance(0.02) ? this.#pick([bytes.length + 1, 0xffffffff, 4_194_305]) : bytes.length;
    return Buffer.concat([words(length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  }

  #domain() {
    const uuid = this.#chance(0.7) ? Buffer.alloc(16, this.#int(0, 5)) : this.#bytes(16);
    return Buffer.concat([this.#string(), uuid, words(this.#int(-1, 9) >>> 0)]);
  }

  #packet({ program = REMOTE, version = 1, procedure, type, serial, status = 0, payload = Buffer.alloc(0) }) {
    const header = words(28 + payload.length, program, version, procedure >>> 0, type, serial, status);
    return Buffer.concat([header, payload]);
  }

  #event() {
    if (this.#chance(0.05)) {
      const procedure = this.#int(300, 460);
      return this.#packet({ procedure, type: 2, serial: 1, payload: this.#bytes(this.#int(0, 100)) });
    }
    if (this.#chance(0.1)) {
      const payload = Buffer.concat([
        words(0),
        this.#domain(),
        this.#string(),
        words(this.#int(0, 2), this.#int(0, 2 ** 32 - 1), this.#int(0, 1_100_000), this.#int(0, 2)),
        this.#string(),
      ]);
      return this.#packet({ program: QEMU, procedure: 6, type: 2, serial: 1, payload });
    }
    if (this.#chance(0.3)) {
      const pieces = [words(0), this.#domain()];
      for (let piece = this.#int(0, 6); piece > 0; piece -= 1) {
        pieces.push(this.#chance(0.5) ? this.#string() : words(this.#int(0, 3)));
      }
      const payload = Buffer.concat(pieces);
      return this.#packet({ procedure: this.#int(318, 383), type: 2, serial: 0, payload });
    }
    const payload = Buffer.concat([words(0), this.#domain(), words(this.#int(0, 10), this.#int(0, 12))]);
    return this.#packet({ procedure: 318, type: 2, serial: 1, payload });
  }

  /** What an honest daemon answers. */
  #honestly({ procedure, program, payload }) {
    const list = (count, make) => Buffer.concat([words(count), ...Array.from({ length: count }, make), words(count)]);
    if (program !== REMOTE) {
      return words(this.#int(0, 3));
    }
    switch (procedure) {
      case 66:
        return words(1, this.#chance(0.3) ? 1 : 0);
      case 67:
        return this.#wire(this.#pick(['SCRAM-SHA-256', 'PLAIN,SCRAM-SHA-512', 'PLAIN', 'GSSAPI', '']));
      case 68: {
        this.#nonce = /r=([^,]*)/.exec(this.#charsOf(payload))?.[1] ?? '';
        const iterations = this.#pick([4096, 4096, 1, 600_001]);
        return this.#sasl(0, `r=${this.#nonce}abc,s=QSXCR+Q6sek8bf92,i=${iterations}`);
      }
      case 69:
        return this.#sasl(1, this.#pick(['v=rmF9pqV8S7suAoZWja4dJRkFsKQ=', 'e=invalid-proof', '', 'v=\u001b']));
      case 3:
        return this.#wire('QEMU');
      case 157:
        return words(0, 12_008_000);
      case 273:
        return list(this.#int(0, 20), () => this.#domain());
      case 212:
        return words(this.#int(0, 8), this.#int(0, 12));
      case 60:
        return words(1);
      case 1:
      case 2:
        return Buffer.alloc(0);
      default:
        return words(this.#int(0, 30));
    }
  }

  #wire(text) {
    const bytes = Buffer.from(text);
    return Buffer.concat([words(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  }

  #sasl(isComplete, text) {
    const bytes = Buffer.from(text);
    return Buffer.concat([words(isComplete, 0, bytes.length), words(...bytes)]);
  }

  #charsOf(payload) {
    return Array.from({ length: Math.floor(payload.length / 4) }, (_, place) => {
      const code = payload.readUInt32BE(4 * place);
      return code < 128 ? String.fromCharCode(code) : ' ';
    }).join('');
  }

  async #write(bytes) {
    const piece = this.#chance(0.1) ? this.#int(1, 50) : bytes.length;
    const end = Math.min(bytes.length, 20 * piece);
    for (let start = 0; start < end; start += piece) {
      await this.#send(bytes.subarray(start, start + piece));
    }
    await this.#send(bytes.subarray(end));
  }

  #send(bytes) {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async #answer(call) {
    const honest = { ...call, type: 1, payload: this.#honestly(call) };
    if (!this.#chance(this.#malice)) {
      await this.#write(this.#packet(honest));
      if (call.procedure === 2) {
        this.#socket.end();
      } else if (this.#chance(0.1)) {
        await this.#write(Buffer.concat(Array.from({ length: this.#int(1, 30) }, () => this.#event())));
      }
      return;
    }
    switch (this.#int(0, 9)) {
      case 0:
        await this.#write(this.#packet({ ...honest, payload: this.#bytes(this.#int(0, 64)) }));
        break;
      case 1:
        await this.#write(
          this.#packet({ ...honest, payload: honest.payload.subarray(0, this.#int(0, honest.payload.length)) }),
        );
        break;
      case 2:
        await this.#write(this.#packet({ ...honest, serial: this.#int(0, 100) }));
        break;
      case 3:
        await this.#write(
          this.#packet({
            ...honest,
            [this.#pick(['program', 'version', 'procedure', 'type', 'status'])]: this.#int(0, 7),
          }),
        );
        // It may have become a message, so that the call is never answered.
        this.#then(() => sleep(20).then(() => this.#socket.destroy()));
        break;
      case 4:
      case 5: {
        const number = this.#pick([1, 3, 5, 29, 38, 39, 42, 45, 88, this.#int(0, 200)]);
        const payload = Buffer.concat([words(number, 7, 1), this.#string(), words(2)]);
        await this.#write(this.#packet({ ...honest, status: 1, payload }));
        break;
      }
      case 6:
        await this.#write(this.#packet(honest));
        await this.#write(this.#packet(honest));
        break;
      default:
        await this.#misbehave();
        await this.#write(this.#packet(honest));
    }
  }

  /** Does something that nobody has asked for. */
  async #misbehave() {
    const ping = this.#packet({ program: KEEP_ALIVE, procedure: 1, type: 2, serial: 0 });
    const kind = this.#int(0, 9);
    if ([4, 5, 6].includes(kind)) {
      this.#floods -= 1;
      if (this.#floods < 0) {
        return;
      }
    }
    switch (kind) {
      case 0:
        this.#socket.end();
        break;
      case 1:
        this.#reset();
        break;
      case 2:
        await this.#write(this.#event().subarray(0, this.#int(1, 40)));
        this.#socket.end();
        break;
      case 3:
        await sleep(this.#int(1, 30));
        this.#socket.end();
        break;
      case 4:
        await this.#write(Buffer.concat(Array(this.#int(1, 4000)).fill(ping)));
        break;
      case 5:
        await this.#write(Buffer.concat(Array.from({ length: this.#int(1, 100) }, () => this.#event())));
        break;
      case 6:
        await this.#write(
          Buffer.concat(Array(this.#int(1, 4000)).fill(this.#packet({ procedure: 9999, type: 2, serial: 0 }))),
        );
        break;
      case 7:
        await this.#write(this.#bytes(this.#int(1, 200)));
        break;
      case 8:
        await this.#write(words(this.#pick([0, 27, 33_554_437, 0x7fffffff, 33_554_436])));
        this.#then(() => sleep(20).then(() => this.#socket.destroy()));
        break;
      default:
        this.#socket.pause();
        this.#then(() => sleep(30).then(() => this.#socket.destroy()));
    }
  }

  #reset() {
    try {
      this.#socket.resetAndDestroy();
    } catch {
      // Only TCP has it.
      this.#socket.destroy();
    }
  }

  #take(chunk) {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 28 && this.#unread.length >= this.#unread.readUInt32BE(0)) {
      const bytes = this.#unread.subarray(0, this.#unread.readUInt32BE(0));
      this.#unread = this.#unread.subarray(bytes.length);
      const call = {
        program: bytes.readUInt32BE(4),
        procedure: bytes.readUInt32BE(12),
        serial: bytes.readUInt32BE(20),
        payload: bytes.subarray(28),
      };
      if (call.program !== KEEP_ALIVE) {
        this.#then(() => this.#answer(call));
      }
    }
  }
}

/** What chance begins with for the connection that has just come. */
function nextSeed() {
  const seed = readFileSync(seedFile, 'utf8');
  attempts = seed === lastSeed ? attempts + 1 : 0;
  lastSeed = seed;
  return `${seed}/${attempts}`;
}

function onConnection(socket) {
  new HostileClient(socket, nextSeed());
}

/** By TLS a daemon sends one byte first: 1, if it accepts the client. */
function onTlsConnection(raw) {
  const seed = nextSeed();
  const random = numbersFrom(`${seed}/tls`);
  raw.on('error', () => {});
  if (random() < 0.05) {
    raw.end(random() < 0.5 ? '' : 'HTTP/1.1 400 Bad Request\r\n\r\n');
    return;
  }
  const socket = new TLSSocket(raw, { isServer: true, secureContext });
  socket.write(Buffer.of(...(random() < 0.9 ? [1] : [0, 1].slice(Math.floor(3 * random())))));
  new HostileClient(socket, seed);
}

const pem = (name) => readFileSync(join(certificates, name));
const secureContext = certificates && createSecureContext({ cert: pem('servercert.pem'), key: pem('serverkey.pem') });

function listenAtPort(onSocket) {
  return new Promise((resolve) => {
    const server = createServer({ noDelay: true }, onSocket).listen(0, '127.0.0.1', () =>
      resolve(server.address().port),
    );
  });
}

async function listen() {
  await new Promise((resolve) => {
    createServer(onConnection).listen(path, resolve);
  });
  const tcp = await listenAtPort(onConnection);
  process.send({ tcp, tls: secureContext && (await listenAtPort(onTlsConnection)) });
}

listen();
// It ends with the process that started it, however that ends.
process.on('disconnect', () => process.exit());
