import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dist } from '../support/built';
import { killChild } from '../support/child-processes';

/** How many processes are killed; all where there is time. */
const ROUNDS = process.env['CI'] ? 200 : 20;

/** How long the end of a story is waited for, in milliseconds. */
const PATIENCE = 60_000;

const library = `require(${JSON.stringify(dist)})`;
const journals = `require(${JSON.stringify(join(dist, 'collector'))})`;

/** Sends events with ever higher numbers, and notes down each that is in the journal for sure. */
const WRITER = `
  const fs = require('node:fs');
  const { deliverEvents, openConnection, sendEvent } = ${library};
  const { journalEvents, journalStats } = ${journals};
  const [folder, log] = process.argv.slice(2);
  const noted = fs.openSync(log, 'a+');
  let n = Number(fs.readFileSync(log, 'utf8').trim().split('\\n').at(-1));
  const conn = openConnection();
  journalEvents(conn, folder, { segmentBytes: 5000, lockWaitMs: 10000 });
  for (;;) {
    // One that was written before a kill, and not noted down, is sent again.
    const numbers = Array.from({ length: 1 + (n % 5) }, (_, at) => n + 1 + at);
    for (const number of numbers) {
      sendEvent(conn, { type: 't', attributes: { n: String(number) } });
    }
    deliverEvents(conn);
    n = numbers.at(-1);
    fs.writeSync(noted, n + '\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  }`;

/** Notes down each event that it is given. */
const READER = `
  const fs = require('node:fs');
  const { addEventHandler, deliverEvents, openConnection } = ${library};
  const [folder, log, name] = process.argv.slice(2);
  const noted = fs.openSync(log, 'a');
  const conn = openConnection('journal:' + folder + '?reader=' + name, { lockWaitMs: 10000 });
  addEventHandler(conn, null, (_, event) => {
    fs.writeSync(noted, event.sequence + ' ' + (event.string('@n') || event.xml) + '\\n');
  });
  for (;;) deliverEvents(conn, { waitMs: 10000, limit: 50 });`;

let folder: string;
const children = new Set<ChildProcess>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-'));
});

afterAll(async () => {
  await Promise.all([...children].map(kill));
  rmSync(folder, { recursive: true });
});

function start(program: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['-e', program, 'program', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  children.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  await killChild(child);
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe('a writer and three readers, one of which is killed again and again', () => {
  it('lose nothing, keep the order, and repeat at most one event for each kill', async () => {
    const [journal, sent] = [join(folder, 'journal'), join(folder, 'sent')];
    writeFileSync(sent, '0\n');
    const readers = ['a', 'b', 'c'].map((name) => ({ name, log: join(folder, name), kills: 0 }));
    const startReader = ({ log, name }: (typeof readers)[number]) => start(READER, journal, log, name);
    let writer = start(WRITER, journal, sent);
    while (linesOf(sent).length < 2 && writer.exitCode === null) {
      await pause(20);
    }
    for (const { log } of readers) {
      writeFileSync(log, '');
    }
    const running = readers.map(startReader);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Long enough for it to be in the midst of its work, and short enough to be so at its beginning now and then.
      await pause(20 + 60 * Math.random());
      const victim = Math.floor(Math.random() * 4);
      const reader = readers[victim];
      if (reader === undefined) {
        await kill(writer);
        writer = start(WRITER, journal, sent);
      } else {
        await kill(running[victim]!);
        reader.kills += 1;
        running[victim] = startReader(reader);
      }
    }
    await kill(writer);
    const last = Number(linesOf(sent).at(-1));
    for (const { log, kills } of readers) {
      const end = Date.now() + PATIENCE;
      while (Date.now() < end && !linesOf(log).some((line) => Number(line.split(' ')[1]) >= last)) {
        await pause(50);
      }
      const sequences = linesOf(log).map((line) => Number(line.split(' ')[0]));
      const repeated = sequences.filter((sequence, at) => sequence === sequences[at - 1]).length;
      const once = sequences.filter((sequence, at) => sequence !== sequences[at - 1]);
      expect(once).toEqual(Array.from({ length: once.length }, (_, at) => at + 1));
      expect(repeated).toBeLessThanOrEqual(kills);
      const numbers = new Set(linesOf(log).map((line) => Number(line.split(' ')[1])));
      const missing = Array.from({ length: last }, (_, at) => at + 1).filter((number) => !numbers.has(number));
      expect(missing).toEqual([]);
    }
  }, 240_000);
});

describe('a reader that ends while it waits', () => {
  it('counts no attempt, however often it does, and however abruptly', async () => {
    const journal = join(folder, 'quiet');
    const append = `
      const { deliverEvents, openConnection, sendEvent } = ${library};
      const { journalEvents } = ${journals};
      const conn = openConnection();
      journalEvents(conn, process.argv[2]);
      sendEvent(conn, { type: 't' });
      deliverEvents(conn);
      conn.close();`;
    const read = (handler: string) => `
      const { addEventHandler, deliverEvents, openConnection } = ${library};
      const conn = openConnection('journal:' + process.argv[2] + '?reader=' + process.argv[3]);
      addEventHandler(conn, null, ${handler});
      deliverEvents(conn, { waitMs: 1 });
      process.exit();`;
    await once(start(append, journal), 'exit');
    const readers = ['a', 'b', 'c', 'd'].map(async (name) => {
      await once(start(read('() => {}'), journal, name), 'exit');
      for (let round = 0; round < (process.env['CI'] ? 25 : 3); round += 1) {
        await once(start(read("() => 'retry'"), journal, name), 'exit');
      }
    });
    await Promise.all(readers);
    await once(start(append, journal), 'exit');
    const attempt = join(folder, 'attempt');
    const note = `(_, event) => require('node:fs').writeFileSync(${JSON.stringify(attempt)}, String(event.attempt))`;
    for (const name of ['a', 'b', 'c', 'd']) {
      await once(start(read(note), journal, name), 'exit');
      expect(readFileSync(attempt, 'utf8')).toBe('1');
      rmSync(attempt);
    }
  }, 120_000);
});
