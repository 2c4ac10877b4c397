import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventClasses } from '../../lib/drivers/remote/events/event-classes';
import { Deframer } from '../../lib/drivers/remote/rpc/deframer';
import { encodePacket, type Packet } from '../../lib/drivers/remote/rpc/packet';
import { authType, calls, type Procedure, packetType, program } from '../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../lib/drivers/remote/rpc/xdr-writer';
import { hexOf } from './annotated-hex';

/** One thing that a fake daemon does; all bytes are in hexadecimal. */
export type Step =
  /** Replies to the call at hand; status 1 means that the payload is an error. */
  | { readonly do: 'reply'; readonly payload?: string; readonly status?: number }
  /** Keeps the reply to the call at hand until `release`. */
  | { readonly do: 'hold'; readonly payload?: string }
  /** Sends the replies that were held, the last one first. */
  | { readonly do: 'release' }
  /** Sends bytes as they are, any number of times, with a counter from 0 on written over the four bytes at a place. */
  | { readonly do: 'send'; readonly bytes: string; readonly times?: number; readonly counterAt?: number }
  /** Sends bytes again and again without end, as fast as they are taken. */
  | { readonly do: 'flood'; readonly bytes: string }
  /** Does nothing for a while, and does not answer what comes meanwhile before that is over. */
  | { readonly do: 'pause'; readonly milliseconds: number }
  /** From here on sends its bytes in pieces of this size at most. */
  | { readonly do: 'fragment'; readonly size: number }
  /** Reads nothing any more. */
  | { readonly do: 'deafen' }
  /** Closes the connection, when all was sent. */
  | { readonly do: 'close' }
  /** Kills its own process. */
  | { readonly do: 'die' };

/** What a fake daemon does when a call comes in. */
export interface Rule {
  /** The number of the program; the remote one by default. */
  readonly program?: number;
  readonly procedure: number;
  /** What the arguments must begin with, in hexadecimal. */
  readonly payload?: string;
  /** For how many calls the rule holds. */
  readonly times?: number;
  readonly steps: readonly Step[];
}

/** All that a fake daemon does. */
export interface Scenario {
  /** What it does when a client connects. */
  readonly greeting?: readonly Step[];
  /** What it does when a call comes in: the first rule that fits. A call without a rule is refused as unknown. */
  readonly rules: readonly Rule[];
  /** Whether it leaves pings unanswered. */
  readonly ignoresPings?: boolean;
  /**
   * Whether it takes a moment for each call, and dies when more than four are under way, or when events of a family are
   * registered while the first registration of that family is.
   */
  readonly isFragile?: boolean;
  /** Whether it listens at a TCP port of this machine, too. */
  readonly hasPort?: boolean;
}

type Message = { readonly port?: number; readonly received?: readonly string[] };

/**
 * A libvirt daemon that does what a scenario says, on a unix socket.
 *
 * It runs in a process of its own, since a client that makes a synchronous call leaves no turn of the event loop to a
 * daemon in the same process.
 */
export class FakeDaemon {
  /** Where its socket is. */
  readonly path: string;
  /** Resolves when its process has ended, by whatever cause. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  /** The folder that was made for its socket. */
  readonly #folder: string | undefined;
  #port: number | undefined;

  private constructor(path: string | undefined) {
    this.#folder = path === undefined ? mkdtempSync(join(tmpdir(), 'virdeliver-daemon-')) : undefined;
    this.path = path ?? join(this.#folder!, 'libvirt-sock');
    this.#process = spawn(process.execPath, [join(__dirname, 'fake-daemon-program.js'), this.path], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ended = new Promise((resolve) => this.#process.once('exit', () => resolve()));
  }

  /**
   * Starts one; it listens when the promise resolves.
   *
   * @param path Where its socket is to be, in place of what may be left of another's; by default in a new folder, which
   *   is removed with it.
   */
  static async start(scenario: Scenario, path?: string): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(path);
    daemon.#port = (await daemon.#ask({ scenario })).port;
    return daemon;
  }

