import { queryNumber, queryString } from '../../../lib/filter/queries';
import { nodeKind } from '../../../lib/xml/light-tree';
import { axes } from '../../../lib/xpath/ast';
import { isNamespaceNode, namespaceElement } from '../../../lib/xpath/evaluation/node';
import { documentOf, nodesOf } from './evaluate';

/** A document to try the recommendation's examples on; each element's `n` tells it from the others. */
const book = documentOf(
  `<doc n="doc" type="top"><para n="p1" type="warning">one</para><para n="p2">two</para><!--note--><?keep it?>text
  <chapter n="c1"><title n="t1">Introduction</title><section n="s1"><para n="p3"/></section></chapter>
  <chapter n="c2"><title n="t2">Body</title><para n="p4" type="warning"/>
    <div n="d1"><para n="p5"/><olist n="o1"><item n="i1"/></olist></div>
    <section n="s2"/><section n="s3"><para n="p6" type="warning"/></section></chapter>
  <figure n="f1"/><chapter n="c3"/><chapter n="c4"/>
  <chapter n="c5"><section n="s4"/><section n="s5"><title n="t3">End</title></section></chapter>
  <employee n="e1" secretary="a" assistant="b"/><employee n="e2" secretary="a"/><appendix n="a1"/></doc>`,
);

/** The elements that an expression selects, in document order. */
function selected(xpath: string): string {
  const count = queryNumber(book, `count(${xpath})`);
  return Array.from({ length: count }, (_, index) => queryString(book, `(${xpath})[${index + 1}]/@n`)).join(' ');
}

describe('A location path (XPath 1.0 §2)', () => {
  it.each([
    ['child::para', 'p1 p2'],
    ['child::figure', 'f1'],
    ['attribute::type/..', 'doc'],
    ['descendant::para', 'p1 p2 p3 p4 p5 p6'],
    ['//title/ancestor::div', ''],
    ['//item/ancestor::div', 'd1'],
    ['//item/ancestor-or-self::item', 'i1'],
    ['descendant-or-self::para', 'p1 p2 p3 p4 p5 p6'],
    ['self::para', ''],
    ['self::doc', 'doc'],
    ['child::chapter/descendant::para', 'p3 p4 p5 p6'],
    ['child::*/child::para', 'p4'],
    ['/child::doc', 'doc'],
    ['/descendant::olist/child::item', 'i1'],
    ['child::para[position()=1]', 'p1'],
    ['child::para[position()=last()]', 'p2'],
    ['child::para[position()=last()-1]', 'p1'],
    ['child::para[position()>1]', 'p2'],
    ['chapter[1]/following-sibling::chapter[position()=1]', 'c2'],
    ['chapter[2]/preceding-sibling::chapter[position()=1]', 'c1'],
    ['/descendant::para[position()=4]', 'p4'],
    ['/child::doc/child::chapter[position()=5]/child::section[position()=2]', 's5'],
    ['descendant::para[attribute::type="warning"]', 'p1 p4 p6'],
    ['descendant::para[attribute::type="warning"][position()=3]', 'p6'],
    ['descendant::para[position()=3][attribute::type="warning"]', ''],
    ["child::chapter[child::title='Introduction']", 'c1'],
    ['child::chapter[child::title]', 'c1 c2'],
    ['child::*[self::chapter or self::appendix]', 'c1 c2 c3 c4 c5 a1'],
    ['child::*[self::chapter or self::appendix][position()=last()]', 'a1'],
  ])('selects by %s what §2 says: %j', (xpath, elements) => {
    expect(selected(xpath)).toBe(elements);
  });

  it.each([
    ['child::text()', 5],
    ['child::node()', 18],
    ['attribute::*', 2],
    ['/', 1],
    ['child::comment()', 1],
    ['child::processing-instruction()', 1],
  ])('selects by %s %d nodes', (xpath, count) => {
    expect(queryNumber(book, `count(${xpath})`)).toBe(count);
  });

  it('starts at the event element, or with a slash at the root (§2)', () => {
    expect(selected('.')).toBe('doc');
    expect(queryNumber(book, 'count(/self::node()[not(self::*)])')).toBe(1);
    expect(selected('/doc/para')).toBe('p1 p2');
    expect(selected('/para')).toBe('');
  });
});

