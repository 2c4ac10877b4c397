import fc from 'fast-check';
import { FilterError } from '../../../lib/errors';
import { EventRecord } from '../../../lib/event/event-record';
import { readEvent } from '../../../lib/event/read-event';
import { compileFilter } from '../../../lib/filter/compile-filter';
import type { Filter, FilterSource } from '../../../lib/filter/filter';
import { byPlace, RouterEntry } from '../../../lib/filter/router/route';
import { Router } from '../../../lib/filter/router/router';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { printExpression } from '../../../lib/xpath/print';
import { often } from '../../support/often';
import { arbitraryExpression, arbitraryScope } from '../../xpath/arbitrary-expression';

const options = {
  ...arbitraryScope,
  functions: { own: (value?: unknown) => Array.isArray(value) && value.length > 1 },
};

// Few words, so that filters and events often agree.
const type = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('x', 'y', '3', ' 3 ', '', '-0', '1e3', '2.5', 'xy', 'yxx', 'xyxyxyxyxyz', 'aé€😀');

const path = fc.constantFrom(
  ...[
    '@type',
    '@id',
    'name',
    'domain/name',
    'domain/@id',
    '/event/domain/name',
    '/*/name',
    '//name',
    './/name',
    '.',
    '/',
  ],
  ...[
    '//@id',
    'domain//@id',
    '//text()',
    'domain/name/text()',
    '*/*',
    '//*[2]',
    '(//name)[1]',
    '(//name)[last()]',
    'p:name',
  ],
  ...[
    'name | domain/name',
    'domain/../name',
    'name/following-sibling::name',
    '//name/ancestor::*/@id',
    'self::event/name',
  ],
  ...[
    'domain[2]/name',
    'domain[name][1]/@id',
    "domain[name = 'x']/@id",
    "domain[not(name = 'x')]/name",
    '//domain//name',
  ],
  ...[
    '/descendant-or-self::node()',
    '//self::name',
    'comment()',
    'processing-instruction()',
    '//event/@type',
    '//@*/..',
  ],
);

/** Mostly what values decide, and what seems to be so. */
const equality = fc
  .tuple(fc.constantFrom('@type', '@id', 'name', 'domain/name', '.', '//event/@type'), fc.constantFrom('a', 'x', 'y'))
  .map(([of, is]) => `${of} = '${is}'`);
const joined = fc
  .tuple(equality, fc.constantFrom(' and ', ' or ', ']['), equality)
  .map(([one, join, other]) => `${one}${join}${other}`);
const decided = fc.oneof(
  fc
    .tuple(fc.constantFrom('/event', '/*', 'domain', '//domain', '/descendant::event', './/event', './/*'), joined)
    .map(([of, which]) => `${of}[${which}]`),
  fc.tuple(fc.constantFrom('/event', '/*'), equality).map(([of, which]) => `${of}[${which}]`),
  fc
    .tuple(fc.constantFrom('/event/', '/*/', '/event[@id]/', 'self::event/', 'domain/'), equality)
    .map(([of, which]) => (which.startsWith('/') ? which : `${of}${which}`)),
  fc.tuple(joined, equality).map(([one, other]) => `(${one.replace('][', ' and ')}) and ${other}`),
);

const text = fc.oneof(
  value,
  fc.constantFrom('xyx', 'yx', 'é€', '😀', 'xyxyxyxy', 'xyxyxyxyxyz', 'yxyxyxyxyz', 'NaN', 'Infinity'),
);
const number = fc.constantFrom('3', '2.5', '0', '-0', '-(-3)', '1 + 2', '1 div 0', '0 div 0', '$number', '1000');
const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const operand = fc.constantFrom(
  ...['@type', '@id', '@none', 'name', 'domain/name', 'domain/@id', '//name', './/@id', '.', '(name | domain/name)'],
  ...['domain[@id]/name', "domain[name = 'x']/@id", '/event/name', '/*/domain/name', 'name[2]', '(//name)[1]'],
);

const bound = fc.constantFrom('-1', '0', '2', '2.5', '3', '1000', '1 div 0');

/** A range, or what looks like one: of values of one path, or perhaps of two. */
const range = fc
  .tuple(
    fc.constantFrom('@id', 'name', 'domain/@id', '//@id', 'number(domain/@id)'),
    fc.constantFrom('', '', '', 'name'),
    fc.constantFrom('>', '>='),
    bound,
    fc.constantFrom('<', '<='),
    bound,
  )
  .map(([of, other, above, least, below, most]) => `${of} ${above} ${least} and ${other || of} ${below} ${most}`);

