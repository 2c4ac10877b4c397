import { DaemonError, InvalidEventError, ProtocolError } from '../../errors';
import { noEventLimits } from '../../xml/limits';
import { readTree } from '../../xml/read-tree';
import { TreeElement } from '../../xml/tree-element';
import type { Dialogue } from '../io/dialogue';
import { printableText } from '../io/printable-text';
import type { EventFamily } from './events/event-classes';
import type { Conversation } from './rpc/conversation';
import { noPayload } from './rpc/packet';
import { calls, errorNumber, feature } from './rpc/protocol';
import type { RpcChannel } from './rpc/rpc-channel';
import { XdrReader } from './rpc/xdr-reader';
import { XdrWriter } from './rpc/xdr-writer';

/** What a daemon is known to have before it is asked for events. */
export interface DaemonFacts {
  /** The hypervisor's or other driver's name in lower case: `qemu`, `network`, … */
  readonly driverType: string;
  /** The daemon's release of libvirt, as `getLibVersion` codes it; `undefined` if it didn't say. */
  readonly libVersion: number | undefined;
  /** Whether it tells when its own hypervisor goes away. */
  readonly hasCloseCallback: boolean;
  readonly readOnly: boolean;
}

/** A family of events that a modular daemon has from a daemon beside it. */
export type SiblingFamily = Exclude<EventFamily, 'domain'>;

/** The drivers without domains (virtnetworkd's and so on), and which events each of them has. */
const FAMILY_OF_DRIVER: Readonly<Record<string, SiblingFamily | undefined>> = {
  network: 'network',
  storage: 'storage-pool',
  nodedev: 'node-device',
  secret: 'secret',
  interface: undefined,
  nwfilter: undefined,
};

/** What the name of a hypervisor may be: all of libvirt's are such words (`QEMU`, `Xen`, `Hyper-V`). */
const DRIVER_TYPE = /^[ -~]{1,64}$/;

/** In the flags of `connect_open`: VIR_CONNECT_RO of libvirt's libvirt-host.h. */
const READ_ONLY = 1;

export function hasDomains(driverType: string): boolean {
  return !Object.hasOwn(FAMILY_OF_DRIVER, driverType);
}

export function mayHaveFamily(driverType: string, family: EventFamily): boolean {
  return hasDomains(driverType) || FAMILY_OF_DRIVER[driverType] === family;
}

/** The driver by which the daemon that has a family of events is followed by itself. */
export function driverOf(family: SiblingFamily): string | undefined {
  return Object.keys(FAMILY_OF_DRIVER).find((driver) => FAMILY_OF_DRIVER[driver] === family);
}

/**
 * Opens a daemon's driver, and asks for what decides which calls the daemon is spared.
 *
 * @param name What `connect_open` asks for.
 * @param assumedDriver The driver's name if the daemon doesn't tell it.
 * @throws {DaemonError} `ERR_DAEMON` if the daemon refuses, or is too old.
 * @throws {ProtocolError} `ERR_PROTOCOL` if an answer isn't as it must be.
 */
export function* openDriver(
  conversation: Conversation,
  name: string,
  readOnly: boolean,
  assumedDriver: string,
): Dialogue<DaemonFacts> {
  const payload = new XdrWriter()
    .optional(name, (writer) => writer.string(name))
    .uint(readOnly ? READ_ONLY : 0)
    .finish();
  yield* conversation.call(calls.connectOpen, payload);
  const questions = [
    { procedure: calls.getType, payload: noPayload },
    { procedure: calls.getLibVersion, payload: noPayload },
    ...[feature.eventCallbacks, feature.closeCallback].map((number) => ({
      procedure: calls.supportsFeature,
      payload: new XdrWriter().int(number).finish(),
    })),
  ];
  // What the daemon doesn't say isn't needed: each of these may be refused.
  const answers = (yield* conversation.callAll(questions)).map((answer, place) =>
    answer instanceof DaemonError
      ? undefined
      : new XdrReader(answer, `the reply to ${questions[place]?.procedure.name}`),
  );
  const [type, version, eventCallbacks, closeCallback] = answers;
  if (eventCallbacks?.int('supported') === 0) {
    throw new DaemonError('the daemon is older than libvirt 1.2.1, the first that has events of this kind', {
      number: errorNumber.noSupport,
      domain: 0,
      level: 2,
    });
  }
  return {
    driverType: type === undefined ? assumedDriver : readDriverType(type),
    libVersion: version && Number(version.unsignedHyper('lib_ver')),
    hasCloseCallback: (closeCallback?.int('supported') ?? 0) !== 0,
    readOnly,
  };
}

/**
 * Asks for the UUID of the host that a daemon runs on, without waiting for the answer. It may take seconds: QEMU's driver looks
 * at each emulator when it is asked for the first time.
 *
 * @param onAnswer Called with it, or with nothing if the daemon doesn't tell.
 */
export function askHostUuid(channel: RpcChannel, onAnswer: (uuid: string | undefined) => void): void {
  channel.post({ procedure: calls.getCapabilities, payload: noPayload }, (answer) =>
    onAnswer(answer instanceof DaemonError ? undefined : hostUuidIn(answer)),
  );
}

function hostUuidIn(answer: Uint8Array): string | undefined {
  const text = new XdrReader(answer, 'the reply to connect_get_capabilities').text('capabilities');
  try {
    const [host] = TreeElement.rootOf(readTree(text, noEventLimits)).children('host');
    return host?.childText('uuid') || undefined;
  } catch (error) {
    if (error instanceof InvalidEventError) {
      return undefined;
    }
    throw error;
  }
}

/** Reads the hypervisor's name, which becomes part of every event of a domain. */
function readDriverType(reader: XdrReader): string {
  const type = reader.text('type');
  if (!DRIVER_TYPE.test(type)) {
    const problem = `the daemon calls its hypervisor ${JSON.stringify(printableText(type, 80))}`;
    throw new ProtocolError(`${problem}; expected a name in printable characters of ASCII, of 64 at most`);
  }
  return type.toLowerCase();
}
