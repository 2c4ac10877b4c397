import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');
const built = join(__dirname, 'built.ts');

/** What Jest tells of a run before it begins. */
interface Run {
  /** The specs are found by the files that they import, so that the patterns are none of specs. */
  readonly findRelatedTests: boolean;
  readonly testPathPatterns: { toExecutor(options: { rootDir: string }): { isMatch(path: string): boolean } };
}

/** Whether a file imports `built.ts`, directly or through other files of `spec/`. */
export function usesBuild(file: string, seen: Set<string> = new Set()): boolean {
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import) '(\.[^']*)'/g);
  const files = Array.from(imports, ([, path]) => join(dirname(file), `${path}.ts`));
  return files.some(
    (path) =>
      path === built || (path.includes('/spec/') && !seen.has(path) && existsSync(path) && usesBuild(path, seen)),
  );
}

/** Compiles `lib/` unless that was done already, for a run with a spec that uses what is compiled. */
export default function buildFirst({ findRelatedTests, testPathPatterns }: Run): void {
  const patterns = testPathPatterns.toExecutor({ rootDir: root });
  const files = readdirSync(join(root, 'spec'), { recursive: true, encoding: 'utf8' });
  const specs = files.filter((name) => name.endsWith('.spec.ts')).map((name) => join(root, 'spec', name));
  if (specs.some((spec) => (findRelatedTests || patterns.isMatch(spec)) && usesBuild(spec))) {
    const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.js'), '--when-stale'], {
      stdio: 'inherit',
    });
    if (status !== 0) {
      throw new Error('lib/ could not be compiled, which some of the specs need');
    }
  }
}
