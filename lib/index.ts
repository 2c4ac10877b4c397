/**
 * libvirt events for programs without threads.
 *
 * Events queue up in a connection until the program calls `deliverEvents`, which runs the handlers whose filters match.
 *
 * @packageDocumentation
 */

export type { Clock } from './clock';
export { ManualClock, systemClock } from './clock';
export type { Connection, ConnectionState } from './delivery/connection';
export type { ConnectionStats, HandlerStats } from './delivery/connection-stats';
export { connectionStats } from './delivery/connection-stats';
export { deliverEvents } from './delivery/deliver-events';
export type { DeliveryFailure } from './delivery/delivery-errors';
export { ConnectionLostError, DeliveryError, ExpectationError } from './delivery/delivery-errors';
export type { DeliveryOptions } from './delivery/delivery-options';
export type { ConnectionDelivery, DeliveryResult, StopReason } from './delivery/delivery-result';
export type {
  ConnectionConnectedMessage,
  ConnectionLossMessage,
  ConnectionMessage,
  DiagnosticsMessages,
  EventDeliveredMessage,
  EventFailedMessage,
  EventLostMessage,
  EventMessage,
} from './delivery/diagnostics';
export type { EventCounts, HandlerCounts, TypeStats } from './delivery/event-counts';
export type { EventHandler, HandlerOptions, HandlerRegistration, HandlerResult } from './delivery/event-handler';
export type { OptionsAfter } from './delivery/handlers';
export { addEventHandler, removeEventHandler } from './delivery/handlers';
export type { EventIterator, IterateOptions } from './delivery/iterate-events';
export { iterateEvents } from './delivery/iterate-events';
export { listDomains } from './delivery/list-domains';
export type { ConnectionOptions, QueueOptions } from './delivery/open-connection';
export { closeConnection, openConnection, openConnectionAsync } from './delivery/open-connection';
export { peekEvents } from './delivery/peek-events';
export type { EventPipe, EventPipeOptions } from './delivery/pipe/event-pipe';
export { openEventPipe } from './delivery/pipe/event-pipe';
export type { EventJson } from './delivery/queue/event-json';
export type { Overflow } from './delivery/queue/queue';
export type { EventFields, QueuedEvent, QueuedEventMatching, QueuedEventOf } from './delivery/queue/queued-event';
export { readsFrom } from './delivery/reads-from';
export type { RunOptions } from './delivery/run-delivery';
export { runDelivery } from './delivery/run-delivery';
export { sendEvent } from './delivery/send-event';
export type { TakeOptions } from './delivery/take-events';
export { takeEvents } from './delivery/take-events';
export { testDomains } from './delivery/test-domains';
export type { WaitOptions } from './delivery/wait-for-events';
export { waitForEvents } from './delivery/wait-for-events';
export type {
  Credentials,
  CredentialsCallback,
  CredentialsRequest,
  DomainListing,
  KeepAlive,
  Reconnecting,
} from './drivers/driver';
export type { GivenDomain, OnCrash, TestDomain, TestDomainOptions, TestDomains } from './drivers/schemes';
export type { FilterErrorCode, GoneReason, InvalidEventCode, TestDomainErrorCode } from './errors';
export {
  CallTimeoutError,
  ConnectionClosedError,
  DaemonError,
  DaemonGoneError,
  EventPipeError,
  FilterError,
  FilterEvaluationError,
  HandlerResultError,
  InvalidArgumentError,
  InvalidEventError,
  InvalidUriError,
  NestedDeliveryError,
  OpenError,
  ProtocolError,
  QueueFullError,
  TestDomainError,
  UnwritableEventError,
  VirdeliverError,
} from './errors';
export type {
  DomainEventDetail,
  DomainReference,
  DomainStateTransitionDetail,
  EventsLostDetail,
  LostEventError,
  LostEvents,
  OpenWord,
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
export type { DecodedEventTypes, EventTypes } from './event/vocabulary/vocabulary';
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
export type { StructuredElement, StructuredEvent } from './event/write-event';
export type { FilterOptions } from './filter/compile-filter';
export { compileFilter } from './filter/compile-filter';
export type { CostClass } from './filter/cost';
export type { IndexCondition, IndexExplanation, IndexedFilter, UnindexedFilter } from './filter/explain-index';
export type { ConditionOutcome, FoundValue } from './filter/explain-match';
export { explainMatch } from './filter/explain-match';
export type {
  AllExplanation,
  AnyExplanation,
  AnyOf,
  ExpressionExplanation,
  Filter,
  FilterExplanation,
  FilterSource,
  MatchedEvent,
  SelectSuppress,
  SelectSuppressExplanation,
  TypesExplanation,
} from './filter/filter';
export type { FilterWarning } from './filter/warnings';
export type { EventLimits } from './xml/limits';
export type { FilterLimits } from './xpath/limits';
export type { FilterFunction, VariableValue } from './xpath/scope';
