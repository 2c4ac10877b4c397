import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOnce } from '../../../lib/drivers/io/byte-source';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-source-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['all, if there is room for more than there is', 6, true],
  ['not all, if it fills the room', 5, false],
])('a reading says that it is %s', (_, room, isAll) => {
  const path = join(folder, 'file');
  writeFileSync(path, 'hello');
  const fd = openSync(path, 'r');
  try {
    expect(readOnce(fd, Buffer.alloc(room))).toEqual({ kind: 'bytes', bytes: Buffer.from('hello'), isAll });
    expect(readOnce(fd, Buffer.alloc(room))).toEqual({ kind: 'ended' });
  } finally {
    closeSync(fd);
  }
});

describe('a reading that fails', () => {
  const { stackTraceLimit } = Error;
  afterEach(() => {
    Object.defineProperty(Error, 'stackTraceLimit', { value: stackTraceLimit, writable: true });
  });

  it.each([true, false])(
    'leaves the stacks of other errors as long as they were, if they can be set: %s',
    (writable) => {
      Object.defineProperty(Error, 'stackTraceLimit', { value: 7, writable });
      expect(readOnce(-1, Buffer.alloc(1))).toMatchObject({ kind: 'failed' });
      expect(readOnce(2 ** 30, Buffer.alloc(1))).toMatchObject({ kind: 'failed', error: { code: 'EBADF' } });
      expect(Error.stackTraceLimit).toBe(7);
    },
  );
});
