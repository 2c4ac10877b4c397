/** Random events that are almost right, of shapes that come again: what reads known shapes quickly has to tell them apart. */
import { defaultEventLimits, type EventLimits } from '../../lib/xml/limits';

/** Gives whole numbers from 0 on, below a bound. */
export type Random = (below: number) => number;

/** Always the same numbers for a seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) % below) | 0;
  };
}

/** How many of them begin, so that they are looked for in one place. */
const start = '<event type="domain-state-transition" timestamp="2026-01-02T03:04:05.000006Z"';

/** Events that begin as `start` does: more shapes than are kept of such. */
const alike = [
  `${start}><domain id="7" type="qemu"><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></domain></event>`,
  `${start}><domain id="7"><name>web 7</name></domain><transition from="running" to='paused' detail=""/></event>`,
  `${start}><domain id='7'  type="q"\n><name\t>a\nb</name></domain ></event>`,
  `${start}/>`,
  `${start} reason=""/>`,
  `${start}> <a/>\n  <a> </a><a></a>x</event>`,
  `${start}><a b="1" c="2" d="3" e="4" f="5" g="6" h="7" i="8" j="9"/></event>`,
  `${start}><a><a><a><b>deep</b></a></a></a></event>`,
  `${start}><!--c--><a>x</a><?p d?></event>`,
  `${start}><a>x<![CDATA[y]]>z</a></event>`,
  `${start}><a><![CDATA[]]>z</a></event>`,
  `${start} xmlns:p="urn:p"><p:a p:b="c">x</p:a></event>`,
  `${start} xml:lang="en"><a>x</a></event>`,
  `${start}><a b="&lt;">&amp;</a></event>`,
  `${start}><a b="é">ü</a></event>`,
  `${start}><a>x]]y</a><a b="x]">&gt;></a></event>`,
];

const others = [
  `<event type="domain-state-transitiom" timestamp="t"><a b="c">d</a></event>`,
  `<event timestamp="2026-01-02T03:04:05Z" type="domain-job"><a b="c">d</a></event>`,
  `<event type='t' timestamp='s'><a b='c'/></event>`,
  `<event  id="7" type="x" timestamp="y"/>`,
  `<event type="a&amp;b" timestamp="y"><a/></event>`,
  `<?xml version="1.0"?><event type="t" timestamp="s"><a/></event>\n`,
  ...Array.from(
    { length: 12 },
    (_, number) => `<event type="job" timestamp="s"><a${number} b="c">d</a${number}></event>`,
  ),
];

/** The events that the others are made of. */
export const originals: readonly string[] = [...alike, ...others];

const insertions = [
  ...['<', '>', '/', '&', '"', "'", '=', ' ', ']', '\r', '\n', '\t', '\0', '\x7f', '-', 'x', ':', '!', '?', ';', '#'],
  ...['é', '\u0085', '\ufffd', '\uffff', '\ud800', '\u{1F600}', '\ufeff'],
  ...[
    '<b>',
    '</b>',
    '<b/>',
    '</a>',
    ' a="1"',
    ' b="1"',
    ' a = "1"',
    ' type="t"',
    ' timestamp=""',
    ' xmlns="u"',
    ' p:q=""',
  ],
  ...[
    '<!--c-->',
    '<?p?>',
    '<![CDATA[x]]>',
    '<![CDATA[]]>',
    '&amp;',
    '&#65;',
    '&x;',
    ']]>',
    '</event>',
    '<event>',
    '\r\n',
  ],
];

const plain = 'abcXYZ019-:. ();%$+_/@[{}|~^`\\*,!#';

/** Cuts, inserts, repeats, or changes a value, anywhere. */
function mutate(text: string, random: Random): string {
  const at = random(text.length + 1);
  switch (random(7)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random(3));
    case 1:
      return text.slice(0, at);
    case 2: {
      const end = at + random(20);
      return text.slice(0, end) + text.slice(at, end) + text.slice(end);
    }
    case 3: {
      const other = originals[random(originals.length)]!;
      return text.slice(0, at) + other.slice(random(2) === 0 ? at : random(other.length));
    }
    case 4:
      return text.slice(0, at) + insertions[random(insertions.length)]! + text.slice(at + random(2));
    default:
      return changeValue(text, at, random);
  }
}

/** Puts another value in the place of the first one behind a position. */
function changeValue(text: string, at: number, random: Random): string {
  const delimiter = random(3) === 0 ? '>' : '="';
  const start = text.indexOf(delimiter, at);
  const end = start === -1 ? -1 : text.indexOf(delimiter === '>' ? '<' : '"', start + delimiter.length);
  if (end === -1) {
    return text;
  }
  const length = random(3) === 0 ? random(80) : random(10);
  const value = Array.from({ length }, () => plain[random(plain.length)]!);
  if (random(4) === 0) {
    value[random(length + 1)] = insertions[random(insertions.length)]!;
  }
  return text.slice(0, start + delimiter.length) + value.join('') + text.slice(end);
}

/** An event that differs from another in up to three places. */
export function mutatedEvent(original: string, random: Random): string {
  let text = original;
  for (let left = random(8) === 0 ? 3 : 1; left > 0; left -= 1) {
    text = mutate(text, random);
  }
  return text;
}

/** The usual caps, or some that are just reached, or just exceeded, by a short event. */
export function someLimits(text: string, random: Random): EventLimits {
  if (random(3) !== 0) {
    return defaultEventLimits;
  }
  return {
    eventBytes: random(2) === 0 ? defaultEventLimits.eventBytes : text.length + random(3) - 1,
    eventElements: 1 + random(6),
    eventDepth: 1 + random(5),
    eventAttributes: 1 + random(10),
  };
}