/** What an index finds in each of its ways, and what looks as if it did. */
const test = fc.oneof(
  fc.tuple(operand, operator, number).map(([of, how, is]) => `${of} ${how} ${is}`),
  fc.tuple(operand, operator, number).map(([of, how, is]) => `${is} ${how} ${of}`),
  fc.tuple(operand, operator, text).map(([of, how, is]) => `${of} ${how} '${is}'`),
  fc
    .tuple(
      fc.constantFrom('number', 'string', 'number(string', 'string(number'),
      operand,
      operator,
      fc.oneof(
        number,
        text.map((is) => `'${is}'`),
      ),
    )
    .map(([by, of, how, is]) => `${by}(${of})${by.includes('(') ? ')' : ''} ${how} ${is}`),
  fc.tuple(fc.constantFrom('starts-with', 'contains'), operand, text).map(([by, of, is]) => `${by}(${of}, '${is}')`),
  fc
    .tuple(
      fc.constantFrom('starts-with', 'contains'),
      operand,
      fc.constantFrom('3', '$text', 'string(3)', 'name', 'true()'),
    )
    .map(([by, of, is]) => `${by}(string(${of}), ${is})`),
);

/** These joined in all ways. */
const { tested } = fc.letrec<{ tested: string }>((tie) => ({
  tested: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: test },
    { weight: 2, arbitrary: test.map((of) => `not(${of})`) },
    range,
    tie('tested').map((of) => `not(${of})`),
    fc.array(tie('tested'), { minLength: 2, maxLength: 3 }).map((all) => all.map((of) => `(${of})`).join(' and ')),
    fc.array(tie('tested'), { minLength: 2, maxLength: 3 }).map((all) => all.map((of) => `(${of})`).join(' or ')),
    fc
      .tuple(
        fc.constantFrom('/event', '/*', '.', 'domain', '//domain', 'name', '/*[name]', '(domain | .)'),
        tie('tested'),
      )
      .map(([of, what]) => `${of}[${what}]`),
    fc
      .tuple(fc.constantFrom('/event', 'domain'), tie('tested'), test)
      .map(([of, what, which]) => `${of}[${what}][${which}]`),
    fc.tuple(type, tie('tested')).map(([of, what]) => `@type = '${of}' and ${what}`),
  ),
}));

/** An expression of the kind that people write, with the traps that they do not see. */
const { typical } = fc.letrec<{ typical: string }>((tie) => ({
  typical: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(path, value).map(([of, is]) => `${of} = '${is}'`),
    type.map((is) => `@type = '${is}'`),
    fc.tuple(path, fc.constantFrom('=', '!=', '<', '>='), value).map(([of, how, is]) => `'${is}' ${how} ${of}`),
    fc
      .tuple(path, fc.constantFrom('3', '$text', '$number', '$flag', 'true()', 'name'))
      .map(([of, is]) => `${of} = ${is}`),
    fc.tuple(path, value).map(([of, is]) => `string(${of}) = '${is}'`),
    fc.tuple(path, value).map(([of, is]) => `starts-with(${of}, '${is}')`),
    path,
    fc.constantFrom('own(//name)', 'false()', 'true()', "''", '$flag', '1', "id('x')", 'position() = last()'),
    fc.array(tie('typical'), { minLength: 2, maxLength: 4 }).map((all) => all.map((of) => `(${of})`).join(' and ')),
    fc.array(tie('typical'), { minLength: 2, maxLength: 4 }).map((all) => all.map((of) => `(${of})`).join(' or ')),
    fc
      .tuple(fc.constantFrom('not', 'boolean', 'string', 'own', 'number', 'not(not'), tie('typical'))
      .map(([of, what]) => `${of}(${what})${of === 'not(not' ? ')' : ''}`),
    fc
      .tuple(fc.constantFrom('/event', 'domain', '//domain', '(domain | .)', '/', '*', 'name/..'), tie('typical'))
      .map(([of, what]) => (of === '/' ? `/*[${what}]` : `${of}[${what}]`)),
    fc
      .tuple(fc.constantFrom('domain', '//domain', '(domain)'), tie('typical'), tie('typical'), value)
      .map(([of, one, other, is]) => `${of}[${one}][${other}]/name = '${is}'`),
    fc
      .tuple(tie('typical'), fc.constantFrom('=', '!=', '<'), tie('typical'))
      .map(([a, how, b]) => `(${a}) ${how} (${b})`),
  ),
}));

const expression = fc.oneof(
  { weight: 4, arbitrary: typical },
  { weight: 4, arbitrary: decided },
  { weight: 8, arbitrary: tested },
  arbitraryExpression.map(printExpression),
);

