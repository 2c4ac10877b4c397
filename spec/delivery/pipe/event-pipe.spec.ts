import childProcess, { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync } from 'node:fs';
import os, { devNull } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
  addEventHandler,
  type Connection,
  ConnectionClosedError,
  closeConnection,
  connectionStats,
  DeliveryError,
  deliverEvents,
  type EventPipe,
  type EventPipeError,
  FilterError,
  InvalidArgumentError,
  ManualClock,
  openConnection,
  openEventPipe,
  runDelivery,
  sendEvent,
  takeEvents,
} from '../../../lib';
import { countDescriptors, Scratch } from '../../drivers/stream/scratch';
import { eventXml } from '../../support/scripted-driver';
import { thrownBy } from '../../support/thrown-by';

const scratch = new Scratch();
const pipes: EventPipe[] = [];
const children: ChildProcess[] = [];

/** Opens a pipe that is closed after the test. */
function open(...args: Parameters<typeof openEventPipe>): EventPipe {
  const pipe = openEventPipe(...args);
  pipes.push(pipe);
  return pipe;
}

/** Starts a program that has the pipe for its standard input, and nobody else has then. */
function read(
  pipe: EventPipe,
  command: string,
  ...args: string[]
): ChildProcess & { readonly output: Promise<string> } {
  const child = spawn(command, args, { stdio: [pipe.fd, 'pipe', 'inherit'] });
  closeSync(pipe.fd);
  children.push(child);
  return Object.assign(child, { output: text(child.stdout!) });
}

afterEach(() => {
  for (const pipe of pipes.splice(0)) {
    pipe.close();
  }
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
});
afterAll(() => scratch.remove());

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Events of about the length that real ones have, numbered from 1. */
const numbered = (count: number, length = 200) =>
  Array.from({ length: count }, (_, place) => eventXml('e', `${place + 1}.${'x'.repeat(length)}`));

function sendAll(conn: Connection, events: readonly string[]): void {
  for (const event of events) {
    sendEvent(conn, event);
  }
}

const lines = (events: readonly string[]) => events.map((event) => `${event}\n`).join('');

