/**
 * A fleet's hosts, all in one process, as its parent asks for them by messages.
 *
 * Each has a hypervisor of the test driver's with a random life, a collector, and a journal in a folder of its own. They publish by
 * one connection of the official client, where a real host has a forwarder with a client of its own: each host by itself, entry by
 * entry of its journal, when the one before is acknowledged, with the forwarder's subjects, headers and ids.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { type Clock, systemClock } from '../lib/clock';
import { openJournal } from '../lib/collector/journal-events';
import { addEventHandler, type Connection, deliverEvents, openConnection, runDelivery, sendEvent } from '../lib/index';
import type { JournalFiles } from '../lib/journal/journal-files';
import { type JournalItem, JournalReader } from '../lib/journal/journal-reader';
import { nodeFiles } from '../lib/journal/node-files';
import { entryHeaders, messageId } from '../lib/nats/headers';
import { ConnectionLife } from '../lib/nats/program/connection-life';
import { eventSubject } from '../lib/nats/subjects';
import { BACKLOG_TYPE, type HostsOrder, type HostsReport, SLOWNESS } from './fleet-protocol';
import { STREAM } from './nats-client';
import { sampleEvent } from './sample-events';

/** How long an acknowledgement is waited for, in milliseconds. */
const ACK_TIMEOUT = 5000;

/** How long a host waits until it tries again what the server did not take, in milliseconds. */
const PAUSE = 250;

/** The disk of all hosts is one, which a thousand writers that sync each event would bring to a stand. */
const files: JournalFiles = { ...nodeFiles, sync: () => {}, syncFolder: () => {}, lock: () => true };

/** Time that begins when the lives do, and passes more slowly: how often something happens is the test driver's business. */
class SlowClock implements Clock {
  readonly manual = false;
  #start: number | undefined;

  start(): number {
    this.#start = systemClock.monotonic();
    return systemClock.now();
  }

  now(): number {
    return this.monotonic();
  }

  monotonic(): number {
    return this.#start === undefined ? 0 : (systemClock.monotonic() - this.#start) / SLOWNESS;
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    return systemClock.schedule(milliseconds * SLOWNESS, callback);
  }
}

type EntryItem = Extract<JournalItem, { kind: 'entry' }>;

const clock = new SlowClock();
const folder = mkdtempSync(join(tmpdir(), 'virdeliver-hosts-'));

/** What all hosts publish by. */
let client: JetStreamClient | undefined;
let life: ConnectionLife | undefined;

/** How many entries the journals have, and for how many of them there are acknowledgements. */
let written = 0;
let published = 0;

class Host {
  readonly conn: Connection;
  readonly #name: string;
  readonly #reader: JournalReader;
  #isPublishing = false;

  constructor(number: number) {
    this.#name = `kvm-${number}`;
    const journal = join(folder, this.#name);
    this.conn = openConnection('test:///default', { seed: number, clock });
    openJournal(this.conn, journal, { host: this.#name, sync: 'never', aliveMs: Number.POSITIVE_INFINITY }, files);
    addEventHandler(this.conn, null, () => {
      written += 1;
      void this.publish();
    });
    this.#reader = new JournalReader(nodeFiles, journal, { next: 1, ordinal: 0 });
  }

  /** Writes so many events at once. */
  write(events: number): void {
    for (let event = 0; event < events; event += 1) {
      sendEvent(this.conn, sampleEvent(event, BACKLOG_TYPE));
    }
    deliverEvents(this.conn);
  }

  /** Publishes what the journal has that is not published, unless that is under way. */
  async publish(): Promise<void> {
    if (this.#isPublishing || client === undefined) {
      return;
    }
    this.#isPublishing = true;
    for (let item = this.#reader.next(); item.kind === 'entry'; item = this.#reader.next()) {
      await this.#publishEntry(item);
      published += 1;
    }
    this.#isPublishing = false;
  }

  async #publishEntry({ entry: { sequence, crc, time, event }, id }: EntryItem): Promise<void> {
    const entry = { host: this.#name, journal: id, sequence, crc, time };
    const all = headers();
    for (const [name, value] of Object.entries(entryHeaders(entry))) {
      all.set(name, value);
    }
    const type = / type="([^"]*)"/.exec(event.toString())?.[1] ?? '';
    const options = { msgID: messageId(entry), headers: all, timeout: ACK_TIMEOUT, expect: { streamName: STREAM } };
    for (;;) {
      try {
        await life?.isConnected();
        await life?.orBroken(client!.publish(eventSubject(this.#name, type), event, options));
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, PAUSE * (1 + Math.random())));
      }
    }
  }
}

const hosts: Host[] = [];

async function obey(order: HostsOrder): Promise<HostsReport> {
  switch (order.do) {
    case 'open':
      for (let number = 1; number <= order.hosts; number += 1) {
        hosts.push(new Host(number));
      }
      break;
    case 'write':
      for (const host of hosts) {
        host.write(order.events);
      }
      break;
    case 'connect': {
      const connection = await connect({
        servers: order.address,
        noAsyncTraces: true,
        maxReconnectAttempts: -1,
        reconnectTimeWait: PAUSE,
      });
      life = new ConnectionLife(
        connection,
        () => {},
        () => {},
      );
      client = jetstream(connection);
      break;
    }
    case 'publish':
      for (const host of hosts) {
        void host.publish();
      }
      break;
    case 'live': {
      const began = clock.start();
      for (const { conn } of hosts) {
        void runDelivery(conn).catch(() => {});
      }
      return { written, published, began };
    }
    case 'stop':
      for (const { conn } of hosts) {
        conn.close();
      }
      break;
    case 'report':
      break;
  }
  return { written, published };
}

process.on('message', (order: HostsOrder) => {
  void obey(order).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit());
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
