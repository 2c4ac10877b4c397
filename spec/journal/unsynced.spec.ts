import { Unsynced } from '../../lib/journal/unsynced';

describe('what is not on the disk yet', () => {
  it('stands in memory that is used again, of which little is left after a flood', () => {
    const unsynced = new Unsynced([], undefined);
    const memoryFor = (text: string) => {
      const bytes = unsynced.draft(text);
      unsynced.add('2026-01-02T03:04:05.000006Z', text, bytes);
      return bytes.buffer;
    };
    const memory = memoryFor('.'.repeat(100_000));
    expect(memoryFor('.')).toBe(memory);
    unsynced.settle();
    expect(memoryFor('.')).toBe(memory);
    memoryFor('.'.repeat(2 ** 20));
    unsynced.settle();
    expect(memoryFor('.').byteLength).toBeLessThan(2 ** 20);
  });
});
