import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a proxy connects to: a port of 127.0.0.1, or the path of a unix socket. */
export type ProxyTarget = { readonly port: number } | { readonly path: string };

/** What a proxy does to the connections through it, present and future. */
type Action = 'fragment' | 'delay' | 'halt' | 'resume' | 'cutAnswer' | 'reset' | 'close';

type Message = { readonly port?: number; readonly number?: number };

/**
 * A bad network: forwards connections to a target of the same kind, and does to them what it is told.
 *
 * It runs in a process of its own, so that it goes on while the thread of a spec is blocked. What it is told, it does also
 * if the promise is not awaited; what comes through it afterwards is sure to meet it only if it is.
 */
export class FaultProxy {
  /** Where it listens, if its target is a unix socket. */
  readonly path: string;
  /** Where it listens, if its target is a port. */
  port = 0;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #actions = 0;

  private constructor(target: ProxyTarget, host: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'virdeliver-proxy-'));
    this.path = join(this.#folder, 'socket');
    const isPort = 'port' in target;
    const here = isPort ? { host, port: 0 } : { path: this.path };
    const there = isPort ? { host: '127.0.0.1', port: target.port } : target;
    const args = [here, there].map((place) => JSON.stringify(place));
    this.#process = spawn(process.execPath, [join(__dirname, 'fault-proxy-program.js'), ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.setMaxListeners(0);
    this.#ended = once(this.#process, 'exit');
  }

  /**
   * Starts one; it listens when the promise resolves.
   *
   * @param host The address on which it listens for connections to a port.
   */
  static async start(target: ProxyTarget, host = '127.0.0.1'): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, host);
    const { port = 0 } = await proxy.#message(() => true);
    proxy.port = port;
    return proxy;
  }

  /** Passes everything on in pieces of so many bytes at most. */
  fragment(bytes: number): Promise<void> {
    return this.#tell('fragment', bytes);
  }

  /** Keeps what comes for so many milliseconds, one chunk after another. */
  delay(milliseconds: number): Promise<void> {
    return this.#tell('delay', milliseconds);
  }

  /** Passes nothing on any more, not even an end, and closes nothing: each side has lost the other without a word. */
  halt(): Promise<void> {
    return this.#tell('halt');
  }

  /** Passes everything on again, what has come meanwhile too. */
  resume(): Promise<void> {
    return this.#tell('resume');
  }

  /** Breaks all connections off by a reset, or, if they are between unix sockets, by closing them. */
  reset(): Promise<void> {
    return this.#tell('reset');
  }

  /** Keeps back the next that the target says, and closes that connection: what was asked for is done, and nobody hears of it. */
  cutAnswer(): Promise<void> {
    return this.#tell('cutAnswer');
  }

  /** Closes all connections on both sides; new ones are still taken. */
  close(): Promise<void> {
    return this.#tell('close');
  }

  /** Ends it, and with it all connections. */
  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true });
  }

  #tell(action: Action, argument?: number): Promise<void> {
    this.#actions += 1;
    const number = this.#actions;
    this.#process.send({ number, action, argument });
    const done = this.#message((message) => message.number === number).then(() => {});
    // A promise that nobody awaits may be broken by the proxy's end.
    done.catch(() => {});
    return done;
  }

  #message(isIt: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#process.on('message', (message: Message) => {
        if (isIt(message)) {
          resolve(message);
        }
      });
      this.#ended.then(() => reject(new Error('the proxy has ended')));
    });
  }
}
