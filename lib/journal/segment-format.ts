import { crc32 } from 'node:zlib';
import { carryableText } from '../xml/chars';
import { attributeValue, escapeAttributeValue } from '../xml/escape';
import { ENTRY_START, hexadecimal, LONGEST_ENTRY_START } from './entry-format';

/** A domain as a segment's beginning tells it. */
export interface KnownDomain {
  readonly uuid: string;
  readonly name: string;
  readonly id: number;
  /** Whether it stays when it stops, if that is known. */
  readonly persistent: boolean | undefined;
  readonly state: string;
}

/** What a segment begins with. */
export interface SegmentHeader {
  /** The journal's id, a UUID, at the time. */
  readonly id: string;
  /** The host whose events these are. */
  readonly host: string;
  /** The number of its first entry, by which the file is named. */
  readonly first: number;
  /** How many entries were ever written before. */
  readonly before: number;
  /** When it was begun: a time stamp. */
  readonly opened: string;
  /** The time of the last entry before, if there is one. */
  readonly previous?: string | undefined;
  /** The kernel's id of the boot at the time; empty if it couldn't be read. */
  readonly boot: string;
  /** The id of the boot in which a domain was told of last, if it is an earlier one: what ran then runs no more. */
  readonly statesBoot?: string | undefined;
  /** The URI that the events come from. */
  readonly source?: string | undefined;
  /** The UUID of the daemon's host, if it has told one. */
  readonly sourceUuid?: string | undefined;
  /** The ids that the journal had before, the newest first: readers may still know it by one of them. */
  readonly formerIds: readonly string[];
  /**
   * The number of the last entry before, if the page cache may have been lost with the power: the numbers up to `first` are
   * skipped, since a reader may have seen some of them.
   */
  readonly uncleanAfter?: number | undefined;
  /** The domains as of the last entry before. */
  readonly domains: readonly KnownDomain[];
}

const FILE_NAME = /^(\d{20})\.xml$/;

/** The name of the file of the segment whose first entry has a number. */
export function segmentName(first: number): string {
  return `${String(first).padStart(20, '0')}.xml`;
}

/** The name of that file until its beginning is on the disk. */
export function segmentDraft(first: number): string {
  return `${segmentName(first)}.tmp`;
}

/** Whether a file of that name is a segment that hasn't got its name yet. */
export function isDraft(name: string): boolean {
  return name.endsWith('.tmp') && FILE_NAME.test(name.slice(0, -'.tmp'.length));
}

