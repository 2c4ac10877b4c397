/** A reader, a process of its own, that stands still while a collector goes on and deletes what it has not read. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { deliverEvents, openConnection, sendEvent } from '../../lib';
import { journalEvents, pruneJournal } from '../../lib/collector';
import { segmentsIn } from '../../lib/journal/journal-reader';
import { nodeFiles } from '../../lib/journal/node-files';
import { dist } from '../support/built';
import { killChild } from '../support/child-processes';

/** Notes down each event; those before a number take it a while. */
const READER = `
  const fs = require('node:fs');
  const { addEventHandler, deliverEvents, openConnection } = require(${JSON.stringify(dist)});
  const [folder, log, slow] = process.argv.slice(1);
  const noted = fs.openSync(log, 'a');
  const conn = openConnection('journal:' + folder + '?reader=a');
  addEventHandler(conn, null, (_, { sequence, detail: { cause, count } = {} }) => {
    if (sequence < Number(slow)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    fs.writeSync(noted, JSON.stringify({ sequence, cause, count }) + '\\n');
  });
  for (;;) deliverEvents(conn, { waitMs: 10000 });`;

interface Noted {
  readonly sequence: number;
  readonly cause?: string;
  readonly count?: number;
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ['in the midst of its work', { read: 3, slow: 30 }],
  ['while it waits', { read: 100, slow: 0 }],
])('is told how much it has missed, in its place, if it stood still %s', async (_, { read, slow }) => {
  const [journal, log] = [join(folder, 'journal'), join(folder, 'log')];
  const notes = () =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Noted);
  const conn = openConnection();
  journalEvents(conn, journal, { segmentBytes: 4000 });
  const append = (events: number) => {
    for (let event = 0; event < events; event += 1) {
      sendEvent(conn, { type: 't', attributes: { text: '.'.repeat(200) } });
    }
    deliverEvents(conn);
  };
  append(100);
  const reader = spawn(process.execPath, ['-e', READER, journal, log, String(slow)], { stdio: 'inherit' });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      expect(reader.exitCode).toBeNull();
      await pause(10);
    }
  };
  try {
    await until(() => notes().length >= read);
    reader.kill('SIGSTOP');
    append(300);
    const next = segmentsIn(nodeFiles, journal).filter((first) => first > read);
    expect(pruneJournal(journal, { maxBytes: 0 })).toBeGreaterThan(20);
    append(50);
    reader.kill('SIGCONT');
    await until(() => notes().at(-1)?.sequence === 450);
    const all = notes();
    const at = all.findIndex(({ cause }) => cause !== undefined);
    // The file that it had open it reads to its end.
    expect(at).toBeGreaterThanOrEqual(Math.min(...next) - 1);
    const { cause, count = 0 } = all[at]!;
    expect(cause).toBe('expired');
    const [head, tail] = [all.slice(0, at), all.slice(at + 1)];
    const numbers = Array.from({ length: 450 }, (_, index) => index + 1);
    expect(head.map(({ sequence }) => sequence)).toEqual(numbers.slice(0, at));
    expect(tail.map(({ sequence }) => sequence)).toEqual(numbers.slice(at + count));
  } finally {
    await killChild(reader);
    conn.close();
  }
});
