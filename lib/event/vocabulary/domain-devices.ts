import type { TreeElement } from '../../xml/tree-element';
import { type DomainEventDetail, readDomainEvent } from './domain';
import { attribute, attributesOf, bigInteger, boolean, child, integer, optionalInteger, present } from './fields';
import type { WordOf } from './words';

/** What a watchdog did when its time was up, by `virDomainEventWatchdogAction`. */
export const watchdogActions = ['none', 'pause', 'reset', 'poweroff', 'shutdown', 'debug', 'inject-nmi'] as const;

/** How far a client of a graphics display is, by `virDomainEventGraphicsPhase`. */
export const graphicsPhases = ['connect', 'initialize', 'disconnect'] as const;

/** The kinds of network address, by `virDomainEventGraphicsAddressType`. */
export const addressFamilies = ['ipv4', 'ipv6', 'unix'] as const;

/** Whether a channel is open in the guest, by `virConnectDomainEventAgentLifecycleState`. */
export const channelStates = ['unknown', 'connected', 'disconnected'] as const;

/** Why the state of a channel is told, by `virConnectDomainEventAgentLifecycleReason`. */
export const channelReasons = ['unknown', 'domain-started', 'channel-event'] as const;

/** Whose memory has failed, by `virDomainMemoryFailureRecipientType`. */
export const memoryFailureRecipients = ['hypervisor', 'guest'] as const;

/** What was done about failed memory, by `virDomainMemoryFailureActionType`. */
export const memoryFailureActions = ['ignore', 'inject', 'fatal', 'reset'] as const;

/** Which device of a domain an event is about. */
export interface DeviceReference {
  /** Its name in the domain as it runs, such as `net0`. */
  readonly alias: string;
}

/** What an event says of a device, and no more. */
export interface DomainDeviceDetail extends DomainEventDetail {
  readonly device: DeviceReference;
}

export function readDeviceEvent(event: TreeElement): DomainDeviceDetail {
  return { ...readDomainEvent(event), device: { alias: attribute(child(event, 'device'), 'alias') } };
}

/** What a `domain-rtc-change` says. */
export interface DomainRtcChangeDetail extends DomainEventDetail {
  /** How far the guest's clock is now ahead of UTC, in seconds. */
  readonly offset: bigint;
}

export function readRtcChange(event: TreeElement): DomainRtcChangeDetail {
  return { ...readDomainEvent(event), offset: bigInteger(child(event, 'rtc'), 'offset') };
}

/** What a `domain-watchdog` says. */
export interface DomainWatchdogDetail extends DomainEventDetail {
  readonly action: WordOf<typeof watchdogActions>;
}

export function readWatchdog(event: TreeElement): DomainWatchdogDetail {
  return { ...readDomainEvent(event), action: attribute(child(event, 'watchdog'), 'action') };
}

/** One end of a connection to a display. */
export interface GraphicsAddress {
  readonly family: WordOf<typeof addressFamilies>;
  /** The address of the host, or a socket's path. */
  readonly node?: string;
  /** The port. */
  readonly service?: string;
}

/** One of the names that a client of a display has proved to have. */
export interface GraphicsIdentity {
  /** `x509dname`, `saslUsername`, … */
  readonly type: string;
  readonly name: string;
}

/** What a `domain-graphics` says. */
export interface DomainGraphicsDetail extends DomainEventDetail {
  readonly phase: WordOf<typeof graphicsPhases>;
  /** How the client has authenticated. */
  readonly authScheme?: string;
  readonly local: GraphicsAddress;
  readonly remote: GraphicsAddress;
  readonly identities: readonly GraphicsIdentity[];
}

export function readGraphics(event: TreeElement): DomainGraphicsDetail {
  const graphics = child(event, 'graphics');
  return {
    ...readDomainEvent(event),
    phase: attribute(graphics, 'phase'),
    ...present({ authScheme: graphics.attribute('auth-scheme') }),
    local: readAddress(child(graphics, 'local')),
    remote: readAddress(child(graphics, 'remote')),
    identities: graphics.children('identity').map((identity) => ({
      type: attribute(identity, 'type'),
      name: attribute(identity, 'name'),
    })),
  };
}

