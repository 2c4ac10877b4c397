import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { InvalidEventError } from '../../lib/errors';
import { defaultEventLimits, type EventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';
import { badDocuments, badStrings, eventWith, goodDocuments } from '../event/vocabulary/documents';
import { often } from '../support/often';

/** The codes of the rules that make a document an event, which other documents need not keep. */
const eventRules: ReadonlySet<string> = new Set(['ERR_EVENT_ROOT', 'ERR_EVENT_TYPE', 'ERR_EVENT_TIMESTAMP']);

const notWellFormed = [...badDocuments, ...badStrings].filter(([, code]) => !eventRules.has(code));

/** The error that the scanner throws; anything else that it throws goes through. */
function faultOf(text: string, limits: EventLimits = defaultEventLimits): InvalidEventError | undefined {
  try {
    readTree(text, limits);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidEventError) {
      return error;
    }
    throw error;
  }
}

/** A second opinion: what the strictest other parser in JavaScript says. */
function saxesFault(text: string): string | undefined {
  const parser = new SaxesParser({ xmlns: true });
  let fault: string | undefined;
  parser.on('error', (error) => {
    fault ??= error.message;
  });
  parser.on('doctype', () => {
    fault ??= 'DOCTYPE';
  });
  try {
    parser.write(text).close();
  } catch (error) {
    // It stumbles over a high surrogate at the end of a text.
    fault ??= String(error);
  }
  return fault;
}

/** Where the second opinion is wrong: what it accepts all the same. */
const saxesAccepts: readonly { readonly rule: string; readonly isMeant: (fault: InvalidEventError) => boolean }[] = [
  {
    rule: 'a lone high surrogate is no Char, production [2] of XML, whatever follows it',
    isMeant: (fault) => /^U\+D[89AB]/.test(fault.problem),
  },
  {
    rule: 'white space must follow the target of a processing instruction, production [16] of XML',
    isMeant: (fault) => fault.problem.includes('after the target of a processing instruction'),
  },
  {
    rule: 'the local part of a name is an NCName, production [11] of Namespaces in XML: no digit begins it',
    isMeant: (fault) => fault.problem.startsWith('expected a name after the colon'),
  },
];

describe('checking a document', () => {
  it.each(goodDocuments)('accepts %j', (text) => {
    expect(faultOf(text)?.message).toBeUndefined();
  });

  it.each(notWellFormed)('refuses %j: %s at %i:%i', (text, code, line, column) => {
    const fault = faultOf(text);
    expect(fault && [fault.code, fault.line, fault.column, fault.message]).toEqual([
      code,
      line,
      column,
      expect.any(String),
    ]);
  });

  it.each(['<domain/>', '<e/>', '<p:a xmlns:p="urn:a"><b/></p:a>'])('does not ask for an event: %j', (text) => {
    expect(faultOf(text)).toBeUndefined();
  });

  it('refuses each cut-off of a document', () => {
    const text = `<?xml version="1.0"?><!--c--><?p i?>${eventWith('<a b="&amp;"><![CDATA[x]]></a>é<!--d--><?p?>&#65;')}`;
    for (let length = 0; length < text.length; length++) {
      expect([length, faultOf(text.slice(0, length))]).toEqual([length, expect.any(InvalidEventError)]);
    }
    expect(faultOf(text)).toBeUndefined();
  });

  it('begins anew with each document', () => {
    expect(faultOf('<a><b><p:c xmlns:p="u"><')).toBeDefined();
    expect(faultOf('<a/>')).toBeUndefined();
    expect(faultOf('<p:a/>')?.code).toBe('ERR_EVENT_NAMESPACE');
  });
});

describe('the caps', () => {
  const limits: EventLimits = { eventBytes: 60, eventElements: 4, eventDepth: 3, eventAttributes: 2 };

  it.each([
    ['<a><b/><b/><b/></a>', undefined],
    ['<a><b/><b/><b/><b/></a>', 'ERR_EVENT_TOO_MANY_ELEMENTS'],
    ['<a><b><c/></b></a>', undefined],
    ['<a><b><c><d/></c></b></a>', 'ERR_EVENT_TOO_DEEP'],
    ['<a b="" c=""/>', undefined],
    ['<a b="" c="" d=""/>', 'ERR_EVENT_TOO_MANY_ATTRIBUTES'],
    ['<a b=""><c xmlns:p="u" xmlns:q="u" b=""/></a>', 'ERR_EVENT_TOO_MANY_ATTRIBUTES'],
    [`<a>${'x'.repeat(53)}</a>`, undefined],
    [`<a>${'x'.repeat(54)}</a>`, 'ERR_EVENT_TOO_LARGE'],
    [`<a>${'é'.repeat(26)}</a>`, undefined],
    [`<a>${'é'.repeat(27)}</a>`, 'ERR_EVENT_TOO_LARGE'],
  ])('judges %j: %s', (text, code) => {
    expect(faultOf(text, limits)?.code).toBe(code);
  });

  it('may be far above the defaults', () => {
    const depth = 20_000;
    const attributes = Array.from({ length: 2_000 }, (_, index) => ` a${index}=""`).join('');
    const text = `${'<a>'.repeat(depth)}<b${attributes}/>${'</a>'.repeat(depth)}`;
    const high = { eventBytes: 1e9, eventElements: 1e9, eventDepth: 1e9, eventAttributes: 1e9 };
    expect(faultOf(text, high)).toBeUndefined();
    expect(faultOf(text)?.code).toBe('ERR_EVENT_TOO_DEEP');
  });

  it('are kept by a document that is deep without end', () => {
    expect(faultOf('<a>'.repeat(100_000))?.code).toBe('ERR_EVENT_TOO_DEEP');
  });
});