  /** Its TCP port; `undefined` if the scenario gives it none. */
  get port(): number | undefined {
    return this.#port;
  }

  /**
   * Has it do something to the client that connected last, or to the first one if none has yet. No turn of the event
   * loop is needed here for that.
   */
  perform(...steps: readonly Step[]): void {
    this.#process.send({ steps });
  }

  /** The packets that have come from all of its clients so far, in order. */
  async received(): Promise<Packet[]> {
    const { received = [] } = await this.#ask({});
    const deframer = new Deframer();
    return received.map((bytes) => {
      deframer.push(Buffer.from(bytes, 'hex'));
      return deframer.next() as Packet;
    });
  }

  /** Kills it, as a crash would; once more does nothing. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
    if (this.#folder !== undefined) {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async #ask(question: object): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#process.once('message', (message: Message) => resolve(message));
      this.ended.then(() => reject(new Error('the fake daemon has ended')));
      this.#process.send(question, (error) => error && reject(error));
    });
  }
}

/** XDR in hexadecimal, as steps and rules take it. */
export function xdr(write: (writer: XdrWriter) => unknown): string {
  const writer = new XdrWriter();
  write(writer);
  return hexOf(writer.finish());
}

/** A rule that answers a call. */
export function replyTo(procedure: Procedure, write: (writer: XdrWriter) => unknown = () => {}): Rule {
  return { program: procedure.program, procedure: procedure.number, steps: [{ do: 'reply', payload: xdr(write) }] };
}

/** An event of the remote program, from its procedure on, as a daemon sends it. */
export function messageBytes(procedure: number, write: (writer: XdrWriter) => unknown): string {
  const payload = Buffer.from(xdr(write), 'hex');
  const header = { program: program.remote, version: 1, procedure, type: packetType.message, serial: 1, status: 0 };
  return hexOf(encodePacket({ ...header, payload }));
}

/** A domain as a daemon tells of it. */
export interface FakeDomain {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
  readonly state: number;
  readonly reason: number;
}

/** Writes the part of a domain that comes in every message about it. */
export function writeDomain(writer: XdrWriter, domain: Pick<FakeDomain, 'name' | 'uuid' | 'id'>): XdrWriter {
  return writer.string(domain.name).uuid(domain.uuid).int(domain.id);
}

/**
 * Rules by which a daemon lets a client in, has these domains, and takes every registration for events.
 *
 * The callback of a registration has the number of the kind of event, so that those of several families are the same.
 */
export function openingRules(domains: readonly FakeDomain[] = []): Rule[] {
  const registrations = eventClasses.map(({ register, id }) => ({
    ...replyTo(register, (reply) => reply.int(id)),
    payload: xdr((call) => call.int(id)),
  }));
  const states = domains.map((domain) => ({
    ...replyTo(calls.domainGetState, (reply) => reply.int(domain.state).int(domain.reason)),
    payload: xdr((call) => writeDomain(call, domain)),
  }));
  const { listAllNetworks, listAllStoragePools, listAllNodeDevices, listAllSecrets } = calls;
  const counts = [listAllNetworks, listAllStoragePools, listAllNodeDevices, listAllSecrets];
  return [
    replyTo(calls.authList, (reply) => reply.array([authType.none], (writer, type) => writer.int(type))),
    replyTo(calls.connectOpen),
    replyTo(calls.connectClose),
    replyTo(calls.supportsFeature, (reply) => reply.int(1)),
    replyTo(calls.getType, (reply) => reply.string('TEST')),
    replyTo(calls.getLibVersion, (reply) => reply.unsignedHyper(12_008_000n)),
    replyTo(calls.registerCloseCallback),
    replyTo(calls.listAllDomains, (reply) => reply.array(domains, writeDomain).uint(domains.length)),
    ...states,
    ...counts.map((procedure) => replyTo(procedure, (reply) => reply.array([], () => {}).uint(0))),
    ...registrations,
  ];
}
