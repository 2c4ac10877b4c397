/**
 * The program of a relay: it connects to a daemon by TCP or TLS, and passes bytes on between it and the process that has
 * started the program, which it doesn't outlive.
 *
 * In a first line it gets a `RelayJob`, and says a `RelayOutcome`. After an empty line that follows, all is the daemon's
 * bytes and the parent's. It holds no more of them than its sockets' buffers take, and ends when either side does.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { TimeLimit } from '../../io/time-limit';
import { dialTcp } from './dial-tcp';
import { dialTls } from './dial-tls';
import { PacketCutter } from './packet-cutter';
import type { RelayJob, RelayOutcome } from './relay';

/** How often it looks whether its parent is still there, in milliseconds. */
const LOOK_AT_PARENT = 2000;

// Not process.stdin and process.stdout, which may block: then nothing would go the other way either.
const input = new Socket({ fd: 0, readable: true, writable: false });
const output = new Socket({ fd: 1, readable: false, writable: true });

async function relay(): Promise<void> {
  const job = JSON.parse(await takeLine()) as RelayJob;
  // Begun before connecting, so that the end of the input is noticed meanwhile.
  const goAhead = takeLine();
  let daemon: Socket;
  try {
    daemon = await dial(job);
  } catch (error) {
    say({ isConnected: false, problem: (error as Error).message });
    return;
  }
  endWithDaemon(daemon);
  say({ isConnected: true });
  await goAhead;
  // When the daemon ends, pipe() ends the output.
  daemon.pipe(output);
  if (job.transport === 'tls') {
    await sendPackets(daemon);
  } else {
    input.pipe(daemon);
  }
}

/** Passes on what the parent sends, piece by piece: Node would make one record of those that wait in the socket. */
async function sendPackets(daemon: Socket): Promise<void> {
  const cutter = new PacketCutter();
  for await (const bytes of input) {
    for (const piece of cutter.cut(bytes as Buffer)) {
      await new Promise((resolve) => daemon.write(piece, resolve));
    }
  }
}

/** Takes a line off the input; what is behind it stays there. */
async function takeLine(): Promise<string> {
  const parts: Buffer[] = [];
  while (true) {
    const bytes = input.read() as Buffer | null;
    if (bytes === null) {
      await once(input, 'readable');
      continue;
    }
    const end = bytes.indexOf('\n');
    if (end >= 0) {
      input.unshift(bytes.subarray(end + 1));
      return Buffer.concat([...parts, bytes.subarray(0, end)]).toString();
    }
    parts.push(bytes);
  }
}

async function dial(job: RelayJob): Promise<Socket> {
  const limit = new TimeLimit(job.timeoutMs);
  if (job.transport === 'tls') {
    return dialTls(job.target, limit);
  }
  const socket = new Socket();
  await dialTcp(socket, 'tcp', job.target, limit);
  return socket;
}

function say(outcome: RelayOutcome): void {
  output.write(`${JSON.stringify(outcome)}\n`);
}

/** Ends the process when the daemon does, but not before all that came from it is passed on. */
function endWithDaemon(daemon: Socket): void {
  let failure: Error | undefined;
  const end = (error?: Error) => {
    if (!output.writableEnded) {
      failure = error;
      output.end(daemon.read() ?? Buffer.alloc(0));
    }
  };
  daemon.on('error', end).on('close', () => end());
  output.on('finish', () => {
    if (failure !== undefined) {
      writeSync(2, `the connection broke: ${failure.message}\n`);
    }
    process.exit(failure === undefined ? 0 : 1);
  });
}

function endWithParent(): void {
  const parent = process.ppid;
  const end = () => process.exit();
  input.on('end', end).on('error', end);
  output.on('error', end);
  // While the daemon takes nothing the input isn't read, and its end not noticed.
  setInterval(() => process.ppid !== parent && end(), LOOK_AT_PARENT).unref();
}

// A terminal sends these to all of its processes, but whether the connection is to end is for the parent to say.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});
endWithParent();
relay();
