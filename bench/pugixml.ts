/** A peer in C++, which measures itself in a process of its own; it is left out if there is no compiler or no pugixml. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from './harness';

export const pugixmlName = 'pugixml, in C++';

/** Compiled, this file lies two folders deep. */
const source = join(__dirname, '..', '..', 'bench', 'pugixml.cpp');

/** Parses the events, which all match, and evaluates an expression; none if it can't be compiled here. */
export function pugixml(expression: string, xmls: readonly string[]): Contestant[] {
  const folder = mkdtempSync(join(tmpdir(), 'virdeliver-pugixml-'));
  const release = () => rmSync(folder, { recursive: true });
  const program = join(folder, 'pugixml');
  const { status } = spawnSync('c++', ['-O2', '-std=c++17', '-o', program, source, '-lpugixml'], { stdio: 'ignore' });
  if (status !== 0) {
    release();
    return [];
  }
  const events = join(folder, 'events');
  writeFileSync(events, `${xmls.join('\n')}\n`);
  let elapsed = 0;
  return [
    {
      name: pugixmlName,
      run(operations) {
        const { stdout } = spawnSync(program, [events, expression, String(operations)], { encoding: 'utf8' });
        const [nanoseconds, matching] = JSON.parse(stdout) as [number, number];
        elapsed = nanoseconds;
        return matching;
      },
      elapsed: () => elapsed,
      release,
    },
  ];
}
