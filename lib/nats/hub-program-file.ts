import { join } from 'node:path';

/** Where the program of the child is, which runs in a process of its own. */
export const hubProgramFile: string = join(__dirname, 'hub-program.js');
