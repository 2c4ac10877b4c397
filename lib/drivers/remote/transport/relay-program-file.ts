import { join } from 'node:path';

/** Where the program of the relay is, which runs in a process of its own. */
export const relayProgramFile: string = join(__dirname, 'relay-program.js');
