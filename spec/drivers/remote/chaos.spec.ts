import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  type ConnectionOptions,
  closeConnection,
  connectionStats,
  deliverEvents,
  iterateEvents,
  listDomains,
  openConnection,
  openConnectionAsync,
  runDelivery,
  takeEvents,
  VirdeliverError,
  waitForEvents,
} from '../../../lib';
import { Random } from '../../../lib/drivers/test/random';
import { writeBridge } from '../../support/bridge';
import '../../support/built';
import { CertificateAuthority, canBeMade } from '../../support/certificates';
import { childProcesses } from '../../support/child-processes';
import { isThorough } from '../../support/often';
import { countDescriptors } from '../stream/scratch';

/*
 * Connections to a daemon that does what chance says. Each depends on a seed and its number alone:
 * VIRDELIVER_CHAOS=SEED plays those of another seed, VIRDELIVER_CHAOS=SEED:NUMBER a single one of them again.
 */
jest.setTimeout(1_800_000);

const CONNECTIONS = Number(process.env['VIRDELIVER_CHAOS_CONNECTIONS'] ?? (isThorough ? 2000 : 100));

/** How long a call may take, in milliseconds: a daemon has 10 s to answer a call, and this machine may be busy. */
const LONGEST_CALL = 30_000;

const [seed = '1', only] = (process.env['VIRDELIVER_CHAOS'] ?? '1').split(':');

