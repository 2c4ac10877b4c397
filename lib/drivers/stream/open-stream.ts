import { constants, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatValue } from '../../arguments';
import { InvalidArgumentError, InvalidUriError, OpenError } from '../../errors';
import type { Driver, DriverContext } from '../driver';
import type { ByteSource } from '../io/byte-source';
import { closeDescriptor, type DescriptorKind, kindOfDescriptor, kindOfPath, requireReadable } from '../io/descriptor';
import { identifyFile } from '../io/file-identity';
import { FileSource } from './file-source';
import { FollowedFileSource } from './followed-file-source';
import { PipeSource } from './pipe-source';
import { StreamDriver } from './stream-driver';
import { parseStreamUri } from './stream-uri';
import { TerminalSource } from './terminal-source';

/**
 * Opens the stream that a URI names: events as XML, one after another, from a file, a FIFO or a descriptor.
 *
 * - `file:PATH` is read to its end; `file:PATH?follow` waits for what is appended to it, and goes on with the file that takes its
 *   name (log rotation), after the old one's end. A file that is truncated is read anew, after a gap of unknown size.
 * - `fifo:PATH` ends when its last writer has closed it; before the first one opens it, it waits. `fifo:PATH?follow` never ends: writers come
 *   and go, and none waits for a reader.
 * - `fd:N` takes over a descriptor that the process was given or has opened: a regular file (read from where it stands to
 *   its end), a pipe, a FIFO, a stream socket, or a terminal. From then on nothing else may read or close it; it is set
 *   non-blocking, which other processes that share it see, and closed with the connection. It ends when 0 bytes can be
 *   read: a FIFO that may not have a writer yet is opened as `fifo:PATH`.
 * - `-` is `fd:0`, standard input. The standard three descriptors are never closed; `process.stdin` must be left alone.
 *
 * Linux and macOS only.
 *
 * @throws {InvalidUriError} `ERR_INVALID_URI` if the URI can't be read, `ERR_UNSUPPORTED_URI` on other systems.
 * @throws {OpenError} `ERR_OPEN` if what it names isn't there, is of another kind, or may not be read.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if `replaySpeed` isn't a number above 0.
 */
export function openStream(context: DriverContext): Driver {
  const { uri } = context;
  const address = parseStreamUri(uri);
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    throw new InvalidUriError(
      'ERR_UNSUPPORTED_URI',
      uri,
      `streams need Linux or macOS, but this is ${process.platform}; the drivers memory: and test: run everywhere`,
    );
  }
  switch (address.kind) {
    case 'descriptor':
      return new StreamDriver(openDescriptor(uri, address.fd), context, identifyFile(address.fd));
    case 'file': {
      const speed = readReplaySpeed(context.options.replaySpeed, address.follow);
      const path = resolve(address.path);
      return new StreamDriver(openFile(uri, path, address.follow), context, identifyFile(path), speed);
    }
    case 'fifo': {
      const path = resolve(address.path);
      return new StreamDriver(openFifo(uri, path, address.follow), context, identifyFile(path));
    }
  }
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` */
function readReplaySpeed(speed: unknown, follow: boolean): number | undefined {
  if (speed === undefined) {
    return undefined;
  }
  if (typeof speed !== 'number' || !(speed > 0)) {
    throw new InvalidArgumentError('options.replaySpeed', `must be a number above 0, but is ${formatValue(speed)}`);
  }
  if (follow) {
    throw new InvalidArgumentError(
      'options.replaySpeed',
      'is for a file that is complete, not for one that is followed',
    );
  }
  return speed;
}

function openDescriptor(uri: string, fd: number): ByteSource {
  let kind: DescriptorKind;
  try {
    kind = kindOfDescriptor(fd);
  } catch (cause) {
    throw new OpenError(uri, `descriptor ${fd} is not open in this process; pass the number of one that is`, { cause });
  }
  if (kind === 'directory' || kind === 'device' || kind === 'unknown thing') {
    throw new OpenError(
      uri,
      `descriptor ${fd} is a ${kind}; pass a file, a pipe, a FIFO, a stream socket or a terminal`,
    );
  }
  try {
    requireReadable(fd);
    switch (kind) {
      case 'regular file':
      case 'null device':
        return new FileSource(fd);
      case 'FIFO':
      case 'socket':
        return new PipeSource(fd, true);
      case 'terminal':
        return new TerminalSource(fd);
    }
  } catch (cause) {
    const problem =
      codeOf(cause) === 'EBADF' ? 'is open for writing only; pass one that is open for reading' : reason(cause);
    throw new OpenError(uri, `descriptor ${fd} ${problem}`, { cause });
  }
}

function openFile(uri: string, path: string, follow: boolean): ByteSource {
  const kind = findKind(uri, path, 'check the path');
  if (kind === 'FIFO') {
    throw new OpenError(uri, `${path} is a FIFO; open it as fifo:PATH`);
  }
  if (kind !== 'regular file' && (kind !== 'null device' || follow)) {
    throw new OpenError(uri, `${path} is a ${kind}; name a regular file`);
  }
  const fd = open(uri, path, constants.O_RDONLY);
  return follow ? new FollowedFileSource(fd, path) : new FileSource(fd);
}

/** @param isHeld Whether it is opened for writing, too, so that it never ends, and a writer never waits for a reader. */
function openFifo(uri: string, path: string, isHeld: boolean): ByteSource {
  const kind = findKind(uri, path, 'make it with mkfifo');
  if (kind !== 'FIFO') {
    throw new OpenError(
      uri,
      `${path} is a ${kind}, not a FIFO; ${kind === 'regular file' ? 'open it as file:PATH' : 'make one with mkfifo'}`,
    );
  }
  const fd = open(uri, path, isHeld ? constants.O_RDWR : constants.O_RDONLY);
  try {
    return new PipeSource(fd, false);
  } catch (cause) {
    closeDescriptor(fd);
    throw new OpenError(uri, `${path} ${reason(cause)}`, { cause });
  }
}

/** The kind is found out before the path is opened, since opening a FIFO or a device is felt at its other end. */
function findKind(uri: string, path: string, whereMissing: string): DescriptorKind {
  try {
    return kindOfPath(path);
  } catch (cause) {
    throw new OpenError(uri, `${path} ${reason(cause, whereMissing)}`, { cause });
  }
}

function open(uri: string, path: string, access: number): number {
  try {
    return openSync(path, access | constants.O_NONBLOCK);
  } catch (cause) {
    throw new OpenError(uri, `${path} ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown, whereMissing = 'check the path'): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return `does not exist; ${whereMissing}`;
    case 'ENOTDIR':
      return 'leads through something that is no directory; check the path';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user; change its permissions, or those of the directories that lead to it';
    case 'EMFILE':
    case 'ENFILE':
      return 'cannot be opened, because too many files are open; close some, or raise the limit (ulimit -n)';
    default:
      return `cannot be read: ${(error as Error).message}`;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
