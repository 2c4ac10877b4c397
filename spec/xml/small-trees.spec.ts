import type { InvalidEventError } from '../../lib/errors';
import { EncodedText } from '../../lib/xml/encoded-text';
import { defaultEventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';
import { Scanner } from '../../lib/xml/scanner';
import { type DescribedNode, describeTree } from './described-tree';

type Sketch = string | readonly (Sketch | Record<string, string>)[];

/** A text as it is, an element as its name, its attributes and what is inside it, a comment as '!', an instruction as '?'. */
function sketch({ kind, name, value, attributes, children }: DescribedNode): Sketch {
  switch (kind) {
    case 'text':
      return value;
    case 'comment':
      return ['!', value];
    case 'instruction':
      return ['?', name, value];
    default:
      return [
        name,
        ...(attributes.length === 0 ? [] : [Object.fromEntries(attributes.map(nameAndValue))]),
        ...children.map(sketch),
      ];
  }
}

/** A namespace declaration is told from an attribute by a '#'. */
function nameAndValue({ kind, name, value }: DescribedNode): [string, string] {
  return [kind === 'declaration' ? `#${name}` : name, value];
}

function read(text: string): Sketch[] {
  return describeTree(readTree(text, defaultEventLimits)).children.map(sketch);
}

function scan(text: string): Scanner {
  const scanner = new Scanner(new EncodedText(text), defaultEventLimits);
  scanner.scan();
  return scanner;
}

function faultOf(text: string): InvalidEventError {
  try {
    readTree(text, defaultEventLimits);
  } catch (error) {
    return error as InvalidEventError;
  }
  throw new Error(`${text} was accepted`);
}

const inner: readonly (readonly [text: string, content: readonly Sketch[]])[] = [
  ['', []],
  ['x', ['x']],
  ['x&amp;y', ['x&y']],
  ['&#65;', ['A']],
  ['x\ry\r\nz', ['x\ny\nz']],
  ['x]y]]z', ['x]y]]z']],
  ['x\ufffdy', ['x\ufffdy']],
  ['x<![CDATA[<&amp;]]>y', ['x<&amp;y']],
  ['<![CDATA[x]]>', ['x']],
  ['<![CDATA[]]>', []],
  ['x<![CDATA[]]>y', ['xy']],
  ['<![CDATA[\r]]>', ['\n']],
  ['x<!--c-->y', ['x', ['!', 'c'], 'y']],
  ['<!---->', [['!', '']]],
  ['<?t?>', [['?', 't', '']]],
  ['<?t d e ?>', [['?', 't', 'd e ']]],
  ['<?t ??>', [['?', 't', '?']]],
  [
    '<?xmls d?><?axml?>',
    [
      ['?', 'xmls', 'd'],
      ['?', 'axml', ''],
    ],
  ],
  ['<b/>', [['b']]],
  ['<b></b>', [['b']]],
  ['<b></b >x', [['b'], 'x']],
  ['<b>x<c/>y</b>z', [['b', 'x', ['c'], 'y'], 'z']],
  ['<bb><b/></bb><b/>', [['bb', ['b']], ['b']]],
  ['<b c="d"/>', [['b', { c: 'd' }]]],
  [`<b c='d"' e="f'" >x</b>`, [['b', { c: 'd"', e: "f'" }, 'x']]],
  [`<b c = "dd" e= 'ff' g ="hh"/>`, [['b', { c: 'dd', e: 'ff', g: 'hh' }]]],
  ['<b\nc="d"\r\ne="f"\t/>', [['b', { c: 'd', e: 'f' }]]],
  ['<b c="d&lt;e" f="g\th\r\ni"/>', [['b', { c: 'd<e', f: 'g h i' }]]],
  ['<b c="d>e"/>', [['b', { c: 'd>e' }]]],
  ['<b c=""/>', [['b', { c: '' }]]],
  ['<b xmlnz="c" xabcd="d" xmlns1="e" axmlns="f"/>', [['b', { xmlnz: 'c', xabcd: 'd', xmlns1: 'e', axmlns: 'f' }]]],
  ['<é ü="ö">ä</é>', [['é', { ü: 'ö' }, 'ä']]],
  [
    `<b${Array.from({ length: 12 }, (_, index) => ` c${index}="${index}"`).join('')}/>`,
    [['b', Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`c${index}`, String(index)]))]],
  ],
];