describe('Abbreviated syntax (§2.5)', () => {
  it.each([
    ['para', 'p1 p2'],
    ['*', 'p1 p2 c1 c2 f1 c3 c4 c5 e1 e2 a1'],
    ['para[1]', 'p1'],
    ['para[last()]', 'p2'],
    ['*/para', 'p4'],
    ['/doc/chapter[5]/section[2]', 's5'],
    ['chapter//para', 'p3 p4 p5 p6'],
    ['//para', 'p1 p2 p3 p4 p5 p6'],
    ['//olist/item', 'i1'],
    ['.', 'doc'],
    ['.//para', 'p1 p2 p3 p4 p5 p6'],
    ['..//para', 'p1 p2 p3 p4 p5 p6'],
    ['*/@n/..', 'p1 p2 c1 c2 f1 c3 c4 c5 e1 e2 a1'],
    ['para[@type="warning"]', 'p1'],
    ['.//para[@type="warning"][2]', ''],
    ['para[5][@type="warning"]', ''],
    ['chapter[title="Introduction"]', 'c1'],
    ['chapter[title]', 'c1 c2'],
    ['employee[@secretary and @assistant]', 'e1'],
  ])('%s selects %j', (xpath, elements) => {
    expect(selected(xpath)).toBe(elements);
  });

  it('//para[1] is the first para of each parent, /descendant::para[1] the first of all', () => {
    expect(selected('//para[1]')).toBe('p1 p3 p4 p5 p6');
    expect(selected('/descendant::para[1]')).toBe('p1');
    expect(selected('//para[last()]')).toBe('p2 p3 p4 p5 p6');
    expect(selected('//para[2]')).toBe('p2');
  });
});

describe('Predicates (§2.4)', () => {
  it('count positions in the direction of the axis, from the context node', () => {
    expect(selected('//p6 | //item/ancestor::*[1]')).toBe('o1');
    expect(selected('//item/ancestor::*[2]')).toBe('d1');
    expect(selected('//item/ancestor::*[last()]')).toBe('doc');
    expect(selected('//item/ancestor-or-self::*[1]')).toBe('i1');
    expect(selected('chapter[3]/preceding-sibling::*[1]')).toBe('f1');
    expect(selected('chapter[3]/preceding-sibling::*[last()]')).toBe('p1');
    expect(selected('chapter[3]/preceding-sibling::chapter[2]')).toBe('c1');
    expect(selected('chapter[3]/preceding::para[1]')).toBe('p6');
    expect(selected('chapter[3]/preceding::para[last()]')).toBe('p1');
    expect(selected('chapter[3]/following-sibling::*[1]')).toBe('c4');
    expect(selected('chapter[3]/following-sibling::*[last()]')).toBe('a1');
    expect(selected('chapter[1]/following::section[2]')).toBe('s3');
    expect(selected('chapter[1]/following::section[last()]')).toBe('s5');
  });

  it('count among the nodes that the predicates before have left', () => {
    expect(selected('//para[@type][1]')).toBe('p1 p4 p6');
    expect(selected('*[self::chapter][2]')).toBe('c2');
    expect(selected('*[2][self::chapter]')).toBe('');
    expect(selected('*[position() > 2][position() < 3][last()]')).toBe('c2');
    expect(selected('*[position() > 2][3]')).toBe('f1');
    expect(selected('*[last() > 3][last()]')).toBe('a1');
    expect(selected('*[last()][last()]')).toBe('a1');
    expect(selected('*[last()][1]')).toBe('a1');
    expect(selected('*[2][last()]')).toBe('p2');
    expect(selected('*[2][2]')).toBe('');
    expect(selected('*[section][last()][title]')).toBe('');
  });

  it('compare a number with the position, and take anything else as a boolean', () => {
    expect(selected('para[1 + 1]')).toBe('p2');
    expect(selected('para[1.5]')).toBe('');
    expect(selected('para[0]')).toBe('');
    expect(selected('para[-1]')).toBe('');
    expect(selected('para[1 div 0]')).toBe('');
    expect(selected("para['1']")).toBe('p1 p2');
    expect(selected("para['']")).toBe('');
    expect(selected('para[count(@*)]')).toBe('');
    expect(selected('chapter[count(section)]')).toBe('c1 c2');
    expect(selected('para[last() - 1]')).toBe('p1');
    expect(selected('para[position()]')).toBe('p1 p2');
    expect(selected('para[position() = 1.5 or position() = 2]')).toBe('p2');
    expect(selected('para[2 = position()]')).toBe('p2');
    expect(selected('para[last() = position()]')).toBe('p2');
    expect(selected('para[position() = true()]')).toBe('p1 p2');
  });

  it('have a context of their own, and leave the one outside as it was', () => {
    expect(selected('chapter[section[2]]')).toBe('c2 c5');
    expect(selected('chapter[position() = count(section[position() = last()]/preceding-sibling::section) + 1]')).toBe(
      'c1 c2',
    );
    expect(selected('chapter[section[position() = 2] and position() = 2]')).toBe('c2');
    expect(selected('chapter[position() = 2 and section[last()][last() = 1] and last() = 5]')).toBe('c2');
    expect(selected('chapter[count(section[last() > 1]) = last() - 3]')).toBe('c2 c5');
  });
});

