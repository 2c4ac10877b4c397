/**
 * A program that serves unix sockets and ports on this machine, each of which behaves in its own way: `FOLDER`. When all are
 * there it says the ports, in JSON; it ends with its standard input. Where the folder holds a server's certificate there are
 * ports for TLS, too, which first of all say that they accept the client, as libvirt's daemons do.
 *
 * - `echo` sends back what it gets;
 * - `count` says how many bytes each piece has that it gets, which by TLS is a record;
 * - `slow` gets a length in 4 bytes and so many bytes, bit by bit, and sends their SHA-256 in hexadecimal;
 * - `deaf` never reads;
 * - `farewell` says "bye" and closes;
 * - `flood` sends 20,000,000 bytes, and makes the file `heard` in the folder when it gets one;
 * - `rude` closes on the first bytes it gets, leaving others unread;
 * - `version` says which version of TLS is spoken, and closes.
 */
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const tls = require('node:tls');
const { join } = require('node:path');

const folder = process.argv[2];

const servers = {
  echo: (socket) => socket.pipe(socket),
  count: (socket) => socket.on('data', (bytes) => socket.write(`${bytes.length} `)),
  async slow(socket) {
    const hash = createHash('sha256');
    let left;
    for await (const chunk of socket) {
      left ??= chunk.readUInt32BE() + 4;
      left -= chunk.length;
      hash.update(chunk);
      if (left === 0) {
        socket.write(hash.digest('hex'));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  },
  deaf: (socket) => socket.pause(),
  farewell: (socket) => socket.end('bye'),
  flood(socket) {
    socket.write(Buffer.alloc(20_000_000, 'flood'));
    socket.once('data', () => writeFileSync(join(folder, 'heard'), ''));
  },
  rude: (socket) => socket.once('data', () => socket.destroy()),
  version: (socket) => socket.end(socket.getProtocol?.()),
};

process.stdin.on('close', () => process.exit()).resume();

async function listen(server, ...where) {
  await new Promise((resolve) => {
    server.listen(...where, resolve);
  });
  return server.address().port;
}

function plainServer(name) {
  return createServer({ pauseOnConnect: name === 'deaf' }, (socket) => {
    socket.on('error', () => {});
    servers[name](socket);
  });
}

function tlsServer(name, cert, key) {
  return tls.createServer({ cert, key }, (socket) => {
    socket.on('error', () => {});
    socket.write(Buffer.of(1));
    servers[name](socket);
  });
}

async function listenToAll() {
  const ports = { tcp: {}, tls: {} };
  const certificate = join(folder, 'servercert.pem');
  for (const name of Object.keys(servers)) {
    await listen(plainServer(name), join(folder, name));
    ports.tcp[name] = await listen(plainServer(name), 0, '127.0.0.1');
    if (existsSync(certificate)) {
      const server = tlsServer(name, readFileSync(certificate), readFileSync(join(folder, 'serverkey.pem')));
      ports.tls[name] = await listen(server, 0, '127.0.0.1');
    }
  }
  process.stdout.write(`${JSON.stringify(ports)}\n`);
}

listenToAll();
