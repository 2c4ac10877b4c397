import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../../lib/clock';
import type { Transport } from '../../../../lib/drivers/io/transport';
import { type Environment, processEnvironment } from '../../../../lib/drivers/remote/environment';
import { openExtTransport, openSshTransport } from '../../../../lib/drivers/remote/transport/open-transport';
import type { OpenedTransport } from '../../../../lib/drivers/remote/transport/opened-transport';
import { composeSshCommand } from '../../../../lib/drivers/remote/transport/ssh-command';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { OpenError } from '../../../../lib/errors';
import { Scratch } from '../../stream/scratch';

const scratch = new Scratch();
const opened: OpenedTransport[] = [];
afterEach(() => {
  for (const { transport } of opened.splice(0)) {
    transport.close();
  }
});
afterAll(() => scratch.remove());

const LONG = 10_000;
const options = { readOnly: false, remoteMode: undefined };

/** Makes a folder with a program, written in the language of the shell; returns the program's path. */
function makeProgram(text: string, name = 'ssh'): string {
  const folder = scratch.path('bin');
  mkdirSync(folder);
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

/** The environment of this process with a folder that goes first in PATH. */
function environmentWith(folder?: string): Environment {
  const { variables, ...others } = processEnvironment();
  const PATH = folder === undefined ? variables['PATH'] : `${folder}:${variables['PATH']}`;
  return { ...others, variables: { ...variables, PATH } };
}

function open(uri: string, environment = environmentWith()): OpenedTransport {
  const parsed = parseRemoteUri(uri);
  const found =
    parsed.transport === 'ext' ? openExtTransport(parsed, environment) : openSshTransport(parsed, options, environment);
  opened.push(found);
  return found;
}

/** Reads all until the bytes end; the end is in words. */
function readAll(transport: Transport): { text: string; end: string } {
  let text = '';
  const deadline = systemClock.monotonic() + LONG;
  while (systemClock.monotonic() < deadline) {
    const reading = transport.read();
    if (reading.kind === 'bytes') {
      text += Buffer.from(reading.bytes).toString();
    } else if (reading.kind !== 'nothing') {
      return { text, end: reading.kind === 'failed' ? reading.error.message : reading.kind };
    } else {
      transport.wait(LONG);
    }
  }
  throw new Error(`only ${JSON.stringify(text)} came`);
}

describe('opening a connection by ssh', () => {
  it('runs the ssh that is in PATH, whose pipes are the connection', () => {
    const fake = makeProgram('head -c 5');
    const { transport, name, host, isPrivate, warnings } = open(
      'qemu+ssh://host/system?x=1',
      environmentWith(dirname(fake)),
    );
    expect({ name, host, isPrivate, warnings }).toEqual({
      name: 'qemu:///system?x=1',
      host: 'host',
      isPrivate: true,
      warnings: [],
    });
    transport.write(Buffer.from('hello'), LONG);
    expect(readAll(transport)).toEqual({ text: 'hello', end: 'ended' });
  });

  it('runs the program that is named, with the arguments that the URI means, untouched by any shell', () => {
    const fake = makeProgram('printf "%s\\0" "$@"', `a 'fake" $(ssh)`);
    const query = `command=${encodeURIComponent(fake)}&keyfile=/a%20%60b%60/$c&netcat=%22;%20id&socket=/$(id)%20'`;
    const uri = `qemu+ssh://me@[fe80::1]:22/system?${query}&no_verify=1`;
    const { transport, warnings, isPrivate } = open(uri);
    const { text } = readAll(transport);
    expect(text.split('\0').slice(0, -1)).toEqual(composeSshCommand(parseRemoteUri(uri), options).args);
    expect(warnings).toHaveLength(1);
    expect(isPrivate).toBe(false);
  });

  it('gives ssh its environment', () => {
    const fake = makeProgram('echo "$SSH_AUTH_SOCK"');
    const environment = environmentWith(dirname(fake));
    const variables = { ...environment.variables, SSH_AUTH_SOCK: '/agent' };
    expect(readAll(open('qemu+ssh://host/system', { ...environment, variables }).transport).text).toBe('/agent\n');
  });

  it('ends with what ssh said', () => {
    const fake = makeProgram('echo "ssh: Could not resolve hostname host: Name or service not known" >&2; exit 255');
    const { transport } = open('qemu+ssh://host/system', environmentWith(dirname(fake)));
    expect(readAll(transport)).toEqual({
      text: '',
      end: 'ssh ended, and said: ssh: Could not resolve hostname host: Name or service not known',
    });
  });

  it.each([
    [
      'qemu+ssh://host/system?command=/no/ssh',
      "there is no program /no/ssh; install OpenSSH's client, or name a program by the parameter command",
    ],
    [
      'qemu+ext:///system?command=/no/program%20-x',
      'there is no program /no/program -x; the parameter command is a program without arguments; put what needs some into a script',
    ],
  ])('fails at once if the program is missing: %s', (uri, problem) => {
    expect(() => open(uri)).toThrow(
      expect.objectContaining({ code: 'ERR_OPEN', uri, message: `cannot open ${JSON.stringify(uri)}: ${problem}` }),
    );
    expect(() => open(uri)).toThrow(OpenError);
  });

  it.each(['qemu+ssh://host/system', 'qemu+ext:///system?command=x'])(
    'refuses systems without such pipes: %s',
    (uri) => {
      const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
      Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
      try {
        expect(() => open(uri)).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_URI' }));
      } finally {
        Object.defineProperty(process, 'platform', platform);
      }
    },
  );
});

describe('opening a connection by a program of one’s own', () => {
  it('runs it without arguments and without a shell', () => {
    const program = makeProgram('printf "%s\\0" "$#" "$0"', 'my $(program)');
    const { transport, name, host, isPrivate, warnings } = open(
      `qemu+ext:///system?command=${encodeURIComponent(program)}`,
    );
    expect({ name, host, isPrivate, warnings }).toEqual({
      name: 'qemu:///system',
      host: 'localhost',
      isPrivate: true,
      warnings: [],
    });
    expect(readAll(transport).text).toBe(`0\0${program}\0`);
  });

  it.each(['qemu+ext:///system', 'qemu+ext:///system?command='])('needs one: %s', (uri) => {
    expect(() => open(uri)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_URI',
        message: expect.stringMatching(/the transport ext needs the parameter command, the program whose/),
      }),
    );
  });
});