describe('the tree of a small document', () => {
  it.each(inner)('has what is inside the root: %j', (text, content) => {
    expect(read(`<a>${text}</a>`)).toEqual([['a', ...content]]);
  });

  it.each(inner)('has the same in the scope of a namespace declaration: %j', (text, content) => {
    expect(read(`<a xmlns:p="u">${text}</a>`)).toEqual([['a', { '#xmlns:p': 'u' }, ...content]]);
  });

  it.each(inner)('has the same behind a thing that needs attention: %j', (text, content) => {
    expect(read(`<a><!---->${text}</a>`)).toEqual([['a', ['!', ''], ...content]]);
  });

  it('has what surrounds the root', () => {
    const text = '\ufeff<?xml version="1.0"?>\n<!--b--> <?c d?><a/><!--e-->\n<?f?> ';
    expect(read(text)).toEqual([['!', 'b'], ['?', 'c', 'd'], ['a'], ['!', 'e'], ['?', 'f', '']]);
  });

  it('is the same for a text that is longer than the buffer that texts share', () => {
    const space = ' '.repeat(2 ** 21);
    // What is left in that buffer is quite like it.
    read(`<a>${' '.repeat(40)}<y/></a>`);
    expect(read(`<a>${space}<b c="d">e</b></a>`)).toEqual([['a', space, ['b', { c: 'd' }, 'e']]]);
  });

  it('knows the default namespace from other attributes', () => {
    expect(read('<a xmlns="u" xabcd="v"/>')).toEqual([['a', { '#xmlns': 'u', xabcd: 'v' }]]);
  });

  it('knows names with prefixes', () => {
    expect(read('<p:a xmlns:p="u" p:b="1" c=\'2\'><p:d></p:d ></p:a>')).toEqual([
      ['p:a', { '#xmlns:p': 'u', 'p:b': '1', c: '2' }, ['p:d']],
    ]);
  });
});

describe('a small document is refused', () => {
  it.each([
    ['<a b="c"></b>', "expected the end tag of 'a', found that of 'b'"],
    ['<a b="c"></ab>', "expected the end tag of 'a', found that of 'ab'"],
    ['<ab c="d"></a>', "expected the end tag of 'ab', found that of 'a'"],
    ['<a></1>', "expected the name of an element, found '1'"],
    ['<a><!DOCTYPE b></a>', 'a DOCTYPE is not allowed'],
    ['<a p:b=""/>', "the prefix 'p' is not declared"],
    ['<a b/"c"/>', "expected '=' after the name of an attribute, found '/'"],
    ['<a b = c/>', "expected a quoted value, found 'c'"],
    ['<a xml:b="" xml:c="" xml:b=""/>', "the attribute 'xml:b' is there twice"],
    [`<a${[1, 2, 3, 4, 5, 6, 7, 8, 1].map((n) => ` b${n}=""`).join('')}/>`, "the attribute 'b1' is there twice"],
    ['\u1eff<a/>', 'only comments and processing instructions may stand before the root element'],
    ['\uf03f<a/>', 'only comments and processing instructions may stand before the root element'],
    ['\ufec0<a/>', 'only comments and processing instructions may stand before the root element'],
    ['<a/>\ufeff', 'only comments and processing instructions may follow the root element'],
    ['<a></a ><b/>', 'only comments and processing instructions may follow the root element'],
  ])('%j: %s', (text, problem) => {
    expect(faultOf(text).problem).toBe(problem);
  });

  it('at the same cap on the depth in the scope of a declaration', () => {
    const limits = { ...defaultEventLimits, eventDepth: 3 };
    expect(() => readTree('<a xmlns:p="u"><b><c/></b></a>', limits)).not.toThrow();
    expect(() => readTree('<a xmlns:p="u"><b><c><d/></c></b></a>', limits)).toThrow('deeper than the cap of 3');
  });
});

describe('what an earlier document left', () => {
  const names = `${Array.from({ length: 8 }, (_, index) => ` b${index}=""`).join('')} b8="`;

  // The entry of the last attribute stays behind, and its name's place is inside a value of the second document.
  it('is no attribute of the next one', () => {
    expect(() => scan(`<a${names}" c0="" <`)).toThrow();
    expect(() => scan(`<a${names}xxb0"/>`)).not.toThrow();
  });

  it('is not found in the next one', () => {
    expect(() => scan('<a b="" type="" <')).toThrow();
    const { attributes } = scan('<a b="xxtype"/>');
    expect(attributes.find(Buffer.from('type'))).toBe(-1);
    expect(attributes.find(Buffer.from('b'))).toBe(attributes.first);
  });

  it('is no namespace of the next one', () => {
    expect(() => scan('<a b="" xmlns:p="u" <')).toThrow();
    expect(scan('<a b="xxxmlns:p"/>').rootNamespaces()).toEqual(new Map());
  });
});

describe('what is known of the root', () => {
  it.each([
    ['<a/>', true],
    ['<a>b</a>\n', true],
    [' <a/>', false],
    ['\ufeff<a/>', false],
    ['<?xml version="1.0"?><a/>', false],
    ['<!--b--><a/>', false],
    ['<a/><!--b-->', false],
    ['<a/><?b?>', false],
  ])('%j: whether it is alone: %s', (text, isAlone) => {
    expect(scan(text).isRootAlone).toBe(isAlone);
  });

  it('finds an attribute by its whole name', () => {
    const { attributes } = scan('<a bb="1" b="2" c:b="3" xmlns:c="u"/>');
    const named = (name: string) => attributes.value(attributes.find(Buffer.from(name)));
    expect(['b', 'bb', 'c:b', 'xmlns:c'].map(named)).toEqual(['2', '1', '3', 'u']);
    expect(attributes.find(Buffer.from('c'))).toBe(-1);
  });
});

describe('the namespaces that the root declares', () => {
  it('go by prefix, without its other attributes', () => {
    const scanner = scan('<a b="c" xmlns="u" xmlns:p="v&amp;w"><d xmlns:q="x"/></a>');
    expect(scanner.rootNamespaces()).toEqual(
      new Map([
        ['', 'u'],
        ['p', 'v&w'],
      ]),
    );
  });
});