/** Delivers until nothing is queued any more; a child's output is taken between two deliveries. */
async function deliverAll(conn: Connection): Promise<void> {
  while (deliverEvents(conn, { waitMs: 10 }).remaining > 0) {
    await turnOfTheLoop();
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

describe('an event pipe', () => {
  it('brings a child the events that match, verbatim, each with a newline after it', async () => {
    const conn = openConnection();
    const child = read(open(conn, "n != '2'"), 'cat');
    const seen: string[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(event.xml));
    const events = [
      eventXml('a', 1),
      eventXml('b', 2),
      "<event  timestamp='t'\n type='ü€😀'><n> 3 </n><!-- as it came --></event>",
    ];
    sendAll(conn, events);
    expect(deliverEvents(conn)).toMatchObject({ events: 3, handlerCalls: 5, stoppedBy: 'drained' });
    closeConnection(conn);
    expect(await child.output).toBe(lines([events[0] as string, events[2] as string]));
    expect(seen).toEqual(events);
  });

  it('moves bytes inside deliveries only', () => {
    const conn = openConnection();
    const reader = openConnection(`fd:${open(conn, null).fd}`);
    sendAll(conn, numbered(1));
    expect(takeEvents(reader)).toEqual([]);
    deliverEvents(conn);
    expect(takeEvents(reader)).toHaveLength(1);
    closeConnection(reader);
  });

  it('is blocking for its reader', async () => {
    const conn = openConnection();
    const program = `const buffer = Buffer.alloc(1000);
      process.stdout.write('waits\\n');
      process.stdout.write(buffer.subarray(0, require('fs').readSync(0, buffer)));`;
    const child = read(open(conn, null), process.execPath, '-e', program);
    await once(child.stdout!, 'data');
    await turnOfTheLoop();
    sendAll(conn, numbered(1));
    deliverEvents(conn);
    expect(await child.output).toContain(lines(numbered(1)));
  });

  it('is read by the stream driver, in the same process as well', () => {
    const conn = openConnection();
    const pipe = open(conn, null);
    const reader = openConnection(`fd:${pipe.fd}`);
    const events = [...numbered(3), eventXml('e', 'x'.repeat(200_000)), ...numbered(2)];
    sendAll(conn, events);
    const received: string[] = [];
    addEventHandler(reader, null, (_, event) => received.push(event.xml));
    while (received.length < events.length) {
      deliverEvents(conn);
      deliverEvents(reader);
    }
    expect(received).toEqual(events);
    pipe.close();
    expect(deliverEvents(reader)).toMatchObject({ events: 0, stoppedBy: 'ended' });
    closeConnection(reader);
  });

  it('may be opened by a handler, and meets the next event first', async () => {
    const conn = openConnection();
    let child: ReturnType<typeof read> | undefined;
    addEventHandler(
      conn,
      null,
      () => {
        child = read(open(conn, null), 'cat');
      },
      undefined,
      { once: true },
    );
    sendAll(conn, numbered(2));
    deliverEvents(conn);
    closeConnection(conn);
    expect(await child?.output).toBe(lines(numbered(2).slice(1)));
  });

  it('tells what it is', () => {
    const pipe = open(openConnection(), null);
    expect(inspect(pipe)).toBe(`EventPipe { fd: ${pipe.fd}, active: true }`);
  });
});

describe('an event pipe that its reader does not empty', () => {
  it('never makes a delivery wait, and makes the queue wait for it', () => {
    const conn = openConnection();
    const pipe = open(conn, null);
    const other: number[] = [];
    addEventHandler(conn, null, (_, event) => other.push(event.sequence));
    sendAll(conn, numbered(2000));
    const { events, remaining, stoppedBy } = deliverEvents(conn);
    expect([events + remaining, stoppedBy]).toEqual([2000, 'retry']);
    expect(other).toHaveLength(events + 1);
    expect(deliverEvents(conn)).toMatchObject({ events: 0, remaining, stoppedBy: 'retry' });
    expect(readSync(pipe.fd, Buffer.alloc(16_384))).toBe(16_384);
    expect(deliverEvents(conn).events).toBeGreaterThan(0);
  });

  it('loses nothing and repeats nothing, however slow the reader is and however long the events are', async () => {
    const conn = openConnection();
    const child = read(open(conn, null), 'sh', '-c', 'for i in 1 2 3; do head -c 30000; sleep 0.01; done; cat');
    const events = [...numbered(500), ...numbered(3, 300_000), ...numbered(500)];
    const other: string[] = [];
    addEventHandler(conn, null, (_, event) => other.push(event.xml));
    sendAll(conn, events);
    await deliverAll(conn);
    closeConnection(conn);
    expect(await child.output).toBe(lines(events));
    expect(other).toEqual(events);
  });

  it('is tried again at growing pauses while nothing moves, and anew after a byte has', async () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    const pipe = open(conn, null);
    sendAll(conn, numbered(1, 300_000));
    const stop = new AbortController();
    const run = runDelivery(conn, { signal: stop.signal });
    const tries: number[] = [];
    for (let before = connectionStats(conn).retries; clock.monotonic() < 500; clock.advance(0.5)) {
      await turnOfTheLoop();
      await turnOfTheLoop();
      await turnOfTheLoop();
      const { retries } = connectionStats(conn);
      if (retries > before) {
        before = retries;
        tries.push(clock.monotonic());
      }
      if (tries.length === 10) {
        break;
      }
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 227, 327]);
    readSync(pipe.fd, Buffer.alloc(16_384));
    clock.advance(100);
    await turnOfTheLoop();
    await turnOfTheLoop();
    const { retries } = connectionStats(conn);
    clock.advance(1);
    await turnOfTheLoop();
    await turnOfTheLoop();
    expect(connectionStats(conn).retries).toBe(retries + 1);
    stop.abort();
    await run;
  });

  it('is tried again no later than retryDelayMs says, and another handler that wants the event is left its pause', () => {
    const clock = new ManualClock();
    const conn = openConnection('memory:', { clock });
    open(conn, null);
    sendAll(conn, numbered(1000));
    const options = { waitMs: 1, retryDelayMs: 3 };
    deliverEvents(conn, options);
    const { retries } = connectionStats(conn);
    for (let tries = 1; tries <= 5; tries += 1) {
      clock.advance(3);
      deliverEvents(conn, options);
      expect(connectionStats(conn).retries).toBe(retries + tries);
    }
    const other = openConnection('memory:', { clock });
    open(other, null);
    addEventHandler(other, null, () => 'retry');
    sendAll(other, numbered(1, 100_000));
    deliverEvents(other);
    clock.advance(99);
    expect(deliverEvents(other, { waitMs: 1 }).handlerCalls).toBe(0);
    clock.advance(1);
    expect(deliverEvents(other, { waitMs: 1 }).handlerCalls).toBe(2);
  });
});

