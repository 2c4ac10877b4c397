/**
 * A program that serves unix sockets, each of which behaves in its own way: `FOLDER`. It says "ready" when all are there,
 * and ends with its standard input.
 *
 * - `echo` sends back what it gets;
 * - `slow` gets a length in 4 bytes and so many bytes, bit by bit, and sends their SHA-256 in hexadecimal;
 * - `deaf` never reads;
 * - `farewell` says "bye" and closes;
 * - `rude` closes on the first bytes it gets, leaving others unread.
 */
const { createHash } = require('node:crypto');
const { createServer } = require('node:net');
const { join } = require('node:path');

const folder = process.argv[2];

const servers = {
  echo: (socket) => socket.pipe(socket),
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
  rude: (socket) => socket.once('data', () => socket.destroy()),
};

process.stdin.on('close', () => process.exit()).resume();

let missing = Object.keys(servers).length;
for (const [name, serve] of Object.entries(servers)) {
  const server = createServer({ pauseOnConnect: name === 'deaf' }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(join(folder, name), () => {
    missing -= 1;
    if (missing === 0) {
      process.stdout.write('ready\n');
    }
  });
}
