import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the project. */
export const root: string = join(__dirname, '..', '..');

/** How a program ended, and what it said on either stream. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** The folder to run it in; the project's by default. */
  readonly cwd?: string;
  /** After how many milliseconds it is killed, with all that it has started. */
  readonly timeout?: number;
  /** Variables that its environment has beside ours. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What the outer npm and jest tell their children would make an inner npm or jest behave as a part of them. */
function innerEnvironment(): NodeJS.ProcessEnv {
  const isKept = (name: string) =>
    !/^(npm_(?!config_(registry|cache|userconfig)$)|JEST_|INIT_CWD$|FORCE_COLOR$)/i.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isKept(name)));
}

/** Runs a program to its end, without input. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd = root, timeout = 120_000, env = {} } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...innerEnvironment(), NO_COLOR: '1', ...env },
      // In a process group of its own, so that what it starts can be killed with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => {
      stderr += `\n(killed after ${timeout} ms)\n`;
      process.kill(-child.pid!, 'SIGKILL');
    }, timeout);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    });
  });
}

/** Runs a program as `run` does and returns its stdout; throws what it said unless it ends with status 0. */
export async function succeed(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: status ${status}\n${stdout}\n${stderr}`);
  }
  return stdout;
}

/** Where the program of a development dependency lies, to be run by `process.execPath`. */
export function programOf(packageName: string, program: string = packageName): string {
  const folder = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const file = typeof bin === 'string' ? bin : bin[program];
  if (file === undefined) {
    throw new Error(`the package ${packageName} has no program ${program}`);
  }
  return join(folder, file);
}
