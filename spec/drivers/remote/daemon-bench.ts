import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, closeConnection, openConnection, type QueuedEvent, takeEvents } from '../../../lib';
import type { ConnectionOptions } from '../../../lib/delivery/open-connection';
import { eventClasses } from '../../../lib/drivers/remote/events/event-classes';
import { calls, type Procedure } from '../../../lib/drivers/remote/rpc/protocol';
import { XdrWriter } from '../../../lib/drivers/remote/rpc/xdr-writer';
import { hexOf } from '../../support/annotated-hex';
import {
  FakeDaemon,
  type FakeDomain,
  messageBytes,
  openingRules,
  type Rule,
  replyTo,
  type Scenario,
  type Step,
  writeDomain,
  xdr,
} from '../../support/fake-daemon';
import { refusalBytes } from './rpc/channel-bench';

/** A domain that runs. */
export const web: FakeDomain = {
  name: 'web',
  uuid: '11111111-2222-4333-8444-5555555555aa',
  id: 3,
  state: 1,
  reason: 1,
};

/** The same domain, stopped. */
export const stoppedWeb: FakeDomain = { ...web, id: -1, state: 5, reason: 1 };

/** libvirt's numbers of lifecycle events. */
export const lifecycle = { started: 2, suspended: 3, resumed: 4, stopped: 5 } as const;

/** A lifecycle event as a daemon sends it. */
export function lifecycleEvent(event: number, domain: FakeDomain = web): Step {
  return { do: 'send', bytes: messageBytes(318, (writer) => writeDomain(writer.int(0), domain).int(event).int(0)) };
}

/** Where the low half of the number lies in a numbered event. */
const COUNTER_AT = 64;

/** So many events that differ in a number, whose high half is the series and whose low half counts from 0. */
export function numberedEvents(times: number, series = 0): Step {
  const bytes = messageBytes(320, (writer) => writeDomain(writer.int(0), web).hyper(BigInt(series) << 32n));
  return { do: 'send', bytes, times, counterAt: COUNTER_AT };
}

/** A daemon's word that its own connection to the hypervisor is closed, by the end of file. */
export const hypervisorGone: Step = { do: 'send', bytes: messageBytes(362, (writer) => writer.int(1)) };

/** What `brief` makes of a series of numbered events. */
export function numbers(times: number, series = 0): string[] {
  return Array.from({ length: times }, (_, number) => `${series}.${number}`);
}

/** An event in short: what a test tells it by. */
export function brief(event: QueuedEvent): string {
  if (event.type === 'domain-state-transition' && event.detail !== undefined) {
    const { domain, from, to } = event.detail;
    return `${domain.name}: ${from} → ${to}`;
  }
  if (event.type === 'domain-rtc-change' && event.detail !== undefined) {
    const { offset } = event.detail;
    return `${offset >> 32n}.${offset & 0xffffffffn}`;
  }
  return event.type;
}

/** A rule by which a daemon refuses a call. */
export function refusalOf(procedure: Procedure, number: number, message: string, payload = ''): Rule {
  // Only the payload of the packet is of use: the rest repeats the call's.
  const call = { program: 0, version: 1, procedure: 0, type: 0, serial: 0, status: 0, payload: new Uint8Array(0) };
  const error = hexOf(refusalBytes(call, number, message)).slice(2 * 28);
  return {
    program: procedure.program,
    procedure: procedure.number,
    payload,
    steps: [{ do: 'reply', status: 1, payload: error }],
  };
}

/** A rule by which a daemon refuses to be asked for one kind of event. */
export function refusalOfEvent(family: string, id: number, number: number): Rule {
  const { register } = eventClasses.find((each) => each.family === family)!;
  return refusalOf(register, number, `unsupported event ID ${id}`, hexOf(new XdrWriter().int(id).finish()));
}

/** The rules of a daemon that has these domains, each of which stays when it stops. */
export function persistent(...domains: readonly FakeDomain[]): Rule[] {
  // Asked for the transient domains alone, it has none.
  const transientOnly = xdr((call) => call.int(1).uint(8));
  const none = replyTo(calls.listAllDomains, (reply) => reply.array([], () => {}).uint(0));
  return [{ ...none, payload: transientOnly }, ...openingRules(domains)];
}

/** Fake daemons and connections to them, which it ends when it is disposed of. */
export class DaemonBench implements AsyncDisposable {
  readonly #daemons: FakeDaemon[] = [];
  readonly #connections: Connection[] = [];
  #folder: string | undefined;

  /** The path of a socket, for daemons that follow one another. */
  get path(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'virdeliver-daemon-'));
    return join(this.#folder, 'sock');
  }

  /** Starts a daemon; by default it has one domain, which runs. */
  async start(scenario: Partial<Scenario> = {}, path?: string): Promise<FakeDaemon> {
    const daemon = await FakeDaemon.start({ rules: persistent(web), ...scenario }, path);
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Opens a connection to a daemon. */
  connect(daemon: { readonly path: string }, options?: ConnectionOptions): Connection {
    const conn = openConnection(uriOf(daemon), options);
    this.#connections.push(conn);
    return conn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.#connections.splice(0)) {
      closeConnection(conn);
    }
    await Promise.all(this.#daemons.splice(0).map((daemon) => daemon.kill()));
    if (this.#folder !== undefined) {
      rmSync(this.#folder, { recursive: true });
      this.#folder = undefined;
    }
  }
}

/** A bench for all tests of a file or group; after each of them it ends what that has begun. */
export function useDaemonBench(): DaemonBench {
  const bench = new DaemonBench();
  afterEach(() => bench[Symbol.asyncDispose]());
  return bench;
}

/** The URI of a daemon's test driver. */
export function uriOf(daemon: { readonly path: string }): string {
  return `test+unix:///default?socket=${daemon.path}`;
}

/** Takes events until one is of the kind that is waited for, in a plain loop that never returns to the event loop. */
export function takeUntil(conn: Connection, last: string, limit?: number): string[] {
  const seen: string[] = [];
  const deadline = performance.now() + 15_000;
  while (!seen.includes(last)) {
    if (performance.now() > deadline) {
      throw new Error(`waited for ${last} in vain; there came ${seen.join(', ')}`);
    }
    seen.push(...takeEvents(conn, { waitMs: 1000, limit }).map(brief));
  }
  return seen;
}
