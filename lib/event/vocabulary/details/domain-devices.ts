import type { TreeElement } from '../../../xml/tree-element';
import type {
  DeviceReference,
  DomainAgentLifecycleDetail,
  DomainBalloonChangeDetail,
  DomainChannelLifecycleDetail,
  DomainDeviceDetail,
  DomainGraphicsDetail,
  DomainMemoryDeviceSizeChangeDetail,
  DomainMemoryFailureDetail,
  DomainNicMacChangeDetail,
  DomainRtcChangeDetail,
  DomainVcpuRemovedDetail,
  DomainWatchdogDetail,
  GraphicsAddress,
} from '../detail-types-domain';
import { domainOf } from './domain';
import { attribute, attributesOf, bigInteger, boolean, child, integer, optionalInteger, present } from './fields';

/** Decodes an event that tells of one device and no more. */
export function decodeDeviceEvent(event: TreeElement): DomainDeviceDetail {
  return { domain: domainOf(event), device: deviceOf(event) };
}

/** Decodes a `domain-rtc-change`. */
export function decodeRtcChange(event: TreeElement): DomainRtcChangeDetail {
  return { domain: domainOf(event), offset: bigInteger(child(event, 'rtc'), 'offset') };
}

/** Decodes a `domain-watchdog`. */
export function decodeWatchdog(event: TreeElement): DomainWatchdogDetail {
  return { domain: domainOf(event), action: attribute(child(event, 'watchdog'), 'action') };
}

/** Decodes a `domain-graphics`. */
export function decodeGraphics(event: TreeElement): DomainGraphicsDetail {
  const graphics = child(event, 'graphics');
  return {
    domain: domainOf(event),
    phase: attribute(graphics, 'phase'),
    ...present({ authScheme: graphics.attribute('auth-scheme') }),
    local: addressOf(child(graphics, 'local')),
    remote: addressOf(child(graphics, 'remote')),
    identities: graphics.children('identity').map((identity) => ({
      type: attribute(identity, 'type'),
      name: attribute(identity, 'name'),
    })),
  };
}

/** Decodes a `domain-balloon-change`. */
export function decodeBalloonChange(event: TreeElement): DomainBalloonChangeDetail {
  return { domain: domainOf(event), actual: bigInteger(child(event, 'balloon'), 'actual') };
}

/** Decodes a `domain-agent-lifecycle`. */
export function decodeAgentLifecycle(event: TreeElement): DomainAgentLifecycleDetail {
  const agent = child(event, 'agent');
  return { domain: domainOf(event), state: attribute(agent, 'state'), reason: attribute(agent, 'reason') };
}

/** Decodes a `domain-channel-lifecycle`. */
export function decodeChannelLifecycle(event: TreeElement): DomainChannelLifecycleDetail {
  const channel = child(event, 'channel');
  return {
    domain: domainOf(event),
    channel: attribute(channel, 'name'),
    state: attribute(channel, 'state'),
    reason: attribute(channel, 'reason'),
  };
}

/** Decodes a `domain-memory-failure`. */
export function decodeMemoryFailure(event: TreeElement): DomainMemoryFailureDetail {
  const failure = child(event, 'memory-failure');
  return {
    domain: domainOf(event),
    recipient: attribute(failure, 'recipient'),
    action: attribute(failure, 'action'),
    actionRequired: boolean(failure, 'action-required'),
    recursive: boolean(failure, 'recursive'),
    ...present({ otherFlags: optionalInteger(failure, 'other-flags') }),
  };
}

/** Decodes a `domain-memory-device-size-change`. */
export function decodeMemoryDeviceSizeChange(event: TreeElement): DomainMemoryDeviceSizeChangeDetail {
  return {
    domain: domainOf(event),
    device: deviceOf(event),
    size: bigInteger(child(event, 'memory-device'), 'size'),
  };
}

/** Decodes a `domain-nic-mac-change`. */
export function decodeNicMacChange(event: TreeElement): DomainNicMacChangeDetail {
  const change = child(event, 'mac-change');
  return {
    domain: domainOf(event),
    device: deviceOf(event),
    oldMac: attribute(change, 'old-mac'),
    newMac: attribute(change, 'new-mac'),
  };
}

/** Decodes a `domain-vcpu-removed`. */
export function decodeVcpuRemoved(event: TreeElement): DomainVcpuRemovedDetail {
  return { domain: domainOf(event), vcpu: integer(child(event, 'vcpu'), 'id') };
}

function deviceOf(event: TreeElement): DeviceReference {
  return { alias: attribute(child(event, 'device'), 'alias') };
}

function addressOf(element: TreeElement): GraphicsAddress {
  return { family: attribute(element, 'family'), ...attributesOf(element, ['node', 'service']) };
}
