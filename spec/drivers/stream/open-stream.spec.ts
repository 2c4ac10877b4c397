import { chmodSync, closeSync, constants, fstatSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { relative } from 'node:path';
import { openStream } from '../../../lib/drivers/stream/open-stream';
import { InvalidUriError, OpenError } from '../../../lib/errors';
import { contextFor, eventText, openRecorded, pumpAll } from './recording-sink';
import { countDescriptors, openWriter, Scratch } from './scratch';

/** Runs something as a user who is not root, whom permissions do not bind. */
function asOrdinaryUser(action: () => void): void {
  if (process.geteuid?.() !== 0) {
    action();
    return;
  }
  process.seteuid?.(65534);
  try {
    action();
  } finally {
    process.seteuid?.(0);
  }
}

function onPlatform(platform: string, action: () => void): void {
  const real = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
  Object.defineProperty(process, 'platform', { ...real, value: platform });
  try {
    action();
  } finally {
    Object.defineProperty(process, 'platform', real);
  }
}

describe('opening a stream', () => {
  const scratch = new Scratch();
  const opened: number[] = [];
  afterEach(() => opened.splice(0).forEach(closeSync));
  afterAll(() => scratch.remove());

  /** Opens a descriptor that the test closes in the end, for it stays the program's own. */
  function descriptor(path: string, flags: number): number {
    const fd = openSync(path, flags);
    opened.push(fd);
    return fd;
  }

  function expectRefusal(uri: string, problem: string): void {
    const before = countDescriptors();
    const open = () => openStream(contextFor(uri));
    expect(open).toThrow(OpenError);
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_OPEN', uri }));
    expect(open).toThrow(`cannot open ${JSON.stringify(uri)}: ${problem}`);
    expect(countDescriptors()).toBe(before);
  }

  it('resolves a relative path against the working directory, and follows symbolic links', () => {
    const link = scratch.path('link');
    symlinkSync(scratch.file(eventText('seen')), link);
    const { driver, sink } = openRecorded(`file:${relative(process.cwd(), link)}`);
    pumpAll(driver);
    expect(sink.log).toEqual(['seen', 'ended']);
  });

  it('refuses a path where nothing is, with the whole path', () => {
    const path = scratch.path();
    expectRefusal(`file:${relative(process.cwd(), path)}`, `${path} does not exist; check the path`);
    expectRefusal(`fifo:${path}`, `${path} does not exist; make it with mkfifo`);
  });

  it('refuses a path that leads through a file', () => {
    const path = `${scratch.file('')}/events.xml`;
    expectRefusal(`file:${path}`, `${path} leads through something that is no directory; check the path`);
  });

  it('refuses a directory', () => {
    expectRefusal(`file:${scratch.folder}`, `${scratch.folder} is a directory; name a regular file`);
    expectRefusal(`fifo:${scratch.folder}`, `${scratch.folder} is a directory, not a FIFO; make one with mkfifo`);
  });

  it('refuses what this user may not read', () => {
    chmodSync(scratch.folder, 0o755);
    const paths = { file: scratch.file(''), fifo: scratch.fifo() };
    for (const [scheme, path] of Object.entries(paths)) {
      chmodSync(path, 0);
      asOrdinaryUser(() => expectRefusal(`${scheme}:${path}`, `${path} may not be read by this user; change its perm`));
    }
  });

  it('tells file: and fifo: apart, and names the one to use', () => {
    const file = scratch.file('');
    const fifo = scratch.fifo();
    expectRefusal(`fifo:${file}`, `${file} is a regular file, not a FIFO; open it as file:PATH`);
    expectRefusal(`file:${fifo}`, `${fifo} is a FIFO; open it as fifo:PATH`);
  });

  it('refuses a socket or a device by path', async () => {
    const path = scratch.path('socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expectRefusal(`file:${path}`, `${path} is a socket; name a regular file`);
    await new Promise((resolve) => server.close(resolve));
    expectRefusal('file:/dev/zero', '/dev/zero is a device; name a regular file');
  });

  it('takes /dev/null for an empty file, which cannot be followed', () => {
    const { driver, sink } = openRecorded('file:/dev/null');
    pumpAll(driver);
    expect(sink.log).toEqual(['ended']);
    expectRefusal('file:/dev/null?follow', '/dev/null is a null device; name a regular file');
  });

  it('refuses a descriptor that is not open', () => {
    expectRefusal('fd:1000000', 'descriptor 1000000 is not open in this process; pass the number of one that is');
  });

  it('refuses a descriptor that is open for writing only, and leaves it open', () => {
    const path = scratch.fifo();
    const reader = descriptor(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const problem = 'is open for writing only; pass one that is open for reading';
    for (const fd of [descriptor(path, constants.O_WRONLY), descriptor(scratch.file(''), constants.O_WRONLY)]) {
      expectRefusal(`fd:${fd}`, `descriptor ${fd} ${problem}`);
      expect(fstatSync(fd)).toBeDefined();
    }
    expect(fstatSync(reader)).toBeDefined();
  });

  it('refuses a descriptor of a directory or a device, and leaves it open', () => {
    const directory = descriptor(scratch.folder, constants.O_RDONLY);
    expectRefusal(`fd:${directory}`, `descriptor ${directory} is a directory; pass a file`);
    const device = descriptor('/dev/zero', constants.O_RDONLY);
    expectRefusal(`fd:${device}`, `descriptor ${device} is a device; pass a file, a pipe, a FIFO, a stream socket`);
    expect(fstatSync(device).isCharacterDevice()).toBe(true);
  });

  it('reads a file descriptor from where it stands, and closes it with the connection', () => {
    const fd = openSync(scratch.file(eventText('seen')), 'r');
    const { driver, sink } = openRecorded(`fd:${fd}`);
    pumpAll(driver);
    expect(sink.log).toEqual(['seen', 'ended']);
    driver.close();
    expect(() => fstatSync(fd)).toThrow('EBADF');
  });

  it('holds a FIFO that is followed, so that writers come and go, and none waits for a reader', () => {
    const path = scratch.fifo();
    const { driver, sink } = openRecorded(`fifo:${path}?follow`);
    for (const type of ['first', 'second']) {
      // Without a reader this would fail.
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, eventText(type));
      closeSync(fd);
      pumpAll(driver);
    }
    expect(sink.log).toEqual(['first', 'second']);
    driver.close();
    expect(() => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)).toThrow('ENXIO');
  });

  it('leaves no descriptor behind, however often it opens and closes', () => {
    const file = scratch.file('');
    const fifo = scratch.fifo();
    const round = () => {
      for (const uri of [`file:${file}`, `file:${file}?follow`, `fifo:${fifo}`]) {
        const { driver } = openRecorded(uri);
        const writer = uri.startsWith('fifo') ? openWriter(fifo) : undefined;
        driver.wait(1);
        pumpAll(driver);
        driver.close();
        driver.close();
        if (writer !== undefined) {
          closeSync(writer);
        }
      }
    };
    round();
    const before = countDescriptors();
    for (let i = 0; i < 20; i += 1) {
      round();
    }
    expect(countDescriptors()).toBe(before);
  });

  it('is refused on Windows, with what runs there', () => {
    onPlatform('win32', () => {
      const open = () => openStream(contextFor('file:events.xml'));
      expect(open).toThrow(InvalidUriError);
      expect(open).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_URI' }));
      expect(open).toThrow('streams need Linux or macOS, but this is win32');
    });
  });
});
