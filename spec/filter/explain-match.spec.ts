import fc from 'fast-check';
import { compileFilter, type FilterSource, openConnection, type QueuedEvent, sendEvent, takeEvents } from '../../lib';
import type { FilterOptions } from '../../lib/filter/compile-filter';
import { explainMatch } from '../../lib/filter/explain-match';
import { often } from '../support/often';

const reference =
  '<event type="domain-state-transition" timestamp="2026-01-02T03:04:05.123456Z">' +
  '<domain id="3" type="qemu"><name>web</name></domain>' +
  '<transition from="running" to="paused" event="suspended" detail="paused"/>' +
  '<disk dev="vda" size="5"/><disk dev="vdb" size="7"/></event>';

function eventOf(xml: string): QueuedEvent {
  using conn = openConnection();
  sendEvent(conn, xml);
  return takeEvents(conn)[0]!;
}

/** Each condition with a sign before it, and what was found behind it. */
function explained(source: FilterSource, options?: FilterOptions): string[] {
  return explainMatch(compileFilter(source, options), eventOf(reference)).map(({ condition, isTrue, found }) => {
    const values = found.map(({ expression, values, count }) => `${expression}: ${values.join(',')} of ${count}`);
    return [isTrue ? '+' : '-', condition, ...values].join('  ');
  });
}

/** An expression over elements and attributes of few names, so that it often matches. */
const { condition: arbitraryCondition } = fc.letrec<{ condition: string; path: string; step: string }>((tie) => ({
  step: fc
    .tuple(
      fc.constantFrom('a', 'b', '*', '@b', '@*', '..', 'descendant::b', 'preceding-sibling::*'),
      fc.array(
        fc.oneof({ depthSize: 'small' }, fc.constantFrom('1', '2', 'last()', 'position() > 1'), tie('condition')),
        { maxLength: 2 },
      ),
    )
    .map(([test, predicates]) => `${test}${test === '..' ? '' : predicates.map((one) => `[${one}]`).join('')}`),
  path: fc
    .tuple(fc.constantFrom('', '/event/', '//'), fc.array(tie('step'), { minLength: 1, maxLength: 3 }))
    .map(([start, steps]) => `${start}${steps.join('/')}`),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('path'),
    fc
      .tuple(tie('path'), fc.constantFrom('=', '!=', '<', '>='), fc.constantFrom("'1'", '2', 'true()', 'false()', '@b'))
      .map((parts) => parts.join(' ')),
    fc.tuple(tie('condition'), fc.constantFrom('and', 'and', 'or'), tie('condition')).map((parts) => parts.join(' ')),
    tie('condition').map((inner) => `not(${inner})`),
    tie('path').map((path) => `count(${path}) > 1`),
  ),
}));

