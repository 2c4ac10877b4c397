import type { Path } from '../../../lib/xpath/ast';
import { compilePathValues } from '../../../lib/xpath/evaluation/path-values';
import { parseExpression } from '../../../lib/xpath/parser';
import { readScope } from '../../../lib/xpath/scope';
import { documentOf } from './evaluate';

const { tree } = documentOf(
  '<event type="t" xmlns:p="urn:p"><domain id="1"><name>web</name><disk dev="a"/><disk dev="b"/></domain>' +
    '<domain><name>&lt;db&gt;</name><p:disk dev="c"/></domain></event>',
);

function valuesOf(path: string): string[] {
  const read = compilePathValues(parseExpression(path) as Path, readScope({ q: 'urn:p' }, {}, {}));
  const values: string[] = [];
  read(tree, (value) => values.push(value));
  return values.sort();
}

describe('The values of a path', () => {
  it.each([
    ['@type', ['t']],
    ['@none', []],
    ['domain/name', ['<db>', 'web']],
    ['/event/domain/@id', ['1']],
    ['//disk/@dev', ['a', 'b']],
    ['//q:disk/@dev', ['c']],
    ['//name/../disk/../name', ['web']],
    ['domain', ['<db>', 'web']],
    ['/*/@type', ['t']],
    ['.', ['web<db>']],
  ])('%s are the string-values of its nodes, each read once', (path, values) => {
    expect(valuesOf(path)).toEqual(values);
  });

  it('are read from one event after another', () => {
    const read = compilePathValues(parseExpression('@type') as Path, readScope({}, {}, {}));
    const values: string[] = [];
    for (const type of ['a', 'b']) {
      read(documentOf(`<event type="${type}"/>`).tree, (value) => values.push(value));
    }
    expect(values).toEqual(['a', 'b']);
  });

  it('can be read inside the reading of those of another path', () => {
    const [types, names] = ['@type', 'domain/name'].map((path) =>
      compilePathValues(parseExpression(path) as Path, readScope({}, {}, {})),
    );
    const values: string[] = [];
    names!(tree, (name) => types!(tree, (type) => values.push(`${name} ${type}`)));
    expect(values).toEqual(['web t', '<db> t']);
  });
});
