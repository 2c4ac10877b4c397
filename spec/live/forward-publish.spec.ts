/** What a forwarder publishes, and what it does about a hub that doesn't take that, with a real server. */
import { jetstream } from '@nats-io/jetstream';
import { type OpenError, openConnection } from '../../lib';
import { publishEvents } from '../../lib/forwarder';
import type { WriterOptions } from '../../lib/journal/journal-writer';
import { Operator } from '../support/hubs';
import { describeNats, NatsServer, type NatsServerOptions } from '../support/nats-server';
import { numbersOf, PublishedHost, range } from '../support/published-host';
import { thrownBy } from '../support/thrown-by';

describeNats('A forwarder', () => {
  let server: NatsServer;
  let operator: Operator;
  const hosts: PublishedHost[] = [];

  const uri = (query = '') => `nats://${server.address}/EVENTS${query}`;

  /** Starts the server, and makes the stream. */
  async function start(options: NatsServerOptions = {}, login = {}): Promise<void> {
    server = await NatsServer.start(options);
    operator = await Operator.at(server, login);
    await operator.makeStream();
  }

  function host(name = 'kvm-17', options: Partial<WriterOptions> = {}): PublishedHost {
    const made = new PublishedHost(name, options);
    hosts.push(made);
    return made;
  }

  /** Says why publishing has ended for good: by each delivery. */
  function refusal(publisher: PublishedHost): Error {
    const first = thrownBy<Error>(() => publisher.deliver());
    expect(thrownBy(() => publisher.deliver())).toBe(first);
    return first;
  }

  afterEach(async () => {
    for (const one of hosts.splice(0)) {
      one[Symbol.dispose]();
    }
    await operator?.close();
    await server.stop();
  });

  it('publishes each event under its host and type, as its journal has it, with what that says of it', async () => {
    await start();
    const one = host('kvm.1 *');
    one.write(2);
    one.write(1, 'domain-reboot');
    const publication = one.publish(uri());
    expect(publication.published).toBe(0);
    expect(one.deliver()).toMatchObject({ events: 3, stoppedBy: 'drained' });
    expect(publication).toMatchObject({ uri: uri(), published: 3, waitsFor: undefined });
    const [first, second, third] = await operator.messages();
    expect(first).toEqual({
      at: 1,
      subject: expect.stringMatching(/^virdeliver\.\d+\.kvm=2E1=20=2A\.t$/),
      host: 'kvm.1 *',
      journal: expect.stringMatching(/^[\da-f-]{36}$/),
      sequence: 1,
      crc: expect.any(Number),
      time: expect.stringMatching(/^20.*Z$/),
      text: '<event type="t" timestamp="2026-01-02T03:04:05.000000Z" host="kvm.1 *"><n>1</n></event>',
    });
    expect(second).toMatchObject({ at: 2, journal: first!.journal, sequence: 2 });
    expect(third!.subject).toBe(first!.subject.replace(/t$/, 'domain-reboot'));
  });

  it('goes on where it was, and publishes nothing twice, each time that it is started', async () => {
    await start();
    const one = host();
    for (const upTo of [3, 6, 9]) {
      one.write(3);
      one.publish(uri());
      one.deliver();
      one.stop();
      expect(numbersOf(await operator.messages(), 'kvm-17')).toEqual(range(1, upTo));
    }
  });

  it('tells of what its journal has not got any more, without its numbers', async () => {
    await start();
    const one = host('kvm-17', { segmentBytes: 400, maxBytes: 1 });
    one.write(1);
    one.publish(uri());
    one.deliver();
    one.stop();
    one.write(9);
    one.writer.prune();
    one.publish(uri());
    one.deliver();
    const [, gap, next] = await operator.messages();
    expect(gap).toMatchObject({ host: 'kvm-17', journal: next!.journal, sequence: next!.sequence - 1 });
    expect(gap!.subject).toMatch(/kvm-17\.events-lost$/);
    const count = next!.sequence - 2;
    expect(gap!.text).toMatch(
      new RegExp(`^<event type="events-lost" [^>]*count="${count}" cause="expired" host="kvm-17"/>$`),
    );
  });

  it('says how to make a stream that is not there, and makes it, and that of its readers, if it may', async () => {
    await start();
    await operator.manager.streams.delete('EVENTS');
    const one = host();
    one.write(1);
    expect(() => one.publish(uri())).toThrow(
      expect.objectContaining({
        code: 'ERR_OPEN',
        message: expect.stringContaining('there is no stream EVENTS; make it with --create'),
      }),
    );
    one.publish(uri(), { create: { maxAgeMs: 60_000, maxBytes: 10_000_000 } });
    one.deliver();
    expect(await operator.messages()).toHaveLength(1);
    const { config } = await operator.manager.streams.info('EVENTS');
    expect(config).toMatchObject({
      subjects: ['virdeliver.>'],
      allow_direct: true,
      num_replicas: 1,
      max_age: 60e9,
      max_bytes: 10_000_000,
      duplicate_window: 60e9,
      discard: 'old',
    });
    const readers = await operator.manager.streams.info('EVENTS-readers');
    expect(readers.config).toMatchObject({
      subjects: ['virdeliver-reader.>'],
      allow_direct: true,
      max_msgs_per_subject: 1,
    });
    one.stop();
    // What is there stays as it is.
    one.write(1);
    one.publish(uri(), { create: true });
    one.deliver();
    expect((await operator.manager.streams.info('EVENTS')).config.max_bytes).toBe(10_000_000);
    expect(await operator.messages()).toHaveLength(2);
  });

  it('says why a stream cannot be made', async () => {
    await start();
    await operator.manager.streams.delete('EVENTS');
    const one = host();
    one.write(1);
    expect(() => one.publish(uri(), { create: { replicas: 3 } })).toThrow(
      /the stream EVENTS can't be made: replicas > 1 not supported/,
    );
    await operator.makeStream('OTHER');
    expect(() => one.publish(uri(), { create: true })).toThrow(/the stream EVENTS can't be made: subjects overlap/);
  });

  it('refuses a stream of which it could not learn the newest message of its host alone', async () => {
    await start();
    await operator.manager.streams.update('EVENTS', { allow_direct: false });
    const one = host();
    one.write(1);
    expect(() => one.publish(uri())).toThrow(/run: nats stream edit EVENTS --allow-direct/);
  });

  it('refuses a stream that would lose events without a word, or not take them, as a reader does', async () => {
    await start();
    const one = host();
    one.write(1);
    const refused = async (config: object) => {
      await operator.manager.streams.delete('EVENTS');
      await operator.makeStream('EVENTS', config);
      const [forwarder, reader] = [() => one.publish(uri(), { create: true }), () => openConnection(uri())].map(
        (open) => {
          const error = thrownBy<OpenError>(open);
          expect(error.code).toBe('ERR_OPEN');
          return error.message.replace(`cannot open "${uri()}": the stream EVENTS `, '');
        },
      );
      expect(reader).toBe(forwarder);
      return forwarder;
    };
    for (const retention of ['interest', 'workqueue']) {
      expect(await refused({ retention })).toBe(
        `keeps messages only for its consumers (retention: ${retention}), and readers have none; make it anew with --retention limits`,
      );
    }
    expect(await refused({ no_ack: true })).toBe('acknowledges nothing; run: nats stream edit EVENTS --ack');
    expect(await refused({ max_msgs_per_subject: 1 })).toBe(
      "keeps only the last 1 of a host's events of a type, and readers are not told which are gone; " +
        'run: nats stream edit EVENTS --max-msgs-per-subject=-1',
    );
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream('EVENTS', { subjects: ['virdeliver.7.>', 'other'] });
    expect(() => one.publish(uri())).toThrow(
      "the stream EVENTS does not take the subjects virdeliver.5.kvm-17.* of the host 'kvm-17', but only virdeliver.7.>, other",
    );
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream('ORIGIN');
    await operator.makeStream('EVENTS', { subjects: [], mirror: { name: 'ORIGIN' } });
    expect(() => one.publish(uri())).toThrow('but none: it is a mirror, or has sources');
  });

  it('publishes to a stream that has no more than the subjects of its host, and does not know what it has got', async () => {
    await start();
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream('EVENTS', {
      subjects: ['virdeliver.5.kvm-17.>'],
      duplicate_window: 0,
      deny_delete: true,
    });
    const one = host();
    one.write(2);
    one.publish(uri());
    one.deliver();
    expect(numbersOf(await operator.messages(), 'kvm-17')).toEqual([1, 2]);
  });

  it('needs no more permissions than for what is its host, and can read nothing of others', async () => {
    const own = 'virdeliver.5.kvm-17.>';
    const permissions = `{ publish: ["${own}", "$JS.API.DIRECT.GET.EVENTS.${own}", "$JS.API.STREAM.INFO.EVENTS"], subscribe: ["_INBOX_kvm-17.>"] }`;
    await start(
      {
        settings: () => [
          `authorization { users: [ { user: operator, password: o }, { user: kvm-17, password: k, permissions: ${permissions} } ] }`,
        ],
      },
      { user: 'operator', pass: 'o' },
    );
    const nats = { user: 'kvm-17', password: 'k' };
    const one = host();
    one.write(3);
    one.publish(uri('?inbox=_INBOX_kvm-17'), { nats });
    one.deliver();
    one.stop();
    // Having to read back, too.
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream();
    one.publish(uri('?inbox=_INBOX_kvm-17'), { nats });
    one.deliverAll();
    expect(numbersOf(await operator.messages(), 'kvm-17')).toEqual(range(1, 3));

    const { connection } = await Operator.at(server, { user: 'kvm-17', pass: 'k', inboxPrefix: '_INBOX_kvm-17' });
    for (const [subject, body] of [
      ['$JS.API.STREAM.MSG.GET.EVENTS', '{"seq":1}'],
      ['$JS.API.DIRECT.GET.EVENTS', '{"seq":1}'],
      ['$JS.API.DIRECT.GET.EVENTS.virdeliver.>', ''],
      ['$JS.API.CONSUMER.CREATE.EVENTS', '{}'],
    ] as const) {
      await expect(connection.request(subject, body, { timeout: 2000 })).rejects.toThrow(/Permissions Violation/);
    }
    await connection.close();
  });

  it('ends with an error if it may not publish under its host, says which permission it lacks, and stays where it is', async () => {
    await start(
      {
        settings: () => [
          'authorization { users: [ { user: operator, password: o }, { user: kvm-18, password: k, permissions: { publish: { deny: "virdeliver.5.kvm-17.>" } } } ] }',
        ],
      },
      { user: 'operator', pass: 'o' },
    );
    const one = host();
    one.write(2);
    one.publish(uri(), { nats: { user: 'kvm-18', password: 'k' } });
    expect(refusal(one)).toMatchObject({
      code: 'ERR_PUBLISH',
      message: `"${uri()}" does not take an event of the host 'kvm-17': Permissions Violation for Publish to "virdeliver.5.kvm-17.t"; let the user publish virdeliver.5.kvm-17.>`,
    });
    one.stop();
    one.publish(uri(), { nats: { user: 'operator', password: 'o' } });
    one.deliver();
    expect(numbersOf(await operator.messages(), 'kvm-17')).toEqual([1, 2]);
  });

  it('says which permission it lacks to find out where to go on', async () => {
    const permissions = '{ publish: ["virdeliver.5.kvm-17.>", "$JS.API.STREAM.INFO.EVENTS"], subscribe: "_INBOX.>" }';
    await start(
      {
        settings: () => [
          `authorization { users: [ { user: operator, password: o }, { user: kvm-17, password: k, permissions: ${permissions} } ] }`,
        ],
      },
      { user: 'operator', pass: 'o' },
    );
    const one = host();
    one.write(1);
    expect(thrownBy(() => one.publish(uri(), { nats: { user: 'kvm-17', password: 'k' } }))).toMatchObject({
      code: 'ERR_OPEN',
      message: `cannot open "${uri()}": Permissions Violation for Publish to "$JS.API.DIRECT.GET.EVENTS.virdeliver.5.kvm-17.*"`,
    });
  });

  it('is refused with a wrong password, which no message shows', async () => {
    await start({ settings: () => ['authorization { user: operator, password: o }'] }, { user: 'operator', pass: 'o' });
    const one = host();
    const error = thrownBy<Error>(() => one.publish(uri(), { nats: { user: 'operator', password: 's3cret' } }));
    expect(error).toMatchObject({ code: 'ERR_OPEN', message: expect.stringMatching(/authorization violation/i) });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('s3cret');
  });

  it('puts a gap in the place of an event that is too large for the server, or for the stream', async () => {
    await start({ settings: () => ['max_payload: 2000'] });
    const one = host();
    one.write(1);
    one.write(1, 'large', 'x'.repeat(2000));
    one.write(1);
    one.publish(uri());
    one.deliver();
    await operator.manager.streams.update('EVENTS', { max_msg_size: 700 });
    one.write(1, 'middling', 'x'.repeat(800));
    one.write(1);
    one.deliver();
    const messages = await operator.messages();
    expect(numbersOf(messages, 'kvm-17')).toEqual(range(1, 5));
    expect(one.publication.published).toBe(5);
    for (const [place, type] of [
      [1, 'large'],
      [3, 'middling'],
    ] as const) {
      expect(messages[place]!.subject).toBe('virdeliver.5.kvm-17.events-lost');
      expect(messages[place]!.text).toBe(
        `<event type="events-lost" timestamp="2026-01-02T03:04:05.000000Z" count="1" cause="too-large" host="kvm-17"><lost type="${type}" count="1"/></event>`,
      );
    }
  });

  it('waits while the stream is full, and goes on when there is room', async () => {
    await start();
    await operator.manager.streams.delete('EVENTS');
    await operator.makeStream('EVENTS', { max_msgs: 3, discard: 'new' as never });
    const one = host();
    one.write(5);
    one.publish(uri());
    expect(one.deliver()).toMatchObject({ events: 3, stoppedBy: 'retry' });
    expect(one.publication.waitsFor).toBe('maximum messages exceeded');
    const first = await operator.messages();
    await operator.manager.streams.purge('EVENTS');
    one.deliverAll();
    expect(numbersOf([...first, ...(await operator.messages())], 'kvm-17')).toEqual(range(1, 5));
  });

  it('keeps the order in which a window of several at once would lose it: when one of them has to be tried again', async () => {
    await start();
    await operator.manager.streams.update('EVENTS', { max_msg_size: 300 });
    // As one does who doesn't wait for each acknowledgement: what the stream takes no more just now is tried again.
    const client = jetstream(operator.connection);
    const bodies = ['x'.repeat(400), '2', '3'];
    const outcomes = await Promise.allSettled(bodies.map((body) => client.publish('virdeliver.0.naive.t', body)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await operator.manager.streams.update('EVENTS', { max_msg_size: -1 });
    await client.publish('virdeliver.0.naive.t', bodies[0]);
    expect((await operator.messages()).map(({ text }) => text)).toEqual(['2', '3', bodies[0]]);

    await operator.manager.streams.purge('EVENTS');
    await operator.manager.streams.update('EVENTS', { max_msgs: 1, discard: 'new' as never });
    const one = host();
    one.write(3);
    one.publish(uri());
    const came: number[] = [];
    for (let step = 0; step < 3; step += 1) {
      one.deliver();
      came.push(...numbersOf(await operator.messages(), 'kvm-17'));
      await operator.manager.streams.purge('EVENTS');
    }
    expect(came).toEqual([1, 2, 3]);
  });

  it('refuses a connection that is none to a journal with a reader, or was read', async () => {
    await start();
    const one = host();
    one.write(1);
    for (const [source, problem] of [
      [
        'memory:',
        "must be a connection to a journal with a reader's name, as journal:DIR?reader=nats, but is one to 'memory:'",
      ],
      [`journal:${one.journal}`, "must be a connection to a journal with a reader's name"],
    ] as const) {
      const conn = openConnection(source);
      expect(() => publishEvents(conn, uri())).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining(problem) }),
      );
      conn.close();
    }
    one.publish(uri());
    one.deliver();
    expect(() => publishEvents(one.conn, uri())).toThrow(/must be fresh/);
  });
});
