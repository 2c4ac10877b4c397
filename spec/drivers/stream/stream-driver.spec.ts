import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, constants, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { systemClock } from '../../../lib/clock';
import type { Driver } from '../../../lib/drivers/driver';
import { eventText, openRecorded, pumpAll, type RecordingSink, waitUntil } from './recording-sink';
import { openWriter, Scratch, writeSome } from './scratch';

const scratch = new Scratch();
const toClose: (() => void)[] = [];

afterEach(() => {
  for (const close of toClose.splice(0).reverse()) {
    close();
  }
});
afterAll(() => scratch.remove());

function open(uri: string): { driver: Driver; sink: RecordingSink } {
  const opened = openRecorded(uri);
  toClose.push(() => opened.driver.close());
  return opened;
}

function openFifo(): { driver: Driver; sink: RecordingSink; path: string } {
  const path = scratch.fifo();
  return { ...open(`fifo:${path}`), path };
}

/** Has a shell write to its standard output, which is the file of that name. */
function writeFromChild(path: string, script: string): ChildProcess {
  const child = spawn('sh', ['-c', `exec >"$1"; ${script}`, 'sh', path], { stdio: 'ignore' });
  toClose.push(() => child.kill('SIGKILL'));
  return child;
}

/** The text of events that are numbered from one number up to, not including, another. */
function numbered(from: number, to: number, content = ''): string {
  let text = '';
  for (let number = from; number < to; number += 1) {
    text += eventText(number, content);
  }
  return text;
}

/** What the log says when those have arrived. */
function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

/** Waits for a time without taking anything, and says how often the wait returned. */
function countWaits(driver: Driver, milliseconds: number): number {
  const deadline = systemClock.monotonic() + milliseconds;
  let count = 0;
  for (let left = milliseconds; left > 0; left = deadline - systemClock.monotonic()) {
    driver.wait(left);
    pumpAll(driver);
    count += 1;
  }
  return count;
}

/** How long a call takes, in milliseconds. */
function timeOf(action: () => void): number {
  const start = systemClock.monotonic();
  action();
  return systemClock.monotonic() - start;
}

describe('a stream from a file', () => {
  it('brings its events in order, then its end, once', () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 3))}`);
    pumpAll(driver);
    pumpAll(driver);
    expect(sink.log).toEqual(['0', '1', '2', 'ended']);
  });

  it('brings an unfinished event as an invalid one before the end', () => {
    const { driver, sink } = open(`file:${scratch.file(`${numbered(0, 1)}<event type="1"`)}`);
    pumpAll(driver);
    expect(sink.log).toEqual(['0', 'invalid ERR_EVENT_UNEXPECTED_END', 'ended']);
  });

  it('brings an empty file as an end', () => {
    const { driver, sink } = open(`file:${scratch.file('')}`);
    pumpAll(driver);
    expect(sink.log).toEqual(['ended']);
  });

  it('asks after each chunk whether to go on, and takes at least one', () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 3000))}`);
    const lengths: number[] = [];
    const goOn = () => lengths.push(sink.log.length) < 2;
    driver.pump(goOn);
    expect(lengths).toHaveLength(2);
    expect(lengths[0]).toBeGreaterThan(500);
    expect(lengths[1]).toBe(sink.log.length);
    expect(sink.log.length).toBeLessThan(3000);
    pumpAll(driver);
    expect(sink.log).toEqual([...numbers(0, 3000), 'ended']);
  });

  it('reads on only when there is room for the event that it keeps back', () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 5))}`);
    sink.room = 2;
    pumpAll(driver);
    pumpAll(driver);
    expect(sink.log).toEqual(numbers(0, 2));
    sink.room = 3;
    pumpAll(driver);
    expect(sink.log).toEqual([...numbers(0, 5), 'ended']);
  });

  it('does not wait while it keeps an event back, nor when it has ended', () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 1))}`);
    sink.room = 0;
    pumpAll(driver);
    expect(timeOf(() => driver.wait(5000))).toBeLessThan(2500);
    sink.room = 1;
    pumpAll(driver);
    expect(sink.log).toEqual(['0', 'ended']);
    expect(timeOf(() => driver.wait(5000))).toBeLessThan(2500);
  });

  it('puts nothing into the sink once it is closed, not even what it kept back', async () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 5))}`);
    sink.room = 1;
    driver.listen();
    pumpAll(driver);
    driver.close();
    sink.room = 5;
    pumpAll(driver);
    driver.listen();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sink.log).toEqual(['0']);
  });

  it('stops if closed by what takes its events', () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 5))}`);
    sink.onChange = () => driver.close();
    pumpAll(driver);
    expect(sink.log).toEqual(['0']);
  });

  it('is lost when reading fails, after what had come and what was unfinished', () => {
    const fd = openSync(scratch.file(`${numbered(0, 2000)}<event`), 'r');
    const { driver, sink } = open(`fd:${fd}`);
    driver.pump(() => false);
    closeSync(fd);
    pumpAll(driver);
    expect(sink.log.slice(-2)).toEqual(['invalid ERR_EVENT_UNEXPECTED_END', 'lost']);
    expect(sink.losses[0]?.message).toContain('EBADF');
    expect(timeOf(() => driver.wait(5000))).toBeLessThan(2500);
  });

  it('is read from the event loop while listened to', async () => {
    const { driver, sink } = open(`file:${scratch.file(numbered(0, 3000))}`);
    driver.listen();
    driver.listen();
    await sink.until((log) => log.includes('ended'));
    expect(sink.log).toEqual([...numbers(0, 3000), 'ended']);
  });
});

