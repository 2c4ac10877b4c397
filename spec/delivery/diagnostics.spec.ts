import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  addEventHandler,
  type Connection,
  type DiagnosticsMessages,
  deliverEvents,
  InvalidEventError,
  openConnection,
  sendEvent,
  takeEvents,
} from '../../lib';
import { builtModule, dist } from '../support/built';
import { run } from '../support/run-program';
import { eventXml, openScripted } from '../support/scripted-driver';

type Name = keyof DiagnosticsMessages;

describe('a diagnostics channel', () => {
  const subscriptions: [Name, ChannelListener][] = [];

  /** Listens to some channels; what they publish is written down. */
  function listen<Names extends Name>(...names: Names[]): [Names, DiagnosticsMessages[Names]][] {
    const messages: [Names, DiagnosticsMessages[Names]][] = [];
    for (const name of names) {
      const listener: ChannelListener = (message) => messages.push([name, message as DiagnosticsMessages[Names]]);
      subscribe(name, listener);
      subscriptions.push([name, listener]);
    }
    return messages;
  }

  afterEach(() => {
    for (const [name, listener] of subscriptions.splice(0)) {
      unsubscribe(name, listener);
    }
  });

  const deliver = (conn: Connection) => deliverEvents(conn, { throwOnError: false });

  it('tells what is queued, by the program and by a driver, as the event that handlers will see', () => {
    const messages = listen('virdeliver:event:sent');
    const { conn, driver } = openScripted();
    sendEvent(conn, eventXml('a'));
    driver.arrive(eventXml('b'));
    const seen: unknown[] = [];
    addEventHandler(conn, null, (_, event) => seen.push(event));
    deliver(conn);
    expect(messages.map(([, { connection, event }]) => [connection === conn, event.type, event.sequence])).toEqual([
      [true, 'a', 1],
      [true, 'b', 2],
    ]);
    expect(seen).toEqual(messages.map(([, { event }]) => event));
    expect(seen[0]).toBe(messages[0]?.[1].event);
  });

  it('tells what is delivered when its handlers are done with it, and whether one matched', () => {
    const messages = listen('virdeliver:event:delivered');
    const conn = openConnection();
    addEventHandler(conn, ['a'], (_, event) => (event.attempt === 1 ? 'retry' : undefined));
    sendEvent(conn, eventXml('a'));
    sendEvent(conn, eventXml('b'));
    deliver(conn);
    expect(messages).toEqual([]);
    deliver(conn);
    expect(messages.map(([, { event, unmatched }]) => [event.type, unmatched])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  it('tells what takeEvents takes', () => {
    const messages = listen('virdeliver:event:taken', 'virdeliver:event:delivered');
    const conn = openConnection();
    sendEvent(conn, eventXml('a'));
    const events = takeEvents(conn);
    expect(messages).toEqual([['virdeliver:event:taken', { connection: conn, event: events[0] }]]);
  });

  it('tells which handler failed on which event, and what it threw', () => {
    const messages = listen('virdeliver:event:failed', 'virdeliver:event:delivered');
    const conn = openConnection();
    const error = new Error('on purpose');
    const handler = addEventHandler(conn, null, () => {
      throw error;
    });
    sendEvent(conn, eventXml('a'));
    deliver(conn);
    expect(messages.map(([name]) => name)).toEqual(['virdeliver:event:failed', 'virdeliver:event:delivered']);
    expect(messages[0]?.[1]).toEqual({ connection: conn, event: messages[1]?.[1].event, handler, error });
    expect(messages[0]?.[1]).toMatchObject({ error });
  });

  it('tells what a full queue loses', () => {
    const messages = listen('virdeliver:event:lost', 'virdeliver:event:sent');
    const conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    sendEvent(conn, eventXml('a'));
    sendEvent(conn, eventXml('b'));
    expect(messages[1]).toEqual([
      'virdeliver:event:lost',
      { connection: conn, sequence: 2, cause: 'overflow', count: 1, type: 'b', error: undefined },
    ]);
    const oldest = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-oldest' } });
    sendEvent(oldest, eventXml('c'));
    sendEvent(oldest, eventXml('d'));
    expect(messages.filter(([name]) => name === 'virdeliver:event:lost').at(-1)?.[1]).toMatchObject({
      sequence: 1,
      type: 'c',
    });
    expect(messages).toHaveLength(5);
  });

  it('tells what cannot be read, and why', () => {
    const messages = listen('virdeliver:event:lost');
    const conn = openConnection(`file:${__filename}`);
    deliver(conn);
    expect(messages[0]?.[1]).toMatchObject({ connection: conn, sequence: 1, cause: 'invalid', type: undefined });
    expect(messages[0]?.[1].error).toBeInstanceOf(InvalidEventError);
  });

  it('tells that a connection was opened, and once that it was lost', () => {
    const messages = listen('virdeliver:connection:connected', 'virdeliver:connection:lost');
    const conn = openConnection();
    expect(messages).toEqual([['virdeliver:connection:connected', { connection: conn, again: false }]]);
    const { conn: lost, driver } = openScripted();
    const error = new Error('gone');
    driver.end = error;
    expect(() => deliver(lost)).toThrow('gone');
    deliver(lost);
    expect(messages.slice(1)).toEqual([['virdeliver:connection:lost', { connection: lost, error, reconnects: false }]]);
  });

  it('tells nothing of a connection that could not be opened', () => {
    const messages = listen('virdeliver:connection:connected');
    expect(() => openConnection('file:nothing-of-that-name')).toThrow();
    expect(messages).toEqual([]);
  });
});

describe('NODE_DEBUG=virdeliver', () => {
  /** What a program writes to standard error, line by line, without the number of the process. */
  async function linesOf(program: string, value: string): Promise<string[]> {
    const text = `const v = require(${JSON.stringify(dist)}); const conn = v.openConnection(); ${program}`;
    const { stderr } = await run(process.execPath, ['-e', text], { env: { NODE_DEBUG: value } });
    return stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^VIRDELIVER \d+: /, '> '));
  }

  const program = `
    let attempts = 0;
    v.addEventHandler(conn, ['a'], function store() {
      attempts += 1;
      if (attempts === 1) return 'retry';
      throw new TypeError('first\\nsecond ' + conn);
    });
    v.sendEvent(conn, { type: 'a', content: ['a secret'] });
    v.sendEvent(conn, { type: "b'\\n" });
    v.deliverEvents(conn);
    v.deliverEvents(conn, { throwOnError: false });
    v.sendEvent(conn, { type: 'c' });
    v.takeEvents(conn);
  `;

  it('warns of filters that never match, in every part of them, when a handler is registered', async () => {
    const lines = await linesOf(
      `v.addEventHandler(conn, "transition/@too = 'crashed'", function report() {});
      v.addEventHandler(conn, { any: [['domain-rebot'], { select: null, suppress: 'domain/nmae' }] }, () => {}).setFilter(null);`,
      'virdeliver',
    );
    expect(lines.slice(1)).toEqual([
      expect.stringContaining(`memory: warning about the filter of report in "transition/@too = 'crashed'", at 12: `),
      expect.stringContaining('memory: warning about the filter of a handler: '),
      expect.stringContaining("memory: warning about the filter of a handler in 'domain/nmae', at 8: "),
    ]);
    expect(lines[1]).toContain("did you mean '@to'?");
  });

  it('writes a line for everything that happens', async () => {
    expect(await linesOf(program, 'http,virdeliver')).toEqual([
      '> memory: connected',
      expect.stringMatching(/^> memory: event 1 'a' sent, \d+ bytes$/),
      expect.stringMatching(/^> memory: event 2 "b'\\n" sent, \d+ bytes$/),
      "> memory: event 1 'a' put off after attempt 1",
      "> memory: event 1 'a' failed in store: TypeError: 'first'",
      "> memory: event 1 'a' delivered",
      `> memory: event 2 "b'\\n" delivered, unmatched`,
      expect.stringMatching(/^> memory: event 3 'c' sent, \d+ bytes$/),
      "> memory: event 3 'c' taken",
    ]);
  });

  it('writes nothing if another name is asked for', async () => {
    expect(await linesOf(program, 'http')).toEqual([]);
  });

  it('shows no piece of an event, no long message, and no password', async () => {
    const lines = await linesOf(
      `
      const fs = require('node:fs');
      const path = require('node:path').join(require('node:os').tmpdir(), 'virdeliver-' + process.pid + '.xml');
      fs.writeFileSync(path, '<event type="a" timestamp="t"><secret></event>');
      v.deliverEvents(v.openConnection('file:' + path));
      fs.rmSync(path);
      v.addEventHandler(conn, null, () => { throw new Error('x'.repeat(1000)); });
      v.addEventHandler(conn, null, () => { throw 'a secret'; });
      v.sendEvent(conn, { type: 'a', content: ['a secret'] });
      v.deliverEvents(conn, { throwOnError: false });
      const { ConnectionMonitor } = ${builtModule('delivery/connection-monitor')};
      new ConnectionMonitor('qemu+ssh://user:secret@host/system').connected(false);
    `,
      'virdeliver',
    );
    expect(lines.join('\n')).not.toContain('secret');
    expect(lines).toContainEqual(expect.stringMatching(/event 1 lost: ERR_EVENT_TAG_MISMATCH at 1:\d+$/));
    expect(lines).toContain(
      `> memory: event 1 'a' failed in a handler: Error: '${'x'.repeat(80)}'... 920 more characters`,
    );
    expect(lines).toContain("> memory: event 1 'a' failed in a handler: a thrown string");
    expect(lines).toContain('> qemu+ssh://…@host/system connected');
  });
});
