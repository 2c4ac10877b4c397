import * as fc from 'fast-check';
import type { SocketOptions } from '../../../../lib/drivers/remote/transport/socket-path';
import { composeSshCommand } from '../../../../lib/drivers/remote/transport/ssh-command';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { InvalidUriError } from '../../../../lib/errors';
import { often } from '../../../support/often';

const options: SocketOptions = { readOnly: false, remoteMode: undefined };

/** The arguments but for the command of the other machine, which is another matter. */
function argumentsOf(uri: string): string[] {
  return composeSshCommand(parseRemoteUri(uri), options).args.slice(0, -1);
}

/** Why a URI is refused. */
function problem(uri: string): string {
  try {
    composeSshCommand(parseRemoteUri(uri), options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidUriError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_URI' });
    return (error as Error).message.replace(/^"[^"]*": /, '');
  }
  throw new Error('it was taken');
}

describe('the command that runs ssh', () => {
  it.each([
    ['qemu+ssh://host/system', ['-T', '-e', 'none', '--', 'host']],
    ['qemu+ssh:///system', ['-T', '-e', 'none', '--', 'localhost']],
    ['qemu+libssh2://host/system', ['-T', '-e', 'none', '--', 'host']],
    ['qemu+ssh://me@host:2222/system', ['-p', '2222', '-l', 'me', '-T', '-e', 'none', '--', 'host']],
    ['qemu+ssh://me%40home@[fe80::1]/system', ['-l', 'me@home', '-T', '-e', 'none', '--', 'fe80::1']],
    ['qemu+ssh://host/system?no_tty=1', ['-T', '-e', 'none', '-o', 'BatchMode=yes', '--', 'host']],
    ['qemu+ssh://host/system?no_tty=0&no_verify=0', ['-T', '-e', 'none', '--', 'host']],
    ['qemu+ssh://host/system?no_verify=1', ['-T', '-e', 'none', '-o', 'StrictHostKeyChecking=no', '--', 'host']],
    ['qemu+ssh://host/system?known_hosts_verify=normal', ['-T', '-e', 'none', '--', 'host']],
    [
      'qemu+ssh://host/system?known_hosts_verify=auto',
      ['-T', '-e', 'none', '-o', 'StrictHostKeyChecking=accept-new', '--', 'host'],
    ],
    [
      'qemu+ssh://host/system?known_hosts_verify=ignore',
      ['-T', '-e', 'none', '-o', 'StrictHostKeyChecking=no', '--', 'host'],
    ],
    [
      'qemu+ssh://host/system?keyfile=~/.ssh/a%20key&known_hosts=/etc/%25h',
      [
        ...['-T', '-e', 'none', '-o', 'IdentityFile="~/.ssh/a key"'],
        ...['-o', 'UserKnownHostsFile="/etc/%%h"', '--', 'host'],
      ],
    ],
  ])('has the arguments that %s means', (uri, expected) => {
    expect(argumentsOf(uri)).toEqual(expected);
  });

  it('runs ssh, or the program that is named instead', () => {
    const programOf = (uri: string) => composeSshCommand(parseRemoteUri(uri), options).program;
    expect(programOf('qemu+ssh://host/system')).toBe('ssh');
    expect(programOf('qemu+ssh://host/system?command=/opt/my%20ssh')).toBe('/opt/my ssh');
  });

  it('warns if the host is not verified, and nowhere else', () => {
    const warningsOf = (query: string) =>
      composeSshCommand(parseRemoteUri(`qemu+ssh://host/system${query}`), options).warnings;
    const warning = ['the host key of host was not verified: whoever answers there is taken for it'];
    expect(warningsOf('?no_verify=1')).toEqual(warning);
    expect(warningsOf('?known_hosts_verify=ignore')).toEqual(warning);
    expect(warningsOf('?known_hosts_verify=auto')).toEqual([]);
    expect(warningsOf('')).toEqual([]);
  });

  it.each([
    ['qemu+ssh://-oProxyCommand=x/system', /^ssh takes no such host; give it a name in ssh's config/],
    ['qemu+ssh://a%40b/system', /^ssh takes no such host/],
    ['qemu+ssh://a%20b/system', /^ssh takes no such host/],
    ['qemu+ssh://ssh:%2f%2fb/system', /port is no number|takes no such host/],
    ['qemu+ssh://-l@host/system', /^ssh takes no such user; say it in ssh's configuration/],
    ['qemu+ssh://$(id)@host/system', /^ssh takes no such user/],
    ['qemu+ssh://a%0Ab@host/system', /^ssh takes no such user/],
    ['qemu+ssh://@host/system', /^ssh takes no such user/],
    [
      'qemu+ssh://host/system?command=',
      /^the parameter command must be a program to run instead of ssh, but is empty$/,
    ],
    ['qemu+ssh://host/system?sshauth=agent', /^the parameter sshauth is for libvirt's ssh libraries, but the program/],
    ['qemu+ssh://host/system?no_tty=yes', /^the parameter no_tty must be 0 or 1, but is "yes"$/],
    ['qemu+ssh://host/system?no_verify=', /^the parameter no_verify must be 0 or 1, but is ""$/],
    [
      'qemu+ssh://host/system?known_hosts_verify=constructor',
      /^the parameter known_hosts_verify must be normal, auto or ignore, but is "constructor"$/,
    ],
    [
      'qemu+ssh://host/system?keyfile=',
      /^the parameter keyfile must be a path without ", \\ and \$\{, which .* is ""$/,
    ],
    ['qemu+ssh://host/system?keyfile=$%7BHOME%7D', /^the parameter keyfile must be a path without/],
    ['qemu+ssh://host/system?known_hosts=a%22%20b', /^the parameter known_hosts must be a path without/],
    ['qemu+ssh://host/system?keyfile=a%0AProxyCommand%20x', /^the parameter keyfile must not hold a control character/],
  ])('is refused for %s', (uri, expected) => {
    expect(problem(uri)).toMatch(expected);
  });

  it('has no option but those that it should, whatever the URI holds', () => {
    const part = fc
      .oneof(
        fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0')),
        fc.constantFrom(
          '-oProxyCommand=id',
          '-',
          '--',
          '%h',
          '%%',
          '~',
          `\${HOME}`,
          '$(id)',
          '`id`',
          ';id',
          'a b',
          "'",
          '"',
        ),
      )
      .map(encodeURIComponent);
    const names = ['command', 'socket', 'netcat', 'keyfile', 'known_hosts', 'name', 'other'];
    const query = fc.array(fc.tuple(fc.constantFrom(...names), part), { maxLength: 4 });
    let taken = 0;
    fc.assert(
      fc.property(part, part, query, (user, host, parameters) => {
        const text = `qemu+ssh://${user}@${host}/system?${parameters.map((pair) => pair.join('=')).join('&')}`;
        let args: readonly string[];
        try {
          args = composeSshCommand(parseRemoteUri(text), options).args;
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidUriError);
          return;
        }
        taken += 1;
        const optional = '(?:-l [^\\s-]\\S* )?-T -e none (?:-o IdentityFile="[^"\\\\\\p{Cc}]+" )?';
        const shape = new RegExp(
          `^${optional}(?:-o UserKnownHostsFile="[^"\\\\\\p{Cc}]+" )?-- [^\\s-]\\S* \\P{Cc}+$`,
          'u',
        );
        expect(args.join(' ')).toMatch(shape);
      }),
      { seed: 76, numRuns: often(2000) },
    );
    expect(taken).toBeGreaterThan(often(100));
  });
});
