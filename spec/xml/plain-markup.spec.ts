import fc from 'fast-check';
import { InvalidEventError } from '../../lib/errors';
import { EncodedText } from '../../lib/xml/encoded-text';
import { ENTRY, LightTree } from '../../lib/xml/light-tree';
import { defaultEventLimits, type EventLimits } from '../../lib/xml/limits';
import { skipPlainMarkup } from '../../lib/xml/plain-markup';
import { readTree } from '../../lib/xml/read-tree';
import { treeWriter } from '../../lib/xml/tree-writer';
import { often } from '../support/often';
import { arbitraryContent } from './arbitrary-document';
import { childrenOf, type DescribedNode, describeTree } from './described-tree';

/** What reading a root element with some content comes to: what is inside it, or the fault. */
function outcome(startTag: string, content: string, limits: EventLimits): DescribedNode[] | unknown[] {
  try {
    const tree = readTree(`${startTag}\n>${content}</root>`, limits);
    return childrenOf(tree, childrenOf(tree, tree.root)[0]!).map((child) => describeTree(tree, child));
  } catch (error) {
    if (error instanceof InvalidEventError) {
      return [error.code, error.problem, error.line, error.column];
    }
    throw error;
  }
}

describe('passing over plain markup', () => {
  const insertion = fc.constantFrom(
    ...[
      '<',
      '>',
      '/',
      '&',
      '"',
      "'",
      '=',
      ' ',
      '!',
      '?',
      ']]>',
      '\r',
      '\n',
      '\t',
      '\0',
      '\uffff',
      '\ud800',
      ':',
      '-',
      'x',
    ],
    ...['<b>', '</b>', '<b/>', '</a>', ' a="1"', ' a = "1"', ' id="&lt;"', ' xml:lang="en"', ' p:q=""', '<p:b/>', 'é'],
    ...[
      '<b xmlns="u">',
      '<!--c-->',
      '<?p?>',
      '<![CDATA[x]]>',
      '&amp;',
      '<!',
      '<1',
      '<b c',
      '<b c=',
      '<b c="',
      '</root>',
    ],
  );
  const mutation = fc.record({ at: fc.nat(), removed: fc.integer({ min: 0, max: 3 }), inserted: insertion });
  const caps = fc.record({
    eventBytes: fc.constant(1e6),
    eventElements: fc.integer({ min: 1, max: 12 }),
    eventDepth: fc.integer({ min: 1, max: 5 }),
    eventAttributes: fc.integer({ min: 1, max: 10 }),
  });
  const limits = fc.oneof(fc.constant(defaultEventLimits), caps);

  it('comes to the same as passing over each thing with all care', () => {
    fc.assert(
      fc.property(arbitraryContent, fc.array(mutation, { maxLength: 2 }), limits, (content, mutations, limit) => {
        const text = mutations.reduce((mutated, { at, removed, inserted }) => {
          const start = at % (mutated.length + 1);
          return mutated.slice(0, start) + inserted + mutated.slice(start + removed);
        }, content);
        // In the scope of a declaration nothing is plain.
        const careful = outcome('<root xmlns:unused="urn:unused"', text, limit);
        expect([text, outcome('<root', text, limit)]).toEqual([text, careful]);
      }),
      { seed: 20260107, numRuns: often(3_000) },
    );
  });
});

/** Passes over what is plain from the beginning on: where it stops, and what is open there. */
function pass(text: string, limits: Partial<EventLimits> = {}) {
  const doc = new EncodedText(text);
  treeWriter.begin();
  const end = skipPlainMarkup(0, treeWriter, { ...defaultEventLimits, ...limits });
  return { passed: doc.slice(0, end), depth: treeWriter.depth, elements: treeWriter.elements };
}