let folder: string;
let daemon: ChildProcess;
let unixSocket: string;
let bridge: string;
let ports: { readonly tcp: number; readonly tls?: number };
const strays: unknown[] = [];
const noteStray = (error: unknown): void => {
  strays.push(error);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-chaos-'));
  unixSocket = join(folder, 'sock');
  const support = join(__dirname, '../../support');
  bridge = writeBridge(join(folder, 'bridge'), unixSocket);
  const args = [join(support, 'chaos-daemon-program.js'), join(folder, 'seed'), unixSocket];
  if (canBeMade) {
    args.push(new CertificateAuthority(join(folder, 'authority')).issue('server', join(folder, 'pki')));
  }
  daemon = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  [ports] = (await once(daemon, 'message')) as [typeof ports];
  process.on('unhandledRejection', noteStray).on('uncaughtException', noteStray);
});
afterAll(() => {
  process.removeListener('unhandledRejection', noteStray).removeListener('uncaughtException', noteStray);
  daemon.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Calls something that may throw an error of the library's, and must return in time. */
function attempt<Result>(what: string, call: () => Result): Result | undefined {
  const start = performance.now();
  try {
    return call();
  } catch (error) {
    judge(what, error);
    return undefined;
  } finally {
    requireInTime(what, start);
  }
}

async function attemptAsync<Result>(what: string, call: () => Promise<Result>): Promise<Result | undefined> {
  const start = performance.now();
  try {
    return await call();
  } catch (error) {
    judge(what, error);
    return undefined;
  } finally {
    requireInTime(what, start);
  }
}

function judge(what: string, error: unknown): void {
  if (!(error instanceof VirdeliverError)) {
    throw new Error(`${what} threw what is no error of the library's: ${String((error as Error)?.stack ?? error)}`);
  }
  if (error.message.length > 10_000 || /[\p{Cs}]|[^\P{Cc}\n]/u.test(error.message)) {
    throw new Error(
      `${what} threw a message that is not fit to be shown: ${JSON.stringify(error.message.slice(0, 2000))}`,
    );
  }
}

function requireInTime(what: string, start: number): void {
  const took = performance.now() - start;
  if (took > LONGEST_CALL) {
    throw new Error(`${what} took ${took} ms`);
  }
}

/** What a program may do with a connection without an event loop. */
function useNow(conn: Connection, chance: Random): void {
  attempt('addEventHandler', () => addEventHandler(conn, chance.below(2) === 0 ? null : '//name', () => {}));
  for (let step = chance.below(5); step >= 0 && conn.state === 'open'; step -= 1) {
    const waitMs = chance.below(3) * 10;
    switch (chance.below(4)) {
      case 0:
        attempt('takeEvents', () => takeEvents(conn, { waitMs, limit: 1 + chance.below(1000) }));
        break;
      case 1:
        attempt('listDomains', () => listDomains(conn));
        attempt('connectionStats', () => connectionStats(conn));
        break;
      default:
        attempt('deliverEvents', () => deliverEvents(conn, { waitMs }));
    }
  }
}

async function useInLoop(conn: Connection, chance: Random): Promise<void> {
  const signal = AbortSignal.timeout(10 + chance.below(30));
  const isOver = (error: unknown): void => {
    if ((error as Error).name !== 'TimeoutError') {
      throw error;
    }
  };
  switch (chance.below(4)) {
    case 0:
      await attemptAsync('waitForEvents', () => waitForEvents(conn, { timeoutMs: 20 }));
      break;
    case 1:
      await attemptAsync('runDelivery', () => runDelivery(conn, { signal }).catch(isOver));
      break;
    case 2:
      await attemptAsync('iterateEvents', async () => {
        try {
          for await (const event of iterateEvents(conn, null, { signal })) {
            void event.type;
          }
        } catch (error) {
          isOver(error);
        }
      });
      break;
    default:
      useNow(conn, chance);
  }
}

type Way = 'unix' | 'tcp' | 'tls' | 'relay' | 'ext';

/** How the daemon is reached; what starts a child takes a tenth of a second for that. */
function chooseWay(chance: Random): Way {
  const number = chance.below(100);
  const shares: readonly (readonly [Way, number])[] = [
    ['relay', 6],
    ['ext', 3],
    ['tls', ports.tls === undefined ? 0 : 4],
    ['tcp', 12],
    ['unix', 100],
  ];
  let share = 0;
  return shares.find(([, percent]) => {
    share += percent;
    return number < share;
  })![0];
}

function uriOf(way: Way): string {
  switch (way) {
    case 'unix':
      return `test+unix:///default?socket=${unixSocket}`;
    case 'ext':
      return `test+ext:///default?command=${bridge}`;
    case 'tls':
      return `test+tls://localhost:${ports.tls}/default?pkipath=${join(folder, 'pki')}`;
    default:
      return `test+tcp://127.0.0.1:${ports.tcp}/default`;
  }
}

async function play(number: number): Promise<void> {
  writeFileSync(join(folder, 'seed'), `${seed}:${number}`);
  const chance = new Random(number * 7919 + Number(seed));
  const options: ConnectionOptions = {
    reconnect: chance.below(3) === 0,
    credentials: { user: 'user', password: 'pencil' },
    // To ask for few gets more connections open.
    ...(chance.below(2) === 0 && { events: ['domain-state-transition', 'domain-reboot'] }),
    keepAlive: chance.below(2) === 0 ? { intervalMs: 10, count: 2 } : false,
    queue: [{}, { maxEvents: 10 }, { maxEvents: 5, overflow: 'drop-oldest' as const }][chance.below(3)]!,
  };
  const way = chooseWay(chance);
  const relay = way === 'relay';
  const inLoop = chance.below(2) === 0 || way === 'tcp' || way === 'tls';
  const uri = uriOf(way);
  const conn = inLoop
    ? await attemptAsync('openConnectionAsync', () => openConnectionAsync(uri, { ...options, relay }))
    : attempt('openConnection', () => openConnection(uri, { ...options, relay }));
  if (conn === undefined) {
    return;
  }
  try {
    for (let round = 0; round < 2; round += 1) {
      useNow(conn, chance);
      await useInLoop(conn, chance);
    }
  } finally {
    attempt('closeConnection', () => closeConnection(conn));
  }
}

it(`lives through ${CONNECTIONS} connections to a daemon that does what chance says`, async () => {
  const numbers = only === undefined ? Array.from({ length: CONNECTIONS }, (_, number) => number) : [Number(only)];
  let descriptors = 0;
  let memory = 0;
  for (const [place, number] of numbers.entries()) {
    try {
      await play(number);
      expect(strays).toEqual([]);
    } catch (error) {
      throw new Error(`VIRDELIVER_CHAOS=${seed}:${number}: ${(error as Error).message}`, { cause: error });
    }
    if (place % 100 === 99) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (place === 299) {
      descriptors = countDescriptors();
      memory = process.memoryUsage().rss;
    }
  }
  if (numbers.length > 300) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(countDescriptors()).toBeLessThanOrEqual(descriptors + 5);
    expect([...childProcesses('relay-program'), ...childProcesses('bridge-program')]).toEqual([]);
    expect(process.memoryUsage().rss - memory).toBeLessThan(250 * 1024 * 1024);
  }
});