describe('The axes (§2.2)', () => {
  const document = documentOf(
    '<!--first--><event a="1" b="2" xmlns:p="urn:p"><!--c--><x i="3"><y/>t<y j="4" xmlns="urn:d"><z/></y></x><?p q?>' +
      '<x><y k="5">u</y></x></event><?last?>',
  );
  const { tree } = document;
  const all = nodesOf(tree, '/ | //node() | //@* | //namespace::*');
  const isAttached = (node: number): boolean => isNamespaceNode(node) || tree.kind(node) === nodeKind.attribute;
  const parent = (node: number): number => (isNamespaceNode(node) ? namespaceElement(node) : tree.parent(node));
  const ancestors = (node: number): number[] => (node === tree.root ? [] : [parent(node), ...ancestors(parent(node))]);
  const areSiblings = (a: number, b: number): boolean => !isAttached(a) && !isAttached(b) && parent(a) === parent(b);

  /** The axes in the simplest words; numbers are in document order. */
  const model: Record<string, (from: number, to: number) => boolean> = {
    ancestor: (from, to) => ancestors(from).includes(to),
    'ancestor-or-self': (from, to) => from === to || ancestors(from).includes(to),
    attribute: (from, to) => isAttached(to) && !isNamespaceNode(to) && parent(to) === from,
    child: (from, to) => !isAttached(to) && parent(to) === from,
    descendant: (from, to) => !isAttached(to) && ancestors(to).includes(from),
    'descendant-or-self': (from, to) => from === to || (!isAttached(to) && ancestors(to).includes(from)),
    following: (from, to) => to > from && !isAttached(to) && !ancestors(to).includes(from),
    'following-sibling': (from, to) => to > from && areSiblings(from, to),
    namespace: (from, to) => isNamespaceNode(to) && parent(to) === from,
    parent: (from, to) => parent(from) === to,
    preceding: (from, to) => to < from && !isAttached(to) && !ancestors(from).includes(to),
    'preceding-sibling': (from, to) => to < from && areSiblings(from, to),
    self: (from, to) => from === to,
  };
  const reverse = new Set(['ancestor', 'ancestor-or-self', 'preceding', 'preceding-sibling']);

  it('are thirteen', () => {
    expect(Object.keys(model).sort()).toEqual([...axes].sort());
  });

  describe.each(Object.keys(model))('%s', (axis) => {
    const expected = all.map((from) => all.filter((to) => model[axis]!(from, to)));
    const from = (index: number): string => `(/ | //node() | //@* | //namespace::*)[${index + 1}]`;

    it('leads from every node to the right nodes', () => {
      all.forEach((_, index) => {
        expect(nodesOf(tree, `${from(index)}/${axis}::node()`)).toEqual(expected[index]);
      });
    });

    it(`counts positions ${reverse.has(axis) ? 'backward' : 'forward'} from every node`, () => {
      all.forEach((_, index) => {
        const inDocumentOrder = reverse.has(axis) ? expected[index]!.toReversed() : expected[index]!;
        expect(nodesOf(tree, `${from(index)}/${axis}::node()[1]`)).toEqual(inDocumentOrder.slice(0, 1));
        expect(nodesOf(tree, `${from(index)}/${axis}::node()[2]`)).toEqual(inDocumentOrder.slice(1, 2));
        expect(nodesOf(tree, `${from(index)}/${axis}::node()[last()]`)).toEqual(inDocumentOrder.slice(-1));
        expect(nodesOf(tree, `${from(index)}/${axis}::node()[last() - 1]`)).toEqual(
          inDocumentOrder.slice(0, -1).slice(-1),
        );
        expect(nodesOf(tree, `${from(index)}/${axis}::node()[position() < 3]`)).toEqual(
          inDocumentOrder.slice(0, 2).sort((a, b) => a - b),
        );
      });
    });

    it('leads from all nodes together to all of these, each once, in document order', () => {
      const union = [...new Set(expected.flat())].sort((a, b) => a - b);
      for (const start of [
        '(/ | //node() | //@* | //namespace::*)',
        // The same nodes, but not in document order.
        '(/ | //node() | //@* | //namespace::*)/ancestor-or-self::node()',
      ]) {
        expect(nodesOf(tree, `${start}/${axis}::node()`)).toEqual(union);
        const second = expected.flatMap((nodes) => (reverse.has(axis) ? nodes.toReversed() : nodes).slice(1, 2));
        expect(nodesOf(tree, `${start}/${axis}::node()[2]`)).toEqual([...new Set(second)].sort((a, b) => a - b));
      }
    });
  });
});

