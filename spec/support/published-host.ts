import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, type DeliveryResult, deliverEvents, openConnection } from '../../lib';
import { TimeLimit } from '../../lib/drivers/io/time-limit';
import { type Publication, type PublishOptions, publishEvents } from '../../lib/forwarder';
import { JournalWriter, type WriterOptions } from '../../lib/journal/journal-writer';
import { nodeFiles } from '../../lib/journal/node-files';
import type { SeenMessage } from './hubs';
import './built';

/** How long something may take that a test waits for, in milliseconds. */
const PATIENCE = 20_000;

/** A host with a journal of its own, in a temporary folder, that is published to a hub. */
export class PublishedHost {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'virdeliver-host-'));
  readonly name: string;
  writer: JournalWriter;
  #conn: Connection | undefined;
  #publication: Publication | undefined;

  constructor(name: string, options: Partial<WriterOptions> = {}) {
    this.name = name;
    this.writer = this.open(options);
  }

  /** Begins to write to the journal, anew if it was closed. */
  open(options: Partial<WriterOptions> = {}): JournalWriter {
    const common = { host: this.name, boot: 'boot-1', now: Date.now };
    this.writer = JournalWriter.open(nodeFiles, join(this.folder, 'journal'), { ...common, ...options });
    return this.writer;
  }

  get journal(): string {
    return join(this.folder, 'journal');
  }

  /** Writes so many events to the journal, each with its number. */
  write(events: number, type = 't', more = ''): void {
    for (let event = 0; event < events; event += 1) {
      const { next } = this.writer;
      this.writer.append(
        `<event type="${type}" timestamp="2026-01-02T03:04:05.000000Z" host="${this.name}"><n>${next}</n>${more}</event>`,
      );
    }
  }

  /** Begins to publish, in this process. */
  publish(uri: string, options: PublishOptions = {}): Publication {
    this.#conn = openConnection(`journal:${this.journal}?reader=nats`);
    try {
      this.#publication = publishEvents(this.#conn, uri, options);
      return this.#publication;
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  get publication(): Publication {
    return this.#publication!;
  }

  get conn(): Connection {
    return this.#conn!;
  }

  /** Delivers once, what can be delivered. */
  deliver(): DeliveryResult {
    return deliverEvents(this.conn);
  }

  /** Delivers until all that is in the journal is published. */
  deliverAll(): void {
    this.deliverUntil(() => this.deliver().stoppedBy === 'drained' && this.publication.waitsFor === undefined);
  }

  /** Delivers until something is so. */
  deliverUntil(isSo: () => boolean): void {
    const limit = new TimeLimit(PATIENCE);
    while (!isSo()) {
      if (limit.left <= 0) {
        throw new Error(`it isn't so; the forwarder waits for ${this.publication.waitsFor}`);
      }
      deliverEvents(this.conn, { waitMs: 50 });
    }
  }

  /** Stops publishing. */
  stop(): void {
    this.#conn?.close();
    this.#conn = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
    try {
      this.writer.close();
    } catch {
      // Its folder may be another one by now.
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** The numbers of entries, in the order in which a stream has them; of another host's none. */
export function numbersOf(messages: readonly SeenMessage[], host: string): number[] {
  return messages.filter((message) => message.host === host).map(({ sequence }) => sequence);
}

/** All numbers from one to another. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last + 1 - first }, (_, place) => first + place);
}
