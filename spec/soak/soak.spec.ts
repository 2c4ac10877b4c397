/**
 * A program that never returns to the event loop does not grow, whatever it does over and over.
 *
 * It does everything as often as the program says: a million events, 100,000 filters, handlers and waits, 10,000
 * connections of each kind, but 1,000 of those that start a child each.
 * `VIRDELIVER_SOAK=10` does ten times as much; without it, and outside of CI, it does a twentieth, with a fiftieth of the
 * connections to a daemon.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBridge } from '../support/bridge';
import '../support/built';
import { FakeDaemon, openingRules } from '../support/fake-daemon';
import { isThorough } from '../support/often';
import { run } from '../support/run-program';
import { eventXml } from '../support/scripted-driver';

const SCALE = process.env['VIRDELIVER_SOAK'] ?? (isThorough ? '1' : '0.05');
const DAEMON_SCALE = process.env['VIRDELIVER_SOAK'] ?? (isThorough ? '1' : '0.02');
const TIME = 1_200_000;

interface Measure {
  readonly bytes: number;
  readonly descriptors: number;
  readonly children: number;
}

type Results = Record<string, { turns: number; tenth: Measure; end: Measure; seconds: number }>;

/** What caches, counts by type and the code that V8 optimises meanwhile may take. */
const TOLERATED_BYTES = 2_000_000;

/**
 * What is kept of each connection that had handles of the event loop's, in bytes, by phase: Node frees them only when the loop has
 * a turn. It is far less than a buffer.
 */
const HANDLE_BYTES: Readonly<Record<string, number>> = { fifo: 3000, unix: 3000, child: 15_000, relay: 15_000 };

/** Writes a bridge to a unix socket that starts in no time, if there is a netcat which can be one. */
function writeSmallBridge(path: string, socket: string): void {
  const netcat = '/usr/bin/nc.openbsd';
  if (existsSync(netcat)) {
    writeFileSync(path, `#!/bin/sh\nexec ${netcat} -U '${socket}'\n`, { mode: 0o755 });
  } else {
    writeBridge(path, socket);
  }
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('over and over', () => {
  let results: Results;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-soak-'));
    const daemon = await FakeDaemon.start({ rules: openingRules([]), hasPort: true });
    try {
      execFileSync('mkfifo', [join(folder, 'fifo')]);
      writeFileSync(join(folder, 'events.xml'), eventXml('soak'));
      writeSmallBridge(join(folder, 'bridge'), daemon.path);
      const program = join(__dirname, 'soak-program.js');
      const { stdout, stderr, status } = await run(
        process.execPath,
        ['--expose-gc', '--no-warnings', program, SCALE, DAEMON_SCALE, folder, daemon.path, String(daemon.port)],
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
    'unix',
    'child',
    'relay',
    'tcp',
  ])('%s leave nothing behind', (phase) => {
    const { turns, tenth, end } = results[phase]!;
    expect(end.bytes - tenth.bytes).toBeLessThan(TOLERATED_BYTES + turns * (HANDLE_BYTES[phase] ?? 0));
    expect(end.descriptors).toBe(tenth.descriptors);
    expect([tenth.children, end.children]).toEqual([0, 0]);
  });
});
