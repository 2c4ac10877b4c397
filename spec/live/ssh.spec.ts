/** The remote driver against a real libvirtd behind a real sshd, and by programs of the user's own. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionLostError, deliverEvents, InvalidUriError, listDomains, openConnection } from '../../lib';
import { childProcesses } from '../support/child-processes';
import { describeLiveWith, PrivateLibvirtd } from '../support/private-libvirtd';
import { PrivateSshd, SSH_PROGRAMS, writeProgram } from '../support/private-sshd';
import { toggleDomain } from '../support/virsh';
import {
  connectionsOf,
  refusalOf,
  synchronousWorld,
  takeTransitions,
  takeUntil,
  takeWordsUntil,
  worlds,
} from '../support/worlds';

describeLiveWith(...SSH_PROGRAMS)('a connection by a program', () => {
  let daemon: PrivateLibvirtd;
  let sshd: PrivateSshd;
  const open = connectionsOf();

  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start();
    sshd = await PrivateSshd.start(daemon);
  }, 60_000);
  afterAll(async () => {
    await sshd.stop();
    await daemon.stop();
  });

  const toggle = (times: number) => toggleDomain(`test+unix:///default?socket=${daemon.socket}`, times);

  describe.each([
    ['by what is there', {}],
    ["by libvirt's helper", { proxy: 'native' }],
    ['by netcat', { proxy: 'netcat' }],
  ])('ssh, %s', (_, parameters) => {
    it.each(worlds)('delivers events in $name', async (world) => {
      const conn = await open(world, sshd.uriOf(parameters));
      expect(listDomains(conn)).toMatchObject([{ name: 'test', state: 'running' }]);
      const expected = toggle(20);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    });
  });

  describe('ssh', () => {
    it('reaches a socket and a netcat with any names', async () => {
      const netcat = join(sshd.folder, `a "net'cat" $(id) \\!`);
      writeProgram(netcat, 'exec nc "$@"');
      const conn = await open(synchronousWorld, sshd.uriOf({ netcat, socket: daemon.socket }));
      const expected = toggle(1);
      expect(await takeTransitions(synchronousWorld, conn, expected.length)).toEqual(expected);
    });

    it('is for reading only if that is asked for, too', async () => {
      for (const proxy of ['native', 'netcat']) {
        const conn = await open(synchronousWorld, sshd.uriOf({ proxy }), { readOnly: true });
        const expected = toggle(1);
        expect(await takeTransitions(synchronousWorld, conn, expected.length)).toEqual(expected);
      }
    });

    it.each(worlds)('takes a key and known hosts from files with any names, in $name', async (world) => {
      const folder = join(sshd.folder, world.name, "%h %% #'`$HOME é");
      mkdirSync(folder, { recursive: true });
      for (const name of ['user_key', 'known_hosts']) {
        copyFileSync(join(sshd.folder, name), join(folder, name));
      }
      const [keyfile, known_hosts] = [join(folder, 'user_key'), join(folder, 'known_hosts')];
      const uri = sshd.uriOf({ command: sshd.bareClient, keyfile, known_hosts }).replace('//', '//root@');
      const conn = await open(world, uri);
      expect(listDomains(conn)).toHaveLength(1);
    });

    it.each(worlds)('tells in $name that a key is refused, as ssh does', async (world) => {
      const [keyfile, known_hosts] = [join(sshd.folder, 'other_key'), join(sshd.folder, 'known_hosts')];
      const refusal = await refusalOf(world, sshd.uriOf({ command: sshd.bareClient, keyfile, known_hosts }));
      expect(refusal.message).toMatch(/Permission denied \(publickey\)/);
    });

    it.each(worlds)('tells in $name that a host is not known, as ssh does', async (world) => {
      const uri = sshd.uriOf({ known_hosts: join(sshd.folder, 'no_hosts') });
      expect((await refusalOf(world, uri)).message).toMatch(/Host key verification failed/);
    });

    it('takes a host that is not known if the URI says so, with a warning if it is not even remembered', async () => {
      const hosts = join(sshd.folder, 'new_hosts');
      const warned = sshd.uriOf({ known_hosts: hosts, no_verify: '1' });
      const conn = await open(synchronousWorld, warned);
      const [event] = await takeUntil(synchronousWorld, conn, ['connection-warning']);
      expect(event?.xml).toMatch(/the host key of 127.0.0.1 was not verified/);
      const remembered = join(sshd.folder, 'remembered_hosts');
      await open(synchronousWorld, sshd.uriOf({ known_hosts: remembered, known_hosts_verify: 'auto' }));
      expect(readFileSync(remembered, 'utf8')).toContain(
        readFileSync(join(sshd.folder, 'host_key.pub'), 'utf8').split(' ')[1],
      );
    });

    it.each(worlds)('tells in $name what is missing on the other machine', async (world) => {
      const netcat = await refusalOf(world, sshd.uriOf({ netcat: 'no-such-netcat' }));
      expect(netcat.message).toMatch(/no-such-netcat: not found/);
      const socket = await refusalOf(world, sshd.uriOf({ socket: '/no/such/socket' }));
      expect(socket.message).toMatch(/No such file or directory/);
    });

    it.each(worlds)('tells in $name that nobody listens, and that there is no such host', async (world) => {
      const port = await refusalOf(world, sshd.uriOf().replace(`:${sshd.port}`, ':1'));
      expect(port.message).toMatch(/port 1: Connection refused/);
      const host = await refusalOf(world, sshd.uriOf().replace('127.0.0.1', 'no-such-host.invalid'));
      expect(host.message).toMatch(/Could not resolve hostname no-such-host.invalid/);
    });

    it('tells that there is no ssh', async () => {
      const refusal = await refusalOf(synchronousWorld, sshd.uriOf({ command: '/no/such/ssh' }));
      expect(refusal.message).toMatch(
        /there is no program \/no\/such\/ssh; install OpenSSH's client, or name a program/,
      );
    });

    it('runs nothing that a URI smuggles in', () => {
      const proof = join(sshd.folder, 'smuggled');
      const touch = encodeURIComponent(`touch ${proof}`);
      const hosts = [`-oProxyCommand=${touch}`, `$(${touch})`, `%60${touch}%60`, `a;${touch}`, `a%0A${touch}`];
      for (const host of hosts) {
        for (const authority of [host, `${host}@127.0.0.1`]) {
          const uri = `test+ssh://${authority.replaceAll('/', '%2F')}/default?command=${sshd.client}`;
          expect(() => openConnection(uri)).toThrow(InvalidUriError);
        }
      }
      expect(existsSync(proof)).toBe(false);
    });

    it.each(worlds)('is lost in $name when the other machine ends it, which it tells as ssh does', async (world) => {
      const conn = await open(world, sshd.uriOf());
      const expected = toggle(1);
      // What is still on its way through sshd would end with the login.
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
      sshd.endLogins();
      expect(await takeWordsUntil(world, conn, ['connection-lost'])).toEqual(['connection-lost']);
      expect(() => deliverEvents(conn)).toThrow(/closed by remote host/);
    });

    it.each(worlds)('is lost in $name when ssh is killed', async (world) => {
      const conn = await open(world, sshd.uriOf());
      const [ssh] = childProcesses(`${sshd.folder}/ssh_config`);
      process.kill(ssh!, 'SIGKILL');
      expect(await takeWordsUntil(world, conn, ['connection-lost'])).toEqual(['connection-lost']);
      expect(() => deliverEvents(conn)).toThrow(ConnectionLostError);
    });

    it.each(worlds)('comes back in $name', async (world) => {
      const conn = await open(world, sshd.uriOf(), { reconnect: true });
      sshd.endLogins();
      expect(await takeWordsUntil(world, conn, ['connection-restored'])).toEqual([
        'connection-lost',
        'events-lost',
        'connection-restored',
      ]);
      const expected = toggle(2);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    });
  });

  describe('ext', () => {
    const uriOf = (command: string) => `test+ext:///default?command=${encodeURIComponent(command)}`;

    function programOf(text: string): string {
      const path = join(sshd.folder, 'a program');
      writeProgram(path, text);
      return path;
    }

    it.each(worlds)('delivers events by any program, in $name', async (world) => {
      const conn = await open(world, uriOf(programOf(`exec nc -U '${daemon.socket}'`)));
      const expected = toggle(20);
      expect(await takeTransitions(world, conn, expected.length)).toEqual(expected);
    });

    it.each(worlds)('tells in $name what the program said when it failed', async (world) => {
      const refusal = await refusalOf(world, uriOf(programOf('echo "it is too late" >&2; exit 3')));
      expect(refusal.message).toMatch(/a program ended(?: with status 3)?, and said: it is too late/);
    });

    it('tells that it takes no arguments', async () => {
      expect((await refusalOf(synchronousWorld, uriOf('nc -U'))).message).toMatch(
        /there is no program nc -U in PATH .*; the parameter command is a program without arguments/,
      );
    });
  });
});
