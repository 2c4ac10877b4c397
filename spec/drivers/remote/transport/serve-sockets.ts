import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A process of its own that serves unix sockets, since what is tested blocks this one. */
export class SocketServer implements AsyncDisposable {
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, process: ChildProcess) {
    this.folder = folder;
    this.#process = process;
  }

  static async start(): Promise<SocketServer> {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-sockets-'));
    const program = join(__dirname, 'socket-server.js');
    const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new SocketServer(folder, child);
  }

  /** The path of one of the sockets that `socket-server.js` tells about. */
  path(name: 'echo' | 'slow' | 'deaf' | 'farewell' | 'rude'): string {
    return join(this.folder, name);
  }

  /** Ends the process in the middle of whatever it does; its sockets stay in the folder. */
  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}
