/**
 * A program that behaves in one way as a child process with pipes: `WAY`.
 *
 * - `echo` sends back what it gets;
 * - `slow` gets a length in 4 bytes and so many bytes, bit by bit, and sends their SHA-256 in hexadecimal;
 * - `deaf` never reads, and stays;
 * - `farewell` says "bye", and ends;
 * - `loud` says much on its standard error before it says "ready";
 * - `fail TEXT STATUS` says "bye", a text on its standard error, and ends with a status as soon as it gets something;
 * - `die` says "bye", and kills itself as soon as it gets something;
 * - `say NAME` says what the environment variable is, and stays until its standard input ends;
 * - `late TEXT` closes its standard output at once, says a text on its standard error a little later, and stays.
 */
const { createHash } = require('node:crypto');
const { closeSync, writeSync } = require('node:fs');

const [way, text, status] = process.argv.slice(2);
const { stdin } = process;
const stay = () => setInterval(() => {}, 1000);

const ways = {
  echo: () => stdin.pipe(process.stdout),
  async slow() {
    const hash = createHash('sha256');
    let left;
    for await (const chunk of stdin) {
      left ??= chunk.readUInt32BE() + 4;
      left -= chunk.length;
      hash.update(chunk);
      if (left === 0) {
        process.stdout.write(hash.digest('hex'));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  },
  deaf: stay,
  farewell: () => writeSync(1, 'bye'),
  loud() {
    for (let i = 0; i < 20_000; i += 1) {
      writeSync(2, `line ${i}\n`);
    }
    writeSync(1, 'ready');
    stdin.resume();
  },
  fail() {
    stdin.once('data', () => {
      writeSync(1, 'bye');
      writeSync(2, text);
      process.exit(Number(status));
    });
  },
  die() {
    stdin.once('data', () => {
      writeSync(1, 'bye');
      process.kill(process.pid, 'SIGKILL');
    });
  },
  say() {
    writeSync(1, String(process.env[text]));
    stdin.resume();
  },
  late() {
    closeSync(1);
    setTimeout(() => writeSync(2, text), 50);
    stay();
  },
};

ways[way]();