describe('what is plain', () => {
  const attributes = (count: number) => Array.from({ length: count }, (_, index) => ` b${index}="c"`).join('');

  it.each([
    ['<a/>', 1],
    ['<a></a>', 1],
    ['<abc></abc>', 1],
    ['<a>text</a>', 1],
    ['<a> \n\t</a>', 1],
    ['<a b="c"/>', 1],
    ['<a b="c"></a>', 1],
    [`<a bc='dd' e="ff" g=""><h i="j"/></a>`, 2],
    [`<a b="c" cb="c" bb="c" bc="c"/>`, 1],
    ['<a bc="" b=""/>', 1],
    ['<a b="c"><d b="c"/><d d="c"/></a>', 3],
    ['<a>text<b>text<c/>text</b>text<b/><b/></a>', 5],
    ['<a><b><c><d></d></c></b></a>', 4],
    ['<a><bx/><b/></a>', 3],
    ['<_a.b-c1 d_1.x-y="z"/>', 1],
    [`<a${attributes(8)}/>`, 1],
  ])('is passed to the end of the outermost element: %j', (text, elements) => {
    expect(pass(text)).toEqual({ passed: text, depth: 0, elements });
    expect(pass(`${text}<z/>`)).toEqual({ passed: text, depth: 0, elements });
  });

  it.each([
    ['', '<!-- --><a/>'],
    ['', '<a b = "c"/>'],
    ['', '<a  b="c"/>'],
    ['', '<a\nb="c"/>'],
    ['', '<a b="c" />'],
    ['', '<a b="c"d="e"/>'],
    ['', '<a b="&lt;"/>'],
    ['', '<a b="\n"/>'],
    ['', '<a b="c" b="c"/>'],
    ['', '<a bc="" de="" bc=""/>'],
    ['', '<a xml:b="c"/>'],
    ['', '<a b:c="d"/>'],
    ['', '<a xmlns="u"/>'],
    ['', '<a b=c/>'],
    ['', '<a b=&c&/>'],
    ['', '<a b=<c</>'],
    ['', `<a b="c'/>`],
    ['', `<a b="c'd"/>`],
    ['', '<a b/>'],
    ['', '<a/ >'],
    ['', '<a:b/>'],
    ['', '<1/>'],
    ['', '<\u00e9/>'],
    ['', `<a${attributes(9)}/>`],
    ['<a>', '<!--b--></a>'],
    ['<a>', '<?b?></a>'],
    ['<a>', '<![CDATA[b]]></a>'],
    ['<a>', 'b&amp;c</a>'],
    ['<a>', 'b\rc</a>'],
    ['<a>', 'b]]c</a>'],
    ['<a>', 'b'],
    ['<a>', '</b>'],
    ['<a>', '</ab>'],
    ['<a>', '</a >'],
    ['<ab>', '</a>'],
    ['<a>text<b/>', '<c:d/></a>'],
    ['<a>text', '</b>'],
  ])('ends behind %j and before %j', (passed, rest) => {
    expect(pass(passed + rest).passed).toBe(passed);
  });

  it('ends where a text continues another', () => {
    const doc = new EncodedText('<a>bc<d/>e</a>');
    treeWriter.begin();
    treeWriter.openElement(1, 2);
    treeWriter.addText(3, 4, 0);
    expect(skipPlainMarkup(4, treeWriter, defaultEventLimits)).toBe(4);
    treeWriter.addText(4, 5, 0);
    expect(skipPlainMarkup(5, treeWriter, defaultEventLimits)).toBe(doc.end);
  });

  it.each<[limits: Partial<EventLimits>, passed: string, rest: string]>([
    [{ eventElements: 3 }, '<a><b/><c>', '<d/></c></a>'],
    [{ eventElements: 3 }, '<a><b/><c></c></a>', ''],
    [{ eventDepth: 2 }, '<a><b>', '<c/></b></a>'],
    [{ eventDepth: 2 }, '<a><b></b><c/></a>', ''],
    [{ eventAttributes: 2 }, '<a b="" c="">', '<d e="" f="" g=""/></a>'],
    [{ eventAttributes: 0 }, '<a>', '<d e=""/></a>'],
  ])('keeps within %j: behind %j and before %j', (limits, passed, rest) => {
    expect(pass(passed + rest, limits).passed).toBe(passed);
  });

  it.each([
    ['<a><b/>', '<c/></a>'],
    ['<a><b/>', 'c</a>'],
    ['<a>', '<b c="" d=""/></a>'],
    ['<a>bc', '<d e=""/></a>'],
    ['<a><b/></a>', ''],
    ['<a>b</a>', ''],
    ['<a b=""/>', ''],
  ])('ends where the tree has no room for a third entry: behind %j and before %j', (passed, rest) => {
    const doc = new EncodedText(passed + rest);
    treeWriter.begin();
    treeWriter.limit = treeWriter.next + 2 * ENTRY;
    expect(doc.slice(0, skipPlainMarkup(0, treeWriter, defaultEventLimits))).toBe(passed);
  });

  it('makes the tree that all care makes', () => {
    const text = `<a b="c" d='e'>f<g/>h<i j="k">l</i><m></m></a>`;
    const careful = describeTree(readTree(text.replace('<a', '<a xmlns:unused="u"'), defaultEventLimits));
    const doc = new EncodedText(text);
    treeWriter.begin();
    skipPlainMarkup(0, treeWriter, defaultEventLimits);
    treeWriter.end(false, false);
    const tree = new LightTree(doc.text, treeWriter.nodes, treeWriter.root, undefined);
    const [root] = describeTree(tree).children;
    const [expected] = careful.children;
    expect(root).toEqual({ ...expected, attributes: expected!.attributes.slice(1) });
    const [f, g, h] = childrenOf(tree, childrenOf(tree, tree.root)[0]!);
    expect([tree.previousSibling(h!), tree.previousSibling(g!), tree.previousSibling(f!)]).toEqual([g, f, -1]);
  });
});
