import fs, { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Environment } from '../../../../lib/drivers/remote/environment';
import { openUnixTransport } from '../../../../lib/drivers/remote/transport/open-unix-transport';
import type { OpenedTransport } from '../../../../lib/drivers/remote/transport/opened-transport';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { OpenError } from '../../../../lib/errors';
import { countDescriptors } from '../../stream/scratch';

const servers: Server[] = [];
const opened: OpenedTransport[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-open-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const { transport } of opened.splice(0)) {
    transport.close();
  }
  for (const server of servers.splice(0)) {
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true });
});

/** Has this process listen at a socket in the folder. */
async function listen(name: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
  servers.push(server);
  return server;
}

/** Leaves a socket in the folder that nobody listens at. */
async function abandon(name: string): Promise<void> {
  const server = await listen('short-lived');
  linkSync(join(folder, 'short-lived'), join(folder, name));
  await new Promise((resolve) => server.close(resolve));
  servers.pop();
}

function environment(uid: number): Environment {
  const variables = { XDG_RUNTIME_DIR: folder };
  return {
    uid,
    home: folder,
    variables,
    systemSocketFolder: folder,
    systemConfigurationFolder: folder,
    systemPkiFolder: folder,
  };
}

function open(uri: string, { uid = 0, readOnly = false }: { uid?: number; readOnly?: boolean } = {}): OpenedTransport {
  const found = openUnixTransport(parseRemoteUri(uri), { readOnly, remoteMode: undefined }, environment(uid));
  opened.push(found);
  return found;
}

/** Opens in vain, and returns the message with the folder written as `~`. */
function problem(uri: string, options?: { uid?: number; readOnly?: boolean }): string {
  try {
    open(uri, options);
  } catch (error) {
    expect(error).toBeInstanceOf(OpenError);
    expect(error).toMatchObject({ code: 'ERR_OPEN', uri });
    return (error as Error).message.replace(`cannot open ${JSON.stringify(uri)}: `, '').replaceAll(folder, '~');
  }
  throw new Error('it was opened');
}

function deny(name: 'accessSync' | 'statSync'): void {
  jest.spyOn(fs, name).mockImplementation(() => {
    throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
  });
}

