import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  closeConnection,
  InvalidArgumentError,
  listDomains,
  OpenError,
  openConnection,
  openConnectionAsync,
  takeEvents,
  waitForEvents,
} from '../../../lib';
import type { ConnectionOptions } from '../../../lib/delivery/open-connection';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { dist } from '../../support/built';
import type { FakeDaemon } from '../../support/fake-daemon';
import { DaemonBench, persistent, refusalOf, uriOf, web } from './daemon-bench';

let bench: DaemonBench;
let daemon: FakeDaemon;
beforeAll(async () => {
  bench = new DaemonBench();
  daemon = await bench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

it('opens a daemon by the URI of any of its drivers', () => {
  for (const scheme of ['qemu', 'test+unix', 'XEN+UNIX', 'lxc']) {
    using conn = openConnection(`${scheme}:///system?socket=${daemon.path}`);
    expect(listDomains(conn)).toMatchObject([{ name: 'web' }]);
  }
});

it('opens it from the event loop as well', async () => {
  using conn = await openConnectionAsync(uriOf(daemon));
  expect(conn.state).toBe('open');
});

describe("libvirt's default", () => {
  const { LIBVIRT_DEFAULT_URI: before } = process.env;
  afterEach(() => {
    if (before === undefined) {
      delete process.env['LIBVIRT_DEFAULT_URI'];
    } else {
      process.env['LIBVIRT_DEFAULT_URI'] = before;
    }
  });

  it('is what the empty URI means', () => {
    process.env['LIBVIRT_DEFAULT_URI'] = uriOf(daemon);
    using conn = openConnection('');
    expect(listDomains(conn)).toMatchObject([{ name: 'web' }]);
  });
});

it('refuses a name that is no alias', () => {
  expect(() => openConnection('no-such-alias')).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_URI', message: expect.stringContaining('no-such-alias') }),
  );
});

it('says where it looked for a daemon that is not there', () => {
  const path = join(daemon.path, '..', 'nothing');
  expect(() => openConnection(`qemu:///system?socket=${path}`)).toThrow(OpenError);
  expect(() => openConnection(`qemu:///system?socket=${path}`)).toThrow(`looked for at ${path}`);
});

it.each<[options: object, message: string]>([
  [{ events: [] }, 'options.events must be a list of event type names, but is []'],
  [{ events: ['lifecycle'] }, "options.events must hold types of libvirt's events, but has 'lifecycle', which is none"],
  [{ readOnly: 'yes' }, "options.readOnly must be true or false, but is 'yes'"],
  [{ reconnect: 1 }, "options.reconnect must be true, false or 'from-start', but is 1"],
  [{ keepAlive: 5 }, 'options.keepAlive must be an object, but is 5'],
  [{ keepAlive: null }, 'options.keepAlive must be an object, but is null'],
  [{ keepAlive: { interval: 5 } }, 'options.keepAlive.interval is no option; the options are intervalMs, count'],
  [{ keepAlive: { intervalMs: 0 } }, 'options.keepAlive.intervalMs must be a number from 1 on, but is 0'],
  [{ keepAlive: { count: 1.5 } }, 'options.keepAlive.count must be a whole number from 1 on, but is 1.5'],
  [{ relay: 'yes' }, "options.relay must be true or false, but is 'yes'"],
  [{ credentials: null }, 'options.credentials must be an object or a function, but is null'],
  [{ credentials: 'pencil' }, 'options.credentials must be an object or a function, but is string'],
  [{ credentials: ['ann', 'pencil'] }, 'options.credentials must be an object or a function, but is a list'],
  [{ credentials: { user: 'ann' } }, 'options.credentials.password must be a string, but is undefined'],
  [
    { credentials: { user: 'ann', pass: 'pencil' } },
    'options.credentials.pass is no option; the options are user, password',
  ],
])('refuses the options %j before it connects', async (options, message) => {
  const before = (await daemon.received()).length;
  const open = () => openConnection(uriOf(daemon), options as ConnectionOptions);
  expect(open).toThrow(InvalidArgumentError);
  expect(open).toThrow(message);
  expect(open).not.toThrow('pencil');
  expect(await daemon.received()).toHaveLength(before);
});

it.each<ConnectionOptions>([
  { keepAlive: true },
  { keepAlive: false },
  { keepAlive: {} },
  { keepAlive: { intervalMs: 1.5, count: 1 } },
  { keepAlive: undefined, reconnect: undefined, readOnly: undefined, events: undefined },
  { events: ['qemu-monitor', 'domain-reboot', 'connection-closed'] },
])('takes the options %j', (options) => {
  using conn = openConnection(uriOf(daemon), options);
  expect(conn.state).toBe('open');
});

describe('what a connection holds', () => {
  /** How many descriptors this process has open, when what was closed is gone. */
  const descriptors = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await setImmediate();
    }
    return readdirSync('/dev/fd').length;
  };

  it('is let go of when it is closed', async () => {
    const before = await descriptors();
    for (let time = 0; time < 50; time += 1) {
      const conn = openConnection(uriOf(daemon));
      if (time % 2 === 0) {
        takeEvents(conn, { waitMs: 1 });
      } else {
        await waitForEvents(conn, { timeoutMs: 1 });
      }
      closeConnection(conn);
    }
    expect(await descriptors()).toBe(before);
  });

  it('is let go of if it cannot be opened', async () => {
    const refusing = await bench.start({ rules: [refusalOf(calls.listAllDomains, 38, 'no'), ...persistent(web)] });
    const before = await descriptors();
    for (let time = 0; time < 50; time += 1) {
      expect(() => openConnection(uriOf(refusing))).toThrow(OpenError);
    }
    expect(await descriptors()).toBe(before);
  });

  it('is let go of when the daemon goes', async () => {
    const short = await bench.start();
    const before = await descriptors();
    const conn = openConnection(uriOf(short));
    short.perform({ do: 'close' });
    expect(takeEvents(conn, { waitMs: 5000 })).toMatchObject([{ type: 'connection-lost' }]);
    expect(await descriptors()).toBe(before);
    closeConnection(conn);
  });

  it('does not keep the process alive', () => {
    const program = (options: string) =>
      `const { openConnection, takeEvents } = require(${JSON.stringify(dist)});
       const conn = openConnection(${JSON.stringify(uriOf(daemon))}, ${options});
       takeEvents(conn, { waitMs: 1 });
       process.on('exit', () => process.stdout.write(conn.state));`;
    for (const options of ['{}', '{ reconnect: true, keepAlive: { intervalMs: 1 } }']) {
      const { status, stdout } = spawnSync(process.execPath, ['-e', program(options)], { timeout: 10_000 });
      expect([status, stdout.toString()]).toEqual([0, 'open']);
    }
  });
});
