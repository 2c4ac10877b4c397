import type { Node } from '@xmldom/xmldom';
import { FilterEvaluationError } from '../../../lib/errors';
import { compileFilter, type FilterOptions } from '../../../lib/filter/compile-filter';
import { queryBoolean, queryNodes, queryNumber, queryString } from '../../../lib/filter/queries';
import type { FilterFunction } from '../../../lib/xpath/scope';
import { referenceEvent } from '../../filter/reference-event';
import { documentOf } from './evaluate';

const event = documentOf(referenceEvent);

describe("the program's own functions", () => {
  function call(returned: unknown, xpath = 'f()', ...names: string[]): string {
    const f = (): never => returned as never;
    return queryString(event, xpath, { functions: { f, ...Object.fromEntries(names.map((name) => [name, f])) } });
  }

  it('get plain values, and nodes in document order', () => {
    const f = jest.fn(() => true);
    queryBoolean(event, "f(1, 'a', true(), //name | //domain, nothing, -1 div 0)", { functions: { f } });
    expect(f).toHaveBeenCalledTimes(1);
    const [number, text, flag, nodes, none, infinity] = f.mock.calls[0] as unknown[];
    expect([number, text, flag, none, infinity]).toEqual([1, 'a', true, [], Number.NEGATIVE_INFINITY]);
    expect((nodes as Node[]).map((node) => node.nodeName)).toEqual(['domain', 'name']);
  });

  it('return a string, a number, a boolean or nodes', () => {
    expect(call('x')).toBe('x');
    expect(call(1.5, 'f() + 1')).toBe('2.5');
    expect(call(false, 'not(f())')).toBe('true');
    expect(call([])).toBe('');
    const nodes = queryNodes(event, '//uuid | //name');
    expect(call([...nodes].reverse(), 'f()')).toBe('web');
    expect(call(nodes, 'name(f()/..)')).toBe('domain');
    expect(call(nodes, 'name(f()[2])')).toBe('uuid');
    expect(call(2, 'name(*[f()])')).toBe('transition');
    expect(call('3', '/event[domain/@id = f()]/@type')).toBe('domain-state-transition');
  });

  it('may have any name, also with a prefix', () => {
    const options = {
      namespaces: { p: 'urn:p' },
      functions: { 'p:f': () => 'a', is_\u00e9: () => 'b', f0: () => 'c', calculate: () => 'd' },
    };
    expect(queryString(event, 'concat(p:f(), is_\u00e9(), f0(), calculate(), 1 + 1)', options)).toBe('abcd2');
  });

  it.each([
    [undefined, 'f() must return a string, a number, a boolean or an array of nodes, but returned undefined'],
    [null, 'but returned null'],
    [{}, 'but returned {}'],
    [['x'], "but returned [ 'x' ]"],
    [1n, 'but returned 1n'],
    [Promise.resolve(true), 'but returned Promise'],
  ])('fail the evaluation where they return %p', (returned, message) => {
    expect(() => call(returned)).toThrow(FilterEvaluationError);
    expect(() => call(returned)).toThrow(message);
  });

  it('fail the evaluation where they throw, or return no nodes where nodes are needed', () => {
    const cause = new Error('no database');
    const options = {
      f: () => {
        throw cause;
      },
      g: () => 'x',
    };
    let thrown: unknown;
    try {
      queryString(event, "concat('a', f())", { functions: options });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FilterEvaluationError);
    expect(thrown).toMatchObject({ code: 'ERR_FILTER_EVALUATION', expression: "concat('a', f())", cause });
    for (const xpath of ['g()/a', 'count(g())', 'g() | a', 'g()[1]', 'sum(g())', 'name(g())']) {
      const query = (): unknown => queryString(event, xpath, { functions: options });
      expect(query).toThrow(FilterEvaluationError);
      expect(query).toThrow(/node-?set/);
    }
  });

  it('are called only where their value is needed', () => {
    const f = jest.fn(() => true);
    queryBoolean(event, 'false() and f() or true() or f()', { functions: { f } });
    expect(f).not.toHaveBeenCalled();
  });
});

