import { crc32 } from 'node:zlib';

/** What is known of an entry besides its event. */
export interface EntryFacts {
  readonly sequence: number;
  /** How many bytes of UTF-8 the event has. */
  readonly length: number;
  readonly crc: number;
  /** When it was appended: a time stamp. */
  readonly time: string;
}

export const ENTRY_START = '<?virdeliver-entry ';

/** The longest instruction before an entry, in bytes: every number at its longest. */
export const LONGEST_ENTRY_START = 128;

/** The instruction that stands before an event. */
export function entryStart({ sequence, length, crc, time }: EntryFacts): string {
  return `${ENTRY_START}${sequence} ${length} ${hexadecimal(crc)} ${time}?>\n`;
}

/** The same beginning as an event may have it in its markup: to a parser it means the same, and nobody takes it for an entry. */
const START_IN_EVENT = ENTRY_START.replace(' ', '\t');

/**
 * An entry as it stands in a segment.
 *
 * What an event has in a comment or the like that looks like the beginning of an entry is written with a tab in the place of the space:
 * whoever looks for an entry from the middle of a segment on would otherwise find one that the event's sender has made up.
 */
export function entryText(id: string, sequence: number, time: string, event: string): string {
  const xml = event.replaceAll(ENTRY_START, START_IN_EVENT);
  // The checksum of all of it at once: a second call takes longer than the copy that is made of it so.
  const crc = crc32(`${id} ${sequence} ${time} ${xml}`);
  return `${entryStart({ sequence, length: Buffer.byteLength(xml), crc, time })}${xml}\n`;
}

/** What such an instruction says, and how long it is itself. */
export interface EntryStart extends EntryFacts {
  readonly startLength: number;
  /** The checksum so far, of what is in it besides the event: `crc32(event, crcBefore)` has to be `crc`. */
  readonly crcBefore: number;
}

/** The checksum that the entries of a journal begin with: an event that was moved, or belongs to another journal, has another one. */
export function crcOfJournal(id: string): number {
  return crc32(`${id} `);
}

const [SPACE, ZERO, QUESTION_MARK, GREATER, LINE_FEED] = Buffer.from(' 0?>\n') as unknown as readonly [
  number,
  number,
  number,
  number,
  number,
];
const [DIGIT, HEXADECIMAL, OF_TIME] = [1, 2, 4] as const;
const start = Buffer.from(ENTRY_START);

/** Which kinds of characters a byte is one of. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const isOf = (kind: number, characters: string) => (characters.includes(character) ? kind : 0);
  return isOf(DIGIT, '0123456789') | isOf(HEXADECIMAL, '0123456789abcdef') | isOf(OF_TIME, '0123456789TZ:.-');
});

/**
 * Reads such an instruction where it begins: `<?virdeliver-entry SEQUENCE LENGTH CRC TIME?>` and a line feed.
 *
 * Byte by byte, since it is done for each entry that is read: that takes a third of the time of a regular expression.
 *
 * @param length How much of the buffer counts: what is behind that may look like anything.
 * @param journal What `crcOfJournal` makes of the journal's id.
 */
export function readEntryStart(bytes: Buffer, at: number, length: number, journal: number): EntryStart | undefined {
  for (let place = 0; place < start.length; place += 1) {
    if (bytes[at + place] !== start[place]) {
      return undefined;
    }
  }
  const sequenceAt = at + start.length;
  const lengthAt = endOf(bytes, sequenceAt, DIGIT) + 1;
  const crcAt = endOf(bytes, lengthAt, DIGIT) + 1;
  const timeAt = endOf(bytes, crcAt, HEXADECIMAL) + 1;
  const end = endOf(bytes, timeAt, OF_TIME);
  const isWhole =
    isNumber(bytes, sequenceAt, lengthAt) &&
    isNumber(bytes, lengthAt, crcAt) &&
    end + 3 <= length &&
    timeAt === crcAt + 9 &&
    bytes[timeAt - 1] === SPACE &&
    end >= timeAt + 20 &&
    end <= timeAt + 40 &&
    bytes[end] === QUESTION_MARK &&
    bytes[end + 1] === GREATER &&
    bytes[end + 2] === LINE_FEED;
  if (!isWhole) {
    return undefined;
  }
  const crcOfSequence = crcOf(bytes, sequenceAt, lengthAt, journal);
  const crcOfTime = crcOf(bytes, timeAt, end, crcOfSequence);
  return {
    sequence: numberIn(bytes, sequenceAt, lengthAt - 1, 10),
    length: numberIn(bytes, lengthAt, crcAt - 1, 10),
    crc: numberIn(bytes, crcAt, timeAt - 1, 16),
    time: bytes.toString('latin1', timeAt, end),
    startLength: end + 3 - at,
    crcBefore: crcOf(bytes, timeAt - 1, timeAt, crcOfTime),
  };
}

/** The first place from one on where no character of a kind stands. */
function endOf(bytes: Uint8Array, from: number, kind: number): number {
  let end = from;
  while (((kinds[bytes[end] as number] as number) & kind) !== 0) {
    end += 1;
  }
  return end;
}

/** Whether digits, of which the first isn't 0, and a space are what stands before the next place. */
function isNumber(bytes: Uint8Array, from: number, next: number): boolean {
  return next > from + 1 && next <= from + 17 && bytes[from] !== ZERO && bytes[next - 1] === SPACE;
}

function numberIn(bytes: Uint8Array, from: number, to: number, base: number): number {
  let value = 0;
  for (let place = from; place < to; place += 1) {
    const byte = bytes[place] as number;
    value = value * base + (byte & 0x0f) + (byte > 0x39 ? 9 : 0);
  }
  return value;
}

const crcs = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return crc;
});

/** CRC-32 of some bytes behind others: of so few that a call of zlib's would take several times as long. */
function crcOf(bytes: Uint8Array, from: number, to: number, before: number): number {
  let crc = ~before;
  for (let place = from; place < to; place += 1) {
    crc = (crc >>> 8) ^ (crcs[(crc ^ (bytes[place] as number)) & 0xff] as number);
  }
  return ~crc >>> 0;
}

export function hexadecimal(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