describe('an event pipe whose reader has gone away', () => {
  it('fails once, alone, and is closed', () => {
    const conn = openConnection();
    const seen: number[] = [];
    const gone = open(conn, null);
    const read = open(conn, null);
    addEventHandler(conn, null, (_, event) => seen.push(event.sequence));
    closeSync(gone.fd);
    sendAll(conn, numbered(3));
    const error = thrownBy(() => deliverEvents(conn)) as DeliveryError;
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.failures).toMatchObject([{ event: { sequence: 1 }, cause: { code: 'ERR_PIPE_BROKEN' } }]);
    expect(error.message).toBe('the handler eventPipe failed on event 1 (e): nobody reads the pipe any more');
    expect((error.cause as EventPipeError).cause).toMatchObject({ code: 'EPIPE' });
    expect(error.result).toMatchObject({ events: 3, failed: 1, stoppedBy: 'drained' });
    expect(seen).toEqual([1, 2, 3]);
    expect([gone.active, read.active, connectionStats(conn).handlers]).toEqual([false, true, 2]);
    expect(gone.error).toMatchObject({ failures: [{ cause: { code: 'ERR_PIPE_BROKEN' } }] });
    expect(read.error).toBeUndefined();
    expect(readSync(read.fd, Buffer.alloc(10_000))).toBe(Buffer.byteLength(lines(numbered(3))));
    sendAll(conn, numbered(1));
    expect(deliverEvents(conn)).toMatchObject({ events: 1, failed: 0 });
  });

  it('is found out while it is full, and does not hold the queue up any more', async () => {
    const conn = openConnection();
    const child = read(open(conn, null), 'sleep', '60');
    sendAll(conn, numbered(1000));
    expect(deliverEvents(conn).stoppedBy).toBe('retry');
    child.kill();
    await once(child, 'exit');
    const result = deliverEvents(conn, { throwOnError: false });
    expect(result).toMatchObject({ failed: 1, remaining: 0, stoppedBy: 'drained' });
  });
});

