import { crc32 } from 'node:zlib';
import {
  crcOfJournal,
  entryStart,
  entryText,
  LONGEST_ENTRY_START,
  readEntryStart,
} from '../../lib/journal/entry-format';

const read = (text: string, journal = 0) => {
  const bytes = Buffer.from(text);
  return readEntryStart(bytes, 0, bytes.length, journal);
};

describe('what stands before an event', () => {
  const facts = { sequence: 1041, length: 312, crc: 0x9f3a_2c41, time: '2026-01-02T03:04:05.000006Z' };

  it('is read as it was written', () => {
    const start = entryStart(facts);
    expect(start).toBe('<?virdeliver-entry 1041 312 9f3a2c41 2026-01-02T03:04:05.000006Z?>\n');
    expect(read(`${start}<event/>`)).toMatchObject({ ...facts, startLength: start.length });
    const small = { ...facts, crc: 0x2c };
    expect(read(entryStart(small))).toMatchObject(small);
    const most = {
      sequence: Number.MAX_SAFE_INTEGER,
      length: Number.MAX_SAFE_INTEGER,
      crc: 2 ** 32 - 1,
      time: '9999-12-31T23:59:59.999999Z',
    };
    expect(read(entryStart(most))).toMatchObject(most);
    expect(entryStart(most).length).toBeLessThan(LONGEST_ENTRY_START);
    for (const time of ['2026-01-02T03:04:05Z', facts.time.padEnd(40, '0')]) {
      expect(read(entryStart({ ...facts, time }))).toMatchObject({ time });
    }
  });

  it('is nothing else', () => {
    const start = entryStart(facts);
    for (const text of [
      ` ${start}`,
      start.slice(0, -1),
      start.replace('1041', '0'),
      start.replace('312', '012'),
      start.replace('9f3a', '9F3A'),
      start.replace('41 2', '412'),
      start.replace('Z', 'Q'),
      start.replace('1041', '10000000000000000'),
      start.replace('312', '31200000000000000'),
      start.replace('1041', '').replace('  ', ' '),
      start.replace('1041 ', ' '),
      start.replace(' 312', ' '),
      start.replace('41 3', '41x3'),
      start.replace('2 9', '2x9'),
      start.replace('9f3a2c41', '9f3a2c4'),
      start.replace('9f3a2c41', '9f3a2c411'),
      start.replace('41 2026', '41x2026'),
      start.replace(facts.time, '026-01-02T03:04:05Z'),
      start.replace(facts.time, facts.time.padEnd(41, '0')),
      start.replace('?>', '>'),
      start.replace('?>', '??'),
      start.replace('?>', '!>'),
      start.replace('\n', ' '),
      start.replace('entry', 'entri'),
    ]) {
      expect([text, read(text)]).toEqual([text, undefined]);
    }
  });

  it('is read where it begins, and not beyond what counts of a buffer', () => {
    const start = entryStart(facts);
    const bytes = Buffer.from(`12${start}<event/>`);
    expect(readEntryStart(bytes, 2, bytes.length, 0)).toMatchObject(facts);
    expect(readEntryStart(bytes, 2, 2 + start.length, 0)).toMatchObject(facts);
    expect(readEntryStart(bytes, 2, 1 + start.length, 0)).toBeUndefined();
    expect(readEntryStart(bytes, 1, bytes.length, 0)).toBeUndefined();
  });

  it('has a checksum of all that the entry is', () => {
    const crc = crc32('id 17 2026-01-02T03:04:05.000006Z <event/>');
    const text = entryText('id', 17, facts.time, '<event/>');
    expect(text).toBe(`${entryStart({ ...facts, sequence: 17, length: 8, crc })}<event/>\n`);
    const crcFor = (id: string, written: string, event: string) =>
      crc32(event, read(written, crcOfJournal(id))!.crcBefore);
    expect(crcFor('id', text, '<event/>')).toBe(crc);
    const others = [
      crcFor('ie', text, '<event/>'),
      crcFor('id', text.replace('17', '18'), '<event/>'),
      crcFor('id', text.replace('05.0', '06.0'), '<event/>'),
      crcFor('id', text, '<evens/>'),
    ];
    expect(new Set([crc, ...others]).size).toBe(5);
  });

  it('says how long an event is in UTF-8', () => {
    expect(read(entryText('id', 1, facts.time, '<event>€</event>'))).toMatchObject({ length: 18 });
  });
});
