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
export { deliverEvents } from './delivery/deliver-events';
export type { DeliveryFailure, ErrorCode } from './delivery/delivery-errors';
export { ConnectionLostError, DeliveryError, ExpectationError } from './delivery/delivery-errors';
export type { DeliveryOptions } from './delivery/delivery-options';
export type { DeliveryResult, StopReason } from './delivery/delivery-result';
export type { DiagnosticsMessages } from './delivery/diagnostics';
export type {
  EventHandler,
  HandlerJson,
  HandlerOptions,
  HandlerRegistration,
  HandlerResult,
} from './delivery/event-handler';
export { addEventHandler, removeEventHandler } from './delivery/handlers';
export type { EventIterator, IterateOptions } from './delivery/iterate-events';
export { iterateEvents } from './delivery/iterate-events';
export type { ConnectionOptions } from './delivery/open-connection';
export { closeConnection, openConnection, openConnectionAsync } from './delivery/open-connection';
export type { EventPipe, EventPipeOptions } from './delivery/pipe/event-pipe';
export { openEventPipe } from './delivery/pipe/event-pipe';
export type { EventJson } from './delivery/queue/event-json';
export type { EventFields, QueuedEvent, QueuedEventMatching, QueuedEventOf } from './delivery/queue/queued-event';
export type { RunOptions } from './delivery/run-delivery';
export { runDelivery } from './delivery/run-delivery';
export { sendEvent } from './delivery/send-event';
export type { TakeOptions } from './delivery/take-events';
export { takeEvents } from './delivery/take-events';
export type { ConnectionStats } from './delivery/views/connection-stats';
export { connectionStats } from './delivery/views/connection-stats';
export { domainXml, domainXmlAsync } from './delivery/views/domain-xml';
export { listDomains } from './delivery/views/list-domains';
export { peekEvents } from './delivery/views/peek-events';
export { readsFrom } from './delivery/views/reads-from';
export { testDomains } from './delivery/views/test-domains';
export type { WaitOptions } from './delivery/wait-for-events';
export { waitForEvents } from './delivery/wait-for-events';
export type { Credentials, CredentialsRequest, DomainListing } from './drivers/driver';
export type { GivenDomain, NatsOptions, TestDomain, TestDomainOptions, TestDomains } from './drivers/schemes';
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
  JournalError,
  NestedDeliveryError,
  OpenError,
  ProtocolError,
  PublishError,
  QueueFullError,
  TestDomainError,
  UnwritableEventError,
  VirdeliverError,
} from './errors';
export type { DomainReference } from './event/vocabulary/domain';
export type { EventTypes } from './event/vocabulary/vocabulary';
export type { OpenWord } from './event/vocabulary/words';
export type { StructuredElement, StructuredEvent } from './event/write-event';
export type { FilterOptions } from './filter/compile-filter';
export { compileFilter } from './filter/compile-filter';
export type { ConditionOutcome } from './filter/explain-match';
export { explainMatch } from './filter/explain-match';
export type { Filter, FilterExplanation, FilterSource, MatchedEvent } from './filter/filter';
export type { FilterWarning } from './filter/warnings';
export type { EventLimits } from './xml/limits';
export type { FilterLimits } from './xpath/limits';
export type { FilterFunction, VariableValue } from './xpath/scope';
