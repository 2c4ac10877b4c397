/** What becomes of a host's events if servers, streams and journals are lost, emptied, set back or made anew. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { moveBookmark } from '../../lib/collector';
import type { WriterOptions } from '../../lib/journal/journal-writer';
import { childProcesses } from '../support/child-processes';
import { FaultProxy } from '../support/fault-proxy';
import { Operator } from '../support/hubs';
import { describeNats, NatsServer } from '../support/nats-server';
import { numbersOf, PublishedHost, range } from '../support/published-host';
import { thrownBy } from '../support/thrown-by';

/** Has the files of a folder be what they were, as a snapshot of the machine does. */
function setBackInPlace(folder: string, kept: string): void {
  const names = (root: string) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile());
  for (const name of names(folder).filter((each) => !existsSync(join(kept, each)))) {
    rmSync(join(folder, name));
  }
  // Into the same files: the collector knows a copy by its lock being another file.
  for (const name of names(kept)) {
    writeFileSync(join(folder, name), readFileSync(join(kept, name)));
  }
}

describeNats('What a forwarder publishes', () => {
  let server: NatsServer;
  let operator: Operator;
  const hosts: PublishedHost[] = [];

  const uri = () => `nats://${server.address}/EVENTS`;

  function host(name = 'kvm-17', options: Partial<WriterOptions> = {}): PublishedHost {
    const made = new PublishedHost(name, options);
    hosts.push(made);
    return made;
  }

  /** A host of which so many events were published. */
  function publishedHost(events: number, name?: string): PublishedHost {
    const made = host(name);
    made.write(events);
    made.publish(uri());
    made.deliver();
    expect(made.publication.published).toBe(events);
    return made;
  }

  const numbers = async (name = 'kvm-17') => numbersOf(await operator.messages(), name);

  /** Has the operator connect anew, to a server that was away. */
  async function reconnect(): Promise<void> {
    await operator.close();
    operator = await Operator.at(server);
  }

  /** Sets the server back to what its store was, by `copy()`. */
  async function setBack(): Promise<void> {
    await server.kill();
    rmSync(server.store, { recursive: true });
    cpSync(join(server.folder, 'copy'), server.store, { recursive: true });
    await server.restart();
    await reconnect();
  }

  async function copy(): Promise<void> {
    await server.end();
    cpSync(server.store, join(server.folder, 'copy'), { recursive: true });
    await server.restart();
    await reconnect();
  }

  beforeEach(async () => {
    server = await NatsServer.start();
    operator = await Operator.at(server);
    await operator.makeStream();
  });

  afterEach(async () => {
    for (const one of hosts.splice(0)) {
      one[Symbol.dispose]();
    }
    await operator.close();
    await server.stop();
  });

  it('waits in the journal while the server is away, from the start or later, and then comes in order', async () => {
    const one = host();
    one.write(3);
    await server.kill();
    one.publish(uri());
    expect(one.publication.waitsFor).toContain('connection refused');
    expect(one.deliver()).toMatchObject({ events: 0, stoppedBy: 'retry' });
    await server.restart();
    one.deliverAll();
    await server.kill();
    one.write(3);
    one.deliverUntil(() => one.publication.waitsFor !== undefined);
    expect(one.deliver()).toMatchObject({ events: 0, stoppedBy: 'retry', remaining: 3 });
    await server.restart();
    one.deliverAll();
    expect(one.publication.published).toBe(6);
    await reconnect();
    expect(await numbers()).toEqual(range(1, 6));
  });

  it('comes once and in order through a server that is killed while it publishes, again and again', async () => {
    const one = host();
    one.publish(uri());
    for (const seconds of [0.03, 0.08, 0.15]) {
      // By another process, since this one stands still while it publishes.
      spawn('sh', ['-c', `sleep ${seconds}; kill -KILL ${server.pid}`]);
      one.deliverUntil(() => {
        one.write(100);
        one.deliver();
        return one.publication.waitsFor !== undefined;
      });
      await server.restart();
    }
    one.deliverAll();
    await reconnect();
    expect(await numbers()).toEqual(range(1, one.writer.next - 1));
  });

  it('stays away if the stream was emptied, or its messages were deleted by their subject, or by limits', async () => {
    const one = publishedHost(3);
    publishedHost(3, 'other');
    one.stop();
    await operator.manager.streams.purge('EVENTS', { filter: 'virdeliver.*.kvm-17.>' });
    one.write(1);
    one.publish(uri());
    one.deliver();
    expect(await numbers()).toEqual([4]);
    one.stop();
    await operator.manager.streams.purge('EVENTS');
    one.write(1);
    one.publish(uri());
    one.deliver();
    expect(await numbers()).toEqual([5]);
    one.stop();
    await operator.manager.streams.update('EVENTS', { max_msgs: 1 });
    one.write(2);
    one.publish(uri());
    one.deliver();
    expect(await numbers()).toEqual([7]);
  });

  it('comes again as a whole if the stream was made anew, whether the forwarder runs or not', async () => {
    const one = publishedHost(5);
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream();
    // A running forwarder learns of it with its next connection.
    await server.restart();
    one.write(2);
    one.deliverUntil(() => one.publication.published === 12);
    await reconnect();
    expect(await numbers()).toEqual(range(1, 7));
    one.stop();
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream();
    one.publish(uri());
    one.deliverAll();
    expect(await numbers()).toEqual(range(1, 7));
    // It isn't repeated once more.
    one.stop();
    one.publish(uri());
    one.deliverAll();
    expect(await numbers()).toEqual(range(1, 7));
  });

  it('is an error if the stream is deleted while it publishes', async () => {
    const one = publishedHost(1);
    await operator.manager.streams.delete('EVENTS');
    one.write(1);
    expect(thrownBy(() => one.deliverUntil(() => false))).toMatchObject({
      code: 'ERR_OPEN',
      message: expect.stringContaining('there is no stream EVENTS'),
    });
  });

  it('comes again from where servers have lost it, also if others have its numbers there by now', async () => {
    const one = publishedHost(4);
    one.stop();
    await copy();
    one.write(4);
    one.publish(uri());
    one.deliver();
    expect(await numbers()).toEqual(range(1, 8));
    await setBack();
    expect(await numbers()).toEqual(range(1, 4));
    // Before the forwarder has noticed.
    publishedHost(6, 'other');
    one.write(2);
    one.deliverUntil(() => one.publication.published === 10);
    expect(await numbers()).toEqual(range(1, 10));
    one.stop();
    await setBack();
    one.publish(uri());
    one.deliverAll();
    expect(await numbers()).toEqual(range(1, 10));
  });

  it('comes again, and goes on, beside what a second journal of the same host publishes', async () => {
    const [one, other] = [publishedHost(2), publishedHost(2)];
    for (let round = 0; round < 2; round += 1) {
      one.write(1);
      one.deliver();
      other.write(1);
      other.deliver();
    }
    one.stop();
    other.stop();
    const journals = async () => {
      const messages = await operator.messages();
      const ids = [...new Set(messages.map(({ journal }) => journal))];
      return ids.map((id) => messages.filter(({ journal }) => journal === id).map(({ sequence }) => sequence));
    };
    expect(await journals()).toEqual([range(1, 4), range(1, 4)]);
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream();
    one.publish(uri());
    one.deliverAll();
    other.publish(uri());
    other.deliverAll();
    expect(await journals()).toEqual([range(1, 4), range(1, 4)]);
  });

  it('is not repeated after an outage longer than the server knows ids for', async () => {
    await operator.manager.streams.update('EVENTS', { duplicate_window: 100e6 });
    const one = publishedHost(2);
    one.stop();
    // Published, but killed before that was noted down: so the bookmark says.
    const kept = join(one.folder, 'kept');
    cpSync(join(one.journal, 'readers'), kept, { recursive: true });
    one.write(3);
    one.publish(uri());
    one.deliver();
    one.stop();
    cpSync(kept, join(one.journal, 'readers'), { recursive: true });
    await pause(300);
    one.write(1);
    one.publish(uri());
    one.deliver();
    expect(one.publication.published).toBe(1);
    expect(await numbers()).toEqual(range(1, 6));
  });

  it('comes once and in order if the line breaks behind it, before the acknowledgement, also if the server does not know it any more', async () => {
    // Connecting again takes longer than that.
    await operator.manager.streams.update('EVENTS', { duplicate_window: 100e6 });
    const proxy = await FaultProxy.start({ port: server.port });
    try {
      const one = host();
      one.publish(`nats://127.0.0.1:${proxy.port}/EVENTS`);
      for (let round = 0; round < 3; round += 1) {
        one.write(3);
        await proxy.cutAnswer();
        one.deliverUntil(() => one.deliver().stoppedBy === 'retry');
        one.deliverAll();
      }
      expect(await numbers()).toEqual(range(1, 9));
    } finally {
      await proxy.stop();
    }
  });

  it('tells readers of a gap in its place if its journal forgets what is not published yet, or is another one', async () => {
    const one = host('kvm-17', { segmentBytes: 400, maxBytes: 1 });
    one.write(2);
    one.publish(uri());
    one.deliver();
    await server.kill();
    one.write(8);
    one.writer.prune();
    await server.restart();
    await reconnect();
    one.deliverAll();
    const texts = (await operator.messages()).map(({ text }) =>
      text.replace(/.*<n>(\d+)<.*/, '$1').replace(/.*count="(\d+)" cause="(\w+)".*/, 'lost $1 $2'),
    );
    // Each stands where the one before ends.
    let next = Number(texts[0]);
    for (const text of texts) {
      const [, lost] = /^lost (\d+) expired$/.exec(text) ?? [];
      expect(lost ?? text).toBe(lost ?? String(next));
      next += Number(lost ?? 1);
    }
    expect(next).toBe(11);
    expect(texts.at(-2)).toMatch(/^lost/);
    one.stop();
    one.writer.close();
    rmSync(one.journal, { recursive: true });
    one.open();
    one.write(2);
    const before = new Set((await operator.messages()).map(({ journal }) => journal));
    one.publish(uri());
    one.deliverAll();
    const after = (await operator.messages()).filter(({ journal }) => !before.has(journal));
    expect(numbersOf(after, 'kvm-17')).toEqual([1, 2]);
  });

  it('is refused if the journal was set back, until a person says where to go on; then new events are not taken for old ones', async () => {
    const one = publishedHost(2);
    one.stop();
    one.writer.close();
    const kept = join(one.folder, 'kept');
    cpSync(one.journal, kept, { recursive: true });
    one.open();
    one.write(2);
    one.publish(uri());
    one.deliver();
    one.stop();
    one.writer.close();
    setBackInPlace(one.journal, kept);
    const refusal = () => thrownBy<Error>(() => one.publish(uri()));
    const start = "the newest message of the host 'kvm-17' in the stream EVENTS, number 4, doesn't fit the journal";
    const remedy = 'the journal was set back; have its collector begin a new one in another folder, since readers take';
    expect(refusal()).toMatchObject({ code: 'ERR_BOOKMARK', message: expect.stringContaining("5, which isn't there") });
    one.open();
    one.write(3);
    expect(refusal()).toMatchObject({
      code: 'ERR_BOOKMARK',
      message: expect.stringContaining(
        `${start} ${one.journal}: the entry 4 isn't the one that was read then; ${remedy}`,
      ),
    });
    moveBookmark(one.journal, 'nats', 3);
    one.publish(uri());
    one.deliver();
    const messages = await operator.messages();
    expect(numbersOf(messages, 'kvm-17')).toEqual([...range(1, 4), ...range(3, 5)]);
    expect(new Set(messages.map(({ journal }) => journal)).size).toBe(1);
    one.stop();
    one.publish(uri());
    one.deliver();
    expect(one.publication.published).toBe(0);
  });

  it('goes on by another client if that was killed', async () => {
    const one = publishedHost(2);
    const [child] = childProcesses('hub-program');
    process.kill(child!, 'SIGKILL');
    one.write(2);
    expect(one.deliver()).toMatchObject({ events: 0, stoppedBy: 'retry' });
    expect(one.publication.waitsFor).toContain('the NATS client process');
    one.deliverAll();
    expect(one.publication.published).toBe(4);
    expect(await numbers()).toEqual(range(1, 4));
  });

  it('waits while the server stands still, and comes once when it goes on', async () => {
    const one = publishedHost(1);
    server.freeze();
    // The system takes a moment to stop it.
    one.deliverUntil(() => {
      one.write(1);
      return one.publication.waitsFor !== undefined;
    });
    expect(one.publication.waitsFor).toMatch(/timeout/);
    server.resume();
    one.deliverAll();
    expect(await numbers()).toEqual(range(1, one.writer.next - 1));
  });
});
