import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { SocketOptions } from '../../../../lib/drivers/remote/transport/socket-path';
import { composeRemoteCommand } from '../../../../lib/drivers/remote/transport/ssh-remote-command';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { often } from '../../../support/often';
import { Scratch } from '../../stream/scratch';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** Says its name and arguments, and as a netcat whether it has `-q`, as OpenBSD's netcat would. */
const recorder = (knowsQ: boolean) => `#!/bin/sh
if [ "$*" = -q ]; then ${knowsQ ? 'echo "option requires an argument" >&2; ' : ''}exit 1; fi
printf '%s\\0' "\${0##*/}" "$@"
`;

/** Makes another machine's PATH, in which there are such programs, and what the scripts need. */
function machineWith(...programs: string[]): string {
  const folder = scratch.path('bin');
  mkdirSync(folder);
  symlinkSync('/bin/sh', join(folder, 'sh'));
  symlinkSync(spawnSync('sh', ['-c', 'command -v grep'], { encoding: 'utf8' }).stdout.trim(), join(folder, 'grep'));
  for (const program of programs) {
    const [name, variant] = program.split(' ') as [string, string?];
    writeFileSync(join(folder, name), recorder(variant === '-q'));
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const WITH_HELPER = machineWith('virt-ssh-helper', 'nc');
const WITHOUT_HELPER = machineWith('nc');
const WITH_NEWER_NETCAT = machineWith('nc -q');

interface Choice extends Partial<SocketOptions> {
  readonly machine?: string;
}

function compose(uri: string, { readOnly = false, remoteMode }: Choice = {}): string {
  return composeRemoteCommand(parseRemoteUri(uri), { readOnly, remoteMode });
}

/** The program that a machine runs for a URI, and its arguments. */
function run(uri: string, choice: Choice = {}): string[] {
  const { machine = WITH_HELPER } = choice;
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', compose(uri, choice)], {
    encoding: 'utf8',
    env: { PATH: machine },
  });
  return stderr === '' ? stdout.split('\0').slice(0, -1) : [stderr];
}

