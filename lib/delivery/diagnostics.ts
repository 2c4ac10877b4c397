import { type Channel, channel } from 'node:diagnostics_channel';
import type { InvalidEventError, ProtocolError } from '../errors';
import type { Connection } from './connection';
import type { HandlerRegistration } from './event-handler';
import type { QueuedEvent } from './queue/queued-event';

/** What a message about a connection carries. */
export interface ConnectionMessage {
  readonly connection: Connection;
}

/** What a message about an event in a queue carries. */
export interface EventMessage extends ConnectionMessage {
  readonly event: QueuedEvent;
}

/** A delivery is done with an event. */
export interface EventDeliveredMessage extends EventMessage {
  /** Whether no handler's filter matched it. */
  readonly unmatched: boolean;
}

/** A handler, or its filter, failed on an event. */
export interface EventFailedMessage extends EventMessage {
  readonly handler: HandlerRegistration;
  /** What it threw, or a `HandlerResultError`. */
  readonly error: unknown;
}

/** An event did not enter the queue, was dropped from it, or is no longer where it was kept; a gap stands in its place. */
export interface EventLostMessage extends ConnectionMessage {
  /** Its number among all that arrived; of several, that of the last. */
  readonly sequence: number;
  readonly cause: 'overflow' | 'invalid' | 'corrupt' | 'expired';
  /** How many are lost: 1, but for those that a journal has not got any more; `undefined` if nobody knows. */
  readonly count: number | undefined;
  /** Its type; `undefined` if it could not be read. */
  readonly type: string | undefined;
  /** Why it could not be read. */
  readonly error: InvalidEventError | ProtocolError | undefined;
}

/** A connection has reached its daemon, or whatever feeds it, or has found its way back to one that had gone away. */
export interface ConnectionConnectedMessage extends ConnectionMessage {
  /** Whether it was connected before. */
  readonly again: boolean;
}

/** The other end of a connection went away. */
export interface ConnectionLossMessage extends ConnectionMessage {
  readonly error: Error;
  /** Whether its driver tries to reach the other end again. */
  readonly reconnects: boolean;
}

/**
 * What is published on the channels of `node:diagnostics_channel`, by the channels' names.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import { type DiagnosticsMessages, openConnection, sendEvent } from 'virdeliver';
 *
 * subscribe('virdeliver:event:sent', (message) => {
 *   const { event } = message as DiagnosticsMessages['virdeliver:event:sent'];
 *   console.log(event.sequence, event.type); // 1 backup-done
 * });
 * sendEvent(openConnection(), { type: 'backup-done' });
 * ```
 */
export interface DiagnosticsMessages {
  /** An event was queued: the program sent it, or a driver took it from its transport. */
  'virdeliver:event:sent': EventMessage;
  /** An event left the queue: all handlers that match are done with it, or none matched. */
  'virdeliver:event:delivered': EventDeliveredMessage;
  /** An event left the queue by `takeEvents`. */
  'virdeliver:event:taken': EventMessage;
  /** A handler, or its filter, failed; the event is delivered all the same. */
  'virdeliver:event:failed': EventFailedMessage;
  /** An event was lost. */
  'virdeliver:event:lost': EventLostMessage;
  /** A connection was opened, has reached a daemon that it waited for, or found its way back. */
  'virdeliver:connection:connected': ConnectionConnectedMessage;
  /** The other end of a connection went away. */
  'virdeliver:connection:lost': ConnectionLossMessage;
}

/** A channel, by which messages of its shape go out. Ask `hasSubscribers` before one is made: it costs next to nothing. */
export interface ChannelNamed<Name extends keyof DiagnosticsMessages> extends Pick<Channel, 'hasSubscribers'> {
  publish(message: DiagnosticsMessages[Name]): void;
}

function named<Name extends keyof DiagnosticsMessages>(name: Name): ChannelNamed<Name> {
  return channel(name);
}

export const eventSent: ChannelNamed<'virdeliver:event:sent'> = named('virdeliver:event:sent');
export const eventDelivered: ChannelNamed<'virdeliver:event:delivered'> = named('virdeliver:event:delivered');
export const eventTaken: ChannelNamed<'virdeliver:event:taken'> = named('virdeliver:event:taken');
export const eventFailed: ChannelNamed<'virdeliver:event:failed'> = named('virdeliver:event:failed');
export const eventLost: ChannelNamed<'virdeliver:event:lost'> = named('virdeliver:event:lost');
export const connected: ChannelNamed<'virdeliver:connection:connected'> = named('virdeliver:connection:connected');
export const connectionLost: ChannelNamed<'virdeliver:connection:lost'> = named('virdeliver:connection:lost');
