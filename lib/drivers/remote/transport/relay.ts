import { ChildTransport } from '../../io/child-transport';
import { type Dialogue, waitFor } from '../../io/dialogue';
import { nextReading } from '../../io/next-reading';
import { printableText } from '../../io/printable-text';
import { TimeLimit } from '../../io/time-limit';
import type { Transport } from '../../io/transport';
import type { Environment } from '../environment';
import type { NetworkAddress } from './dial-tcp';
import { relayProgramFile } from './relay-program-file';
import type { TlsTarget } from './tls-target';

/** What a relay is told in its first line, in JSON: whom to connect to, and for how long to try. */
export type RelayJob = { readonly timeoutMs: number } & (
  | { readonly transport: 'tcp'; readonly target: NetworkAddress }
  | { readonly transport: 'tls'; readonly target: TlsTarget }
);

/** What a relay says in its first line, in JSON: that it is connected, or why it isn't. */
export type RelayOutcome = { readonly isConnected: true } | { readonly isConnected: false; readonly problem: string };

/** How much longer than it tries to connect a relay is waited for, in milliseconds: Node has to start. */
const START_TIMEOUT = 10_000;

const LONGEST_LINE = 64 * 1024;

/** How much of a line that makes no sense is shown, in characters. */
const EXCERPT = 100;

/**
 * Connects to a daemon by TCP or TLS through a child process, which needs no turn of the event loop.
 *
 * The child is a small program of the library's, run by the same Node.js without its options. It makes the connection and
 * passes on the bytes of both sides as they are. All that it must know, keys among it, it is told by its standard input.
 *
 * @param signal Gives it up: nothing is left of it then.
 * @throws {Error} if the daemon can't be connected to, in the same words as without a child, or if the child doesn't work.
 */
export function* startRelay(job: RelayJob, { variables }: Environment, signal?: AbortSignal): Dialogue<Transport> {
  // NODE_OPTIONS may hold what is meant for the program alone: a debugger's port, a loader.
  const environment = { ...variables, NODE_OPTIONS: undefined };
  const relay = new ChildTransport(process.execPath, [relayProgramFile], { name: 'the relay process', environment });
  try {
    const limit = new TimeLimit(job.timeoutMs + START_TIMEOUT, signal);
    relay.write(Buffer.from(`${JSON.stringify(job)}\n`), limit.left);
    const outcome = readOutcome(yield* readLine(relay, limit));
    if (!outcome.isConnected) {
      throw new Error(outcome.problem);
    }
    // Until it is told to go on the relay passes on nothing, so that no byte of the daemon's is behind the line.
    relay.write(Buffer.from('\n'), limit.left);
    return relay;
  } catch (error) {
    relay.close();
    throw error;
  }
}

function* readLine(relay: Transport, limit: TimeLimit): Dialogue<string> {
  let line = Buffer.alloc(0);
  while (!line.includes('\n') && line.length < LONGEST_LINE) {
    const reading = yield* waitFor(nextReading(relay, limit));
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
