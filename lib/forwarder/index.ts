/**
 * Events of many hosts through NATS JetStream: what publishes a host's journal to a stream. Who reads one needs no more than
 * `openConnection('nats://HOST/STREAM?reader=NAME')`.
 *
 * @packageDocumentation
 */

export { PublishError } from '../index';
export type { NatsOptions } from '../nats/hub-options';
export type { Publication, PublishOptions, StreamOptions } from './publish-events';
export { publishEvents } from './publish-events';
