/** `virdeliver forward` as a process: what it says, how it ends, and what becomes of events if it is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { main } from '../support/built';
import { killChild } from '../support/child-processes';
import { Operator } from '../support/hubs';
import { describeNats, NatsServer } from '../support/nats-server';
import { often } from '../support/often';
import { numbersOf, PublishedHost, range } from '../support/published-host';
import { run } from '../support/run-program';

/** How long something may take, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 20_000;

describeNats('virdeliver forward', () => {
  let server: NatsServer;
  let operator: Operator;
  let host: PublishedHost;
  const children: ChildProcess[] = [];

  const source = () => `journal:${host.journal}?reader=nats`;
  const target = () => `nats://${server.address}/EVENTS`;

  beforeEach(async () => {
    server = await NatsServer.start();
    operator = await Operator.at(server);
    host = new PublishedHost('kvm-17');
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map(killChild));
    await operator.close();
    await server.stop();
    host[Symbol.dispose]();
  });

  async function until(what: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; !(await what()); ) {
      if (Date.now() > deadline) {
        throw new Error(`in vain: ${what}`);
      }
      await pause(20);
    }
  }

  /** Starts it; what it says grows. */
  function start(...args: string[]) {
    const child = spawn(process.execPath, [main, 'forward', source(), target(), ...args], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    children.push(child);
    const forwarder = { child, said: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      forwarder.said += text;
    });
    return forwarder;
  }

  const numbers = async () => numbersOf(await operator.messages(), 'kvm-17');

  it.each([
    ['SIGTERM', 0, 'ended by SIGTERM'],
    ['SIGINT', 130, 'interrupted'],
  ] as const)(
    'says what it does and what it waits for, and ends on %s with status %i',
    async (signal, status, word) => {
      await operator.makeStream();
      host.write(3);
      const forwarder = start();
      const opening = `virdeliver: publishes the events of ${source()} to ${target()}\n`;
      await until(() => forwarder.said === opening);
      await until(async () => (await numbers()).length === 3);
      await server.kill();
      await until(() => forwarder.said === `${opening}virdeliver: waits: the server ${server.address} is gone\n`);
      host.write(1);
      await server.restart();
      await until(() => forwarder.said.endsWith(`virdeliver: publishes to ${target()}\n`));
      await operator.close();
      operator = await Operator.at(server);
      await until(async () => (await numbers()).length === 4);
      const exit = once(forwarder.child, 'exit');
      forwarder.child.kill(signal);
      expect(await exit).toEqual([status, null]);
      expect(forwarder.said).toMatch(new RegExp(`\\nvirdeliver: ${word}; 4 events published\\n$`));
    },
  );

  it('waits for a hub that is not there yet, and for a journal that has nothing yet', async () => {
    await operator.makeStream();
    await server.kill();
    const forwarder = start();
    await until(() => /^virdeliver: waits: .*refused.*\n$/.test(forwarder.said));
    await server.restart();
    await until(() => forwarder.said.endsWith(`virdeliver: publishes to ${target()}\n`));
  });

  it('makes the stream by --create, and ends when all is published that is to be', async () => {
    host.write(2);
    const args = [
      main,
      'forward',
      `${source()}&follow=no`,
      target(),
      '--create',
      '--max-age',
      '1h',
      '--max-size',
      '1M',
    ];
    expect(await run(process.execPath, args)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/\nvirdeliver: the connection ended; 2 events published\n$/),
    });
    const { config } = await operator.manager.streams.info('EVENTS');
    expect(config).toMatchObject({ max_age: 3600e9, max_bytes: 2 ** 20, num_replicas: 1 });
  });

  it('says nothing but what is wrong with --quiet', async () => {
    host.write(2);
    const args = [main, 'forward', `${source()}&follow=no`, target(), '--quiet'];
    expect(await run(process.execPath, [...args, '--create'])).toEqual({ status: 0, stdout: '', stderr: '' });
    await server.kill();
    const wrong = await run(process.execPath, [...args, '--replicas', '3']);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('add --create') });
  });

  it('ends with status 1 if something is wrong for good, and with 2 if it is used in a wrong way', async () => {
    host.write(1);
    const outcome = async (...args: string[]) => {
      const { status, stderr } = await run(process.execPath, [main, 'forward', ...args]);
      return `${status} ${stderr.split('\n')[0]}`;
    };
    expect(await outcome(source(), target())).toBe(
      `1 virdeliver: cannot open "${target()}": there is no stream EVENTS; make it with --create, or the option create`,
    );
    expect(await outcome(source())).toMatch(
      /^2 virdeliver: no stream given: it takes 'journal:DIR\?reader=NAME' and nats:/,
    );
    expect(await outcome()).toMatch(/^2 virdeliver: no journal and no stream given/);
    expect(await outcome(source(), target(), '--max-age', '1h')).toBe(
      '2 virdeliver: --max-age says how the stream is made; add --create',
    );
    expect(await outcome(source(), 'nats://user:s3cret@hub/EVENTS')).toMatch(
      /^2 (?!.*s3cret).*does not belong in a URI/,
    );
    expect(await outcome(`journal:${host.journal}`, target())).toMatch(
      /^2 virdeliver: what is published must be a journal with a reader's name, as journal:DIR\?reader=nats, but is one to/,
    );
    await operator.makeStream();
    const forwarder = start();
    await until(() => forwarder.said !== '');
    expect(await outcome(source(), target())).toMatch(/^1 virdeliver: another process reads by the bookmark/);
  });

  it('loses nothing, repeats nothing, and keeps the order, whenever it is killed', async () => {
    await operator.makeStream();
    const kills = often(4);
    for (let kill = 0; kill < kills; kill += 1) {
      const forwarder = start();
      await until(() => forwarder.said !== '');
      host.write(200);
      await pause(Math.random() * 150);
      await killChild(forwarder.child);
    }
    host.publish(target());
    host.deliverAll();
    expect(await numbers()).toEqual(range(1, kills * 200));
  });
});
