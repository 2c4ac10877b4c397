import fs from 'node:fs';
import { PipeWriter } from '../../../lib/delivery/pipe/pipe-writer';
import { handOverReadEnd, ReadEnd } from '../../../lib/delivery/read-end';

afterEach(() => jest.restoreAllMocks());

describe('the writer of a pipe', () => {
  /** A writer into a pipe that takes so many bytes at each write; -1 stands for none, since the pipe is full. */
  function writerTo(takes: number[]) {
    const taken: string[] = [];
    const write = jest.spyOn(fs, 'writeSync').mockImplementation(((_: number, bytes: Uint8Array) => {
      const most = takes.shift() ?? Number.POSITIVE_INFINITY;
      if (most === -1) {
        throw Object.assign(new Error('full'), { code: 'EAGAIN' });
      }
      const part = Buffer.from(bytes.subarray(0, most));
      taken.push(part.toString());
      return part.length;
    }) as typeof fs.writeSync);
    const close = jest.spyOn(fs, 'closeSync').mockImplementation(() => {});
    return { writer: new PipeWriter(7), taken, write, close };
  }

  it('writes nothing before it is told to, and then all', () => {
    const { writer, taken, write } = writerTo([]);
    writer.begin('zwölf');
    expect([writer.isDone, write.mock.calls.length]).toEqual([false, 0]);
    expect([writer.flush(), writer.isDone]).toEqual([true, true]);
    expect(taken).toEqual(['zwölf']);
    expect(write.mock.calls.map(([fd]) => fd)).toEqual([7]);
    expect([writer.flush(), write.mock.calls.length]).toEqual([false, 1]);
  });

  it('keeps what the pipe does not take, and goes on there', () => {
    const { writer, taken } = writerTo([2, -1, 0, 3, 4]);
    writer.begin('three');
    expect([writer.flush(), writer.isDone]).toEqual([true, false]);
    expect([writer.flush(), writer.isDone]).toEqual([false, false]);
    expect([writer.flush(), writer.isDone]).toEqual([false, false]);
    expect([writer.flush(), writer.isDone]).toEqual([true, true]);
    writer.begin('four');
    expect([writer.flush(), writer.isDone]).toEqual([true, true]);
    expect(taken).toEqual(['th', '', 'ree', 'four']);
  });

  it('throws what is wrong with the pipe', () => {
    const { writer, write } = writerTo([]);
    write.mockImplementation(() => {
      throw Object.assign(new Error('gone'), { code: 'EPIPE' });
    });
    writer.begin('one');
    expect(() => writer.flush()).toThrow('gone');
  });

  it('drops what is kept when it is closed', () => {
    const { writer, write, close } = writerTo([]);
    writer.begin('one');
    writer.close();
    expect(close.mock.calls).toEqual([[7]]);
    expect([writer.isDone, writer.flush(), write.mock.calls.length]).toEqual([true, false, 0]);
  });
});

describe('the read end of a pipe', () => {
  const opened = new Set<number>();
  const isOpen = (fd: number) => {
    try {
      fs.fstatSync(fd);
      return true;
    } catch {
      return false;
    }
  };

  function openEnd(): ReadEnd {
    const fd = fs.openSync(__filename, 'r');
    opened.add(fd);
    return new ReadEnd(fd);
  }

  afterAll(() => {
    for (const fd of [...opened].filter(isOpen)) {
      fs.closeSync(fd);
    }
  });

  it('is closed once, however often it is told to', () => {
    const end = openEnd();
    end.close();
    expect(isOpen(end.fd)).toBe(false);
    const close = jest.spyOn(fs, 'closeSync');
    end.close();
    expect(close).not.toHaveBeenCalled();
  });

  it('is left alone if the program has closed it, and the number stands for another file', () => {
    const end = openEnd();
    fs.closeSync(end.fd);
    const other = fs.openSync('/dev/null', 'r');
    opened.add(other);
    expect(other).toBe(end.fd);
    end.close();
    expect(isOpen(other)).toBe(true);
  });

  it('is left alone if it is not open any more', () => {
    const end = openEnd();
    fs.closeSync(end.fd);
    expect(() => end.close()).not.toThrow();
  });

  it('is left to who has taken it over', () => {
    const end = openEnd();
    handOverReadEnd(end.fd);
    end.close();
    expect(isOpen(end.fd)).toBe(true);
  });
});
