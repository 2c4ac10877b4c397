import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Environment } from '../../../../lib/drivers/remote/environment';
import { locateSocket, type SocketMode } from '../../../../lib/drivers/remote/transport/socket-path';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { InvalidUriError } from '../../../../lib/errors';

const folder = mkdtempSync(join(tmpdir(), 'virdeliver-paths-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** A machine with these files in place of its sockets, and a user on it. */
function machine(files: readonly string[], user: Partial<Environment> = {}): Environment {
  count += 1;
  const top = join(folder, String(count));
  for (const file of files) {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    writeFileSync(join(top, file), '');
  }
  const variables = { XDG_RUNTIME_DIR: join(top, 'xdg') };
  const systemSocketFolder = join(top, 'system');
  return {
    uid: 0,
    home: join(top, 'home'),
    variables,
    systemSocketFolder,
    systemConfigurationFolder: top,
    systemPkiFolder: top,
    ...user,
  };
}

/** Which path is chosen, and which are candidates, both from the machine's top. */
function locate(
  uri: string,
  environment: Environment,
  { readOnly = false, remoteMode }: { readOnly?: boolean; remoteMode?: SocketMode } = {},
): { chosen: string | undefined; candidates: string[] } {
  const top = join(environment.systemConfigurationFolder, '/');
  const found = locateSocket(parseRemoteUri(uri), { readOnly, remoteMode }, environment);
  const short = (path: string) => path.replace(top, '');
  return {
    chosen: found.chosen && short(found.chosen.path),
    candidates: found.candidates.map(({ path }) => short(path)),
  };
}

const other = { uid: 1000 };

describe('the folder of the socket', () => {
  it.each([
    ['qemu:///system', 'system'],
    ['qemu:///session', 'system'],
    ['test+unix:///default', 'system'],
    ['', 'system'],
  ])('is the system’s for root and %j', (uri, place) => {
    expect(locate(uri, machine([])).candidates).toContain(`${place}/libvirt-sock`);
  });

  it.each([
    ['qemu:///system', 'system'],
    ['xen:///', 'system'],
    ['remote:///', 'system'],
    ['qemu:///session', 'xdg/libvirt'],
    ['qemu:///%73ession', 'xdg/libvirt'],
    ['remote:///session', 'xdg/libvirt'],
    ['test+unix:///default', 'xdg/libvirt'],
    ['', 'xdg/libvirt'],
  ])('for another user and %j is in %s', (uri, place) => {
    const environment = machine([], other);
    expect(locate(uri, environment).candidates).toContain(`${place}/libvirt-sock`);
    expect(locateSocket(parseRemoteUri(uri), { readOnly: false, remoteMode: undefined }, environment).isSession).toBe(
      place !== 'system',
    );
  });

  it.each([
    [{ XDG_RUNTIME_DIR: '/run/user/1000', XDG_CACHE_HOME: '/cache' }, '/run/user/1000/libvirt'],
    [{ XDG_RUNTIME_DIR: '', XDG_CACHE_HOME: '/cache' }, '/cache/libvirt'],
    [{ XDG_CACHE_HOME: '' }, '/home/u/.cache/libvirt'],
    [{}, '/home/u/.cache/libvirt'],
  ])('of a session with the variables %j is %s', (variables, place) => {
    const environment = machine([], { uid: 1000, home: '/home/u', variables });
    expect(locate('qemu:///session', environment).candidates).toEqual([
      `${place}/virtqemud-sock`,
      `${place}/libvirt-sock`,
    ]);
  });
});

describe.each(['network', 'storage', 'nodedev', 'secret', 'interface', 'nwfilter'])('the socket of %s:', (driver) => {
  it.each([
    ['system', {}, false, `system/virt${driver}d-sock`, 'system/libvirt-sock'],
    ['system', {}, true, `system/virt${driver}d-sock-ro`, 'system/libvirt-sock-ro'],
    ['system', other, true, `system/virt${driver}d-sock-ro`, 'system/libvirt-sock-ro'],
    ['session', other, false, `xdg/libvirt/virt${driver}d-sock`, 'xdg/libvirt/libvirt-sock'],
    ['session', other, true, `xdg/libvirt/virt${driver}d-sock`, 'xdg/libvirt/libvirt-sock'],
  ])(
    'for ///%s and the user %j, read-only: %j, is its own daemon’s, or libvirtd’s',
    (path, user, readOnly, own, all) => {
      const uri = `${driver}:///${path}`;
      expect(locate(uri, machine([own, all], user), { readOnly })).toEqual({ chosen: own, candidates: [own, all] });
      expect(locate(uri, machine([all], user), { readOnly }).chosen).toBe(all);
      expect(locate(`${uri}?mode=direct`, machine([all], user), { readOnly }).candidates).toEqual([own]);
      expect(locate(`${uri}?mode=legacy`, machine([own], user), { readOnly }).candidates).toEqual([all]);
      expect(locate(uri, machine([own], user), { readOnly, remoteMode: 'legacy' }).candidates).toEqual([all]);
    },
  );
});

describe('the file of the socket', () => {
  const modular = 'system/virtqemud-sock';
  const monolithic = 'system/libvirt-sock';

  it.each([
    ['auto', [modular, monolithic], modular],
    ['auto', [modular], modular],
    ['auto', [monolithic], monolithic],
    ['auto', [], undefined],
    ['direct', [modular, monolithic], modular],
    ['direct', [monolithic], undefined],
    ['legacy', [modular, monolithic], monolithic],
    ['legacy', [modular], undefined],
  ] as const)('in the mode %s where %j exist is %s', (mode, files, chosen) => {
    const environment = machine(files);
    expect(locate(`qemu:///system?mode=${mode}`, environment).chosen).toBe(chosen);
    expect(locate('qemu:///system', environment, { remoteMode: mode }).chosen).toBe(chosen);
  });

  it('is by the automatic mode unless another is set, and the URI’s counts more than the configuration’s', () => {
    const environment = machine([modular, monolithic]);
    expect(locate('qemu:///system', environment)).toEqual({ chosen: modular, candidates: [modular, monolithic] });
    expect(locate('qemu:///system?mode=direct', environment, { remoteMode: 'legacy' }).chosen).toBe(modular);
  });

  it.each([
    ['xen:///', 'virtxend'],
    ['lxc:///', 'virtlxcd'],
    ['ch:///system', 'virtchd'],
    ['network:///system', 'virtnetworkd'],
    ['nodedev:///system', 'virtnodedevd'],
  ])('for %s is that of %s', (uri, daemon) => {
    expect(locate(uri, machine([])).candidates).toEqual([`system/${daemon}-sock`, 'system/libvirt-sock']);
  });

  it('is another for reading only, save in a session', () => {
    const files = ['system/libvirt-sock', 'system/libvirt-sock-ro', 'xdg/libvirt/libvirt-sock'];
    const environment = machine(files, other);
    const readOnly = { readOnly: true };
    expect(locate('qemu:///system', environment, readOnly).chosen).toBe('system/libvirt-sock-ro');
    expect(locate('qemu:///session', environment, readOnly).chosen).toBe('xdg/libvirt/libvirt-sock');
  });

  it.each(['auto', 'direct'] as const)(
    'where no driver is named is that of the daemon for all in the mode %s',
    (mode) => {
      const environment = machine(['system/libvirt-sock', modular]);
      expect(locate(`remote:///?mode=${mode}`, environment).chosen).toBe(monolithic);
      expect(locate('', environment, { remoteMode: mode }).chosen).toBe(monolithic);
    },
  );

  it.each([
    [0, '', 'system/', 'qemu:///system'],
    [1000, '', 'xdg/libvirt/', 'qemu:///session'],
    [1000, 'remote:///', 'system/', 'qemu:///system'],
    [0, 'remote:///?name=test:///default', 'system/', 'test:///default'],
  ])(
    'where no driver is named and there is no such daemon is of the first driver (user %s, %j)',
    (uid, uri, at, name) => {
      const environment = machine([`${at}virtlxcd-sock`, `${at}virtqemud-sock`], { uid });
      const { chosen } = locateSocket(parseRemoteUri(uri), { readOnly: false, remoteMode: undefined }, environment);
      expect(chosen).toMatchObject({ daemon: 'virtqemud', name });
      expect(locate(uri, environment).candidates).toEqual(
        ['libvirt', 'virtxend', 'virtqemud', 'virtlxcd', 'virtvboxd', 'virtbhyved', 'virtvzd'].map(
          (n) => `${at}${n}-sock`,
        ),
      );
    },
  );

  it('comes with what the daemon there is asked for', () => {
    const { candidates } = locateSocket(
      parseRemoteUri('qemu:///system?mode=auto&x=1'),
      { readOnly: false, remoteMode: undefined },
      machine([]),
    );
    expect(candidates.map(({ daemon, name }) => [daemon, name])).toEqual([
      ['virtqemud', 'qemu:///system?x=1'],
      ['libvirtd', 'qemu:///system?x=1'],
    ]);
  });

  it('is what the URI says it is, whatever else exists', () => {
    const environment = machine(['my socket', modular]);
    const path = join(environment.systemConfigurationFolder, 'my socket');
    const uri = `qemu+unix:///system?mode=direct&socket=${encodeURIComponent(path)}`;
    const readOnly = { readOnly: true };
    expect(locate(uri, environment, readOnly)).toEqual({ chosen: 'my socket', candidates: ['my socket'] });
  });

  it('may be given from the working directory on', () => {
    const { candidates } = locate('qemu:///system?socket=run/my-sock', machine([]));
    expect(candidates).toEqual([join(process.cwd(), 'run/my-sock')]);
  });

  it('is none if the folder is none', () => {
    const environment = machine(['file']);
    const systemSocketFolder = join(environment.systemConfigurationFolder, 'file');
    expect(locate('qemu:///system', { ...environment, systemSocketFolder }).chosen).toBeUndefined();
  });

  it.each([
    ['qemu:///system?mode=modern', 'the parameter mode must be auto, legacy or direct, but is "modern"'],
    ['qemu:///system?mode', 'but is ""'],
    ['qemu:///system?socket=', 'the parameter socket must be the path of a unix socket, but is empty'],
  ])('is not looked for if the parameters make no sense: %s', (uri, problem) => {
    expect(() => locate(uri, machine([]))).toThrow(InvalidUriError);
    expect(() => locate(uri, machine([]))).toThrow(problem);
  });
});
