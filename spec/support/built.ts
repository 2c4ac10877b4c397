import { join } from 'node:path';

/**
 * The folder with what `lib/` compiles to.
 *
 * Jest compiles `lib/` before any spec that imports this file, directly or through others, unless that was done already.
 */
export const dist: string = join(__dirname, '..', '..', 'dist');

/** The program that users run as `virdeliver`. */
export const main: string = join(dist, 'cli', 'main.js');

/** The relay's program, by the name that `lib/` has for it: under Jest, `lib/` finds it here. */
export const relayProgramFile: string = join(dist, 'drivers', 'remote', 'transport', 'relay-program.js');