describe('a stream from a followed file', () => {
  it('brings what is appended, however it is cut, and never ends', () => {
    const path = scratch.file(numbered(0, 1));
    const { driver, sink } = open(`file:${path}?follow`);
    pumpAll(driver);
    const [head, tail] = [Buffer.from('<event type="1" timestamp="t">\xfc').subarray(0, -1), Buffer.of(0xbc)];
    appendFileSync(path, head);
    pumpAll(driver);
    expect(sink.log).toEqual(['0']);
    appendFileSync(path, tail);
    appendFileSync(path, '</event>');
    pumpAll(driver);
    expect(sink.events[1]?.xml).toContain('ü</event>');
    expect(sink.log).toEqual(['0', '1']);
  });

  it('notices in a wait that another process appends', () => {
    const path = scratch.file('');
    const { driver, sink } = open(`file:${path}?follow`);
    pumpAll(driver);
    const child = spawn('sh', ['-c', `sleep 0.1; printf '%s' '${eventText('late')}' >>"$1"`, 'sh', path]);
    toClose.push(() => child.kill());
    waitUntil(driver, () => sink.log.includes('late'));
  });

  it('waits without spinning', () => {
    const { driver } = open(`file:${scratch.file('')}?follow`);
    expect(countWaits(driver, 100)).toBeLessThan(20);
  });

  it('starts over when it is truncated; what was unfinished is invalid', () => {
    const path = scratch.file(`${numbered(0, 3)}<event type="lost`);
    const { driver, sink } = open(`file:${path}?follow`);
    pumpAll(driver);
    writeFileSync(path, numbered(3, 4));
    pumpAll(driver);
    truncateSync(path);
    pumpAll(driver);
    appendFileSync(path, numbered(4, 5));
    pumpAll(driver);
    const [truncated, again] = ['events-lost', 'events-lost'];
    expect(sink.log).toEqual([...numbers(0, 3), 'invalid ERR_EVENT_UNEXPECTED_END', truncated, '3', again, '4']);
  });

  it('starts over after what it keeps back', () => {
    const path = scratch.file(numbered(0, 4));
    const { driver, sink } = open(`file:${path}?follow`);
    sink.room = 2;
    pumpAll(driver);
    writeFileSync(path, numbered(4, 5));
    pumpAll(driver);
    sink.room = 4;
    pumpAll(driver);
    expect(sink.log).toEqual([...numbers(0, 4), 'events-lost', '4']);
  });

  it('is read from the event loop while listened to', async () => {
    const path = scratch.file(numbered(0, 1));
    const { driver, sink } = open(`file:${path}?follow`);
    driver.listen();
    await sink.until((log) => log.length === 1);
    appendFileSync(path, numbered(1, 2));
    await sink.until((log) => log.length === 2);
    writeFileSync(path, numbered(2, 3).trimEnd());
    await sink.until((log) => log.length === 4);
    expect(sink.log).toEqual([...numbers(0, 2), 'events-lost', '2']);
  });
});