/** The number of the first entry of the segment in a file of that name; nothing if it's no segment's name. */
export function firstOfSegment(name: string): number | undefined {
  const digits = FILE_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const SEAL_START = '<?virdeliver-sealed ';

/** What ends a segment that was ended in good order. */
export function segmentEnd(last: number, count: number): string {
  return `${SEAL_START}last="${last}" count="${count}"?></events>\n`;
}

const SEALED = /^<\?virdeliver-sealed last="(\d+)" count="(\d+)"\?><\/events>\n/;

/** The number of the last entry of a sealed segment, and how many it has, from the beginning of a text. */
export function readSegmentEnd(text: string): { readonly last: number; readonly count: number } | undefined {
  const match = SEALED.exec(text);
  return match === null ? undefined : { last: Number(match[1]), count: Number(match[2]) };
}

/** Whether a text is what is left of such an instruction, or that of an entry, if it was cut short. */
export function isCutInstruction(text: string): boolean {
  const isBeginning = [ENTRY_START, SEAL_START].some((start) => start.startsWith(text) || text.startsWith(start));
  return isBeginning && text.length < LONGEST_ENTRY_START && /^[ -~]*$/.test(text);
}

/** The version of the format, as a segment's beginning has it. */
export const FORMAT_VERSION = '1';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?><events>';

/** How long a header may be, in bytes: that of a host with far more domains than any has. */
export const LONGEST_HEADER = 64 * 1024 * 1024;

/** The beginning of a segment. */
export function writeHeader(header: SegmentHeader): string {
  const { id, host, first, before, opened, previous, boot, source, sourceUuid, formerIds, uncleanAfter } = header;
  const attributes = [
    ...Object.entries({ version: FORMAT_VERSION, id, host, first, before, opened, previous, boot, source }),
    ['source-uuid', sourceUuid],
    ['states-boot', header.statesBoot],
    ['former-ids', formerIds.length === 0 ? undefined : formerIds.join(' ')],
    ['unclean-after', uncleanAfter],
    ['domains', header.domains.length],
  ] as const;
  const beginning = instruction('virdeliver-journal', attributes);
  const domains = header.domains.map(({ uuid, name, id: number, persistent, state }) =>
    instruction(
      'virdeliver-state',
      Object.entries({
        uuid,
        name,
        id: number,
        persistent: persistent === undefined ? undefined : persistent ? 'yes' : 'no',
        state,
      }),
    ),
  );
  const crc = hexadecimal(headerCrc(beginning, domains));
  const states = domains.map((domain) => `<?${domain}?>\n`).join('');
  return `${DECLARATION}<?${beginning} crc="${crc}"?>\n${states}`;
}

const INSTRUCTION = /<\?(virdeliver-(?:journal|state)(?: [\w-]+="[^"<>]*")*?)(?: crc="([\da-f]{8})")?\?>\n/y;

/** What a segment's beginning says, and how long it is, in bytes. */
export interface ReadHeader {
  /** Of the format; what a later one than ours says may be anything. */
  readonly version: string | undefined;
  readonly header: SegmentHeader;
  readonly headerBytes: number;
}

/**
 * Reads the beginning of a segment.
 *
 * @returns `'more'` if the text ends too early; nothing if it is damaged.
 */
export function readHeader(text: string): ReadHeader | 'more' | undefined {
  if (!text.startsWith(DECLARATION)) {
    return DECLARATION.startsWith(text) ? 'more' : undefined;
  }
  const instructions: string[] = [];
  let crc: string | undefined;
  let end = DECLARATION.length;
  // What is in them is looked at only when the checksum has proved right.
  for (let left = 1; left > 0; left -= 1) {
    INSTRUCTION.lastIndex = end;
    const match = INSTRUCTION.exec(text);
    if (match === null) {
      return text.includes('\n', end) ? undefined : 'more';
    }
    const instruction = match[1] as string;
    if (instructions.length === 0) {
      crc = match[2];
      left += Number(/ domains="(\d{1,9})"/.exec(instruction)?.[1] ?? 0);
    }
    instructions.push(instruction);
    end = INSTRUCTION.lastIndex;
  }
  const [beginning, ...domains] = instructions as [string, ...string[]];
  if (crc === undefined || Number.parseInt(crc, 16) !== headerCrc(beginning, domains)) {
    return undefined;
  }
  const values = attributesOf(beginning);
  const headerBytes = Buffer.byteLength(text.slice(0, end));
  return { version: values.get('version'), header: headerOf(values, domains.map(domainOf)), headerBytes };
}

function headerOf(values: ReadonlyMap<string, string>, domains: readonly KnownDomain[]): SegmentHeader {
  const uncleanAfter = values.get('unclean-after');
  return {
    id: values.get('id') as string,
    host: values.get('host') as string,
    first: Number(values.get('first')),
    before: Number(values.get('before')),
    opened: values.get('opened') as string,
    previous: values.get('previous'),
    boot: values.get('boot') as string,
    statesBoot: values.get('states-boot'),
    source: values.get('source'),
    sourceUuid: values.get('source-uuid'),
    formerIds: values.get('former-ids')?.split(' ') ?? [],
    uncleanAfter: uncleanAfter === undefined ? undefined : Number(uncleanAfter),
    domains,
  };
}

function domainOf(text: string): KnownDomain {
  const values = attributesOf(text);
  const persistent = values.get('persistent');
  return {
    uuid: values.get('uuid') as string,
    name: values.get('name') as string,
    id: Number(values.get('id')),
    persistent: persistent === undefined ? undefined : persistent === 'yes',
    state: values.get('state') as string,
  };
}

function headerCrc(beginning: string, domains: readonly string[]): number {
  return crc32([beginning, ...domains].join('\n'));
}

function instruction(target: string, attributes: Iterable<readonly [string, string | number | undefined]>): string {
  let text = target;
  for (const [name, value] of attributes) {
    if (value !== undefined) {
      text += ` ${name}="${escapeAttributeValue(carryableText(String(value)))}"`;
    }
  }
  return text;
}

function attributesOf(text: string): Map<string, string> {
  const pairs = text.matchAll(/ ([\w-]+)="([^"]*)"/g);
  return new Map([...pairs].map(([, name, value]) => [name as string, attributeValue(value as string)]));
}
