import { compare } from './compare';
import { cases, patience, seed } from './extent';
import { faultsOfLibxml2 } from './faults-of-libxml2';
import { describeWithLibxml2, Libxml2 } from './libxml2';
import { examplesOf, ourText, report, tell } from './report';

describeWithLibxml2('Filters and libxml2', () => {
  let libxml2: Libxml2;

  beforeAll(() => {
    libxml2 = new Libxml2();
  });

  afterAll(() => libxml2.close());

  it(
    `say the same of ${cases} random cases`,
    async () => {
      const judge = (xml: string, expressions: readonly string[]) => libxml2.judge(xml, expressions);
      const comparison = await compare({ judge, faults: faultsOfLibxml2, mostElements: 60 }, cases, seed);
      tell('libxml2', comparison);
      expect(report(comparison)).toBe('');
      expect(comparison.unjudged).toBeLessThan(1 + cases / 1000);
    },
    patience,
  );

  it.each(examplesOf(faultsOfLibxml2))(
    'differ for a reason: on %j, %j is %j, but %s',
    async (xml, expression, text) => {
      expect(ourText(xml, expression)).toBe(text);
      if (await libxml2.isVersion('2.9')) {
        const { answers } = await libxml2.judge(xml, [expression]);
        expect(answers[0]?.string).not.toBe(text);
      }
    },
  );
});
