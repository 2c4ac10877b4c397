import type { DomainEventDetail, OpenWord } from './detail-types';
import type {
  AddressFamily,
  BlockJobStatus,
  BlockJobType,
  ChannelReason,
  ChannelState,
  DiskChangeReason,
  GraphicsPhase,
  IoErrorAction,
  JobOperation,
  MemoryFailureAction,
  MemoryFailureRecipient,
  MetadataType,
  TrayChangeReason,
  WatchdogAction,
} from './words';

/** Which disk of a domain an event is about: what is known of it. */
export interface DiskReference {
  /** Its name in the domain as it runs, such as `virtio-disk0`. */
  readonly alias?: string;
  /** Its name in the guest, such as `vda`; in a `domain-block-threshold` with the number of a link of its chain. */
  readonly target?: string;
  /** Where its data is on the host. */
  readonly path?: string;
}

/** Which device of a domain an event is about. */
export interface DeviceReference {
  /** Its name in the domain as it runs, such as `net0`. */
  readonly alias: string;
}

/** What an event says of a device, and no more. */
export interface DomainDeviceDetail extends DomainEventDetail {
  readonly device: DeviceReference;
}

/** What a `domain-rtc-change` says. */
export interface DomainRtcChangeDetail extends DomainEventDetail {
  /** How far the guest's clock is now ahead of UTC, in seconds. */
  readonly offset: bigint;
}

/** What a `domain-watchdog` says. */
export interface DomainWatchdogDetail extends DomainEventDetail {
  readonly action: OpenWord<WatchdogAction>;
}

/** What a `domain-io-error` says, and a `domain-io-error-reason`. */
export interface DomainIoErrorDetail extends DomainEventDetail {
  readonly disk: DiskReference;
  /** What became of the guest. */
  readonly action: OpenWord<IoErrorAction>;
  /** Why: `enospc`, `message`, or another word of the hypervisor's; only in a `domain-io-error-reason`, where it is known. */
  readonly reason?: string;
}

/** One end of a connection to a display. */
export interface GraphicsAddress {
  readonly family: OpenWord<AddressFamily>;
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
  readonly phase: OpenWord<GraphicsPhase>;
  /** How the client has authenticated. */
  readonly authScheme?: string;
  readonly local: GraphicsAddress;
  readonly remote: GraphicsAddress;
  readonly identities: readonly GraphicsIdentity[];
}

/** What a `domain-block-job` says, and a `domain-block-job-2`. */
export interface DomainBlockJobDetail extends DomainEventDetail {
  /** By its `path` in a `domain-block-job`, by its `target` in a `domain-block-job-2`. */
  readonly disk: DiskReference;
  readonly type: OpenWord<BlockJobType>;
  readonly status: OpenWord<BlockJobStatus>;
}

/** What a `domain-disk-change` says. */
export interface DomainDiskChangeDetail extends DomainEventDetail {
  readonly disk: DiskReference;
  readonly reason: OpenWord<DiskChangeReason>;
  readonly oldPath?: string;
  readonly newPath?: string;
}

/** What a `domain-tray-change` says. */
export interface DomainTrayChangeDetail extends DomainEventDetail {
  readonly disk: DiskReference;
  readonly reason: OpenWord<TrayChangeReason>;
}

/** What a `domain-balloon-change` says. */
export interface DomainBalloonChangeDetail extends DomainEventDetail {
  /** The memory that the guest has now, in KiB. */
  readonly actual: bigint;
}

/** A value with a name, of the type that libvirt gives it. */
export type TypedParameter =
  | { readonly name: string; readonly type: 'int' | 'uint' | 'double'; readonly value: number }
  | { readonly name: string; readonly type: 'llong' | 'ullong'; readonly value: bigint }
  | { readonly name: string; readonly type: 'boolean'; readonly value: boolean }
  | { readonly name: string; readonly type: 'string'; readonly value: string };

/** What a `domain-tunable` says. */
export interface DomainTunableDetail extends DomainEventDetail {
  /** What was changed, and its new values. */
  readonly parameters: readonly TypedParameter[];
}

/** What a `domain-agent-lifecycle` says. */
export interface DomainAgentLifecycleDetail extends DomainEventDetail {
  readonly state: OpenWord<ChannelState>;
  readonly reason: OpenWord<ChannelReason>;
}

/** What a `domain-channel-lifecycle` says. */
export interface DomainChannelLifecycleDetail extends DomainEventDetail {
  /** The channel's name, such as `org.qemu.guest_agent.0`. */
  readonly channel: string;
  readonly state: OpenWord<ChannelState>;
  readonly reason: OpenWord<ChannelReason>;
}

/** What a `domain-migration-iteration` says. */
export interface DomainMigrationIterationDetail extends DomainEventDetail {
  /** Which pass over the guest's memory begins. */
  readonly iteration: number;
}

/** What a `domain-job-completed` says. */
export interface DomainJobCompletedDetail extends DomainEventDetail {
  /** What the job was, where the daemon says it; it is also one of the parameters, as a number. */
  readonly operation?: OpenWord<JobOperation>;
  /** What the job has done: `time_elapsed`, `data_total`, … */
  readonly parameters: readonly TypedParameter[];
}

/** What a `domain-metadata-change` says. */
export interface DomainMetadataChangeDetail extends DomainEventDetail {
  readonly type: OpenWord<MetadataType>;
  /** The XML namespace of the `element` that has changed. */
  readonly uri?: string;
}

/** What a `domain-block-threshold` says. */
export interface DomainBlockThresholdDetail extends DomainEventDetail {
  readonly disk: DiskReference;
  /** The threshold that was exceeded, in bytes. */
  readonly threshold: bigint;
  /** By how much, in bytes. */
  readonly excess: bigint;
}

/** What a `domain-memory-failure` says. */
export interface DomainMemoryFailureDetail extends DomainEventDetail {
  readonly recipient: OpenWord<MemoryFailureRecipient>;
  readonly action: OpenWord<MemoryFailureAction>;
  /** Whether something must be done about it at once. */
  readonly actionRequired: boolean;
  /** Whether it happened while another failure was dealt with. */
  readonly recursive: boolean;
  /** The flags that this library does not know, as the sum of their bits, where there are any. */
  readonly otherFlags?: number;
}

/** What a `domain-memory-device-size-change` says. */
export interface DomainMemoryDeviceSizeChangeDetail extends DomainDeviceDetail {
  /** How much of the device the guest uses now, in KiB. */
  readonly size: bigint;
}

/** What a `domain-nic-mac-change` says. */
export interface DomainNicMacChangeDetail extends DomainDeviceDetail {
  readonly oldMac: string;
  readonly newMac: string;
}

/** What a `domain-vcpu-removed` says. */
export interface DomainVcpuRemovedDetail extends DomainEventDetail {
  /** The number of the virtual processor that is gone. */
  readonly vcpu: number;
}

/** What a `qemu-monitor` says. */
export interface QemuMonitorDetail extends DomainEventDetail {
  /** The event's name in QEMU's monitor protocol, such as `DEVICE_DELETED`. */
  readonly event: string;
  /** Its data, as JSON, where it has any. */
  readonly details?: string;
}
