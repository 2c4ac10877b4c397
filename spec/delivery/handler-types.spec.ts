/**
 * What the compiler knows of handlers and their events.
 *
 * Each program is compiled, none is run. A line below `@ts-expect-error` must be refused: if it is not, the compiler
 * says so.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../support/run-program';

const PREAMBLE = `
  import {
    addEventHandler, type Connection, type EventHandler, type EventTypes, type FilterSource,
    type HandlerOptions, iterateEvents, openConnection, type QueuedEvent, type QueuedEventOf,
  } from 'virdeliver';
  declare const conn: Connection;
  /** Compiles only if the value is of exactly this type. */
  declare function exactly<Type>(): <Value>(value: Value, ...proof: Same<Type, Value> extends true ? [] : [never]) => void;
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
`;

const programs: Readonly<Record<string, string>> = {
  'knows the type and the detail of the events of one type without asking': `
    addEventHandler(conn, ['domain-state-transition'], (_, event) => {
      exactly<QueuedEventOf<'domain-state-transition'>>()(event);
      exactly<EventTypes['domain-state-transition'] | undefined>()(event.detail);
      // @ts-expect-error A transition has no such word.
      event.detail?.too;
    });`,
  'has to be asked which of several types it is, and of no other': `
    addEventHandler(conn, ['domain-reboot', 'domain-state-transition'], (_, event) => {
      if (event.type === 'domain-state-transition') {
        exactly<EventTypes['domain-state-transition'] | undefined>()(event.detail);
      } else {
        exactly<'domain-reboot'>()(event.type);
        // @ts-expect-error A reboot has no transition.
        event.detail?.to;
      }
      // @ts-expect-error It is neither of the two.
      return event.type === 'events-lost';
    });`,
  'knows types that a program adds by declaration merging, and what their decoders must make': `
    declare module 'virdeliver' {
      interface EventTypes {
        'backup-done': { readonly disk: string };
        'backup-begun': undefined;
      }
    }
    addEventHandler(conn, ['backup-done'], (_, event) => {
      exactly<'backup-done'>()(event.type);
      exactly<{ readonly disk: string } | undefined>()(event.detail);
    });
    addEventHandler(conn, ['backup-begun'], (_, event) => exactly<undefined>()(event.detail));
    addEventHandler(conn, null, (_, event) => event.type === 'backup-done' && event.detail?.disk === 'vda');
    openConnection('memory:', { decoders: { 'backup-done': (event) => ({ disk: event.string('disk') }) } });
    openConnection('memory:', { decoders: { 'backup-done': () => undefined } });
    // @ts-expect-error It makes something else than is declared.
    openConnection('memory:', { decoders: { 'backup-done': () => ({ disc: 'vda' }) } });
    // @ts-expect-error It is declared to have no detail.
    openConnection('memory:', { decoders: { 'backup-begun': () => ({ disk: 'vda' }) } });
    // @ts-expect-error It is not declared.
    openConnection('memory:', { decoders: { 'backup-lost': () => ({ disk: 'vda' }) } });
    // @ts-expect-error The library decodes it.
    openConnection('memory:', { decoders: { 'domain-reboot': () => undefined } });
    // @ts-expect-error A decoder has no detail to go by.
    openConnection('memory:', { decoders: { 'backup-done': (event) => event.detail } });`,
  'knows the type where there is an argument, where there are options, and behind a select': `
    const counts: (number | undefined)[] = [];
    addEventHandler(conn, ['events-lost'], (_, event, list) => list.push(event.detail?.count), counts);
    addEventHandler(conn, ['events-lost'], (_, { detail }) => detail?.count, undefined, { once: true });
    addEventHandler(conn, { select: ['events-lost'], suppress: '@count < 5' }, (_, { detail }) => detail?.count);
    const names = ['events-lost'] as const;
    addEventHandler(conn, names, (_, { detail }) => detail?.count);`,
  'knows the types behind any list of types, however nested': `
    addEventHandler(conn, { any: [['events-lost']] }, (_, event) => exactly<QueuedEventOf<'events-lost'>>()(event));
    addEventHandler(conn, { any: [['events-lost'], { select: { any: [['domain-reboot']] } }] }, (_, event) =>
      exactly<QueuedEventOf<'events-lost'> | QueuedEventOf<'domain-reboot'>>()(event));
    const isAny = exactly<QueuedEvent>();
    const sources: FilterSource[] = [['events-lost']];
    addEventHandler(conn, { any: [['events-lost'], '@count > 5'] }, (_, event) => isAny(event));
    addEventHandler(conn, { any: [['events-lost'], null] }, (_, event) => isAny(event));
    addEventHandler(conn, { any: sources }, (_, event) => isAny(event));
    addEventHandler(conn, sources[0]!, (_, event) => isAny(event));`,
  'has any event where a name is not declared, or the filter is no list': `
    const isAny = exactly<QueuedEvent>();
    const names: string[] = [];
    addEventHandler(conn, ['undeclared'], (_, event) => isAny(event));
    addEventHandler(conn, ['domain-reboot', 'undeclared'], (_, event) => isAny(event));
    addEventHandler(conn, names, (_, event) => isAny(event));
    addEventHandler(conn, null, (_, event) => isAny(event));
    addEventHandler(conn, "@type = 'domain-reboot'", (_, event) => isAny(event));
    addEventHandler(conn, { suppress: ['domain-reboot'] }, (_, event) => isAny(event));
    // @ts-expect-error Its detail cannot be told before its type is.
    addEventHandler(conn, null, (_, event) => event.detail?.to === 'running');`,
  'may be declared for any event or for one type, and must suit its filter': `
    const onAny: EventHandler = (_, event) => event.xml.length;
    const onReboot: EventHandler<undefined, QueuedEventOf<'domain-reboot'>> = (_, event) => event.sequence;
    addEventHandler(conn, ['domain-reboot'], onAny);
    addEventHandler(conn, ['domain-reboot'], onReboot);
    // @ts-expect-error It takes reboots alone, and would be given any event.
    addEventHandler(conn, null, onReboot);
    // @ts-expect-error It would be given gaps as well.
    addEventHandler(conn, ['domain-reboot', 'events-lost'], onReboot);`,
  'may return what comes about incidentally': `
    const seen: QueuedEvent[] = [];
    const reboots: QueuedEventOf<'domain-reboot'>[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(event));
    addEventHandler(conn, ['domain-reboot'], (_, event) => reboots.push(event));
    addEventHandler(conn, ['domain-reboot'], (_, event) => new Set([event]));
    addEventHandler(conn, ['domain-reboot'], () => 'retry');`,
  'must not be asynchronous, nor return a string that means nothing': `
    // @ts-expect-error A handler must not return a promise.
    addEventHandler(conn, null, async () => {});
    // @ts-expect-error A handler must not return a promise.
    addEventHandler(conn, ['domain-reboot'], async () => {});
    // @ts-expect-error A handler must not return a promise.
    addEventHandler(conn, ['domain-reboot'], (_, event) => Promise.resolve(event));
    // @ts-expect-error 'brake' means nothing.
    addEventHandler(conn, ['domain-reboot'], () => 'brake');`,
  'must be given the argument that it takes': `
    addEventHandler(conn, null, (_, __, arg: string) => arg.length, 'arg');
    // @ts-expect-error There is none.
    addEventHandler(conn, null, (_, __, arg: string) => arg.length);
    // @ts-expect-error It is of another type.
    addEventHandler(conn, null, (_, __, arg: string) => arg.length, 5);`,
  'must not be given options in the place of its argument': `
    addEventHandler(conn, null, () => {}, undefined, { once: true });
    addEventHandler(conn, null, (_, __, arg) => arg.once, { once: true, count: 0 });
    addEventHandler(conn, null, (_, __, arg) => arg.once, { once: true }, {});
    addEventHandler(conn, null, () => {}, {});
    addEventHandler(conn, null, (_, __, arg) => arg.push(1), [] as number[]);
    const any: any = {};
    addEventHandler(conn, null, () => {}, any);
    addEventHandler(conn, null, () => {}, any as unknown);
    // @ts-expect-error Options are the fifth argument.
    addEventHandler(conn, null, () => {}, { once: true });
    // @ts-expect-error Options are the fifth argument.
    addEventHandler(conn, ['events-lost'], (_, event) => {}, { signal: AbortSignal.abort(), maxAttempts: 3 });
    const options: HandlerOptions = {};
    // @ts-expect-error Options are the fifth argument.
    addEventHandler(conn, null, () => {}, options);`,
  'is not needed for the same knowledge in an iteration': `
    for await (const event of iterateEvents(conn, ['domain-state-transition'])) {
      exactly<QueuedEventOf<'domain-state-transition'>>()(event);
    }
    for await (const event of iterateEvents(conn, null)) {
      exactly<QueuedEvent>()(event);
    }`,
};

/** Compiles the programs next to the library's source, each as a module of its own, and collects what is said about each. */
function compile(): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false, types: ['node'] });
  options.paths = { virdeliver: [join(root, 'lib', 'index.ts')] };
  const files = new Map(
    Object.entries(programs).map(([sentence, program], place) => [
      join(root, `program-${place}.mts`),
      { sentence, text: PREAMBLE + program },
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name)?.text ?? readFile(name);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const file = files.get(name);
    return file === undefined
      ? getSourceFile(name, languageVersion, ...rest)
      : ts.createSourceFile(name, file.text, languageVersion, true);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return new Map(
    [...files].map(([name, { sentence }]) => {
      const source = program.getSourceFile(name);
      const said = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [sentence, said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

describe('a handler, for the compiler,', () => {
  let complaints: Map<string, string[]>;
  beforeAll(() => {
    complaints = compile();
  }, 60_000);

  it.each(Object.keys(programs))('%s', (sentence) => {
    expect(complaints.get(sentence)).toEqual([]);
  });
});
