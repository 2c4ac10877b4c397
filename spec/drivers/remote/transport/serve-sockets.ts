import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Who one is connected to; `socket-server.js` tells what each does. */
export type ServerName = 'echo' | 'count' | 'slow' | 'deaf' | 'farewell' | 'flood' | 'rude' | 'version';

type Ports = Readonly<Record<'tcp' | 'tls', Readonly<Record<ServerName, number>>>>;

/** A process of its own that serves sockets, since what is tested blocks this one. */
export class SocketServer implements AsyncDisposable {
  readonly folder: string;
  /** The ports on 127.0.0.1; for TLS only if the folder has a certificate. */
  readonly ports: Ports;
  readonly #process: ChildProcess;

  private constructor(folder: string, ports: Ports, process: ChildProcess) {
    this.folder = folder;
    this.ports = ports;
    this.#process = process;
  }

  /** @param prepare Puts into the folder what the program is to find there. */
  static async start(prepare: (folder: string) => void = () => {}): Promise<SocketServer> {
    const folder = mkdtempSync(join(tmpdir(), 'virdeliver-sockets-'));
    prepare(folder);
    const program = join(__dirname, 'socket-server.js');
    const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [ports] = (await once(child.stdout, 'data')) as [Buffer];
    return new SocketServer(folder, JSON.parse(ports.toString()), child);
  }

  /** The path of a unix socket. */
  path(name: ServerName): string {
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
