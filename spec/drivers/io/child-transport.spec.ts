import { ChildProcess } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock';
import type { Reading } from '../../../lib/drivers/io/byte-source';
import { ChildTransport, LastWords } from '../../../lib/drivers/io/child-transport';
import { countDescriptors, Scratch } from '../stream/scratch';
import { LONG, readBytes, timeOf, turns, until } from './exercise';
import { testTransport, tryMixtures } from './transport-contract';

const PROGRAM = join(__dirname, 'child-program.js');

const scratch = new Scratch();
const open: ChildTransport[] = [];
afterEach(() => {
  for (const transport of open.splice(0)) {
    transport.close();
  }
});
afterAll(() => scratch.remove());

function start(...args: string[]): ChildTransport {
  const transport = new ChildTransport(process.execPath, [PROGRAM, ...args], { name: 'child' });
  open.push(transport);
  return transport;
}

/** How the bytes end, in words. */
function endOf(transport: ChildTransport): string {
  const { end } = readBytes(transport, Number.POSITIVE_INFINITY);
  return end?.kind === 'failed' ? end.error.message : String(end?.kind);
}

/** What is thrown, in words. */
function problemOf(action: () => void): string {
  try {
    action();
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the transport by a child process', () => testTransport(async (name) => start(name)));

describe('the pipes of a child process', () => {
  it('are waited for in few waits, if nothing comes', () => {
    const transport = start('deaf');
    let waits = 0;
    const deadline = systemClock.monotonic() + 200;
    for (let left = 200; left > 0; left = deadline - systemClock.monotonic()) {
      transport.wait(left);
      waits += 1;
    }
    expect(waits).toBeLessThan(20);
  });

  it('hand over in the event loop what it had read ahead before they were watched', async () => {
    const transport = start('echo');
    transport.write(Buffer.from('hello'), LONG);
    transport.wait(LONG);
    await turns(5);
    const taken: string[] = [];
    transport.watch((reading) => taken.push(String(Buffer.from((reading as { bytes: Uint8Array }).bytes))));
    expect(taken).toEqual([]);
    await until(() => taken.length > 0);
    expect(taken).toEqual(['hello']);
  });

  it('keep the order of the bytes in any mixture of both worlds', async () => {
    // One child for all runs, since starting one takes its time: each run leaves it with nothing under way.
    const transport = start('echo');
    await tryMixtures(async () => transport, 22, 200);
  });

  it('fail if the child does not take what is written in time', () => {
    const transport = start('deaf');
    const write = () => transport.write(Buffer.alloc(3_000_000), 50);
    expect(write).toThrow(/^the other end took \d+ of 3000000 bytes within 50 ms$/);
  });

  it('do not stand still because nobody reads what the child says on its standard error', () => {
    expect(readBytes(start('loud'), 5).bytes.toString()).toBe('ready');
  });

  it('are read though the child never stops talking on its standard error', () => {
    const transport = new ChildTransport('sh', ['-c', 'yes >&2 & exec cat']);
    open.push(transport);
    transport.write(Buffer.from('hello'), LONG);
    expect(readBytes(transport, 5).bytes.toString()).toBe('hello');
  });
});

describe('the end of a child process', () => {
  it.each([
    ['fail', 'child ended with status 3, and said: so it goes'],
    ['die', 'child was ended by SIGKILL'],
  ])('does not take back the bytes before it when the event loop has seen it end (%s)', async (way, message) => {
    const transport = start(way, 'so it goes', '3');
    await until(() => problemOf(() => transport.write(Buffer.from('x'), LONG)) === message);
    await turns(5);
    expect(readBytes(transport, 3).bytes.toString()).toBe('bye');
    expect(endOf(transport)).toBe(message);
    expect(endOf(transport)).toBe(message);
  });

  it('is a failure that quotes what the child said, in the event loop and without it', async () => {
    const alone = start('fail', '  no\r\n\x1b[31mway\x07\n\n', '1');
    alone.write(Buffer.from('x'), LONG);
    expect(endOf(alone)).toBe('child ended, and said: no / [31mway');
    const watched = start('fail', 'no way', '1');
    const readings: Reading[] = [];
    watched.watch((reading) => readings.push(reading));
    watched.write(Buffer.from('x'), LONG);
    await until(() => readings.length === 2);
    const message = expect.stringMatching(/^child ended(?: with status 1)?, and said: no way$/);
    expect(readings[1]).toEqual({ kind: 'failed', error: expect.objectContaining({ message }) });
  });

  it('waits a little for what it still has to say', () => {
    expect(endOf(start('late', 'at last'))).toBe('child ended, and said: at last');
  });

  it('does not wait long for a child that stays without a word', () => {
    const transport = start('late', '');
    expect(timeOf(() => expect(endOf(transport)).toBe('ended'))).toBeLessThan(5000);
  });

  it('is found out by writing, which quotes what it said as well', () => {
    const transport = start('fail', 'no way', '1');
    const write = () => transport.write(Buffer.alloc(1000), LONG);
    write();
    transport.wait(LONG);
    // What it said is there when its pipes are closed.
    let problem = 'none';
    while (problem === 'none') {
      problem = problemOf(write);
    }
    expect(problem).toBe('child ended, and said: no way');
    expect(endOf(transport)).toBe(problem);
    expect(write).toThrow(problem);
  });
});

describe('starting and closing a child process', () => {
  const begin = (file: string, ...args: string[]) => problemOf(() => open.push(new ChildTransport(file, args)));

  it('says at once that there is no such program', async () => {
    expect(begin('no-such-program')).toBe(`there is no program no-such-program in PATH (${process.env['PATH']})`);
    expect(begin('/no/such-program')).toBe('there is no program /no/such-program');
    expect(begin('')).toMatch(/cannot be empty/);
    await turns(3);
  });

  it('sends no signal if nothing was started: it would be for all of the process group', async () => {
    const kill = jest.spyOn(ChildProcess.prototype, 'kill').mockReturnValue(false);
    try {
      expect(begin('no-such-program')).toMatch('there is no program');
      expect(kill).not.toHaveBeenCalled();
    } finally {
      kill.mockRestore();
    }
    await turns(3);
  });

  it('says at once that it is none, or cannot be run', async () => {
    const text = scratch.file('#!/bin/sh\n');
    expect(begin(text)).toBe(`${text} is not a program that this user may run`);
    expect(begin(scratch.folder)).toBe(`${scratch.folder} is not a program that this user may run`);
    const orphan = scratch.file('#!/no/such-interpreter\n');
    chmodSync(orphan, 0o755);
    expect(begin(orphan)).toMatch(/could not be started: what interprets it is missing, or/);
    await turns(3);
  });

  it('gives the child the environment that is chosen', () => {
    const environment = { VIRDELIVER_SAYS: 'hello', PATH: undefined };
    const transport = new ChildTransport(process.execPath, [PROGRAM, 'say', 'VIRDELIVER_SAYS'], { environment });
    open.push(transport);
    expect(readBytes(transport, 5).bytes.toString()).toBe('hello');
  });

  it('calls the child by the name of its file if it has no other', () => {
    const transport = new ChildTransport('sh', ['-c', 'echo hello >&2']);
    open.push(transport);
    expect(endOf(transport)).toBe('sh ended, and said: hello');
  });

  it('ends the child, which is no zombie once the event loop has turned', async () => {
    const transport = new ChildTransport('sh', ['-c', 'echo $$; exec sleep 1000']);
    open.push(transport);
    const pid = Number(readBytes(transport, 1).bytes);
    expect(isProcess(pid)).toBe(true);
    transport.close();
    await until(() => !isProcess(pid));
  });

  it('does not keep the process alive', async () => {
    const transport = start('echo');
    transport.watch(() => {});
    await turns(3);
    const keeping = process.getActiveResourcesInfo().filter((name) => /Pipe|Process/.test(name));
    transport.close();
    await turns(3);
    expect(process.getActiveResourcesInfo().filter((name) => /Pipe|Process/.test(name))).toEqual(keeping);
  });

  it('tells nothing more once it is closed', async () => {
    const transport = start('farewell');
    const take = jest.fn();
    transport.watch(take);
    transport.wait(LONG);
    transport.close();
    transport.close();
    await turns(3);
    expect(take).not.toHaveBeenCalled();
    expect(transport.read()).toMatchObject({ kind: 'failed', error: { message: 'the connection was closed' } });
    expect(() => transport.write(Buffer.from('x'), LONG)).toThrow('the connection was closed');
    expect(timeOf(() => transport.wait(LONG))).toBeLessThan(5000);
  });

  it('leaves no descriptor open, whether it fails or not, with and without the event loop', async () => {
    start('echo').close();
    await turns(3);
    const before = countDescriptors();
    for (let i = 0; i < 10; i += 1) {
      expect(begin('no-such-program')).toMatch('there is no program');
      const transport = new ChildTransport('cat', []);
      if (i % 2 === 0) {
        transport.watch(() => {});
        await nextTurn();
      }
      transport.close();
    }
    expect(countDescriptors()).toBe(before);
    await turns(3);
    expect(countDescriptors()).toBe(before);
  });
});

/** Whether there is such a process; a zombie is one. */
function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function hear(...said: (string | Uint8Array)[]): string {
  const words = new LastWords();
  for (const text of said) {
    words.add(Buffer.from(text as string));
  }
  return words.toString();
}

describe('what a program said last', () => {
  it('is one line, without what is empty', () => {
    expect(hear('')).toBe('');
    expect(hear('\n \r\n')).toBe('');
    expect(hear('  Permission ', 'denied.\r\n\nGood', 'bye.\n')).toBe('Permission denied. / Goodbye.');
  });

  it('holds nothing that a terminal would act upon, or that makes a text look like another', () => {
    expect(hear('\x1b[2J\x07a\u202eb\u2028c\tz\u009b')).toBe('[2J a b c z');
  });

  it('may be any bytes, in any pieces', () => {
    const bytes = Buffer.from('é');
    expect(hear(bytes.subarray(0, 1), bytes.subarray(1), Buffer.of(0xff, 0xfe), 'x')).toBe('é x');
  });

  it('is its end if it is long', () => {
    const long = hear(...Array<string>(1000).fill('0123456789'), '!');
    expect(long).toMatch(/^… \d{4095}!$/);
    expect(hear('x'.repeat(4096))).toBe('x'.repeat(4096));
    expect(hear('y', 'x'.repeat(4096))).toBe(`… ${'x'.repeat(4096)}`);
  });
});
