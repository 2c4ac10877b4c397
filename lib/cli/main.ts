#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../did-you-mean';
import { FilterError, InvalidUriError, VirdeliverError } from '../index';
import { collectCommand } from './collect-command';
import { requireAtMost, UsageError } from './command-line';
import { completionCommand } from './completion-command';
import { isAfterSignal } from './end-watch';
import { filterCommand } from './filter-command';
import { forwardCommand } from './forward-command';
import { journalCommand } from './journal-command';
import { listCommand } from './list-command';
import { Output } from './output';
import { isAboutOption, problemOf } from './own-words';
import { recordCommand } from './record-command';
import { replayCommand } from './replay-command';
import { statsCommand } from './stats-command';
import { typesCommand } from './types-command';
import { commandHelp, help } from './usage';
import { watchCommand } from './watch-command';

/** Runs the command that the arguments ask for, and returns the exit status. */
async function run(args: readonly string[], output: Output, messages: Output): Promise<number> {
  const [command, ...rest] = args;
  if (command === '--version') {
    output.line(version());
    return 0;
  }
  if (command === '--help' || command === '-h' || (command === 'help' && rest.length === 0)) {
    output.text(help.trimEnd());
    return 0;
  }
  if (command === 'help') {
    requireAtMost(rest, 1);
    return run([rest[0] as string, '--help'], output, messages);
  }
  const ownHelp = command === undefined ? undefined : commandHelp.get(command);
  if (ownHelp === undefined) {
    throw new UsageError(
      command === undefined
        ? 'no command given'
        : `there is no command '${command}'${didYouMean(command, commandHelp.keys())}`,
    );
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    output.text(ownHelp.trimEnd());
    return 0;
  }
  switch (command) {
    case 'watch':
      return watchCommand(rest, output, messages);
    case 'filter':
      return filterCommand(rest, output, messages);
    case 'completion':
      return completionCommand(rest, output);
    case 'types':
      return typesCommand(rest, output);
    case 'record':
      return recordCommand(rest, output, messages);
    case 'replay':
      return replayCommand(rest, output, messages);
    case 'stats':
      return statsCommand(rest, output, messages);
    case 'collect':
      return collectCommand(rest, messages);
    case 'forward':
      return forwardCommand(rest, messages);
    case 'journal':
      return journalCommand(rest, output, messages);
    default:
      return listCommand(rest, output);
  }
}

function version(): string {
  const text = readFileSync(join(__dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Says on standard error what went wrong, and returns the exit status for it. */
function report(error: unknown, command: string | undefined, messages: Output): number {
  if (error instanceof UsageError) {
    const which = command !== undefined && commandHelp.has(command) ? `virdeliver ${command}` : 'virdeliver';
    messages.line(`virdeliver: ${error.message}`);
    messages.line(`try '${which} --help'`);
    return 2;
  }
  if (error instanceof FilterError) {
    // The place in the expression is shown in lines of its own.
    messages.text(`virdeliver: ${problemOf(error)}`);
    return 2;
  }
  if (error instanceof VirdeliverError) {
    messages.line(`virdeliver: ${problemOf(error)}`);
    return error instanceof InvalidUriError || isAboutOption(error) ? 2 : 1;
  }
  if ((error as NodeJS.ErrnoException).syscall === 'uv_cwd') {
    messages.line(
      'virdeliver: the folder that the command runs in is gone: change to another one, or name files from / on',
    );
    return 1;
  }
  messages.text(`virdeliver: this is a fault of virdeliver's own: ${error instanceof Error ? error.stack : error}`);
  return 1;
}

/** Says why standard output cannot be written, if it cannot, and returns the exit status for it. */
async function statusOfWriting(output: Output, messages: Output): Promise<number> {
  await output.flushed();
  if (output.failure !== undefined) {
    messages.line(`virdeliver: standard output cannot be written: ${output.failure.message}`);
  }
  await messages.flushed();
  return output.failure === undefined && messages.failure === undefined ? 0 : 1;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const output = new Output(process.stdout);
  const messages = new Output(process.stderr);
  let status: number;
  try {
    status = await run(args, output, messages);
  } catch (error) {
    status = report(error, args[0], messages);
  }
  process.exitCode = status;
  if (isAfterSignal(status)) {
    // Whoever presses Ctrl-C does not want to wait for a reader that takes nothing.
    process.exit();
  }
  const ofWriting = await statusOfWriting(output, messages);
  process.exitCode = status || ofWriting;
}

void main();
