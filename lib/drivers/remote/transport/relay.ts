import { systemClock } from '../../../clock';
import { OpenError } from '../../../errors';
import type { Reading } from '../../io/byte-source';
import type { Environment } from '../environment';
import { printableText } from '../printable-text';
import type { RemoteUri } from '../uri';
import { ChildTransport } from './child-transport';
import { tcpAddress } from './connect-tcp';
import { DIAL_TIMEOUT } from './dial-tcp';
import type { RelayJob, RelayOutcome } from './relay-job';
import { relayProgramFile } from './relay-program-file';
import { TimeLimit } from './time-limit';
import { isVerified, tlsTarget, warningsAbout } from './tls-target';
import type { OpenedTransport, Transport } from './transport';

/** How much longer than it tries to connect a relay is waited for, in milliseconds: Node has to start. */
const START_TIMEOUT = 10_000;

/** How long a relay's line may be, in bytes; it holds a message for people. */
const LONGEST_LINE = 64 * 1024;

/** How much of a line that makes no sense is shown, in characters. */
const EXCERPT = 100;

/** The course of starting a relay; it yields the relay where it is to be given what comes from that, if anything, in time. */
type Start<Result = Transport> = Generator<{ readonly relay: Transport; readonly limit: TimeLimit }, Result, Reading>;

/**
 * Connects to a daemon by TCP or TLS through a child process, and so without a turn of the event loop.
 *
 * The child is a small program of the library's, run by the same Node.js without its options. It makes the connection and
 * passes on the bytes of both sides as they are. All that it must know, keys among it, it is told by its standard input.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` where a parameter makes no sense.
 * @throws {OpenError} `ERR_OPEN` where the daemon cannot be connected to, in the same words as without a child, or where the
 *   child does not work.
 */
export function openRelayed(
  uri: RemoteUri,
  environment: Environment,
  timeoutMs: number = DIAL_TIMEOUT,
): OpenedTransport {
  const job = jobOf(uri, environment, timeoutMs);
  return opened(uri, job, startNow(startRelay(uri, job, environment)));
}

/**
 * Does what `openRelayed` does, but leaves the event loop free meanwhile.
 *
 * @param signal Gives it up: nothing is left of it then.
 */
export async function openRelayedAsync(
  uri: RemoteUri,
  environment: Environment,
  timeoutMs: number = DIAL_TIMEOUT,
  signal?: AbortSignal,
): Promise<OpenedTransport> {
  const job = jobOf(uri, environment, timeoutMs);
  return opened(uri, job, await startInLoop(startRelay(uri, job, environment, signal)));
}

function jobOf(uri: RemoteUri, environment: Environment, timeoutMs: number): RelayJob {
  return uri.transport === 'tcp'
    ? { transport: 'tcp', target: tcpAddress(uri), timeoutMs }
    : { transport: 'tls', target: tlsTarget(uri, environment), timeoutMs };
}

function opened({ name }: RemoteUri, job: RelayJob, transport: Transport): OpenedTransport {
  const { host } = job.target;
  return job.transport === 'tcp'
    ? { transport, name, host, isPrivate: false, warnings: [] }
    : { transport, name, host, isPrivate: isVerified(job.target), warnings: warningsAbout(job.target) };
}

/** Starts a relay, blocking the thread. */
function startNow(start: Start): Transport {
  let turn = start.next();
  while (turn.done !== true) {
    const { relay, limit } = turn.value;
    const reading = relay.read();
    if (reading.kind === 'nothing' && limit.left > 0) {
      relay.wait(limit.left);
    } else {
      turn = start.next(reading);
    }
  }
  return turn.value;
}

/** Starts a relay from the event loop. */
async function startInLoop(start: Start): Promise<Transport> {
  let turn = start.next();
  while (turn.done !== true) {
    const { relay, limit } = turn.value;
    turn = start.next(await nextReading(relay, limit));
  }
  return turn.value;
}

function nextReading(relay: Transport, limit: TimeLimit): Promise<Reading> {
  const { signal } = limit;
  return new Promise((resolve) => {
    const settle = (reading: Reading) => {
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      relay.unwatch();
      resolve(reading);
    };
    const onAbort = () => settle({ kind: 'failed', error: signal?.reason });
    signal?.addEventListener('abort', onAbort);
    const stopTimer = systemClock.schedule(limit.left, () => settle({ kind: 'nothing' }));
    if (signal?.aborted) {
      onAbort();
    } else if (!relay.watch(settle)) {
      settle(relay.read());
    }
  });
}

function* startRelay(uri: RemoteUri, job: RelayJob, { variables }: Environment, signal?: AbortSignal): Start {
  let transport: ChildTransport | undefined;
  try {
    // NODE_OPTIONS may hold what is meant for the program alone: a debugger's port, a loader.
    const environment = { ...variables, NODE_OPTIONS: undefined };
    transport = new ChildTransport(process.execPath, [relayProgramFile], { name: 'the relay process', environment });
    const limit = new TimeLimit(job.timeoutMs + START_TIMEOUT, signal);
    transport.write(Buffer.from(`${JSON.stringify(job)}\n`), limit.left);
    const outcome = readOutcome(yield* readLine(transport, limit));
    if (!outcome.isConnected) {
      throw new Error(outcome.problem);
    }
    // Until it is told to go on the relay passes on nothing, so that no byte of the daemon's is behind the line.
    transport.write(Buffer.from('\n'), limit.left);
    return transport;
  } catch (cause) {
    transport?.close();
    throw new OpenError(uri.text, (cause as Error).message, { cause });
  }
}

/** Reads the one line that a relay says. */
function* readLine(relay: Transport, limit: TimeLimit): Start<string> {
  let line = Buffer.alloc(0);
  while (!line.includes('\n') && line.length < LONGEST_LINE) {
    const reading = yield { relay, limit };
    if (reading.kind === 'bytes') {
      line = Buffer.concat([line, reading.bytes]);
    } else if (reading.kind === 'failed') {
      throw reading.error;
    } else if (reading.kind === 'nothing') {
      throw new Error(`the relay process said nothing within ${limit}`);
    } else {
      throw new Error('the relay process ended, and did not say why');
    }
  }
  return line.subarray(0, LONGEST_LINE).toString().replace(/\n.*/s, '');
}

function readOutcome(line: string): RelayOutcome {
  try {
    return JSON.parse(line) as RelayOutcome;
  } catch {
    const excerpt = JSON.stringify(printableText(line, EXCERPT));
    throw new Error(`the relay process says ${excerpt}; is ${process.execPath}, which runs it, Node.js?`);
  }
}
