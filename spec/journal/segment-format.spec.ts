import { crc32 } from 'node:zlib';
import { entryStart, LONGEST_ENTRY_START } from '../../lib/journal/entry-format';
import {
  firstOfSegment,
  isCutInstruction,
  isDraft,
  readHeader,
  readSegmentEnd,
  type SegmentHeader,
  segmentDraft,
  segmentEnd,
  segmentName,
  writeHeader,
} from '../../lib/journal/segment-format';
import { parseDocument } from '../support/parse-document';

const plain: SegmentHeader = {
  id: '6695eb01-f6a4-8304-79aa-97f2502e193f',
  host: 'kvm-17',
  first: 1041,
  before: 1040,
  opened: '2026-01-02T03:04:05.000006Z',
  previous: undefined,
  boot: '',
  source: undefined,
  sourceUuid: undefined,
  formerIds: [],
  uncleanAfter: undefined,
  domains: [],
};

const full: SegmentHeader = {
  ...plain,
  first: 2 ** 52,
  previous: '2026-01-01T00:00:00.000000Z',
  boot: 'b',
  statesBoot: 'a',
  source: 'qemu:///system?a=b&c="d"',
  sourceUuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809',
  formerIds: ['7795eb01-f6a4-8304-79aa-97f2502e193f', '8895eb01-f6a4-8304-79aa-97f2502e193f'],
  uncleanAfter: 7,
  domains: [
    { uuid: 'u', name: 'a?>b', id: 3, persistent: true, state: 'running' },
    { uuid: 'v', name: ' "ä\t\r\n<&\u{1f600}', id: -1, persistent: false, state: 'shutoff' },
    { uuid: 'w', name: 'crc="00000000"?>', id: 5, persistent: undefined, state: 'paused' },
  ],
};

describe("a segment's beginning", () => {
  it.each([
    ['with little', plain],
    ['with everything', full],
  ])('%s is read as it was written', (_, header) => {
    const text = writeHeader(header);
    const read = { version: '1', header, headerBytes: Buffer.byteLength(text) };
    expect(readHeader(text)).toEqual(read);
    expect(readHeader(`${text}<?virdeliver-entry 1`)).toEqual(read);
    expect(readHeader(`${text}<?virdeliver-state uuid="x" name="x" id="1" state="x"?>\n`)).toEqual(read);
  });

  it('is the beginning of an XML document, whatever names domains have', () => {
    const text = `${writeHeader(full)}</events>`;
    expect(parseDocument(text).documentElement?.nodeName).toBe('events');
    expect(text).toContain('name="a?&gt;b"');
    expect(text).toContain(' boot="b" ');
    expect(text).toContain(' states-boot="a" ');
    expect(text.match(/ persistent="\w+"/g)).toEqual([' persistent="yes"', ' persistent="no"']);
    // What XML cannot carry is replaced.
    const odd = { ...full, domains: [{ uuid: 'u', name: 'a\0b\ud800', id: 1, persistent: undefined, state: 's' }] };
    expect(readHeader(writeHeader(odd))).toMatchObject({ header: { domains: [{ name: 'a\ufffdb\ufffd' }] } });
  });

  it('has to be read on wherever it is cut, but not if it is damaged', () => {
    const text = writeHeader(full);
    for (let cut = 0; cut < text.length; cut += 1) {
      expect([cut, readHeader(text.slice(0, cut))]).toEqual([cut, 'more']);
    }
    for (let at = 0; at < text.length; at += 1) {
      const flipped = text.slice(0, at) + (text[at] === '!' ? '?' : '!') + text.slice(at + 1);
      expect([at, readHeader(`${flipped}\n<?virdeliver-entry 1`)]).toEqual([at, undefined]);
    }
  });

  it('has no state more or less than it says, and a checksum', () => {
    const text = writeHeader(full);
    const [, state] = /(<\?virdeliver-state [^\n]*\n)/.exec(text)!;
    expect(readHeader(`${text.replace(state!, '')}\n`)).toBeUndefined();
    expect(readHeader(text.replace(state!, state! + state!))).toBeUndefined();
    expect(readHeader(`${text.replace(/ crc="\w+"/, '')}\n`)).toBeUndefined();
    const beginning = /<\?(virdeliver-journal .*) crc="(\w+)"\?>\n/.exec(writeHeader(plain))!;
    expect(beginning[2]).toBe(crc32(beginning[1]!).toString(16).padStart(8, '0'));
  });
});

describe('the name of a segment', () => {
  it('is that of its first number', () => {
    expect(segmentName(1041)).toBe('00000000000000001041.xml');
    expect(segmentDraft(1041)).toBe('00000000000000001041.xml.tmp');
    expect(firstOfSegment('00000000000000001041.xml')).toBe(1041);
    for (const name of [
      'lock',
      '1041.xml',
      '00000000000000001041.xml.tmp',
      'a00000000000000001041.xml',
      '0000000000000000104a.xml',
    ]) {
      expect(firstOfSegment(name)).toBeUndefined();
    }
    expect(
      [
        '00000000000000001041.xml.tmp',
        '00000000000000001041.xml',
        '1041.xml.tmp',
        '00000000000000001041.xmlxtmp',
        'tmp',
      ].map(isDraft),
    ).toEqual([true, false, false, false, false]);
  });
});

describe('the end of a segment', () => {
  it('is read as it was written', () => {
    const end = segmentEnd(1041, 17);
    expect(end).toBe('<?virdeliver-sealed last="1041" count="17"?></events>\n');
    expect(readSegmentEnd(`${end}  `)).toEqual({ last: 1041, count: 17 });
    expect(readSegmentEnd(` ${end}`)).toBeUndefined();
    expect(readSegmentEnd(end.slice(0, -1))).toBeUndefined();
  });

  it('or an entry may be cut short anywhere, and isn’t damaged then', () => {
    const facts = { sequence: 1041, length: 312, crc: 1, time: '2026-01-02T03:04:05.000006Z' };
    for (const text of [segmentEnd(1, 1), entryStart(facts)]) {
      for (let cut = 0; cut < text.length; cut += 1) {
        expect([cut, isCutInstruction(text.slice(0, cut))]).toEqual([cut, true]);
      }
      expect(isCutInstruction(text)).toBe(false);
      expect(isCutInstruction(`${text.slice(0, 30)}\0`)).toBe(false);
      expect(isCutInstruction(` ${text.slice(0, 30)}`)).toBe(false);
      expect(isCutInstruction(text.trimEnd().padEnd(LONGEST_ENTRY_START - 1))).toBe(true);
      expect(isCutInstruction(text.trimEnd().padEnd(LONGEST_ENTRY_START))).toBe(false);
    }
  });
});