describe('the command that the other machine runs', () => {
  it.each<[string, Choice, string[]]>([
    ['qemu+ssh://host/system', {}, ['virt-ssh-helper', 'qemu:///system']],
    ['qemu+ssh://host/system', { readOnly: true }, ['virt-ssh-helper', '-r', 'qemu:///system']],
    ['qemu+ssh://host/session', {}, ['virt-ssh-helper', 'qemu:///session']],
    ['qemu+ssh://host/system?a=1&mode=direct', {}, ['virt-ssh-helper', 'qemu:///system?a=1&mode=direct']],
    ['qemu+ssh://host/system?mode=legacy#x', {}, ['virt-ssh-helper', 'qemu:///system?mode=legacy#x']],
    ['qemu+ssh://host/system?name=xen:///', {}, ['virt-ssh-helper', 'xen:///']],
    ['remote+ssh://host', {}, ['virt-ssh-helper', 'remote:///']],
    ['remote+ssh://host/session', {}, ['virt-ssh-helper', 'remote:///session']],
    ['qemu+ssh://host/system?proxy=native', {}, ['virt-ssh-helper', 'qemu:///system']],
    ['qemu+ssh://host/system?proxy=netcat', {}, ['nc', '-U', '/var/run/libvirt/libvirt-sock']],
    ['qemu+ssh://host/system?proxy=netcat', { readOnly: true }, ['nc', '-U', '/var/run/libvirt/libvirt-sock-ro']],
    ['qemu+ssh://host/system?netcat=nc', {}, ['nc', '-U', '/var/run/libvirt/libvirt-sock']],
    ['qemu+ssh://host/system?socket=/a%20b', {}, ['nc', '-U', '/a b']],
    ['qemu+ssh://host/session?socket=/s', { readOnly: true }, ['nc', '-U', '/s']],
    [
      'qemu+ssh://host/system?proxy=netcat&mode=direct',
      { readOnly: true },
      ['nc', '-U', '/var/run/libvirt/virtqemud-sock-ro'],
    ],
    ['qemu+ssh://host/system?proxy=netcat', { remoteMode: 'direct' }, ['nc', '-U', '/var/run/libvirt/virtqemud-sock']],
    [
      'qemu+ssh://host/system?proxy=netcat&mode=auto',
      { remoteMode: 'direct' },
      ['nc', '-U', '/var/run/libvirt/libvirt-sock'],
    ],
    ['qemu+ssh://host/system', { machine: WITHOUT_HELPER }, ['nc', '-U', '/var/run/libvirt/libvirt-sock']],
    ['qemu+ssh://host/system', { machine: WITH_NEWER_NETCAT }, ['nc', '-q0', '-U', '/var/run/libvirt/libvirt-sock']],
  ])('for %s (%j) is %j', (uri, choice, expected) => {
    expect(run(uri, choice)).toEqual(expected);
  });

  it.each([
    ['qemu+ssh://host/system?proxy=Native', 'the parameter proxy must be auto, native or netcat, but is "Native"'],
    [
      'qemu+ssh://host/system?proxy=native&socket=/s',
      'proxy=native finds the daemon itself; leave out the parameter socket, or use proxy=netcat',
    ],
    [
      'qemu+ssh://host/system?proxy=native&netcat=nc',
      'proxy=native finds the daemon itself; leave out the parameter netcat, or use proxy=netcat',
    ],
    [
      'qemu+ssh://host/session?netcat=nc',
      "nobody here knows the path of the socket of /session on the other machine; name it by the parameter socket, or leave it to libvirt's helper by proxy=native",
    ],
    ['qemu+ssh://host/system?netcat=', 'the parameter netcat must be a program, but is ""'],
    ['qemu+ssh://host/system?netcat=-a', 'the parameter netcat must be a program, but is "-a"'],
    ['qemu+ssh://host/system?netcat=n%0Ac', 'the parameter netcat must not hold a control character, but is "n\\nc"'],
    [
      'qemu+ssh://host/system?socket=sock',
      'the parameter socket must be an absolute path on the other machine, but is "sock"',
    ],
    ['qemu+ssh://host/system?socket=/a%0Ab', 'the parameter socket must not hold a control character, but is "/a\\nb"'],
    ['qemu+ssh://host/system?name=--help', 'the parameter name must be a URI'],
    ['qemu+ssh://host/system?name=a%0Db', 'the parameter name must not hold a control character, but is "a\\rb"'],
    ['qemu+ssh://host/system?mode=new', 'the parameter mode must be auto, legacy or direct, but is "new"'],
    [
      'remote+ssh://host/system?proxy=netcat&mode=direct',
      'mode=direct means the socket of one driver, but no driver is named',
    ],
  ])('cannot be had for %s', (uri, expected) => {
    expect(() => compose(uri)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_URI',
        message: `${JSON.stringify(uri.replace('//host', '//…'))}: ${expected}`,
      }),
    );
  });

  it('is what its parameters say and nothing else, whatever they hold, in every shell', () => {
    const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'tcsh', 'fish'].filter(
      (shell) => spawnSync(shell, ['-c', 'true']).status === 0,
    );
    const hostile = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            "'",
            '"',
            '\\',
            '$(touch pwned)',
            '`touch pwned`',
            '$HOME',
            ';touch pwned',
            '|',
            '&',
            '> x',
            '!!',
          ),
          fc.constantFrom(' ', '~', '*', '%h', '%%', `\${PATH}`, '#', '\u{1f41f}', '-U', '{a,b}', '^', '=', '?', '[a]'),
          fc.string({ unit: 'binary', maxLength: 10 }),
        ),
        { maxLength: 6 },
      )
      .map((pieces) => pieces.join('').replaceAll(/\p{Cc}/gu, ''));
    const folder = scratch.path('home');
    mkdirSync(folder);
    fc.assert(
      fc.property(hostile, hostile, fc.constantFrom(...shells), (path, name, shell) => {
        const runs: [string, string[]][] = [
          [`socket=${encodeURIComponent(`/${path}`)}`, ['nc', '-U', `/${path}`]],
          [`name=${encodeURIComponent(`x${name}`)}`, ['virt-ssh-helper', `x${name}`]],
        ];
        for (const [query, expected] of runs) {
          const line = compose(`qemu+ssh://host/system?${query}`);
          const result = spawnSync(shell, ['-c', line], {
            encoding: 'utf8',
            cwd: folder,
            env: { ...process.env, PATH: `${WITH_HELPER}:${process.env['PATH']}`, HOME: folder },
          });
          expect(result.stderr).toBe('');
          expect(result.stdout.split('\0').slice(0, -1)).toEqual(expected);
        }
      }),
      { seed: 1, numRuns: often(100) },
    );
    expect(readdirSync(folder)).not.toContain('pwned');
  });

  it('runs the netcat that is named, whatever its name', () => {
    const name = `my "net'cat" $(id); \\!`;
    const machine = machineWith();
    writeFileSync(join(machine, name), recorder(false));
    chmodSync(join(machine, name), 0o755);
    const uri = `qemu+ssh://host/system?netcat=${encodeURIComponent(name)}&socket=/s`;
    expect(run(uri, { machine })).toEqual([name, '-U', '/s']);
  });

  it('says which program is missing on the other machine', () => {
    const [said] = run('qemu+ssh://host/system', { machine: machineWith() });
    expect(said).toMatch(/nc: (?:command )?not found/);
    const [complaint] = run('qemu+ssh://host/session', { machine: machineWith() });
    expect(complaint).toMatch(/virt-ssh-helper: (?:command )?not found/);
  });
});