describe('Node tests (§2.3)', () => {
  const document = documentOf(
    '<event xmlns:p="urn:1" xmlns:q="urn:1" a="1" p:a="2"><a/><p:a/><q:b/><a xmlns="urn:1"/><?a?><?b a?><!--a-->a</event>',
  );
  const options = { namespaces: { p: 'urn:2', one: 'urn:1' } };
  const count = (xpath: string): number => queryNumber(document, `count(${xpath})`, options);

  it('take a name without a prefix for a name in no namespace, whatever the document declares', () => {
    expect(count('a')).toBe(1);
    expect(count('@a')).toBe(1);
    expect(queryString(document, '@a', options)).toBe('1');
  });

  it('look prefixes up in the declarations of the expression', () => {
    expect(count('p:a')).toBe(0);
    expect(count('one:a')).toBe(2);
    expect(queryString(document, '@one:a', options)).toBe('2');
    expect(count('one:*')).toBe(3);
    expect(count('@one:*')).toBe(1);
  });

  it('select nodes of the principal type of the axis by a name or *', () => {
    expect(count('*')).toBe(4);
    expect(count('@*')).toBe(2);
    expect(count('@*/self::*')).toBe(0);
    expect(count('@*/self::node()')).toBe(2);
    expect(count('@a/self::a')).toBe(0);
    expect(count('//@*/ancestor-or-self::*')).toBe(1);
    expect(count('//@*/descendant-or-self::*')).toBe(0);
    expect(count('text()/self::*')).toBe(0);
    expect(count('//self::a')).toBe(1);
  });

  it('select namespace nodes by their prefix, which is a name in no namespace', () => {
    expect(count('namespace::*')).toBe(3);
    expect(count('namespace::p')).toBe(1);
    expect(count('namespace::one:p')).toBe(0);
    expect(count('namespace::p:*')).toBe(0);
    expect(count('namespace::text()')).toBe(0);
    expect(count('namespace::*/self::*')).toBe(0);
    expect(count('*[4]/namespace::*')).toBe(4);
  });

  it('select by kind', () => {
    expect(count('node()')).toBe(8);
    expect(count('text()')).toBe(1);
    expect(count('comment()')).toBe(1);
    expect(count('processing-instruction()')).toBe(2);
    expect(count("processing-instruction('b')")).toBe(1);
    expect(count("processing-instruction('c')")).toBe(0);
    expect(count('@text()')).toBe(0);
    expect(count('@node()')).toBe(2);
  });
});
