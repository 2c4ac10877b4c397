import { EventRecord } from '../../../lib/event/event-record';
import { CompiledExpression } from '../../../lib/filter/compiled-expression';
import { toBoolean, toNumber, toText } from '../../../lib/filter/dom/value';
import { defaultFilterLimits } from '../../../lib/xpath/limits';
import { often } from '../../support/often';
import { RandomChoices } from '../conformance/choices';
import { scope } from '../conformance/names';
import { randomDocument } from '../conformance/random-document';
import { randomExpression } from '../conformance/random-expression';

const documents = often(150);
const expressionsEach = 20;

/** What `docs/filters.md` lists as departures of the dom engine. */
const departsOnDom = /(following|preceding)\s*::[^[]*\[|(@|attribute).*following|namespace/s;

describe('the light engine', () => {
  it('gives the values that the dom engine gives, on random documents and expressions', () => {
    const different: unknown[] = [];
    for (let seed = 1; seed <= documents; seed++) {
      const choices = new RandomChoices(seed);
      const xml = randomDocument(choices, 30);
      const event = new EventRecord({ xml, type: '', timestamp: '', bytes: 0 });
      for (let count = 0; count < expressionsEach; count++) {
        const source = randomExpression(choices);
        if (departsOnDom.test(source)) {
          continue;
        }
        const expression = new CompiledExpression(source, scope, defaultFilterLimits);
        const value = expression.evaluate(event.document);
        const light = [expression.boolean(event), expression.number(event), expression.text(event)];
        const dom = [toBoolean(value), toNumber(value), toText(value)];
        if (light.some((one, index) => !Object.is(one, dom[index]))) {
          different.push({ xml, source, light, dom });
        }
      }
    }
    expect(different.slice(0, 3)).toEqual([]);
  });
});