describe('a second opinion', () => {
  const documents = fc.constantFrom(...goodDocuments, ...badDocuments.map(([text]) => text));
  const insertion = fc.oneof(
    fc.constantFrom(...'<>&;"\'=/!?-[]:# \t\n\rax1.'),
    fc.constantFrom('xmlns', 'xml', '<!--', '-->', '<?', '?>', '<![CDATA[', ']]>', '&#', '&lt;', '<!DOCTYPE a>'),
    fc.constantFrom(' xmlns:q="u"', ' q:r="1"', '<q:z/>', '&#0;', '&#xD800;', '&#9;', '<?xml version="1.0"?>'),
    fc.constantFrom('\0', '\u0001', '\ufffe', '\uffff', '\ud800', '\udc00', '\u{10ffff}', '\u0300', '\u00b7', '\u00d7'),
    fc.constantFrom('\ufeff', '\u0085', '\u2028', 'é', '\u{f0000}'),
  );
  const mutation = fc.record({ at: fc.nat(), removed: fc.integer({ min: 0, max: 4 }), inserted: insertion });

  function mutate(text: string, mutations: readonly { at: number; removed: number; inserted: string }[]): string {
    return mutations.reduce((mutated, { at, removed, inserted }) => {
      const start = at % (mutated.length + 1);
      return mutated.slice(0, start) + inserted + mutated.slice(start + removed);
    }, text);
  }

  it('agrees about documents that were tampered with', () => {
    fc.assert(
      fc.property(documents, fc.array(mutation, { minLength: 1, maxLength: 3 }), (document, mutations) => {
        const text = mutate(document, mutations);
        const fault = faultOf(text);
        const other = saxesFault(text);
        if (fault === undefined) {
          expect([text, other]).toEqual([text, undefined]);
        } else if (other === undefined && !saxesAccepts.some(({ isMeant }) => isMeant(fault))) {
          throw new Error(`only the scanner refuses ${JSON.stringify(text)}: ${fault.message}`);
        }
      }),
      { seed: 20260102, numRuns: often(6_000) },
    );
  });

  it.each(saxesAccepts)('is wrong where $rule', ({ isMeant }) => {
    const examples = ['<a>\ud800x</a>', '<a><?b?c?></a>', '<a xmlns:p="u"><p:1/></a>'];
    const fits = examples.filter((text) => {
      const fault = faultOf(text);
      return fault !== undefined && isMeant(fault);
    });
    expect(fits.map(saxesFault)).toEqual([undefined]);
  });
});

describe('hostile documents', () => {
  // Each of these would take minutes if any step were quadratic.
  it.each([
    [
      'names with a long common beginning',
      () => {
        const name = 'a'.repeat(12_000);
        return `<a${Array.from({ length: 250 }, (_, index) => ` ${name}${index}=""`).join('')}/>`;
      },
    ],
    [
      'a long namespace name, used everywhere',
      () => {
        const elements = '<p:a p:b="" p:c=""/>'.repeat(20_000);
        return `<p:a xmlns:p="${'u'.repeat(2_000_000)}">${elements}</p:a>`;
      },
    ],
    ['brackets', () => `<a>${']'.repeat(1_500_000)}</a>`],
    ['brackets in a CDATA section', () => `<a><![CDATA[${']'.repeat(1_500_000)}]]></a>`],
    ['replacement characters', () => `<a>${'\ufffd'.repeat(1_000_000)}</a>`],
    ['many declarations', () => `<a>${'<b xmlns:p="u" xmlns:q="v"><p:c/></b>'.repeat(20_000)}</a>`],
  ])('take linear time: %s', (_, make) => {
    expect(faultOf(make())).toBeUndefined();
  });

  it('take linear time: replacement characters before a lone surrogate', () => {
    expect(faultOf(`<a>${'\ufffd'.repeat(1_000_000)}\ud800</a>`)?.code).toBe('ERR_EVENT_CHARACTER');
  });
});
