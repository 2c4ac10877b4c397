import fc from 'fast-check';
import type { ElementDescription } from '../../lib/event/description/elements';
import { sampleOf } from '../../lib/event/description/sample';
import { typeDescriptions } from '../../lib/event/description/types';
import { compileFilter } from '../../lib/filter/compile-filter';
import type { FilterExplanation, FilterSource } from '../../lib/filter/filter';
import { findTypeWarnings, findVocabularyWarnings } from '../../lib/filter/vocabulary-warnings';
import type { FilterWarning } from '../../lib/filter/warnings';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';
import { fencedBlocks } from '../docs/fenced-blocks';

const scope = readScope(
  { p: 'urn:p' },
  { state: 'crashd', limit: 5, type: 'lifecycle', phase: 'connect' },
  { own: () => '' },
);

function warnings(source: string): FilterWarning[] {
  return findVocabularyWarnings(parseExpression(source), scope);
}

describe('names that no event has', () => {
  it.each([
    // Types
    ["@type = 'lifecycle'", 8, "libvirt's name for events whose type here is 'domain-state-transition'"],
    ["'domain-rebot' = @type", 0, "did you mean 'domain-reboot'?"],
    ["/event/@type != 'domain-rebot'", 16, "did you mean 'domain-reboot'?"],
    ['not(@type = $type)', 12, "type here is 'domain-state-transition'"],
    ["/event[@type = 'domain-*']", 15, 'no wildcards'],
    ['domain-rebot', 0, "did you mean 'domain-reboot'?"],
    // Elements and attributes
    ['domian/name', 0, "have no element 'domian'; did you mean 'domain'?"],
    ['/event/transitoin', 7, "did you mean 'transition'?"],
    ["DOMAIN/name = 'web'", 0, "have no element 'DOMAIN'; did you mean 'domain'?"],
    ["@Type = 'mine'", 0, "have no attribute 'Type'; did you mean '@type'?"],
    ["domain.name = 'web'", 0, "have no element 'domain.name'; did you mean 'domain/name'?"],
    ['domain/nmae', 7, "'domain' has no element 'nmae'; did you mean 'name'?"],
    ['domain[nmae]', 7, "did you mean 'name'?"],
    ['graphics/local/@famly', 15, "'local' has no attribute 'famly'; did you mean '@family'?"],
    ['//transition/@form', 13, "did you mean '@from'?"],
    ['@tpye', 0, "did you mean '@type'?"],
    // An attribute for an element, and the other way round
    ["transition/to = 'crashed'", 11, "'transition' has no element 'to'; did you mean '@to'?"],
    ["domain/@name = 'web'", 7, "'domain' has no attribute 'name'; did you mean the element 'domain/name'?"],
    ["type = 'domain-reboot'", 0, "did you mean '@type'?"],
    ["transition = 'running'", 13, "'transition' has no text; did you mean 'transition/@from'?"],
    ["domain/@nmae = 'web'", 7, "'domain' has no attribute 'nmae'; did you mean the element 'domain/name'?"],
    ['transition/form', 11, "'transition' has no element 'form'; did you mean '@from'?"],
    // A name of no attribute that is to have the value of one
    ["transition/@state = 'paused'", 11, "has no attribute 'state'; did you mean '@from', '@to' or '@detail'?"],
    ["'running' != transition/state", 24, "has no element 'state'; did you mean '@from' or '@to'?"],
    ['graphics[@step = $phase]', 9, "'graphics' has no attribute 'step'; did you mean '@phase'?"],
    // A text without its quotes
    [
      'transition/@to = crashed',
      17,
      "compares with an element 'crashed', of which nothing is known; a text stands in quotes",
    ],
    ['web = domain/name', 0, "a text stands in quotes: 'web'"],
    ['/event[domain[name = web]]', 21, "a text stands in quotes: 'web'"],
    // What events of the types that are asked for don't have
    ["@type = 'domain-reboot' and transition/@to = 'crashed'", 28, "the type 'domain-state-transition' have one"],
    [
      "(@type = 'domain-reboot' or @type = 'domain-watchdog') and disk",
      59,
      "types 'domain-reboot' and 'domain-watchdog'",
    ],
    ["@type = 'domain-reboot' and //disk", 30, "have no element 'disk'"],
    ["/event[@type = 'domain-reboot']/descendant::disk", 32, "have no element 'disk'"],
    ["@type = 'domain-reboot' and x", 28, "have no element 'x'"],
    ["@type = 'domain-watchdog' and watchdog = 'all'", 41, "'watchdog' has no text"],
    ["@type = 'domain-state-transition' and @cause", 38, "the type 'events-lost' have one"],
    // Values
    ["transition/@to = 'crashd'", 17, `'@to' of 'transition' is never "crashd"; did you mean 'crashed'?`],
    ['transition/@to = $state', 17, "did you mean 'crashed'?"],
    ["transition[@from = 'runing']", 19, "did you mean 'running'?"],
    ["transition/@event = 'stoped'", 20, "did you mean 'stopped'?"],
    ["transition/@detail = 'panicd'", 21, "did you mean 'panicked'?"],
    ["transition/@to = 'started'", 17, "; '@event' may be that"],
    ["transition/@found = 'comparison'", 20, 'it is by-comparison'],
    ["'all' = watchdog/@action", 0, 'it is one of none, pause, reset'],
    ["job/@operation = 'safe'", 17, "did you mean 'save'?"],
    ["lifecycle/@event = 'startet'", 19, "did you mean 'started'?"],
    ["@type = 'network-lifecycle' and lifecycle/@event = 'created'", 51, 'defined, undefined, started, stopped'],
    ["@cause = 'overlow'", 9, "did you mean 'overflow'?"],
    ["@type = 'events-lost' and @cause = 'fire'", 35, "'@cause' of 'event' is never \"fire\""],
    ["domain/@id = 'web'", 13, 'it is a whole number'],
    ["domain/uuid = '6695EB01-F6A4-8304-79AA-97F2502E193F'", 14, 'UUIDs are in lower case'],
    ["@type = 'domain-reboot' and domain/uuid = 'web'", 42, 'UUIDs are in lower case'],
  ])('%s: at %d, %s', (source, position, message) => {
    const found = warnings(source);
    expect(found).toHaveLength(1);
    expect(found[0]!.position).toBe(position);
    expect(found[0]!.message).toContain(message);
  });

  it('are warned of in a list of types, each', () => {
    const found = findTypeWarnings(['lifecycle', 'domain-reboot', 'backup-done', 'a,b']);
    expect(found).toEqual([
      { position: 0, message: expect.stringContaining('"lifecycle"') },
      { position: 0, message: expect.stringContaining('"a,b"') },
    ]);
  });

  it('are told by explain() with what else is hardly meant, in the order of the places', () => {
    expect(compileFilter("@x/y or transition/@to = 'crashd' or 'b'").explain().warnings).toHaveLength(3);
    expect(
      compileFilter("@x/y or transition/@to = 'crashd' or 'b'")
        .explain()
        .warnings.map((each) => each.position),
    ).toEqual([3, 25, 37]);
    expect(compileFilter(['lifecycle']).explain().warnings).toHaveLength(1);
  });
});

