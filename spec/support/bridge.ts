import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a program whose standard input and output are a connection to a unix socket: for the transport `ext`, or in place of ssh.
 *
 * @returns The program's path.
 */
export function writeBridge(path: string, socket: string): string {
  const command = [process.execPath, join(__dirname, 'bridge-program.js'), socket];
  writeFileSync(path, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')}\n`, { mode: 0o755 });
  return path;
}
