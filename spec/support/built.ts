import { join } from 'node:path';

/**
 * The folder with what `lib/` compiles to.
 *
 * Jest compiles `lib/` before any spec that imports this file, directly or through others, unless that was done already.
 */
export const dist: string = join(__dirname, '..', '..', 'dist');

/** The program that users run as `virdeliver`. */
export const main: string = join(dist, 'cli', 'main.js');

/** The programs of child processes, by the names that `lib/` has for them: under Jest, `lib/` finds them here. */
export const relayProgramFile: string = join(dist, 'parts', 'relay-program.js');
export const hubProgramFile: string = join(dist, 'parts', 'hub-program.js');

/** A program's text for a module of `lib/` as it was built, by the module's name. */
export const builtModule = (name: string): string =>
  `require(${JSON.stringify(join(__dirname, 'built-module.js'))}).builtModule(${JSON.stringify(name)})`;
