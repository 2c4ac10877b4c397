import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock';
import { BackOff, ReadableWaiter, WritableWaiter } from '../../../lib/drivers/io/readiness';

function timeOf(action: () => void): number {
  const start = systemClock.monotonic();
  action();
  return systemClock.monotonic() - start;
}

const folder = mkdtempSync(join(tmpdir(), 'virdeliver-readiness-'));
const path = join(folder, 'fifo');
beforeAll(() => execFileSync('mkfifo', [path]));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a back-off', () => {
  it('doubles its pauses up to the longest, and begins again when something happens', () => {
    const backOff = new BackOff(5);
    expect([backOff.next(), backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([1, 2, 4, 5, 5]);
    backOff.reset();
    expect(backOff.next()).toBe(1);
  });
});

describe('a readable waiter', () => {
  let reader: number;
  let writer: number;
  beforeEach(() => {
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writer = openSync(path, constants.O_WRONLY);
  });
  afterEach(() => {
    closeSync(reader);
    closeSync(writer);
    jest.restoreAllMocks();
  });

  const take = () => readSync(reader, Buffer.alloc(100));

  /** Waits again and again for a time, and says how often that was. */
  function countWaits(waiter: ReadableWaiter, milliseconds: number): number {
    const deadline = systemClock.monotonic() + milliseconds;
    let count = 0;
    for (let left = milliseconds; left > 0; left = deadline - systemClock.monotonic()) {
      waiter.wait(left);
      count += 1;
    }
    return count;
  }

  it('waits in one piece for the whole time if nothing comes, fractions rounded up', () => {
    const waiter = new ReadableWaiter(reader);
    let ready = true;
    expect(
      timeOf(() => {
        ready = waiter.wait(99.5);
      }),
    ).toBeGreaterThanOrEqual(95);
    expect(ready).toBe(false);
  });

  it('returns at once if something is there', () => {
    const waiter = new ReadableWaiter(reader);
    writeSync(writer, 'x');
    expect(timeOf(() => expect(waiter.wait(10_000)).toBe(true))).toBeLessThan(5000);
  });

  it('takes infinity for a time', () => {
    writeSync(writer, 'x');
    expect(new ReadableWaiter(reader).wait(Number.POSITIVE_INFINITY)).toBe(true);
  });

  it('is woken by another process, time after time', () => {
    const waiter = new ReadableWaiter(reader);
    const child = spawn('sh', ['-c', 'for i in 1 2 3; do sleep 0.05; printf x; done >"$1"', 'sh', path]);
    try {
      for (let i = 0; i < 3; i += 1) {
        expect(waiter.wait(10_000)).toBe(true);
        take();
        waiter.progress();
      }
    } finally {
      child.kill();
    }
  });

  it('returns on a hang-up, but does not spin if it is asked again and again', () => {
    const waiter = new ReadableWaiter(reader);
    closeSync(writer);
    expect(waiter.wait(10_000)).toBe(true);
    expect(countWaits(waiter, 60)).toBeLessThan(40);
    writer = openSync(path, constants.O_WRONLY);
  });

  it('pauses if the descriptor cannot be polled', () => {
    const file = openSync(join(folder, 'file'), 'w+');
    const waiter = new ReadableWaiter(file);
    expect(waiter.wait(10_000)).toBe(false);
    expect(countWaits(waiter, 60)).toBeLessThan(40);
    closeSync(file);
  });

  it('keeps the poll of a descriptor, for whatever file of its kind has that number later, and for either way', () => {
    const load = jest.spyOn(process, 'getBuiltinModule');
    new ReadableWaiter(reader).wait(1);
    const before = load.mock.calls.length;
    for (let turn = 0; turn < 3; turn += 1) {
      const fd = reader;
      closeSync(reader);
      reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      expect(reader).toBe(fd);
      const waiter = new ReadableWaiter(reader);
      expect(waiter.wait(5)).toBe(false);
      writeSync(writer, 'x');
      expect(waiter.wait(10_000)).toBe(true);
      take();
    }
    expect(load).toHaveBeenCalledTimes(before);
  });

  it.each([
    ['missing', () => undefined],
    [
      'denied',
      () => {
        throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
      },
    ],
  ])('pauses if WASI is %s', (_, getBuiltinModule) => {
    const spy = jest.spyOn(process, 'getBuiltinModule').mockImplementation(getBuiltinModule);
    const emitWarning = process.emitWarning;
    // The polls of descriptors are kept; these are of a module that has none yet.
    let fresh = { ReadableWaiter };
    jest.isolateModules(() => {
      fresh = require('../../../lib/drivers/io/readiness') as typeof fresh;
    });
    const waiter = new fresh.ReadableWaiter(reader);
    const count = countWaits(waiter, 60);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(count).toBeLessThan(40);
    expect(process.emitWarning).toBe(emitWarning);
  });
});

describe('a writable waiter', () => {
  let reader: number;
  let writer: number;
  beforeEach(() => {
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  });
  afterEach(() => {
    closeSync(reader);
    closeSync(writer);
  });

  function fill(): void {
    expect(() => {
      while (true) {
        writeSync(writer, Buffer.alloc(4096));
      }
    }).toThrow('EAGAIN');
  }

  it('returns at once if there is room', () => {
    const waiter = new WritableWaiter(writer);
    expect(timeOf(() => expect(waiter.wait(10_000)).toBe(true))).toBeLessThan(5000);
  });

  it('waits for the whole time if there is none', () => {
    fill();
    const waiter = new WritableWaiter(writer);
    expect(timeOf(() => expect(waiter.wait(100)).toBe(false))).toBeGreaterThanOrEqual(95);
  });

  it('is woken when another process makes room', () => {
    fill();
    const waiter = new WritableWaiter(writer);
    const child = spawn('sh', ['-c', 'sleep 0.05; head -c 65536 >/dev/null <"$1"', 'sh', path]);
    try {
      expect(waiter.wait(10_000)).toBe(true);
    } finally {
      child.kill();
    }
  });

  it('returns if nobody will read any more', () => {
    fill();
    const waiter = new WritableWaiter(writer);
    closeSync(reader);
    expect(waiter.wait(10_000)).toBe(true);
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  });
});