describe('What a function of the program returns', () => {
  const xml = '<event xmlns:p="urn:p"><a i="1">1</a><b>2</b><!--c--><a i="3">3<p:c/></a>text<?p q?></event>';
  const subject = documentOf(xml);
  const f: FilterFunction = (value) => value!;
  const options: FilterOptions = { functions: { f }, namespaces: { p: 'urn:p' } };

  it.each([
    "X = '3'",
    "X != '1'",
    "'3' = X",
    'X > 2',
    '2 < X',
    'X >= 4',
    'X = true()',
    'false() = X',
    'X < true()',
    'X = //b',
    'X != //b',
    '//b < X',
    'X > //a',
    'X = //nothing',
    'X < //nothing',
    'not(X)',
    'X and //b',
    'count(X) = 2',
    "string(X) = '1'",
    'number(X) + 1 = 2',
    'sum(X) = 4',
    "name(X) = 'a'",
    'X/@i = 3',
    'X[2]/p:c',
    'X[last()] = 3',
    '(X | //b)[2] = 2',
    'X/following::text()',
    'X/preceding-sibling::comment()',
    "concat(X, 'x') = '1x'",
    "contains(X, '1')",
    '//*[. = X]/@i',
    'count(//*[X]) = 5',
    'string-length(X/../p) = 0',
  ])('is as good as a path in its place: %s', (xpath) => {
    for (const path of [
      '//a',
      '//a[3]',
      '//node()/self::comment()',
      '/',
      '//text()',
      '//@i',
      '//processing-instruction()',
    ]) {
      const [direct, called] = [path, `f(${path})`].map((one) => xpath.replaceAll('X', `(${one})`)) as [string, string];
      expect([queryBoolean(subject, called, options), path]).toEqual([queryBoolean(subject, direct, options), path]);
      expect(queryString(subject, called, options)).toBe(queryString(subject, direct, options));
    }
  });

  it.each(['1', "'1'", 'true()', '0 div 0', "''", '-1', "'x'"])('is as good as %s in its place', (atom) => {
    for (const xpath of [
      "X = '1'",
      'X < 2',
      'X = true()',
      'X != //a',
      '//b >= X',
      'not(X)',
      'X + 1',
      "concat('a', X)",
      '//a[position() = X]',
      '//a[X = position()]',
      'string(X)',
      'boolean(X)',
      'number(X)',
      'round(X)',
      '*[X]',
      '*[. = X]',
    ]) {
      const [direct, called] = [atom, `f(${atom})`].map((one) => xpath.replaceAll('X', `(${one})`)) as [string, string];
      expect([queryString(subject, called, options), xpath]).toEqual([queryString(subject, direct, options), xpath]);
      expect(queryNumber(subject, called, options)).toBe(queryNumber(subject, direct, options));
    }
  });

  it('may be any node of the event, and comes in document order, each once', () => {
    const all = queryNodes(subject, '/ | //node() | //@*');
    const g = (): Node[] => [...all, ...all].reverse();
    expect(queryNumber(subject, 'count(g())', { functions: { g } })).toBe(all.length);
    expect(queryString(subject, 'name(g()[2])', { functions: { g } })).toBe('event');
  });

  it.each<[string, (nodes: Node[]) => unknown]>([
    ['of another document', () => [documentOf('<event/>').document.documentElement]],
    ['that declares a namespace', ([root]) => [(root as unknown as { attributes: ArrayLike<Node> }).attributes[0]]],
  ])('must be no node %s', (_, g) => {
    expect(() => queryString(subject, 'g(/event)', { functions: { g: g as never } })).toThrow(
      "g() must return nodes of the event's own document, but returned another",
    );
  });
});

describe('A function of the program', () => {
  const xml = (name: string): string => `<event type="t" timestamp="n"><a>${name}</a><b/><b/></event>`;

  it('is given nodes of event.document, without namespace nodes', () => {
    const subject = documentOf(xml('x'));
    const seen: unknown[] = [];
    const g: FilterFunction = (nodes) => seen.push(nodes) > 0;
    queryBoolean(subject, 'g(//b | /event/@type | namespace::*)', { functions: { g } });
    expect(seen).toEqual([queryNodes(subject, '@type | //b')]);
  });

  it('may read other events, evaluate others, and begin the same evaluation anew', () => {
    const depths: number[] = [];
    const filter = compileFilter('count(//b[deeper(//a) = "x"]) = 2 and a = "x"', {
      functions: {
        deeper: (nodes) => {
          depths.push(depths.length);
          for (let index = 0; index < 3000; index += 1) {
            compileFilter('a = "zz" or count(//b) > 5').matches(xml(`other ${index}`));
          }
          if (depths.length < 3) {
            expect(filter.matches(xml('y'))).toBe(false);
            expect(filter.matches(xml('x'))).toBe(true);
          }
          return (nodes as Node[])[0]!.textContent!;
        },
      },
    });
    expect(filter.matches(xml('x'))).toBe(true);
    expect(depths.length).toBeGreaterThan(4);
  });

  it('is called once for each node, however many events it reads meanwhile', () => {
    const names: string[] = [];
    const filter = compileFilter('count(//*[readsMany(.)]) = 2 and count(//b/preceding-sibling::a) = 1', {
      functions: {
        readsMany: (nodes) => {
          names.push((nodes as Node[])[0]!.nodeName);
          for (let index = 0; index < 3000; index += 1) {
            compileFilter('a = "zz"').matches(xml(`other ${index}`));
          }
          return names.length > 2;
        },
      },
    });
    expect(filter.matches(documentOf(xml('x')))).toBe(true);
    expect(names).toEqual(['event', 'a', 'b', 'b']);
  });

  it('is called for no node that the expression does not ask for', () => {
    const seen = new Set<string>();
    const g: FilterFunction = (nodes) => {
      seen.add((nodes as Node[])[0]!.nodeName);
      return false;
    };
    const wide = documentOf(`<event><z/>${'<b/>'.repeat(200)}<c/></event>`);
    expect(
      queryBoolean(wide, '//c[preceding-sibling::z[g(.)]] or //b[preceding-sibling::z[g(.)]]', { functions: { g } }),
    ).toBe(false);
    expect([...seen]).toEqual(['z']);
  });

  it('fails the evaluation if a handler has changed the document', () => {
    const subject = documentOf(xml('x'));
    const root = subject.document.documentElement!;
    root.removeChild(root.firstChild!);
    const query = (): unknown => queryBoolean(subject, 'f(//b)', { functions: { f: () => true } });
    expect(query).toThrow(FilterEvaluationError);
    expect(query).toThrow("'event.document' was changed");
    expect(queryBoolean(subject, 'f(1)', { functions: { f: () => true } })).toBe(true);
  });

  it('is not counted, but what the filter does with what it returns is', () => {
    const limits = { evaluationOperations: 2000 };
    const all: FilterFunction = (nodes) => nodes!;
    const wide = documentOf(`<event>${'<b/>'.repeat(100)}</event>`);
    expect(() =>
      queryNumber(wide, 'count(all(//b)/following::b[position() = 3])', { functions: { all }, limits }),
    ).toThrow(expect.objectContaining({ code: 'ERR_FILTER_BUDGET' }));
    expect(queryNumber(wide, 'count(all(//b))', { functions: { all }, limits })).toBe(100);
  });
});
