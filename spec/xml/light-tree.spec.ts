import fc from 'fast-check';
import { InvalidEventError } from '../../lib/errors';
import { ENTRY, type LightTree, nodeKind, PREVIOUS } from '../../lib/xml/light-tree';
import { defaultEventLimits } from '../../lib/xml/limits';
import { XML_NAMESPACE } from '../../lib/xml/namespaces';
import { readTree } from '../../lib/xml/read-tree';
import { often } from '../support/often';
import { parseDocument } from '../support/parse-document';
import { arbitraryDocument } from './arbitrary-document';
import { describeBySaxes } from './described-by-saxes';
import { attributesOf, childrenOf, describeDom, describeTree } from './described-tree';

function read(text: string): LightTree {
  return readTree(text, defaultEventLimits);
}

function nodesOf(tree: LightTree): number[] {
  const nodes: number[] = [];
  for (let node = tree.root; node < tree.after(tree.root); node = tree.following(node)) {
    nodes.push(node);
  }
  return nodes;
}

/** The first element inside the root element. */
function firstIn(text: string): { tree: LightTree; node: number } {
  const tree = read(text);
  const rootElement = childrenOf(tree, tree.root).find((child) => tree.kind(child) === nodeKind.element)!;
  return { tree, node: childrenOf(tree, rootElement)[0]! };
}

describe('the tree of a document', () => {
  it('is that of another parser, and so is the DOM (XPath 1.0 §5)', () => {
    fc.assert(
      fc.property(arbitraryDocument, (text) => {
        const expected = describeBySaxes(text);
        expect([text, describeTree(read(text))]).toEqual([text, expected]);
        expect([text, describeDom(parseDocument(text))]).toEqual([text, expected]);
      }),
      { seed: 20260103, numRuns: often(1_000) },
    );
  });

  it('is the same in an array of its own, which nothing overwrites', () => {
    fc.assert(
      fc.property(arbitraryDocument, (text) => {
        const tree = read(text);
        const described = describeTree(tree);
        const detached = tree.detached();
        for (let other = 0; other < 300; other += 1) {
          read(`<a${' b="c"'}>${'<d/>'.repeat(100)}</a>`);
        }
        expect(detached.generation).toBeUndefined();
        expect(describeTree(detached)).toEqual(described);
        expect(detached.detached()).toBe(detached);
      }),
      { seed: 20260123, numRuns: often(50) },
    );
  });

  it('leads from each node to its parent, to its siblings, and past what is inside it', () => {
    fc.assert(
      fc.property(arbitraryDocument, (text) => {
        const tree = read(text);
        expect(nodesOf(tree).map((node) => tree.place(node))).toEqual([...Array(tree.size).keys()]);
        expect(tree.parent(tree.root)).toBe(-1);
        for (const node of nodesOf(tree)) {
          const children = childrenOf(tree, node);
          expect(children.map((child) => tree.parent(child))).toEqual(children.map(() => node));
          expect(children.map((child) => tree.nodes[child + PREVIOUS])).toEqual(
            [-1, ...children].slice(0, children.length),
          );
          expect(attributesOf(tree, node).map((child) => tree.parent(child))).toEqual(
            attributesOf(tree, node).map(() => node),
          );
          if (!tree.isContainer(node)) {
            expect(tree.after(node)).toBe(node + ENTRY);
          }
        }
      }),
      { seed: 20260104, numRuns: often(250) },
    );
  });

  it('compares names and values as if it had cut them out', () => {
    const values = fc.constantFrom('', 'a', 'web', ' ', 'a b', '\n', '&', 'é', 'urn:a', 'x', 't');
    const names = fc.constantFrom('a', 'b', 'event', 'type', 'ü', 'x', '');
    const uris = fc.constantFrom('', 'urn:p', 'urn:a', 'urn:\u00e9', XML_NAMESPACE);
    fc.assert(
      fc.property(arbitraryDocument, values, names, uris, (text, value, local, uri) => {
        const tree = read(text);
        for (const node of nodesOf(tree)) {
          for (const some of [value, tree.stringValue(node)]) {
            expect([text, node, some, tree.valueEquals(node, some)]).toEqual([
              text,
              node,
              some,
              tree.stringValue(node) === some,
            ]);
          }
          const kind = tree.kind(node);
          if (kind === nodeKind.element || kind === nodeKind.attribute) {
            const own = [tree.namespaceUri(node), tree.localName(node)] as const;
            for (const [someUri, someLocal] of [own, [uri, own[1]], [own[0], local], [uri, local]] as const) {
              expect([text, node, tree.isNamed(node, someUri, someLocal)]).toEqual([
                text,
                node,
                own[0] === someUri && own[1] === someLocal,
              ]);
            }
          }
        }
      }),
      { seed: 20260105, numRuns: often(250) },
    );
  });

  it.each([
    ['<a>x</a>', ['x']],
    ['<a>x<![CDATA[y]]>&#122;</a>', ['xyz']],
    ['<a><![CDATA[]]></a>', []],
    ['<a><![CDATA[]]><![CDATA[]]></a>', []],
    ['<a>x<![CDATA[]]></a>', ['x']],
    ['<a><![CDATA[]]>x</a>', ['x']],
    ['<a>x<![CDATA[]]>y</a>', ['xy']],
    ['<a>x<b/>y<!---->z<?p?>&lt;</a>', ['x', 'y', 'z', '<']],
    ['<a>\r\n\r<![CDATA[\n]]>&#13;</a>', ['\n\n\n\r']],
    ['<a>é\u{1F600}<b/>\u{1F600}é</a>', ['é\u{1F600}', '\u{1F600}é']],
    ['<a>x]]<b/></a>', ['x]]']],
  ])('has the text nodes of %j', (text, values) => {
    const tree = read(text);
    const texts = nodesOf(tree).filter((node) => tree.kind(node) === nodeKind.text);
    expect(texts.map((node) => tree.stringValue(node))).toEqual(values);
  });

  it.each([
    ['\ufeff<a/>', [nodeKind.element]],
    ['<?xml version="1.0"?>\n<a/>\n', [nodeKind.element]],
    ['<!--b--><?c  d?> <a/>\n<!--e-->', [nodeKind.comment, nodeKind.instruction, nodeKind.element, nodeKind.comment]],
  ])('has on its outermost level, for %j, the kinds %j', (text, kinds) => {
    const tree = read(text);
    expect(childrenOf(tree, tree.root).map((node) => tree.kind(node))).toEqual(kinds);
  });

  it.each([
    ['p:b', 'p', 'b'],
    ['b', '', 'b'],
  ])('takes %s apart into prefix and local name', (name, prefix, local) => {
    const { tree, node } = firstIn(`<a xmlns:p="urn:p"><${name}/></a>`);
    expect([tree.name(node), tree.prefix(node), tree.localName(node)]).toEqual([name, prefix, local]);
  });

  it('gives no namespace to an attribute without a prefix (Namespaces in XML §6.2)', () => {
    const { tree, node } = firstIn('<a xmlns="urn:d"><b c=""/></a>');
    const [attribute] = attributesOf(tree, node);
    expect([tree.namespaceUri(node), tree.namespaceUri(attribute!)]).toEqual(['urn:d', '']);
    expect(tree.isNamed(attribute!, '', 'c')).toBe(true);
    expect(tree.isNamed(attribute!, 'urn:d', 'c')).toBe(false);
  });

  it.each(['<a>', '<!DOCTYPE a><a/>', 'text', '<a/><b/>', '<![CDATA[x]]>'])('is refused for %j', (text) => {
    expect(() => read(text)).toThrow(InvalidEventError);
  });

  it('takes any document within the caps', () => {
    expect(() => readTree('<a><b/></a>', { ...defaultEventLimits, eventElements: 1 })).toThrow(InvalidEventError);
    expect(() => readTree('<a><b/></a>', { ...defaultEventLimits, eventBytes: 10 })).toThrow(InvalidEventError);
  });
});