describe('nothing is said of', () => {
  it.each([
    // What a program's own events may have
    'n > 1',
    'backup/@job = 5',
    "host = 'kvm' and clone or hosts/host or disks/disk",
    "disk = 'vda' and disk/@size > 5",
    "domain = 'web'",
    "job = '17'",
    'transition/@state',
    "transition/@state = 'on'",
    "transition/step/@state = 'running'",
    "domain/@names = 'many'",
    "state = 'running'",
    "@cause = 'fire'",
    "@count = 'many'",
    'n = m',
    "@type = 'backup-done' and domain/name = owner",
    'domain/name = domain/uuid',
    'own.name = 1',
    '@domain.name',
    'domain/name = p:web',
    'domain/name = owner/name',
    "@type = 'backup-done' and domian/nmae = 'x' and transition/@to = 'crashd'",
    "(@type = 'backup-done' or @type = 'domain-reboot') and transition/@too",
    "/event[@type = 'backup-done']/transition[@to = 'crashd']",
    "@type = 'domain-rebuilt-by-me' and transition/@too",
    // Other namespaces
    'p:domian/p:nmae',
    'domain/p:nmae',
    'p:*/domian',
    'domain/@p:nmae',
    // Anywhere, anything, functions
    '//domian',
    'descendant::domian',
    '*/@too',
    '*[1]/nmae',
    'domain/../domian',
    'domain/following-sibling::domian',
    'domain/text()',
    "own() = 'crashd'",
    'own()/domian',
    'id("x")/domian',
    '(domain | network)/nmae',
    "starts-with(@type, 'domian-')",
    "contains(transition/@to, 'crashd')",
    // What a later libvirt may have
    "transition/@to = '9'",
    "watchdog/@action = '12'",
    // What is false, and meant to be
    "@type = 'domain-reboot' and not(transition)",
    "@type = 'domain-reboot' and @type = 'domain-watchdog' and disk",
    // What is there
    "transition[@to = 'crashed' or @to = 'unknown']/@found = 'by-comparison'",
    'transition/@to = 5',
    "domain/@id = -1 and domain/@id = '-1'",
    "@host = 'kvm-17' and @timestamp = 'x'",
    "domain/name = 'a, b*'",
    'graphics[local/@family = remote/@family]',
    '/event/domain[name = $state]',
    'self::node()/domain/.',
  ])('%s', (source) => {
    expect(warnings(source)).toEqual([]);
  });
});

