/**
 * What a test harness wants: a scripted hypervisor on a clock that the test moves, expectations on events, matchers,
 * recordings.
 *
 * @packageDocumentation
 */

export { ExpectationError } from '../index';
export type { CollectOptions, EventOf, ExpectOptions } from './expect-event';
export { collectEvents, expectEvent, expectNoEvent } from './expect-event';
export type { MatcherOptions, VirdeliverMatchers } from './matchers';
export { virdeliverMatchers } from './matchers';
export type { RecordingOptions } from './open-recording';
export { openRecording } from './open-recording';
export type { Recording, RecordOptions } from './record-events';
export { recordEvents } from './record-events';
export type { TestConnection, TestConnectionOptions } from './test-connection';
export { openTestConnection } from './test-connection';