describe('large trees', () => {
  const high = { eventBytes: 1e9, eventElements: 1e9, eventDepth: 1e9, eventAttributes: 1e9 };

  it('may be deep', () => {
    const depth = 50_000;
    const tree = readTree(`${'<a>x'.repeat(depth)}${'</a>'.repeat(depth)}`, high);
    expect(tree.size).toBe(1 + 2 * depth);
    expect(tree.stringValue(tree.root)).toBe('x'.repeat(depth));
    let levels = 0;
    for (let node = tree.after(tree.root) - ENTRY; node !== -1; node = tree.parent(node)) {
      levels += 1;
    }
    expect(levels).toBe(depth + 2);
  });

  it('may be wide, and are then good whatever is read after them', () => {
    const children = Array.from({ length: 40_000 }, (_, number) => `<b id="${number}">${number}</b>`);
    const tree = read(`<?p?><a>é${children.join('')}<c x="y"/></a><!--e-->`);
    for (let number = 0; number < 5_000; number++) {
      read('<a><b c="d">e</b></a>');
    }
    const [instruction, rootElement, comment] = childrenOf(tree, tree.root);
    expect([tree.name(instruction!), tree.stringValue(comment!)]).toEqual(['p', 'e']);
    const [text, ...elements] = childrenOf(tree, rootElement!);
    expect(tree.stringValue(text!)).toBe('é');
    const last = elements.pop()!;
    expect(elements.map((node) => tree.stringValue(node))).toEqual(children.map((_, number) => String(number)));
    expect(elements.map((node) => tree.stringValue(attributesOf(tree, node)[0]!))).toEqual(
      children.map((_, number) => String(number)),
    );
    expect([tree.name(last), tree.name(last + ENTRY), tree.stringValue(last + ENTRY)]).toEqual(['c', 'x', 'y']);
    expect(elements.map((node) => tree.parent(node))).toEqual(elements.map(() => rootElement));
    expect(tree.nodes[last + PREVIOUS]).toBe(elements.at(-1));
  });

  it('resolve namespaces in linear time', () => {
    // Looking each prefix up from its element to the root would take minutes.
    const outer = Array.from({ length: 250 }, (_, level) => {
      const declarations = Array.from({ length: 200 }, (_, number) => ` xmlns:n${number}="urn:${level}"`);
      return `<a${declarations.join('')} xmlns:m${level}="urn:m${level}">`;
    });
    const text = `${outer.join('')}${'<m0:b/>'.repeat(40_000)}${'</a>'.repeat(250)}`;
    const tree = readTree(text, high);
    const last = tree.after(tree.root) - ENTRY;
    expect([tree.name(last), tree.namespaceUri(last)]).toEqual(['m0:b', 'urn:m0']);
  });
});