describe('a stream from a FIFO', () => {
  it('has not ended before a writer has opened it, and waits without spinning', () => {
    const { driver, sink } = openFifo();
    expect(countWaits(driver, 100)).toBeLessThan(60);
    expect(sink.log).toEqual([]);
  });

  it('ends when the last of its writers has closed it', () => {
    const { driver, sink, path } = openFifo();
    const first = openWriter(path);
    const second = openWriter(path);
    writeSync(first, numbered(0, 1));
    closeSync(first);
    pumpAll(driver);
    expect(sink.log).toEqual(['0']);
    writeSync(second, numbered(1, 2));
    closeSync(second);
    pumpAll(driver);
    expect(sink.log).toEqual(['0', '1', 'ended']);
  });

  it('ends when a writer was seen that wrote nothing', () => {
    const { driver, sink, path } = openFifo();
    const writer = openWriter(path);
    pumpAll(driver);
    expect(sink.log).toEqual([]);
    closeSync(writer);
    pumpAll(driver);
    expect(sink.log).toEqual(['ended']);
  });

  (process.platform === 'linux' ? it : it.skip)('sees a writer that came and went unread (Linux)', async () => {
    const waited = openFifo();
    closeSync(openWriter(waited.path));
    pumpAll(waited.driver);
    expect(waited.sink.log).toEqual([]);
    waitUntil(waited.driver, () => waited.sink.log.includes('ended'));

    const listened = openFifo();
    closeSync(openWriter(listened.path));
    listened.driver.listen();
    await listened.sink.until((log) => log.includes('ended'));
  });

  it('is woken from a wait by a slow writer, whose chunks end inside characters', () => {
    const { driver, sink, path } = openFifo();
    const script = `printf '<event type="a" timestamp="t">\\303'; sleep 0.1; printf '\\274\\342\\202'; sleep 0.1; printf '\\254</event>'`;
    writeFromChild(path, script);
    waitUntil(driver, () => sink.log.includes('ended'));
    expect(sink.events.map((event) => event.xml)).toEqual(['<event type="a" timestamp="t">ü€</event>']);
  });

  it('brings what a writer left unfinished when it was killed as an invalid event, then the end', () => {
    const { driver, sink, path } = openFifo();
    const child = writeFromChild(path, `printf '%s<event ty' '${numbered(0, 1)}'; exec sleep 60`);
    waitUntil(driver, () => sink.log.length === 1);
    child.kill('SIGKILL');
    waitUntil(driver, () => sink.log.includes('ended'));
    expect(sink.log).toEqual(['0', 'invalid ERR_EVENT_UNEXPECTED_END', 'ended']);
  });

  it('blocks its writer while the sink is full, and loses nothing', () => {
    const { driver, sink, path } = openFifo();
    const writer = openWriter(path);
    sink.room = 10;
    let rest: Uint8Array = Buffer.from(numbered(0, 5000));
    const writeOn = () => {
      for (let before = Number.NaN; rest.length > 0 && rest.length !== before; ) {
        before = rest.length;
        rest = writeSome(writer, rest);
        pumpAll(driver);
      }
    };
    writeOn();
    expect(sink.log).toEqual(numbers(0, 10));
    const blockedAt = rest.length;
    expect(blockedAt).toBeGreaterThan(0);
    writeOn();
    expect(rest.length).toBe(blockedAt);
    sink.room = Number.POSITIVE_INFINITY;
    pumpAll(driver);
    writeOn();
    closeSync(writer);
    pumpAll(driver);
    expect(sink.log).toEqual([...numbers(0, 5000), 'ended']);
  });

  it('does not block on a descriptor that was opened for blocking', () => {
    const path = scratch.fifo();
    const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openWriter(path);
    const { driver, sink } = open(`fd:${openSync(path, constants.O_RDONLY)}`);
    closeSync(first);
    pumpAll(driver);
    expect(sink.log).toEqual([]);
    writeSync(writer, numbered(0, 1));
    pumpAll(driver);
    closeSync(writer);
    pumpAll(driver);
    expect(sink.log).toEqual(['0', 'ended']);
  });
});