describe('closing an event pipe', () => {
  it('lets the reader read what is in the pipe, then its end, and frees the queue', async () => {
    const conn = openConnection();
    const pipe = open(conn, null);
    const copy = read(pipe, 'sh', '-c', 'sleep 0.02; cat');
    sendAll(conn, numbered(1000));
    const { events } = deliverEvents(conn);
    pipe.close();
    pipe.close();
    expect(pipe.active).toBe(false);
    expect(deliverEvents(conn)).toMatchObject({ events: 1000 - events, unmatched: 999 - events, stoppedBy: 'drained' });
    const output = await copy.output;
    expect(lines(numbered(1000)).startsWith(output)).toBe(true);
    expect(output.startsWith(lines(numbered(events)))).toBe(true);
  });

  it('closes both ends', () => {
    const before = countDescriptors();
    const conn = openConnection();
    {
      using pipe = openEventPipe(conn, null);
      expect(isOpen(pipe.fd)).toBe(true);
      expect(countDescriptors()).toBe(before + 2);
    }
    expect(countDescriptors()).toBe(before);
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('leaves a descriptor alone that has the number of its read end by now', () => {
    const conn = openConnection();
    const pipe = open(conn, null);
    closeSync(pipe.fd);
    const strangers: number[] = [];
    while (strangers.at(-1) !== pipe.fd) {
      strangers.push(openSync(devNull, 'r'));
    }
    pipe.close();
    expect(strangers.filter(isOpen)).toEqual(strangers);
    strangers.forEach(closeSync);
    const another = open(conn, null);
    pipe.close();
    sendAll(conn, numbered(1));
    deliverEvents(conn);
    expect(readSync(another.fd, Buffer.alloc(1000))).toBe(Buffer.byteLength(lines(numbered(1))));
  });

  it('leaves a read end alone that a connection has taken over', () => {
    const conn = openConnection();
    const pipe = open(conn, null);
    const reader = openConnection(`fd:${pipe.fd}`);
    sendAll(conn, numbered(2));
    deliverEvents(conn);
    pipe.close();
    expect(takeEvents(reader)).toHaveLength(2);
    expect(reader.state).toBe('ended');
  });

  it('comes with closing the connection, but for the read end, out of which the rest can be read', () => {
    const conn = openConnection();
    const pipe = open(conn, null);
    sendAll(conn, numbered(1));
    deliverEvents(conn);
    closeConnection(conn);
    expect(pipe.active).toBe(false);
    const buffer = Buffer.alloc(1000);
    const length = readSync(pipe.fd, buffer);
    expect(buffer.toString('utf8', 0, length)).toBe(lines(numbered(1)));
    expect(readSync(pipe.fd, buffer)).toBe(0);
  });

  it('comes with the signal, also if that has aborted before', () => {
    const conn = openConnection();
    const stop = new AbortController();
    const pipe = open(conn, null, { signal: stop.signal });
    stop.abort();
    const late = open(conn, null, { signal: stop.signal });
    for (const { fd, active } of [pipe, late]) {
      expect([active, readSync(fd, Buffer.alloc(1))]).toEqual([false, 0]);
    }
  });
});

describe('openEventPipe refuses', () => {
  it.each<[string, unknown[], new (...args: never[]) => Error]>([
    ['a filter that is wrong', ['@type ='], FilterError],
    ['an unknown option', [null, { size: 5 }], InvalidArgumentError],
    ['an option that it does not have', [null, { capacity: 1 }], InvalidArgumentError],
    ['a signal that is none', [null, { signal: {} }], InvalidArgumentError],
  ])('%s, and leaves nothing open', (_, args, expected) => {
    const conn = openConnection();
    const before = countDescriptors();
    expect(() => (openEventPipe as (...args: unknown[]) => unknown)(conn, ...args)).toThrow(expected);
    expect(countDescriptors()).toBe(before);
    expect(connectionStats(conn).handlers).toBe(0);
  });

  it('a closed connection', () => {
    const conn = openConnection();
    closeConnection(conn);
    expect(() => openEventPipe(conn, null)).toThrow(ConnectionClosedError);
  });
});

describe('making a pipe', () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(scratch.folder, 'temporary-'));
    jest.spyOn(os, 'tmpdir').mockImplementation(() => temporary);
  });
  afterEach(() => jest.restoreAllMocks());

  it('leaves nothing in the file system', () => {
    open(openConnection(), null);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('fails clearly if there is no mkfifo, no folder, or no such system, and leaves nothing there either', () => {
    const conn = openConnection();
    const before = countDescriptors();
    const message = () => {
      const error = thrownBy(() => openEventPipe(conn, null)) as EventPipeError;
      expect(error.code).toBe('ERR_PIPE_OPEN');
      return error.message;
    };
    const { spawnSync } = childProcess;
    const runs = jest.spyOn(childProcess, 'spawnSync') as jest.SpyInstance;
    runs.mockImplementation((command, args, options) => spawnSync(command, args, { ...options, env: { PATH: '' } }));
    expect(message()).toMatch(/^cannot make a pipe: mkfifo cannot be run: .*ENOENT/);
    runs.mockImplementation((command, args, options) => spawnSync(command, [...args, args[2]], options));
    expect(message()).toMatch(/^cannot make a pipe: mkfifo failed: .*mkfifo/);
    expect(readdirSync(temporary)).toEqual([]);
    temporary = join(temporary, 'not-there');
    expect(message()).toMatch(/^cannot make a pipe: ENOENT.*not-there/);
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
    try {
      expect(message()).toBe('cannot make a pipe: it needs Linux or macOS, but this is win32');
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
    expect([countDescriptors(), connectionStats(conn).handlers]).toEqual([before, 0]);
  });
});

it('has a name in the statistics, its own or one that it is given', () => {
  using conn = openConnection();
  using own = openEventPipe(conn, null);
  using given = openEventPipe(conn, null, { name: 'for the browser' });
  expect([own.active, given.active]).toEqual([true, true]);
  expect(connectionStats(conn).byHandler.map(({ name }) => name)).toEqual(['eventPipe', 'for the browser']);
});
