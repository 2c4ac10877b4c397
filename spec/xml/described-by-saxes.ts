import { SaxesParser } from 'saxes';
import type { DescribedNode } from './described-tree';

interface Writable extends DescribedNode {
  value: string;
  readonly children: Writable[];
}

function node(kind: string, properties: Partial<Writable>): Writable {
  return {
    kind,
    name: '',
    local: '',
    namespace: '',
    value: '',
    attributes: [],
    children: [],
    ...properties,
  };
}

/** Describes a document as `describeTree` does, by another parser that has nothing in common with the library. */
export function describeBySaxes(text: string): DescribedNode {
  const root = node('root', {});
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  const addText = (value: string): void => {
    const parent = open.at(-1)!;
    if (parent === root || value === '') {
      return;
    }
    const last = parent.children.at(-1);
    if (last?.kind === 'text') {
      last.value += value;
    } else {
      parent.children.push(node('text', { value }));
    }
    for (const container of open) {
      container.value += value;
    }
  };
  let attributes: DescribedNode[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentagstart', () => {
    attributes = [];
  });
  parser.on('attribute', ({ name, local, prefix, value }) => {
    const isDeclaration = name === 'xmlns' || prefix === 'xmlns';
    attributes.push(
      node(isDeclaration ? 'declaration' : 'attribute', { name, local: isDeclaration ? '' : local, value }),
    );
  });
  parser.on('opentag', (tag) => {
    const uriOf = (name: string): string =>
      name.includes(':') ? (parser.resolve(name.slice(0, name.indexOf(':'))) ?? '') : '';
    const resolved = attributes.map((each) =>
      each.kind === 'attribute' ? { ...each, namespace: uriOf(each.name) } : each,
    );
    const element = node('element', { name: tag.name, local: tag.local, namespace: tag.uri, attributes: resolved });
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('comment', (value) => {
    open.at(-1)!.children.push(node('comment', { value }));
  });
  parser.on('processinginstruction', ({ target, body }) => {
    open.at(-1)!.children.push(node('instruction', { name: target, local: target, value: body }));
  });
  parser.write(text).close();
  return root;
}
