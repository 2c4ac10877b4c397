import { FilterError } from '../../../lib/errors';
import { parseExpression } from '../../../lib/xpath/parser';
import { firstSeed, RandomChoices } from './choices';
import { cases, patience, seed } from './extent';
import { faultsOfLibxml2Grammar } from './faults-of-libxml2-grammar';
import { describeWithLibxml2, Libxml2 } from './libxml2';
import { productions } from './productions';
import { randomText } from './random-text';

function isExpression(text: string): boolean {
  try {
    parseExpression(text);
    return true;
  } catch (error) {
    if (error instanceof FilterError && error.code === 'ERR_FILTER_SYNTAX') {
      return false;
    }
    throw error;
  }
}

describe('The grammar of filters has the productions of XPath 1.0', () => {
  it.each(productions)('%s', (_, expressions, others) => {
    expect(expressions.filter((text) => !isExpression(text))).toEqual([]);
    expect(others.filter(isExpression)).toEqual([]);
  });
});

describeWithLibxml2('The grammar of filters and that of libxml2', () => {
  let libxml2: Libxml2;

  beforeAll(() => {
    libxml2 = new Libxml2();
  });

  afterAll(() => libxml2.close());

  it(
    `say the same of ${cases} random texts`,
    async () => {
      const texts = Array.from({ length: cases }, (_, index) => randomText(new RandomChoices(firstSeed(seed) + index)));
      const theirs = await libxml2.hasInGrammar(texts);
      const differing = texts.filter((text, index) => isExpression(text) !== theirs[index]);
      expect(differing.filter((text) => !faultsOfLibxml2Grammar.some(({ isBehind }) => isBehind(text)))).toEqual([]);
      // Enough of them are expressions, and enough are none, for this to say something.
      const share = theirs.filter(Boolean).length / cases;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.9);
    },
    patience,
  );

  it.each(faultsOfLibxml2Grammar)('differ for a reason: $what', async ({ expressions, others }) => {
    expect(expressions.filter((text) => !isExpression(text))).toEqual([]);
    expect(others.filter(isExpression)).toEqual([]);
    if (await libxml2.isVersion('2.9')) {
      const verdicts = await libxml2.hasInGrammar([...expressions, ...others]);
      expect(verdicts).toEqual([...expressions.map(() => false), ...others.map(() => true)]);
    }
  });
});