const { source } = fc.letrec<{ source: FilterSource }>((tie) => ({
  source: fc.oneof(
    { depthSize: 'small' },
    { weight: 10, arbitrary: expression },
    fc.constant(null),
    fc.uniqueArray(type, { minLength: 1 }),
    fc.record({ select: expression, suppress: expression }),
    fc.record({ suppress: expression }),
    fc.record({ select: fc.uniqueArray(type, { minLength: 1 }), suppress: expression }),
    { weight: 3, arbitrary: fc.record({ any: fc.array(tie('source'), { minLength: 1, maxLength: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ any: fc.array(equality, { minLength: 1, maxLength: 4 }) }) },
  ),
}));

/** Without options if it needs none, so that expressions share what they can. */
function compileAny(of: FilterSource): Filter {
  try {
    return compileFilter(of);
  } catch {
    return compileFilter(of, options);
  }
}

/** A filter; most arbitrary expressions are refused, and stand for one that is not. */
const filter: fc.Arbitrary<Filter> = source.map((of) => {
  try {
    return compileAny(of);
  } catch (error) {
    if (error instanceof FilterError) {
      return compileFilter("domain/name = 'x'");
    }
    throw error;
  }
});

const { nodes } = fc.letrec<{ nodes: string[] }>((tie) => ({
  nodes: fc.array(
    fc.oneof(
      { depthSize: 'small' },
      value,
      fc.constantFrom('<!--x-->', '<?x y?>', '<![CDATA[x]]>', '<name/>', '<a-b id="x">y</a-b>'),
      value.map((is) => `<name>${is}</name>`),
      fc.tuple(fc.constantFrom('p:name', 'event'), value).map(([of, is]) => `<${of} type="${is}">${is}</${of}>`),
      fc
        .tuple(fc.constantFrom('domain', 'name', 'event'), value, tie('nodes'))
        .map(([of, id, inside]) => `<${of} id="${id}">${inside.join('')}</${of}>`),
    ),
    { maxLength: 4 },
  ),
}));

const declarations = fc.constantFrom('xmlns:p="urn:p"', 'xmlns:p="urn:q"', 'xmlns="urn:p" xmlns:p="urn:p"');

const event = fc.tuple(type, value, declarations, nodes).map(([of, id, declared, inside]) => {
  const xml = `<event type="${of}" timestamp="now" id="${id}" ${declared}>${inside.join('')}</event>`;
  return new EventRecord(readEvent(xml, defaultEventLimits));
});

interface Action {
  readonly does: 'add' | 'remove' | 'change' | 'show';
  /** The one to remove or to change, counted round and round. */
  readonly which: number;
  readonly filter: Filter;
  readonly event: EventRecord;
}

const action: fc.Arbitrary<Action> = fc.record({
  does: fc.constantFrom('add', 'add', 'add', 'add', 'remove', 'change', 'show', 'show', 'show'),
  which: fc.nat(),
  filter,
  event,
});

/** What a filter says of an event: an evaluation may fail as well. */
function decision(decide: () => boolean): boolean | 'failure' {
  try {
    return decide();
  } catch {
    return 'failure';
  }
}

class Entry extends RouterEntry {
  readonly filter: Filter;

  constructor(filter: Filter) {
    super();
    this.filter = filter;
  }
}

describe('Router', () => {
  it('finds what evaluating every filter finds, while filters come, go and change', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }), (actions) => {
        const router = new Router<Entry>();
        const add = (of: Filter, at: number): Entry => {
          const entry = new Entry(of);
          router.add(entry, of, at);
          return entry;
        };
        const entries: Entry[] = [];
        let place = 0;
        for (const act of actions) {
          if (act.does === 'add') {
            entries.push(add(act.filter, place));
            place += 1;
          } else if (act.does === 'show') {
            const found = router.find(act.event);
            const matching = found
              .filter((each) => decision(() => each.evaluate(act.event) === 'matched') === true)
              .flatMap((each) => each.entries)
              .sort(byPlace);
            const expected = entries.filter((entry) => decision(() => entry.filter.matches(act.event)) === true);
            expect(matching.map(({ filter: of, place: at }) => [at, of.source])).toEqual(
              expected.map(({ filter: of, place: at }) => [at, of.source]),
            );
            expect(matching.every((entry, index) => entry === expected[index])).toBe(true);
            expect(new Set(found.map(({ route }) => route)).size).toBe(found.length);
            const firstPlaces = found.map((each) => each.entries[0]!.place);
            expect(firstPlaces).toEqual(firstPlaces.toSorted((one, other) => one - other));
          } else if (entries.length > 0) {
            const at = act.which % entries.length;
            const entry = entries[at]!;
            router.remove(entry);
            if (act.does === 'remove') {
              entries.splice(at, 1);
            } else {
              entries[at] = add(act.filter, entry.place);
            }
          }
        }
        for (const entry of entries) {
          router.remove(entry);
        }
        expect(router.isEmpty).toBe(true);
      }),
      { seed: 20260104, numRuns: often(250) },
    );
  });
});
