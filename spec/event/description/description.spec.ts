import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Element } from '@xmldom/xmldom';
import type { ElementDescription } from '../../../lib/event/description/elements';
import { sampleOf } from '../../../lib/event/description/sample';
import { typeDescriptions } from '../../../lib/event/description/types';
import type { ValueDescription } from '../../../lib/event/description/values';
import { excludes } from '../../../lib/event/description/values';
import { detailOf, eventDetails } from '../../../lib/event/vocabulary/vocabulary';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { readTree } from '../../../lib/xml/read-tree';
import { fencedBlocks } from '../../docs/fenced-blocks';
import { parseDocument } from '../../support/parse-document';
import { root } from '../../support/run-program';
import { validateEvents } from '../../support/validate-xsd';

const descriptions = [...typeDescriptions.values()];

/** What a schema, or the descriptions of all types together, say of the elements of events: a line for each, by its path. */
type Outline = Map<string, string>;

function valueText(kind: string, words: readonly string[], orNumber: boolean): string {
  return words.length === 0 ? kind : `${[...words].sort().join('|')}${orNumber ? '|number' : ''}`;
}

function outlineOfSchema(): Outline {
  const schema = parseDocument(readFileSync(join(root, 'docs/events.xsd'), 'utf8')).documentElement as Element;
  const elementsIn = (parent: Element) =>
    Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);
  const all = (parent: Element, name: string) => Array.from(parent.getElementsByTagName(`xs:${name}`));
  const global = (name: string) => elementsIn(schema).find((element) => element.getAttribute('name') === name)!;
  const builtIn: { readonly [type: string]: string } = {
    Number: 'number',
    Uuid: 'uuid',
    Timestamp: 'time',
    DomainId: 'number',
  };

  /** The kind and the words of a simple type. */
  const valueIn = (type: string | null, inline: Element | undefined): string => {
    if (type?.startsWith('xs:')) {
      return type === 'xs:string' ? 'text' : 'number';
    }
    if (type !== null && builtIn[type] !== undefined) {
      return builtIn[type];
    }
    const definition = type === null ? inline! : global(type);
    const members = all(definition, 'union').flatMap((union) => (union.getAttribute('memberTypes') ?? '').split(' '));
    const words = [definition, ...members.filter((name) => name !== 'Number').map(global)]
      .flatMap((each) => all(each, 'enumeration'))
      .map((each) => each.getAttribute('value')!);
    return valueText('text', words, members.includes('Number'));
  };

  const outline: Outline = new Map();
  const visit = (path: string, type: Element) => {
    const attributes = all(type, 'attribute').map((attribute) => {
      const value = valueIn(attribute.getAttribute('type'), elementsIn(attribute)[0]);
      return `@${attribute.getAttribute('name')}${attribute.getAttribute('use') === 'required' ? '' : '?'} ${value}`;
    });
    const text = all(type, 'extension')[0]?.getAttribute('base');
    outline.set(path, [...attributes.sort(), ...(text ? [valueIn(text, undefined)] : [])].join(', '));
    const groups = all(type, 'group').map((group) => global(group.getAttribute('ref')!));
    for (const element of [type, ...groups].flatMap((each) => all(each, 'element'))) {
      const name = element.getAttribute('type')!;
      const child = `${path}/${element.getAttribute('name')}`;
      const definition = name.startsWith('xs:') ? undefined : global(name);
      if (definition?.nodeName === 'xs:complexType') {
        visit(child, definition);
      } else {
        outline.set(child, valueIn(name, undefined));
      }
    }
  };
  visit('event', elementsIn(global('event'))[0]!);
  return outline;
}

