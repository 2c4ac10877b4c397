/**
 * The types that those of `virdeliver` are made of: the words and references of events, and the parts of options, results and
 * explanations. Hardly a program needs their names: `EventTypes['domain-reboot']` is what such an event says.
 *
 * @packageDocumentation
 */

export type { HandlerStats } from './delivery/connection-stats';
export type { ConnectionDelivery } from './delivery/delivery-result';
export type {
  ConnectionConnectedMessage,
  ConnectionLossMessage,
  ConnectionMessage,
  EventDeliveredMessage,
  EventFailedMessage,
  EventLostMessage,
  EventMessage,
} from './delivery/diagnostics';
export type { EventCounts, HandlerCounts, TypeStats } from './delivery/event-counts';
export type { OptionsAfter } from './delivery/handlers';
export type { QueueOptions } from './delivery/open-connection';
export type { Overflow } from './delivery/queue/queue';
export type { CredentialsCallback, KeepAlive, Reconnecting } from './drivers/driver';
export type { OnCrash } from './drivers/schemes';
export type { FilterErrorCode, GoneReason, InvalidEventCode, TestDomainErrorCode } from './errors';
export type {
  DomainEventDetail,
  DomainStateTransitionDetail,
  EventsLostDetail,
  LostEventError,
  LostEvents,
} from './event/vocabulary/detail-types';
export type {
  DeviceReference,
  DiskReference,
  DomainAgentLifecycleDetail,
  DomainBalloonChangeDetail,
  DomainBlockJobDetail,
  DomainBlockThresholdDetail,
  DomainChannelLifecycleDetail,
  DomainDeviceDetail,
  DomainDiskChangeDetail,
  DomainGraphicsDetail,
  DomainIoErrorDetail,
  DomainJobCompletedDetail,
  DomainMemoryDeviceSizeChangeDetail,
  DomainMemoryFailureDetail,
  DomainMetadataChangeDetail,
  DomainMigrationIterationDetail,
  DomainNicMacChangeDetail,
  DomainRtcChangeDetail,
  DomainTrayChangeDetail,
  DomainTunableDetail,
  DomainVcpuRemovedDetail,
  DomainWatchdogDetail,
  GraphicsAddress,
  GraphicsIdentity,
  QemuMonitorDetail,
  TypedParameter,
} from './event/vocabulary/detail-types-domain';
export type {
  ConnectionLostDetail,
  ConnectionRestoredDetail,
  ConnectionWarningDetail,
  NetworkLifecycleDetail,
  NetworkMetadataChangeDetail,
  NetworkReference,
  NodeDeviceEventDetail,
  NodeDeviceLifecycleDetail,
  NodeDeviceReference,
  SecretEventDetail,
  SecretLifecycleDetail,
  SecretReference,
  StoragePoolEventDetail,
  StoragePoolLifecycleDetail,
  StoragePoolReference,
} from './event/vocabulary/detail-types-host';
export type { DomainState, LifecycleDetail, LifecycleEvent, TransitionState } from './event/vocabulary/domain-words';
export type { DecodedEventTypes } from './event/vocabulary/vocabulary';
export type {
  AddressFamily,
  BlockJobStatus,
  BlockJobType,
  ChannelReason,
  ChannelState,
  CloseReason,
  DiskChangeReason,
  GraphicsPhase,
  IoErrorAction,
  JobOperation,
  MemoryFailureAction,
  MemoryFailureRecipient,
  MetadataType,
  NetworkLifecycleEvent,
  NodeDeviceLifecycleEvent,
  ParameterType,
  SecretLifecycleEvent,
  SecretUsageType,
  StoragePoolLifecycleEvent,
  TrayChangeReason,
  WatchdogAction,
} from './event/vocabulary/words';
export type { CostClass } from './filter/cost';
export type { IndexCondition, IndexExplanation, IndexedFilter, UnindexedFilter } from './filter/explain-index';
export type { FoundValue } from './filter/explain-match';
export type {
  AllExplanation,
  AnyExplanation,
  AnyOf,
  ExpressionExplanation,
  SelectSuppress,
  SelectSuppressExplanation,
  TypesExplanation,
} from './filter/filter';
