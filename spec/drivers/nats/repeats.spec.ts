import { Repeats } from '../../../lib/drivers/nats/repeats';

const entry = (journal: string, sequence: number, crc = 7) => ({ host: 'h', journal, sequence, crc, time: '' });

describe('what repeats an event', () => {
  it('is the same entry once more, or one with a lower number of the same journal', () => {
    const repeats = new Repeats();
    const course: [string, number, number, boolean][] = [
      ['a', 5, 7, false],
      ['a', 5, 7, true],
      ['a', 4, 7, true],
      ['b', 5, 7, false],
      ['a', 5, 7, true],
      ['a', 6, 7, false],
      // Another event has got the number since.
      ['a', 6, 8, false],
      ['a', 6, 8, true],
      ['a', 9, 7, false],
      ['a', 8, 7, true],
    ];
    for (const [journal, sequence, crc, isRepeated] of course) {
      expect([journal, sequence, repeats.isRepeated(entry(journal, sequence, crc))]).toEqual([
        journal,
        sequence,
        isRepeated,
      ]);
    }
  });

  it('is known of the journals that were heard of last, so that the memory for it has an end', () => {
    const repeats = new Repeats();
    repeats.isRepeated(entry('first', 1));
    repeats.isRepeated(entry('second', 1));
    for (let journal = 0; journal < 65_534; journal += 1) {
      repeats.isRepeated(entry(String(journal), 1));
    }
    repeats.isRepeated(entry('first', 2));
    repeats.isRepeated(entry('one more', 1));
    expect(repeats.isRepeated(entry('first', 2))).toBe(true);
    expect(repeats.isRepeated(entry('second', 1))).toBe(false);
  });
});
