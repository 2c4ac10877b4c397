/**
 * A program that never returns to the event loop does not grow, whatever it does over and over.
 *
 * It does everything as often as the program says: a million events, 100,000 filters, handlers and waits, 10,000
 * connections of each kind, 1,000 to a daemon. `VIRDELIVER_SOAK=10` does ten times as much.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeDaemon, openingRules } from '../support/fake-daemon';
import { run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';

const SCALE = process.env['VIRDELIVER_SOAK'] ?? '1';
const TIME = 1_200_000;

interface Measure {
  readonly bytes: number;
  readonly descriptors: number;
}

type Results = Record<string, { turns: number; tenth: Measure; end: Measure; seconds: number }>;

/** What caches, counts by type and the code that V8 optimises meanwhile may take. */
const TOLERATED_BYTES = 2_000_000;

/** What may be kept of a connection that had a handle of the event loop's: Node frees that only when the loop has a turn. */
const HANDLE_BYTES = 6000;

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('in one synchronous job', () => {
  let results: Results;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-soak-'));
    const daemon = await FakeDaemon.start({ rules: openingRules([]) });
    try {
      execFileSync('mkfifo', [join(folder, 'fifo')]);
      writeFileSync(join(folder, 'events.xml'), eventXml('soak'));
      const program = join(__dirname, 'soak-program.js');
      const { stdout, stderr, status } = await run(
        process.execPath,
        ['--expose-gc', '--no-warnings', program, SCALE, folder, daemon.path],
        { timeout: TIME },
      );
      if (status !== 0) {
        throw new Error(stderr);
      }
      results = JSON.parse(stdout) as Results;
    } finally {
      await daemon.kill();
      rmSync(folder, { recursive: true });
    }
  }, TIME);

  it.each([
    'events',
    'expressions',
    'queries',
    'handlers',
    'waits',
    'polls',
    'memory',
    'test',
    'file',
    'fifo',
    'remote',
  ])('%s leave nothing behind', (phase) => {
    const { turns, tenth, end } = results[phase]!;
    const handles = phase === 'fifo' || phase === 'remote' ? turns * HANDLE_BYTES : 0;
    expect(end.bytes - tenth.bytes).toBeLessThan(TOLERATED_BYTES + handles);
    expect(end.descriptors).toBe(tenth.descriptors);
  });
});