function outlineOfDescriptions(): Outline {
  const byPath = new Map<string, ElementDescription[]>();
  const gather = (path: string, element: ElementDescription) => {
    byPath.set(path, [...(byPath.get(path) ?? []), element]);
    for (const child of element.elements) {
      gather(`${path}/${child.name}`, child);
    }
  };
  for (const { event } of descriptions) {
    gather('event', event);
  }
  const merged = (values: readonly ValueDescription[]) => {
    const words = new Set(values.flatMap((value) => value.words ?? []));
    return valueText(
      values[0]!.kind,
      [...words],
      values.some(({ orNumber }) => orNumber === true),
    );
  };
  return new Map(
    [...byPath].map(([path, elements]) => {
      const names = new Set(elements.flatMap(({ attributes }) => Object.keys(attributes)));
      const attributes = [...names].map((name) => {
        const values = elements.flatMap((element) => element.attributes[name] ?? []);
        const isRequired = values.length === elements.length && values.every(({ optional }) => optional !== true);
        return `@${name}${isRequired ? '' : '?'} ${merged(values)}`;
      });
      const texts = elements.flatMap(({ text }) => text ?? []);
      return [path, [...attributes.sort(), ...(texts.length > 0 ? [merged(texts)] : [])].join(', ')];
    }),
  );
}

describe('the description of the events', () => {
  it('is of every type', () => {
    expect([...typeDescriptions.keys()].sort()).toEqual(Object.keys(eventDetails).sort());
  });

  it('says what the schema says: which elements and attributes there are, what must be there, and what it can be', () => {
    const described = Object.fromEntries(outlineOfDescriptions());
    expect(Object.keys(described).length).toBeGreaterThan(40);
    expect(described).toEqual(Object.fromEntries(outlineOfSchema()));
  });

  it('says what the table in docs/events.md says that each type tells', () => {
    const page = readFileSync(join(root, 'docs/events.md'), 'utf8');
    const rows = [...page.matchAll(/^\| \[`([a-z0-9-]+)`\]\(#[a-z0-9-]+\) \| (.*?) \|/gm)].map(([, type, summary]) => [
      type,
      summary,
    ]);
    expect(rows).toEqual(descriptions.map(({ type, summary }) => [type, summary]));
  });

  it('has a sample of each type that is as the schema says, and is decoded', async () => {
    const samples = descriptions.map(sampleOf);
    expect(await validateEvents(samples)).toEqual([]);
    const details = descriptions.map((each) => detailOf(each.type, readTree(sampleOf(each), defaultEventLimits)));
    expect(details).not.toContain(undefined);
  });

  const examples = fencedBlocks('docs/events.md')
    .filter(({ language }) => language === 'xml')
    .flatMap(({ text }) => text.trimEnd().split('\n'));

  it.each(examples)('has all that is in the example %s', (xml) => {
    const event = parseDocument(xml).documentElement as Element;
    const missing: string[] = [];
    const compare = (element: Element, description: ElementDescription | undefined) => {
      if (description === undefined) {
        missing.push(element.nodeName);
        return;
      }
      for (const { name, value } of Array.from(element.attributes)) {
        const described = description.attributes[name];
        if (described === undefined || excludes(described, value)) {
          missing.push(`${element.nodeName}/@${name}`);
        }
      }
      const children = Array.from(element.childNodes).filter(
        (node): node is Element => node.nodeType === node.ELEMENT_NODE,
      );
      if (children.length === 0 && element.textContent !== '' && description.text === undefined) {
        missing.push(`the text of ${element.nodeName}`);
      }
      for (const child of children) {
        compare(
          child,
          description.elements.find(({ name }) => name === child.nodeName),
        );
      }
    };
    compare(event, typeDescriptions.get(event.getAttribute('type')!)?.event);
    expect(missing).toEqual([]);
  });
});

describe('a value', () => {
  it.each<[ValueDescription, readonly string[], readonly string[]]>([
    [{ kind: 'word', words: ['a', 'b'] }, ['a', 'b'], ['c', '1', '']],
    [{ kind: 'word', words: ['a'], orNumber: true }, ['a', '9', '-1'], ['c', '1.5', '']],
    [{ kind: 'number' }, ['0', '-1', '18446744073709551615'], ['', 'one', '1.0']],
    [
      { kind: 'uuid' },
      ['6695eb01-f6a4-8304-79aa-97f2502e193f'],
      ['6695EB01-f6a4-8304-79aa-97f2502e193f', '6695eb01f6a4830479aa97f2502e193f', 'x'],
    ],
    [{ kind: 'text' }, ['', 'anything'], []],
    [{ kind: 'time' }, ['', 'anything'], []],
  ])('as %j can be some texts, and never others', (description, can, never) => {
    expect(can.filter((text) => excludes(description, text))).toEqual([]);
    expect(never.filter((text) => !excludes(description, text))).toEqual([]);
  });
});
