/**
 * The types that those of `virdeliver` are made of: the words of a domain's life, and the parts of options, results and
 * explanations. Hardly a program needs their names: `EventTypes['domain-reboot']` is what such an event says.
 *
 * @packageDocumentation
 */

export type { AbortSignalLike } from './arguments';
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
export type { EventDecoder, EventDecoders } from './delivery/queue/queued-event';
export type { HandlerStats } from './delivery/views/connection-stats';
export type { CredentialsCallback, KeepAlive, Reconnecting } from './drivers/driver';
export type { OnCrash } from './drivers/schemes';
export type { FilterErrorCode, GoneReason, InvalidEventCode, TestDomainErrorCode } from './errors';
export type { DomainState, LifecycleDetail, LifecycleEvent, TransitionState } from './event/vocabulary/domain';
export type { CostClass } from './filter/cost';
export type {
  AllConditions,
  IndexAlternative,
  IndexCondition,
  IndexExplanation,
  IndexedFilter,
  IndexedValues,
  UnindexedFilter,
} from './filter/explain-index';
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