describe('opening a daemon’s socket', () => {
  it('connects to the one that exists', async () => {
    await listen('libvirt-sock');
    const { transport, name } = open('qemu+unix:///system?x=1');
    expect(name).toBe('qemu:///system?x=1');
    transport.write(Buffer.from('hello'), 1000);
    expect(transport.read()).toEqual({ kind: 'nothing' });
  });

  it('asks the daemon of a driver that was found for that driver', async () => {
    await listen('virtqemud-sock');
    expect(open('').name).toBe('qemu:///system');
  });

  it('says of an embedded driver that there is no daemon', () => {
    const refusal = {
      code: 'ERR_UNSUPPORTED_URI',
      message: expect.stringContaining("libvirt's C library, which this"),
    };
    expect(() => open('qemu:///embed?root=/x')).toThrow(expect.objectContaining(refusal));
  });

  it('connects to the one that is named', async () => {
    await listen('mine');
    expect(open(`qemu:///system?socket=${folder}/mine`, { readOnly: true }).name).toBe('qemu:///system');
  });

  it.each([
    [
      'qemu:///system',
      {},
      "there is no socket of a daemon, looked for at ~/virtqemud-sock, ~/libvirt-sock; start virtqemud or libvirtd, with systemd by 'systemctl start virtqemud.socket' or 'systemctl start libvirtd.socket'",
    ],
    [
      'qemu:///system?mode=legacy',
      { readOnly: true },
      "there is no socket of a daemon, looked for at ~/libvirt-sock-ro; start libvirtd, with systemd by 'systemctl start libvirtd-ro.socket'",
    ],
    [
      'qemu:///session',
      { uid: 1000 },
      "there is no socket of a daemon, looked for at ~/libvirt/virtqemud-sock, ~/libvirt/libvirt-sock; start virtqemud or libvirtd as this user (a connection by virsh starts it, too), or use the system's with the path /system",
    ],
    [
      '',
      {},
      "there is no socket of a daemon, looked for at ~/libvirt-sock, ~/virtxend-sock, ~/virtqemud-sock, ~/virtlxcd-sock, ~/virtvboxd-sock, ~/virtbhyved-sock, ~/virtvzd-sock; start virtqemud or libvirtd, with systemd by 'systemctl start virtqemud.socket' or 'systemctl start libvirtd.socket'",
    ],
  ])('says where it looked and what to start where there is none: %j', (uri, options, expected) => {
    expect(problem(uri, options)).toBe(expected);
  });

  it('says that the named one is missing', () => {
    expect(problem(`qemu:///system?socket=${folder}/none`)).toContain(
      'looked for at ~/none; check the parameter socket, and that the daemon runs',
    );
  });

  it('says that nobody listens', async () => {
    await abandon('libvirt-sock');
    expect(problem('qemu:///system?mode=legacy')).toBe(
      "~/libvirt-sock takes no connection: its daemon has ended, or more are waiting than it takes; start libvirtd, with systemd by 'systemctl start libvirtd.socket'",
    );
    // What the event loop says later about the attempt is nobody's business.
    await nextTurn();
  });

  it('says which sockets it passed over, and starts the daemon of the one it came to', async () => {
    await abandon('libvirt-sock');
    expect(problem('qemu:///system')).toMatch(/^~\/libvirt-sock \(there is no ~\/virtqemud-sock\) takes no connection/);
    await abandon('virtqemud-sock');
    expect(problem('qemu:///system')).toMatch(
      /^~\/virtqemud-sock takes no connection: .*; start virtqemud, with systemd/,
    );
  });

  it('says that something is no socket', () => {
    writeFileSync(join(folder, 'libvirt-sock'), '');
    expect(problem('qemu:///system')).toBe(
      "~/libvirt-sock (there is no ~/virtqemud-sock) is a regular file, not a unix socket; name the daemon's socket, as in ?socket=PATH",
    );
  });

  it('says that a path is too long, however it is connected to', async () => {
    const name = 'x'.repeat(120 - folder.length);
    writeFileSync(join(folder, name), '');
    expect(problem(`qemu:///system?socket=${folder}/${name}`)).toMatch(
      /^the path of a unix socket is at most 10[37] bytes long, but .* is 121; use a symbolic link to its folder$/,
    );
  });

  it.each(['accessSync', 'statSync'] as const)(
    'says how to be allowed where the user may not use it (%s)',
    async (name) => {
      await listen('libvirt-sock');
      deny(name);
      const path = name === 'statSync' ? '~/virtqemud-sock' : '~/libvirt-sock (there is no ~/virtqemud-sock)';
      const group =
        "join the group that owns it (often 'libvirt': 'usermod -a -G libvirt USER' by root, then log in again)";
      expect(problem('qemu:///system', { uid: 1000 })).toBe(
        `this user (uid 1000) may not use ${path}; ${group}, or open the connection with { readOnly: true }`,
      );
    },
  );

  it('does not advise what was done already', async () => {
    await listen('libvirt-sock-ro');
    deny('accessSync');
    expect(problem('qemu:///system', { uid: 1000, readOnly: true })).toMatch(/then log in again\)$/);
  });

  it('does not advise what would not change the socket that is named', async () => {
    await listen('mine');
    deny('accessSync');
    expect(problem(`qemu:///system?socket=${folder}/mine`, { uid: 1000 })).toMatch(/then log in again\)$/);
  });

  it('says that a session is another user’s', async () => {
    await listen('libvirt-sock');
    deny('statSync');
    expect(problem('qemu:///session', { uid: 1000 })).toBe(
      'this user (uid 1000) may not use ~/libvirt/virtqemud-sock; it belongs to another user; check XDG_RUNTIME_DIR and HOME',
    );
  });

  it('passes on what else the system says', async () => {
    await listen('libvirt-sock');
    jest.spyOn(fs, 'accessSync').mockImplementation(() => {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    });
    expect(problem('qemu:///system')).toMatch(/^~\/libvirt-sock .* cannot be used: EIO: i\/o error$/);
  });

  it('tells a socket that went away meanwhile', async () => {
    await abandon('libvirt-sock');
    const { accessSync } = fs;
    jest.spyOn(fs, 'accessSync').mockImplementationOnce((...args) => {
      accessSync(...args);
      rmSync(join(folder, 'libvirt-sock'));
    });
    expect(problem('qemu:///system?mode=legacy')).toContain(
      'there is no socket of a daemon, looked for at ~/libvirt-sock',
    );
  });

  it('leaves no descriptor open if it fails', async () => {
    await abandon('libvirt-sock');
    await nextTurn();
    const before = countDescriptors();
    for (let i = 0; i < 10; i += 1) {
      problem('qemu:///system');
    }
    expect(countDescriptors()).toBe(before);
  });

  it('refuses systems that have no such sockets', () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
    try {
      expect(() => open('qemu:///system')).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_URI' }));
      expect(() => open('qemu:///system')).toThrow('needs Linux or macOS, but this is win32');
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
  });
});
