/** What the command asks a real libvirtd for, and what it says of what cannot come. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { main } from '../support/built';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';
import { type Outcome, run, succeed } from '../support/run-program';

jest.setTimeout(120_000);

describeLive('virdeliver and a daemon', () => {
  let daemon: PrivateLibvirtd;
  let uri: string;

  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start();
    uri = `test+unix:///default?socket=${daemon.socket}`;
  }, 180_000);
  afterAll(() => daemon?.stop());

  const watch = (...args: string[]): Promise<Outcome> =>
    run(process.execPath, [main, 'watch', uri, '--timeout', '0.2', ...args]);

  it.each([
    [['--type', 'typo'], 2, /^virdeliver: --type must ask for types of libvirt's events, but has 'typo'/],
    [['--events', 'typo'], 2, /^virdeliver: --events must ask for types of libvirt's events, but has 'typo'/],
    [['--filter', "@type = 'typo'"], 2, /^virdeliver: --filter must ask for types of libvirt's events, but has 'typo'/],
    [['--type', 'qemu-monitor'], 1, /the daemon has no events of the type qemu-monitor, and no others are wanted\n$/],
    [['--filter', "@type = 'qemu-monitor'"], 1, /the daemon has no events of the type qemu-monitor/],
    [['--events', 'qemu-monitor'], 1, /the daemon has no events of the type qemu-monitor/],
    [
      ['--type', 'qemu-monitor', '--type', 'domain-reboot'],
      0,
      /^virdeliver: the daemon has no events of the type qemu-monitor; it sends the others\nvirdeliver: connected to test\+unix:\S+\n$/,
    ],
    [['--type', 'domain-reboot'], 0, /^virdeliver: connected to test\+unix:\S+\n$/],
    [['--type', 'connection-lost'], 0, /^virdeliver: connected to test\+unix:\S+\n$/],
    [['--type', 'connection-lost', '--events', 'domain-reboot'], 0, /^virdeliver: connected to test\+unix:\S+\n$/],
  ])('%j: status %i, and %s', async (args, status, message) => {
    expect(await watch(...args)).toEqual({ status, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('brings what --type asks for', async () => {
    const args = [
      main,
      'watch',
      uri,
      '--state',
      '--type',
      'domain-state-transition',
      '--count',
      '1',
      '--format',
      'json',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const output = text(child.stdout.pipe(new PassThrough()));
    // The domains are shown when the events are asked for.
    await once(child.stdout, 'data');
    await succeed('virsh', ['-c', uri, 'suspend', 'test']);
    const lines = (await output)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ name: 'test' }, { type: 'domain-state-transition', detail: { to: 'paused' } }]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves nothing in the log of the daemon when %s ends it',
    async (signal) => {
      // The test driver has not all kinds of events, and each that it lacks stands in the log.
      const args = [main, 'watch', uri, '--state', '--type', 'domain-state-transition'];
      const before = daemon.log.length;
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child.stdout, 'data');
      await Promise.all([once(child.stdout, 'data'), succeed('virsh', ['-c', uri, 'suspend test; resume test'])]);
      child.kill(signal);
      await once(child, 'close');
      expect(daemon.log.slice(before)).toBe('');
    },
  );
});
