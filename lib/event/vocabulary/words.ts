import type { OpenWord } from './detail-types';

/**
 * The words of what events say beside a domain's states, which `vocabulary-domain` has.
 *
 * Each list stands in the order of libvirt's numbers, so that a number on the wire is the place of its word. The words
 * are those that `virsh event` prints, in lower case with hyphens for spaces; where it prints a number or a whole
 * phrase, they are the names of libvirt's constants.
 */

/** The word of a number; a number that has none, from a later libvirt for instance, is its own word. */
export function wordOf<Word extends string>(words: readonly Word[], number: number): OpenWord<Word> {
  return words[number] ?? String(number);
}

/** What a watchdog did when its time was up, by `virDomainEventWatchdogAction`. */
export const watchdogActions = ['none', 'pause', 'reset', 'poweroff', 'shutdown', 'debug', 'inject-nmi'] as const;

/** What a watchdog did when its time was up. */
export type WatchdogAction = (typeof watchdogActions)[number];

/** What became of a guest after an input or output error, by `virDomainEventIOErrorAction`. */
export const ioErrorActions = ['none', 'pause', 'report'] as const;

/** What became of a guest after an input or output error. */
export type IoErrorAction = (typeof ioErrorActions)[number];

/** How far a client of a graphics display is, by `virDomainEventGraphicsPhase`. */
export const graphicsPhases = ['connect', 'initialize', 'disconnect'] as const;

/** How far a client of a graphics display is. */
export type GraphicsPhase = (typeof graphicsPhases)[number];

/** The kinds of network address, by `virDomainEventGraphicsAddressType`. */
export const addressFamilies = ['ipv4', 'ipv6', 'unix'] as const;

/** The kinds of network address. */
export type AddressFamily = (typeof addressFamilies)[number];

/** What a block job does, by `virDomainBlockJobType`. */
export const blockJobTypes = ['unknown', 'pull', 'copy', 'commit', 'active-commit', 'backup'] as const;

/** What a block job does. */
export type BlockJobType = (typeof blockJobTypes)[number];

/** How a block job fares, by `virConnectDomainEventBlockJobStatus`. */
export const blockJobStatuses = ['completed', 'failed', 'canceled', 'ready'] as const;

/** How a block job fares. */
export type BlockJobStatus = (typeof blockJobStatuses)[number];

/** What became of a disk whose source was missing at the start, by `virConnectDomainEventDiskChangeReason`. */
export const diskChangeReasons = ['changed', 'dropped'] as const;

/** What became of a disk whose source was missing at the start. */
export type DiskChangeReason = (typeof diskChangeReasons)[number];

/** What became of the tray of a removable disk, by `virDomainEventTrayChangeReason`. */
export const trayChangeReasons = ['opened', 'closed'] as const;

/** What became of the tray of a removable disk. */
export type TrayChangeReason = (typeof trayChangeReasons)[number];

/** Whether somebody in the guest has a channel open, by `virConnectDomainEventAgentLifecycleState`. */
export const channelStates = ['unknown', 'connected', 'disconnected'] as const;

/** Whether somebody in the guest has a channel open. */
export type ChannelState = (typeof channelStates)[number];

/** Why the state of a channel is told, by `virConnectDomainEventAgentLifecycleReason`. */
export const channelReasons = ['unknown', 'domain-started', 'channel-event'] as const;

/** Why the state of a channel is told. */
export type ChannelReason = (typeof channelReasons)[number];

/** Which part of the metadata has changed, by `virDomainMetadataType` and `virNetworkMetadataType`. */
export const metadataTypes = ['description', 'title', 'element'] as const;

/** Which part of the metadata has changed. */
export type MetadataType = (typeof metadataTypes)[number];

/** Whose memory has failed, by `virDomainMemoryFailureRecipientType`. */
export const memoryFailureRecipients = ['hypervisor', 'guest'] as const;

/** Whose memory has failed. */
export type MemoryFailureRecipient = (typeof memoryFailureRecipients)[number];

/** What was done about failed memory, by `virDomainMemoryFailureActionType`. */
export const memoryFailureActions = ['ignore', 'inject', 'fatal', 'reset'] as const;

/** What was done about failed memory. */
export type MemoryFailureAction = (typeof memoryFailureActions)[number];

/** What a job was, by `virDomainJobOperation`. */
export const jobOperations = [
  'unknown',
  'start',
  'save',
  'restore',
  'migration-in',
  'migration-out',
  'snapshot',
  'snapshot-revert',
  'dump',
  'backup',
  'snapshot-delete',
] as const;

/** What a job was. */
export type JobOperation = (typeof jobOperations)[number];

/** What happened to a network, by `virNetworkEventLifecycleType`. */
export const networkLifecycleEvents = ['defined', 'undefined', 'started', 'stopped'] as const;

/** What happened to a network. */
export type NetworkLifecycleEvent = (typeof networkLifecycleEvents)[number];

/** What happened to a storage pool, by `virStoragePoolEventLifecycleType`. */
export const storagePoolLifecycleEvents = ['defined', 'undefined', 'started', 'stopped', 'created', 'deleted'] as const;

/** What happened to a storage pool. */
export type StoragePoolLifecycleEvent = (typeof storagePoolLifecycleEvents)[number];

/** What happened to a device of the host, by `virNodeDeviceEventLifecycleType`. */
export const nodeDeviceLifecycleEvents = ['created', 'deleted', 'defined', 'undefined'] as const;

/** What happened to a device of the host. */
export type NodeDeviceLifecycleEvent = (typeof nodeDeviceLifecycleEvents)[number];

/** What happened to a secret, by `virSecretEventLifecycleType`. */
export const secretLifecycleEvents = ['defined', 'undefined'] as const;

/** What happened to a secret. */
export type SecretLifecycleEvent = (typeof secretLifecycleEvents)[number];

/** What a secret is for, by `virSecretUsageType`. */
export const secretUsageTypes = ['none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'] as const;

/** What a secret is for. */
export type SecretUsageType = (typeof secretUsageTypes)[number];

/** Why a connection is closed, by `virConnectCloseReason`. */
export const closeReasons = ['error', 'eof', 'keepalive', 'client'] as const;

/** Why a connection is closed. */
export type CloseReason = (typeof closeReasons)[number];

/** The types of the values of parameters, by `virTypedParameterType`, which counts from 1. */
export const parameterTypes = ['int', 'uint', 'llong', 'ullong', 'double', 'boolean', 'string'] as const;

/** The types of the values of parameters. */
export type ParameterType = (typeof parameterTypes)[number];