function readAddress(element: TreeElement): GraphicsAddress {
  return { family: attribute(element, 'family'), ...attributesOf(element, ['node', 'service']) };
}

/** What a `domain-balloon-change` says. */
export interface DomainBalloonChangeDetail extends DomainEventDetail {
  /** The memory that the guest has now, in KiB. */
  readonly actual: bigint;
}

export function readBalloonChange(event: TreeElement): DomainBalloonChangeDetail {
  return { ...readDomainEvent(event), actual: bigInteger(child(event, 'balloon'), 'actual') };
}

/** What a `domain-agent-lifecycle` says. */
export interface DomainAgentLifecycleDetail extends DomainEventDetail {
  readonly state: WordOf<typeof channelStates>;
  readonly reason: WordOf<typeof channelReasons>;
}

export function readAgentLifecycle(event: TreeElement): DomainAgentLifecycleDetail {
  const agent = child(event, 'agent');
  return { ...readDomainEvent(event), state: attribute(agent, 'state'), reason: attribute(agent, 'reason') };
}

/** What a `domain-channel-lifecycle` says. */
export interface DomainChannelLifecycleDetail extends DomainEventDetail {
  /** The channel's name, such as `org.qemu.guest_agent.0`. */
  readonly channel: string;
  readonly state: WordOf<typeof channelStates>;
  readonly reason: WordOf<typeof channelReasons>;
}

export function readChannelLifecycle(event: TreeElement): DomainChannelLifecycleDetail {
  const channel = child(event, 'channel');
  return {
    ...readDomainEvent(event),
    channel: attribute(channel, 'name'),
    state: attribute(channel, 'state'),
    reason: attribute(channel, 'reason'),
  };
}

/** What a `domain-memory-failure` says. */
export interface DomainMemoryFailureDetail extends DomainEventDetail {
  readonly recipient: WordOf<typeof memoryFailureRecipients>;
  readonly action: WordOf<typeof memoryFailureActions>;
  /** Whether something must be done about it at once. */
  readonly actionRequired: boolean;
  /** Whether it happened while another failure was dealt with. */
  readonly recursive: boolean;
  /** The flags that this library does not know, as the sum of their bits, if there are any. */
  readonly otherFlags?: number;
}

export function readMemoryFailure(event: TreeElement): DomainMemoryFailureDetail {
  const failure = child(event, 'memory-failure');
  return {
    ...readDomainEvent(event),
    recipient: attribute(failure, 'recipient'),
    action: attribute(failure, 'action'),
    actionRequired: boolean(failure, 'action-required'),
    recursive: boolean(failure, 'recursive'),
    ...present({ otherFlags: optionalInteger(failure, 'other-flags') }),
  };
}

/** What a `domain-memory-device-size-change` says. */
export interface DomainMemoryDeviceSizeChangeDetail extends DomainDeviceDetail {
  /** How much of the device the guest uses now, in KiB. */
  readonly size: bigint;
}

export function readMemoryDeviceSizeChange(event: TreeElement): DomainMemoryDeviceSizeChangeDetail {
  return { ...readDeviceEvent(event), size: bigInteger(child(event, 'memory-device'), 'size') };
}

/** What a `domain-nic-mac-change` says. */
export interface DomainNicMacChangeDetail extends DomainDeviceDetail {
  readonly oldMac: string;
  readonly newMac: string;
}

export function readNicMacChange(event: TreeElement): DomainNicMacChangeDetail {
  const change = child(event, 'mac-change');
  return { ...readDeviceEvent(event), oldMac: attribute(change, 'old-mac'), newMac: attribute(change, 'new-mac') };
}

/** What a `domain-vcpu-removed` says. */
export interface DomainVcpuRemovedDetail extends DomainEventDetail {
  /** The number of the virtual processor that is gone. */
  readonly vcpu: number;
}

export function readVcpuRemoved(event: TreeElement): DomainVcpuRemovedDetail {
  return { ...readDomainEvent(event), vcpu: integer(child(event, 'vcpu'), 'id') };
}
