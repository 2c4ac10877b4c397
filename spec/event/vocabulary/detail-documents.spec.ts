import type { Element } from '@xmldom/xmldom';
import { XMLSerializer } from '@xmldom/xmldom';
import { detailOf, eventDetails } from '../../../lib/event/vocabulary/vocabulary';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { readTree } from '../../../lib/xml/read-tree';
import { fencedBlocks } from '../../docs/fenced-blocks';
import { parseDocument } from '../../support/parse-document';
import { validateEvents } from '../../support/validate-xsd';

/** The events that `docs/events.md` shows, one a line. */
const examples = fencedBlocks('docs/events.md')
  .filter(({ language }) => language === 'xml')
  .flatMap(({ text }) => text.trimEnd().split('\n'));

const typeOf = (xml: string) => /type="([^"]*)"/.exec(xml)![1]!;

function detailIn(xml: string): unknown {
  return detailOf(typeOf(xml), readTree(xml, defaultEventLimits));
}

describe('the examples in docs/events.md', () => {
  it('show every type of event', () => {
    const types: readonly string[] = Object.keys(eventDetails);
    expect(new Set(examples.map(typeOf))).toEqual(new Set(types));
  });

  it('are as the schema says', async () => {
    expect(await validateEvents(examples)).toEqual([]);
  });

  it.each(examples.map((xml) => [typeOf(xml), xml]))('are decoded: %s', (_, xml) => {
    expect(detailIn(xml)).toBeDefined();
  });
});

/** What an example becomes when each of its pieces is taken away in turn: an attribute, or an element. */
function incomplete(xml: string): { readonly xml: string; readonly detail: unknown }[] {
  const count = parseDocument(xml).getElementsByTagName('*').length;
  const removals: ((elements: Element[]) => void)[] = [];
  for (let index = 0; index < count; index += 1) {
    const element = parseDocument(xml).getElementsByTagName('*').item(index)!;
    if (index > 0) {
      removals.push((elements) => elements[index]!.parentNode!.removeChild(elements[index]!));
    }
    for (const { name } of Array.from(element.attributes)) {
      if (index > 0 || (name !== 'type' && name !== 'timestamp')) {
        removals.push((elements) => elements[index]!.removeAttribute(name));
      }
    }
  }
  return removals.map((remove) => {
    const document = parseDocument(xml);
    remove(Array.from(document.getElementsByTagName('*')));
    const cut = new XMLSerializer().serializeToString(document);
    return { xml: cut, detail: detailIn(cut) };
  });
}

describe('an example that lacks a piece', () => {
  const cut = examples.flatMap(incomplete);

  it('has no detail where the schema does not take it', async () => {
    expect(cut.length).toBeGreaterThan(200);
    const faults = await validateEvents(cut.map(({ xml }) => xml));
    const refused = new Set(faults.flatMap((fault) => /event-(\d+)\.xml/.exec(fault)?.[1] ?? []));
    expect(refused.size).toBeGreaterThan(100);
    expect(cut.filter(({ detail }, index) => refused.has(String(index)) && detail !== undefined)).toEqual([]);
  });

  it('has none either where it lacks what its type is about', () => {
    const bare = examples.map((xml) => xml.replace(/^(<event[^>]*?)\/?>.*$/, '$1/>'));
    const decoded = bare.filter((xml) => detailIn(xml) !== undefined);
    expect([...new Set(decoded.map(typeOf))]).toEqual(['events-lost']);
  });
});

describe('a value that its type does not have', () => {
  const numbers = ['', ' ', '1.5', '0x10', '1e3', '--1', 'many', '١'];

  it.each<[type: string, good: string, bad: readonly string[]]>([
    ['domain-rtc-change', 'offset="-3600"', numbers.map((value) => `offset="${value}"`)],
    ['domain-balloon-change', 'actual="1048576"', numbers.map((value) => `actual="${value}"`)],
    ['domain-vcpu-removed', 'id="3"/></event>', numbers.map((value) => `id="${value}"/></event>`)],
    ['domain-migration-iteration', 'iteration="2"', ['iteration="9007199254740993"']],
    ['domain-memory-failure', 'recursive="false"', ['recursive="no"', 'recursive=""', 'recursive="0"']],
    ['domain-tunable', '>100<', numbers.map((value) => `>${value}<`)],
    ['domain-tunable', 'type="ullong">100', ['type="quad">100', 'type="boolean">100', 'type="">100']],
    [
      'domain-tunable',
      'type="ullong">100',
      ['', ' ', 'Infinity', '+INF', 'nan', '0x10', '1e', '.'].map((value) => `type="double">${value}`),
    ],
  ])('leaves %s without a detail: %s', (type, good, bad) => {
    const xml = examples.find((example) => typeOf(example) === type && example.includes(good))!;
    const replaced = bad.map((value) => xml.replace(good, value));
    expect(replaced.filter((each) => detailIn(each) !== undefined)).toEqual([]);
  });
});
