import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import '../support/built';
import { programOf, run, succeed } from '../support/run-program';

// Programs are run that take long on a busy machine.
jest.setTimeout(120_000);

const node = process.execPath;

const useByRequire = `
  const { addEventHandler, deliverEvents, openConnection, sendEvent } = require('virdeliver');
  const conn = openConnection();
  addEventHandler(conn, "job/@name = 'nightly'", (_conn, event) => console.log(event.type, event.timestamp));
  sendEvent(conn, '<event type="backup-finished" timestamp="2026-01-01T00:00:00Z"><job name="nightly"/></event>');
  const { events, handlerCalls } = deliverEvents(conn);
  console.log(events, handlerCalls);
`;

const useFromTypeScript = `
  import { addEventHandler, closeConnection, deliverEvents, type EventTypes, openConnection, type QueuedEvent } from 'virdeliver';
  import { type Journal, journalEvents, journalStats } from 'virdeliver/journal';
  import { expectEvent, openTestConnection } from 'virdeliver/testing';
  import type { DomainState } from 'virdeliver/types';

  declare module 'virdeliver' {
    interface EventTypes {
      'backup-finished': undefined;
    }
  }

  export const conn = openConnection('memory:', { queue: { maxEvents: 10 } });

  // Ours and the library's own types narrow alike.
  addEventHandler(conn, null, (_conn, event: QueuedEvent) => {
    if (event.type === 'backup-finished') {
      const nothing: undefined = event.detail;
      return nothing === undefined && event.string('job/@name') === 'nightly' ? 'retry' : 'break';
    }
    if (event.type === 'domain-state-transition') {
      // @ts-expect-error the detail of another type
      event.detail?.bytes;
    }
    return;
  });

  export const diskOf = (change: EventTypes['domain-tray-change']): string | undefined => change.disk.path;
  export const state: DomainState = 'paused';

  const seen: string[] = [];
  addEventHandler(conn, ['backup-finished'], (_conn, event) => seen.push(event.xml));

  // @ts-expect-error an async handler
  addEventHandler(conn, null, async () => {});
  // @ts-expect-error a word that means nothing
  addEventHandler(conn, null, () => 'stop');

  // What tests want takes the types of the library, with ours in them.
  export const detail: undefined = expectEvent(openTestConnection().conn, ['backup-finished']).detail;

  export const journal: Journal = journalEvents(conn, 'events', { leaveOut: ['backup-finished'] });
  export const newest: number | undefined = journalStats('events').newest?.sequence;

  export const count: number = deliverEvents(conn, { limit: 5 }).events;
  closeConnection(conn);
`;

const useInsideJest = `
  const { addEventHandler, deliverEvents, openConnection, sendEvent } = require('virdeliver');

  test('an event is delivered inside a test', () => {
    const conn = openConnection();
    const seen = [];
    addEventHandler(conn, ['backup-finished'], (_conn, event) => seen.push(event.type));
    sendEvent(conn, { type: 'backup-finished' });
    expect(deliverEvents(conn).events).toBe(1);
    expect(seen).toEqual(['backup-finished']);
  });
`;