describe('explainMatch', () => {
  it('takes the text of a document for an event', () => {
    for (const source of [['x'], "domain/name = 'db'", { any: [['x']] }, { suppress: 'domain' }]) {
      const filter = compileFilter(source);
      expect(explainMatch(filter, reference)).toEqual(explainMatch(filter, eventOf(reference)));
    }
    expect(() => explainMatch(compileFilter(['x']), 5 as never)).toThrow(
      'event must be an event or the text of an XML document, but is 5',
    );
  });

  it('makes one condition of { any }, and tells what was found if none of its filters matches', () => {
    const any = [['x', 'y'], "domain/name = 'db'", { select: 'disk/@size > 9', suppress: ['z'] }];
    expect(explained({ any })).toEqual([
      "-  the type is 'x' or 'y' or child::domain/child::name = 'db' or " +
        "(child::disk/attribute::size > 9 and not suppressed by [ 'z' ])" +
        '  attribute::type: domain-state-transition of 1  child::domain/child::name: web of 1' +
        '  child::disk/attribute::size: 5,7 of 2',
    ]);
    expect(explained({ any: ['domain', null] })).toEqual(['+  child::domain or every event']);
    expect(explained({ select: { any: ['disk'] }, suppress: { any: ['domain'] } })).toEqual([
      '+  child::disk',
      "-  not suppressed by { any: [ 'domain' ] }",
    ]);
  });

  it('tells the operands of an outermost and, with what was found', () => {
    expect(explained("@type = 'x' and (domain/name = 'web' and count(disk) > 2)")).toEqual([
      "-  attribute::type = 'x'  attribute::type: domain-state-transition of 1",
      "+  child::domain/child::name = 'web'  child::domain/child::name: web of 1",
      '-  count(child::disk) > 2  count(child::disk): 2 of 1',
    ]);
  });

  it('takes or and not as one condition, and looks inside for what was found', () => {
    expect(explained("transition/@to = 'a' or not(starts-with(domain/name, 'w'))")).toEqual([
      "-  child::transition/attribute::to = 'a' or not(starts-with(child::domain/child::name, 'w'))" +
        '  child::transition/attribute::to: paused of 1  child::domain/child::name: web of 1',
    ]);
  });

  it('tells what the predicates of a path ask for, one by one', () => {
    expect(explained("/event[@type = 'x' and transition/@to = 'paused']/domain[name = 'db']")).toEqual([
      "-  /child::event[attribute::type = 'x']  /child::event/attribute::type: domain-state-transition of 1",
      "+  /child::event[child::transition/attribute::to = 'paused']" +
        '  /child::event/child::transition/attribute::to: paused of 1',
      "-  /child::event/child::domain[child::name = 'db']  /child::event/child::domain/child::name: web of 1",
    ]);
  });

  it('tells what the predicates of a compared path ask for', () => {
    expect(explained("disk[@dev = 'vda']/@size = 7")).toEqual([
      "+  child::disk[attribute::dev = 'vda']  child::disk/attribute::dev: vda,vdb of 2",
      '+  child::disk/attribute::size = 7  child::disk/attribute::size: 5,7 of 2',
    ]);
  });

  it.each([
    "disk[@dev = 'vda'][2]",
    "disk[@dev = 'vda'][last()]",
    "disk[@dev = 'vdb'][$number]",
    "(disk[@dev = 'vdb'])[2]",
    "disk[@dev = 'vda' or position() = 1]/@size = 7",
  ])('leaves %s whole, since the place of a node depends on the other predicates', (expression) => {
    expect(explained(expression, { variables: { number: 2 } })).toHaveLength(1);
  });

  it('leaves a comparison with a boolean whole, which is one with all of the nodes', () => {
    expect(explained('disk[@dev = "vdc"] = false()')).toEqual([
      "+  child::disk[attribute::dev = 'vdc'] = false()  child::disk[attribute::dev = 'vdc']:  of 0",
    ]);
  });

  it('tells once what is looked at more than once', () => {
    expect(explained("domain/name = 'a' or domain/name = 'b'")).toEqual([
      "-  child::domain/child::name = 'a' or child::domain/child::name = 'b'  child::domain/child::name: web of 1",
    ]);
  });

  it('keeps within the cap on the operations of the filter', () => {
    const filter = compileFilter("@type = 'x' and count(//@*/..//@*) > 99", { limits: { evaluationOperations: 50 } });
    expect(filter.matches(eventOf(reference))).toBe(false);
    expect(() => explainMatch(filter, eventOf(reference))).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_BUDGET' }),
    );
  });

  it('lists the first of many values, and counts the others', () => {
    const many = eventOf(`<event type="t" timestamp="now">${'<a>x</a>'.repeat(9)}</event>`);
    const [outcome] = explainMatch(compileFilter("a = 'y'"), many);
    expect(outcome?.found).toEqual([{ expression: 'child::a', values: ['x', 'x', 'x'], count: 9 }]);
  });

  it('knows the namespaces, variables and functions that the filter was made with', () => {
    const options = { namespaces: { p: 'urn:p' }, variables: { name: 'db' }, functions: { 'f:one': () => 1 } };
    expect(
      explained('domain/name = $name and not(p:x) and f:one() = 1', {
        ...options,
        namespaces: { p: 'urn:p', f: 'urn:f' },
      }),
    ).toEqual([
      '-  child::domain/child::name = $name  child::domain/child::name: web of 1',
      '+  not(child::p:x)  child::p:x:  of 0',
      '+  f:one() = 1  f:one(): 1 of 1',
    ]);
  });

  it('explains lists of types, and select and suppress', () => {
    expect(explained({ select: ['a', 'b'], suppress: "domain/name = 'web'" })).toEqual([
      "-  the type is 'a' or 'b'  attribute::type: domain-state-transition of 1",
      "-  not suppressed by domain/name = 'web'",
    ]);
    expect(explained(null)).toEqual([]);
  });

  it('has no condition that is false where the filter matches', () => {
    const events = [
      '<event type="a" timestamp="t"><a b="1"><b>2</b><b c="2">1</b></a><a b="2">1</a><b><a/></b></event>',
      '<event type="a" timestamp="t"><b b="2"><b b="1">1</b></b><a><a><b b="2"/></a></a></event>',
    ].map(eventOf);
    let matches = 0;
    fc.assert(
      fc.property(arbitraryCondition, fc.constantFrom(...events), (expression, event) => {
        const filter = compileFilter(expression);
        if (filter.matches(event)) {
          matches += 1;
          expect(explainMatch(filter, event).filter(({ isTrue }) => !isTrue)).toEqual([]);
        }
      }),
      { seed: 5, numRuns: often(2000) },
    );
    expect(matches).toBeGreaterThan(often(500));
  });
});
