import fc from 'fast-check';
import { InvalidEventError } from '../../lib/errors';
import { defaultEventLimits, type EventLimits } from '../../lib/event/limits';
import { readTree } from '../../lib/event/read-tree';
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
      { seed: 20260107, numRuns: 3_000 },
    );
  });
});