describe('The packed package', () => {
  let folder: string;
  let tarball: string;
  let files: { path: string; mode: number; size: number }[];
  let bytes: number;

  /** A folder of a program that has installed the package and nothing else. */
  const consumer = () => join(folder, 'consumer');
  const installed = () => join(consumer(), 'node_modules', 'virdeliver');

  /** Writes a file of the program that uses the package. */
  function write(name: string, text: string): string {
    const file = join(consumer(), name);
    writeFileSync(file, text);
    return file;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-package-'));
    const packed = await succeed('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
    const [description] = JSON.parse(packed) as { filename: string; size: number; files: typeof files }[];
    ({ size: bytes, files } = description!);
    tarball = join(folder, description!.filename);
    mkdirSync(consumer());
    write('package.json', '{ "private": true }');
    await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: consumer() });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  describe('as a file', () => {
    it('holds the library and its documents, and nothing else', () => {
      const topLevel = new Set(files.map(({ path }) => path.split('/')[0]));
      const documents = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md'];
      expect([...topLevel].sort()).toEqual([...documents, 'dist', 'docs', 'man', 'package.json']);
      expect(files.filter(({ path }) => /\.spec\.|tsbuildinfo|^docs\/(site|workbench)\//.test(path))).toEqual([]);
    });

    it('has no document with a link to what is not in it', () => {
      const paths = new Set(files.map(({ path }) => path));
      const links = [...paths]
        .filter((path) => path.endsWith('.md'))
        .flatMap((from) =>
          Array.from(readFileSync(join(installed(), from), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g), ([, to]) =>
            posix.join(posix.dirname(from), to!),
          ),
        );
      expect(links).toContain('docs/testing.md');
      expect(links.filter((link) => !paths.has(link))).toEqual([]);
    });

    it('is small', () => {
      expect(bytes).toBeLessThan(500_000);
      const built = files.filter(({ path }) => path.startsWith('dist/'));
      expect(built.length).toBeLessThanOrEqual(40);
      expect(built.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1_700_000);
    });

    it('has an executable command that says what runs it', () => {
      expect(files.find(({ path }) => path === 'dist/cli/main.js')?.mode).toBe(0o755);
      expect(readFileSync(join(installed(), 'dist/cli/main.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    });

    it('names no source maps, of which there are none: tools would miss them', () => {
      const code = files.map(({ path }) => path).filter((path) => path.startsWith('dist/'));
      expect(code).toContain('dist/index.js');
      expect(code.filter((path) => path.endsWith('.map'))).toEqual([]);
      const naming = code.filter((path) => readFileSync(join(installed(), path), 'utf8').includes('sourceMappingURL'));
      expect(naming).toEqual([]);
    });

    it('refers to no declarations of the browser, nor of Node', () => {
      const texts = readdirSync(join(installed(), 'dist'), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.d.ts'))
        .map((path) => readFileSync(join(installed(), 'dist', path), 'utf8'));
      expect(
        texts.filter((text) =>
          /<reference lib="dom|from '(?:xpath|node:.*)'|import\("xpath"\)|NodeJS\.|\bBuffer\b/.test(
            text.replace(/\/\*\*.*?\*\//gs, ''),
          ),
        ),
      ).toEqual([]);
    });

    it('says what registries and tools want to know, and names no file that is not in it', () => {
      const description = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8')) as Record<
        string,
        unknown
      >;
      for (const field of [
        'description',
        'keywords',
        'author',
        'license',
        'engines',
        'sideEffects',
        'exports',
        'types',
      ]) {
        expect({ field, value: description[field] }).toEqual({ field, value: expect.anything() });
      }
      const paths = files.map(({ path }) => `./${path}`);
      const named = JSON.stringify([description['exports'], description['typesVersions'], description['sideEffects']]);
      for (const [, path] of named.matchAll(/"(\.\/dist\/[^"]*)"/g)) {
        const pattern = new RegExp(`^${path!.replaceAll('.', '\\.').replace('*', '[^/]*')}$`);
        expect({ path, isThere: paths.some((each) => pattern.test(each)) }).toEqual({ path, isThere: true });
      }
    });

    it('would be published as it is', async () => {
      const { status, stderr } = await run('npm', ['publish', '--dry-run', '--ignore-scripts', tarball], {
        cwd: folder,
      });
      // npm mends what it finds wrong in a package.json, and says so.
      expect(stderr).not.toMatch(/auto-corrected|npm error/);
      expect(stderr).toMatch(/total files: +\d+/);
      expect(status).toBe(0);
    });

    it('passes publint', async () => {
      await succeed(node, [programOf('publint'), '--strict', tarball]);
    });

    it('has types that are right in every mode of resolution', async () => {
      // Vitest is an ES module only, and so is what extends it.
      const options = ['--no-color', '--no-emoji', '--exclude-entrypoints', './testing/vitest'];
      await succeed(node, [programOf('@arethetypeswrong/cli', 'attw'), tarball, ...options]);
    });
  });

  describe('installed', () => {
    it('is used by require()', async () => {
      const program = write('by-require.cjs', useByRequire);
      expect(await succeed(node, [program])).toBe('backup-finished 2026-01-01T00:00:00Z\n1 1\n');
    });

    it('is used by named imports of an ES module', async () => {
      const names = JSON.parse(
        await succeed(node, ['-p', "JSON.stringify(Object.keys(require('virdeliver')))"], { cwd: consumer() }),
      ) as string[];
      expect(names).toEqual(expect.arrayContaining(['openConnection', 'deliverEvents', 'VirdeliverError']));
      const imports = `import { ${names.join(', ')} } from 'virdeliver';`;
      const program = write(
        'by-import.mjs',
        `${imports}\nconsole.log(${names.map((name) => `typeof ${name}`).join(', ')});`,
      );
      expect(await succeed(node, [program])).not.toMatch(/undefined/);
    });

    describe('from TypeScript', () => {
      /** The oldest that is supported, the last with the old defaults, and the one that is installed here; each is 30 MB. */
      const OLDER = ['typescript@5.4', 'typescript@5.9'];
      const folderOf = (version: string) => join(folder, version.replace(/\W/g, '-'));
      const WAYS = {
        node10: { module: 'commonjs', moduleResolution: 'node10' },
        node16: { module: 'node16', moduleResolution: 'node16' },
        nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
        bundler: { module: 'esnext', moduleResolution: 'bundler' },
      } as const;

      beforeAll(async () => {
        write('use.ts', useFromTypeScript);
        write('use.mts', useFromTypeScript);
        for (const version of OLDER) {
          mkdirSync(folderOf(version));
          writeFileSync(join(folderOf(version), 'package.json'), '{ "private": true }');
          const options = ['--prefer-offline', '--no-audit', '--no-fund'];
          await succeed('npm', ['install', ...options, version], { cwd: folderOf(version) });
        }
      });

      // What an older compiler takes, a newer one does; the ways of 5.9 differ from those of 6.0 in their defaults only.
      it.each([
        ['typescript@5.4', 'node10'],
        ['typescript@5.4', 'node16'],
        ['typescript@5.4', 'bundler'],
        ['typescript@5.9', 'nodenext'],
        ['installed', 'node10'],
        ['installed', 'node16'],
        ['installed', 'nodenext'],
        ['installed', 'bundler'],
      ] as const)('%s, with the resolution %s, and without types of Node or of a browser', async (version, way) => {
        const compiler =
          version === 'installed'
            ? programOf('typescript', 'tsc')
            : join(folderOf(version), 'node_modules', 'typescript', 'bin', 'tsc');
        const settings = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true };
        const language = { target: 'es2022', lib: ['es2022'], types: [] };
        const deprecations = version === 'installed' && way === 'node10' ? { ignoreDeprecations: '6.0' } : {};
        const project = write(
          `tsconfig.${version.replace(/\W/g, '-')}.${way}.json`,
          JSON.stringify({
            compilerOptions: { ...WAYS[way], ...settings, ...language, ...deprecations },
            // The old way knows nothing of ES modules.
            files: way === 'node10' ? ['use.ts'] : ['use.ts', 'use.mts'],
          }),
        );
        const listing = await succeed(node, [compiler, '-p', project, '--listFiles']);
        expect(listing).toMatch(/node_modules\/virdeliver\/dist\/index\.d\.ts/);
        expect(listing).not.toMatch(/lib\.dom\.|@types\/node/);
      });
    });

    it('is used inside Jest without a flag or a setting', async () => {
      write('use.test.js', useInsideJest);
      await succeed(node, [programOf('jest'), '--rootDir', consumer()], { cwd: consumer() });
    });

    it('runs as a command', async () => {
      const command = join(consumer(), 'node_modules', '.bin', 'virdeliver');
      expect(await succeed(command, ['list', 'test:///default'], { cwd: consumer() })).toMatch(/\btest\b.*\brunning\b/);
    });

    it('loads little before it is needed, however it is imported', async () => {
      const loaded =
        "Object.keys(require('node:module')._cache).map((path) => require('node:path').basename(path)).join()";
      const byRequire = await succeed(node, ['-p', `require('virdeliver'); ${loaded}`], { cwd: consumer() });
      expect(byRequire).toBe('index.js,library.js\n');
      const program = write(
        'import-little.mjs',
        `import { createRequire } from 'node:module';
        import { addEventHandler, compileFilter, deliverEvents, openConnection, sendEvent } from 'virdeliver';
        const require = createRequire(import.meta.url);
        console.log(${loaded});
        use(openConnection());
        console.log(${loaded});
        function use(conn) {
          addEventHandler(conn, "transition/@to = 'crashd'", () => {});
          sendEvent(conn, { type: 'backup-finished' });
          deliverEvents(conn);
        }
        compileFilter(['lifecycle']).explain();
        console.log(${loaded});`,
      );
      const connected = 'index.js,library.js,events.js';
      expect(await succeed(node, [program])).toBe(`index.js,library.js\n${connected}\n${connected},vocabulary.js\n`);
    });

    it('is one library, whichever of its names it is imported by', async () => {
      const program = write(
        'one-library.cjs',
        `const assert = require('node:assert');
        const { ExpectationError, deliverEvents, sendEvent } = require('virdeliver');
        const testing = require('virdeliver/testing');
        const journal = require('virdeliver/journal');
        assert.equal(journal.JournalError, require('virdeliver').JournalError);
        const fed = require('virdeliver').openConnection();
        const kept = journal.journalEvents(fed, 'kept');
        sendEvent(fed, { type: 'backup-finished' });
        deliverEvents(fed);
        assert.equal(journal.journalStats('kept').newest.sequence, 1);
        kept.close();
        assert.equal(testing.ExpectationError, ExpectationError);
        const { conn } = testing.openTestConnection();
        assert.throws(() => testing.expectEvent(conn, ['backup-finished']), (error) => error.constructor === ExpectationError);
        sendEvent(conn, { type: 'backup-finished' });
        assert.equal(testing.expectEvent(conn, ['backup-finished']).type, 'backup-finished');
        assert.equal(deliverEvents(conn).events, 0);`,
      );
      await succeed(node, [program], { cwd: consumer() });
    });

    it('names its functions in stack traces, and lines that can be read', async () => {
      const program = "require('virdeliver').compileFilter('a[')";
      const { stderr } = await run(node, ['-e', program], { cwd: consumer() });
      const [, path, line] = /at \S*primary \(.*\/virdeliver\/(dist\/parts\/events\.js):(\d+):\d+\)/.exec(stderr) ?? [];
      expect(path).toBeDefined();
      const code = readFileSync(join(installed(), path!), 'utf8').split('\n');
      expect(code[Number(line) - 1]).toMatch(/^ +throw .*unexpected\('an expression', .*\);$/);
    });

    it('has the program of the relay', async () => {
      const open = "require('virdeliver').openConnection('qemu+tcp://127.0.0.1:1/system', { relay: true })";
      const file = write('use-relay.js', `try { ${open} } catch (error) { console.log(error.message); }`);
      expect(await succeed(node, [file], { cwd: consumer() })).toContain('nothing listens at 127.0.0.1:1');
    });

    it('has the program that speaks NATS, which says what is missing', async () => {
      const open = "require('virdeliver').openConnection('nats://127.0.0.1:1/EVENTS')";
      const file = write('use-nats.js', `try { ${open} } catch (error) { console.log(error.code, error.message); }`);
      const said = await succeed(node, [file], { cwd: consumer() });
      expect(said).toContain('ERR_UNSUPPORTED_URI');
      expect(said).toContain('run: npm install @nats-io/transport-node @nats-io/jetstream');
    });

    it('keeps its inside to itself', async () => {
      const inside = await run(node, ['-e', "require('virdeliver/dist/errors.js')"], { cwd: consumer() });
      expect(inside.stderr).toMatch(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
    });
  });
});