/** All that is said of a filter and its parts. */
function allWarnings(explanation: FilterExplanation): string[] {
  const parts =
    explanation.kind === 'any'
      ? explanation.parts
      : explanation.kind === 'select-suppress'
        ? [explanation.select, explanation.suppress].flatMap((part) => part ?? [])
        : [];
  return [...explanation.warnings.map(({ message }) => message), ...parts.flatMap(allWarnings)];
}

describe('a filter with exceptions', () => {
  /** Of some types only what another filter matches, as the command line puts `--type` and `--filter` together. */
  const only = (types: string[], filter: FilterSource): FilterSource => ({
    select: types,
    suppress: { suppress: filter },
  });
  const reboot = ['domain-reboot'];
  const never = 'events of the type "domain-reboot" are all left out, so this filter never matches';

  it.each<[FilterSource, string]>([
    [{ select: reboot, suppress: reboot }, never],
    [{ select: "@type = 'domain-reboot' and domain", suppress: ['domain-watchdog', 'domain-reboot'] }, never],
    [{ select: reboot, suppress: "@type = 'a' or 'domain-reboot' = @type" }, never],
    [{ select: reboot, suppress: { any: ['domain', reboot] } }, never],
    [{ select: reboot, suppress: { select: reboot, suppress: ['domain-watchdog'] } }, never],
    [{ select: { any: [reboot, reboot] }, suppress: reboot }, never],
    [{ select: { select: reboot, suppress: "domain/name = 'web'" }, suppress: reboot }, never],
    [only(reboot, "@type = 'domain-watchdog' and domain/name = 'web'"), never],
    [only(reboot, { any: ["@type = 'domain-watchdog'", ['events-lost']] }), never],
    [
      only(['domain-reboot', 'domain-watchdog'], "@type = 'domain-watchdog'"),
      'events of the type "domain-reboot" are all left out, though they are asked for',
    ],
    [only(reboot, "transition/@to = 'crashed'"), "events of the type 'domain-reboot' have no element 'transition'"],
    [only(reboot, { any: ['disk', 'domain'] }), "have no element 'disk'"],
    [{ select: reboot, suppress: "transition/@to = 'crashed'" }, "have no element 'transition'"],
    [{ select: "@type = 'domain-watchdog' and domain", suppress: "watchdog/@action = 'crash'" }, 'is never "crash"'],
  ])('%j: %s', (source, message) => {
    expect(allWarnings(compileFilter(source).explain())).toEqual([expect.stringContaining(message)]);
  });

  it.each<[FilterSource]>([
    [{ select: reboot, suppress: "@type = 'domain-reboot' and domain/name = 'web'" }],
    [{ select: reboot, suppress: "/event/@type = 'domain-reboot'" }],
    [{ select: reboot, suppress: "not(@type = 'domain-reboot')" }],
    [{ select: reboot, suppress: { select: reboot, suppress: "domain/name = 'web'" } }],
    [{ select: 'domain', suppress: reboot }],
    [{ suppress: reboot }],
    [only(reboot, "domain/name = 'web'")],
    [only(['domain-reboot', 'domain-state-transition'], "transition/@to = 'crashed'")],
    [only(['backup-done'], "domian/nmae = 'x'")],
    [only(['backup-done', 'domain-reboot'], 'transition')],
    [{ select: ['backup-done'], suppress: 'domian/nmae' }],
  ])('%j is said nothing of', (source) => {
    expect(allWarnings(compileFilter(source).explain())).toEqual([]);
  });
});