describe('a stream from a FIFO, listened to', () => {
  it('brings events and the end from the event loop, though its writer comes late', async () => {
    const { driver, sink, path } = openFifo();
    driver.listen();
    const child = writeFromChild(
      path,
      `sleep 0.1; printf '%s' '${numbered(0, 2)}'; sleep 0.1; printf '%s' '${eventText(2)}'`,
    );
    await sink.until((log) => log.includes('ended'));
    expect(sink.log).toEqual([...numbers(0, 3), 'ended']);
    await (child.exitCode ?? once(child, 'exit'));
  });

  it('is left alone before listen() and after unlisten()', async () => {
    const { driver, sink, path } = openFifo();
    const writer = openWriter(path);
    const turns = () => new Promise((resolve) => setTimeout(resolve, 40));
    writeSync(writer, numbered(0, 1));
    await turns();
    expect(sink.log).toEqual([]);
    driver.listen();
    driver.unlisten();
    await turns();
    expect(sink.log).toEqual([]);
    driver.listen();
    await sink.until((log) => log.length === 1);
    driver.unlisten();
    writeSync(writer, numbered(1, 2));
    await turns();
    expect(sink.log).toEqual(['0']);
    pumpAll(driver);
    closeSync(writer);
    await turns();
    expect(sink.log).toEqual(['0', '1']);
    driver.listen();
    await sink.until((log) => log.includes('ended'));
  });

  it('stops while the sink is full, and goes on by itself when there is room', async () => {
    const { driver, sink, path } = openFifo();
    sink.room = 10;
    driver.listen();
    writeFromChild(
      path,
      `i=0; while [ $i -lt 3000 ]; do printf '<event type="%d" timestamp="t"></event>' $i; i=$((i+1)); done`,
    );
    await sink.until((log) => log.length === 10);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sink.log).toEqual(numbers(0, 10));
    sink.room = Number.POSITIVE_INFINITY;
    await sink.until((log) => log.includes('ended'));
    expect(sink.log).toEqual([...numbers(0, 3000), 'ended']);
  });

  it('tells the end only after what it kept back', async () => {
    const { driver, sink, path } = openFifo();
    sink.room = 1;
    const writer = openWriter(path);
    writeSync(writer, numbered(0, 2));
    closeSync(writer);
    driver.listen();
    await sink.until((log) => log.length === 1);
    sink.room = 1;
    await sink.until((log) => log.includes('ended'));
    expect(sink.log).toEqual(['0', '1', 'ended']);
  });

  it('may be closed by what takes its events', async () => {
    const { driver, sink, path } = openFifo();
    const writer = openWriter(path);
    writeSync(writer, numbered(0, 3));
    driver.listen();
    await new Promise<void>((resolve) => {
      sink.onChange = () => {
        driver.close();
        resolve();
      };
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sink.log).toEqual(['0']);
    closeSync(writer);
  });
});
