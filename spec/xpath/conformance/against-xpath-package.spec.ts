import { compare } from './compare';
import { cases, patience, seed } from './extent';
import { faultsOfXpathPackage } from './faults-of-xpath-package';
import { examplesOf, ourText, report, tell } from './report';
import { judgeWithPackage } from './xpath-package';

/** It takes milliseconds a case, and far more where node-sets are large. */
const fewer = Math.ceil(cases / 20);

describe('Filters and the xpath package', () => {
  it(
    `say the same of ${fewer} random cases`,
    async () => {
      const xpathPackage = { judge: judgeWithPackage, faults: faultsOfXpathPackage, mostElements: 8 };
      const comparison = await compare(xpathPackage, fewer, seed);
      tell('xpath', comparison);
      expect(report(comparison)).toBe('');
      expect(comparison.unjudged).toBeLessThan(1 + fewer / 10);
    },
    patience,
  );

  it.each(examplesOf(faultsOfXpathPackage))('differ for a reason: on %j, %j is %j, but %s', (xml, expression, text) => {
    expect(ourText(xml, expression)).toBe(text);
    expect(judgeWithPackage(xml, [expression]).answers[0]?.string).not.toBe(text);
  });
});