describe('whatever an event of the vocabulary matches', () => {
  const described = [...typeDescriptions.values()];
  const samples = [
    ...described.map(sampleOf),
    ...fencedBlocks('docs/events.md')
      .filter(({ language }) => language === 'xml')
      .flatMap(({ text }) => text.trimEnd().split('\n')),
  ];

  const names = [...new Set(described.flatMap(({ event }) => namesIn(event)))];
  const values = [
    ...new Set(
      samples.flatMap((xml) => [...xml.matchAll(/"([^"']*)"|>([^<']+)</g)].map((found) => found[1] ?? found[2]!)),
    ),
  ];
  const misspelt = (word: string) => fc.constantFrom(word, word, word, `${word}x`, word.slice(1), word.toUpperCase());
  const name = fc.constantFrom(...names).filter(isName);
  const value = fc.constantFrom(...values).chain(misspelt);
  const type = fc.constantFrom(...typeDescriptions.keys()).chain(misspelt);

  const path: fc.Arbitrary<string> = fc
    .tuple(
      fc.constantFrom('', '', '/event/', '//', './'),
      fc.array(fc.oneof(name, name.chain(misspelt).filter(isName), fc.constantFrom('*', '.')), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.oneof(
        fc.constant(''),
        name.map((each) => `/@${each}`),
      ),
    )
    .map(([start, steps, end]) => `${start}${steps.join('/')}${end}`);
  const condition: fc.Arbitrary<string> = fc.oneof(
    path,
    name.map((each) => `@${each}`),
    fc
      .tuple(
        fc.oneof(
          path,
          name.map((each) => `@${each}`),
        ),
        value,
      )
      .map(([of, text]) => `${of} = '${text}'`),
    type.map((each) => `@type = '${each}'`),
    fc
      .tuple(
        path.filter((each) => !each.includes('@') && !each.endsWith('.')),
        path,
        value,
      )
      .map(([of, inside, text]) => `${of}[${inside} = '${text}']`),
  );
  const filter = fc.array(condition, { minLength: 1, maxLength: 3 }).map((conditions) => conditions.join(' and '));

  it('is not warned of', () => {
    let matched = 0;
    fc.assert(
      fc.property(filter, (source) => {
        const compiled = compileFilter(source.trim() === '' ? 'domain' : source);
        if (samples.some((xml) => compiled.matches(xml))) {
          matched += 1;
          expect(warnings(source)).toEqual([]);
        }
      }),
      { numRuns: 3000 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  it('is not warned of as an exception to types, or from them', () => {
    const typeOf = (xml: string) => / type="([^"]*)"/.exec(xml)![1]!;
    const someTypes = fc.array(fc.oneof(type, fc.constant('backup-done')), { minLength: 1, maxLength: 3 });
    let matched = 0;
    fc.assert(
      fc.property(someTypes, filter, fc.boolean(), (types, source, isOnly) => {
        const expression = source.trim() === '' ? 'domain' : source;
        const compiled = compileFilter({ select: types, suppress: isOnly ? { suppress: expression } : expression });
        const [leftOut = ''] = compiled.explain().warnings.map(({ message }) => message);
        const found = samples.filter((xml) => compiled.matches(xml));
        matched += found.length;
        expect(found.filter((xml) => leftOut.includes(`"${typeOf(xml)}"`))).toEqual([]);
        if (isOnly && found.length > 0) {
          expect(findVocabularyWarnings(parseExpression(expression), scope, new Set(types))).toEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  it('is not warned of if it asks for each thing of each sample, alone or with its type', () => {
    for (const xml of samples) {
      const compiled = conditionsOf(xml);
      expect(compiled.length).toBeGreaterThan(1);
      const type = /type="([^"]*)"/.exec(xml)![1]!;
      for (const source of compiled.flatMap((each) => [each, `@type = '${type}' and ${each}`])) {
        expect([source, compileFilter(source).matches(xml), warnings(source)]).toEqual([source, true, []]);
      }
    }
  });
});

function namesIn({ attributes, elements, name }: ElementDescription): string[] {
  return [name, ...Object.keys(attributes), ...elements.flatMap(namesIn)];
}

/** Conditions on everything that an event has: each attribute, and each text. */
function conditionsOf(xml: string): string[] {
  const path: string[] = [];
  const conditions: string[] = [];
  for (const [, close, name = '', attributes = '', empty, text] of xml.matchAll(
    /<(\/?)([\w-]+)([^>]*?)(\/?)>([^<]*)/g,
  )) {
    if (close) {
      path.pop();
      continue;
    }
    path.push(name);
    const place = `/${path.join('/')}`;
    for (const [, attribute, found] of attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
      conditions.push(`${place}/@${attribute} = '${found}'`);
    }
    if (text) {
      conditions.push(`${place} = '${text}'`);
    }
    if (empty) {
      path.pop();
    }
  }
  return conditions;
}

function isName(text: string): boolean {
  return /^[A-Za-z][\w-]*$/.test(text);
}
