import { InvalidArgumentError } from '../../../errors';
import { Patience } from './patience';
import type { Procedure } from './protocol';
import type { Answer, Call, RpcChannel } from './rpc-channel';
import { XdrReader } from './xdr-reader';

/**
 * A course of calls to a daemon, each made when the one before it is answered, written once for both worlds: `converse`
 * blocks the thread for the replies, `converseAsync` leaves them to the event loop.
 */
export type Dialogue<Result> = Generator<Step, Result, unknown>;

type Step =
  | { readonly kind: 'calls'; readonly calls: readonly Call[]; readonly timeoutMs: number }
  | { readonly kind: 'moment'; readonly milliseconds: number }
  | { readonly kind: 'value'; readonly value: unknown; readonly name: string }
  | { readonly kind: 'work'; readonly work: Work<unknown> };

/** What takes the processor for long: it blocks the thread, or leaves it free. */
export interface Work<Result> {
  readonly now: () => Result;
  readonly inBackground: () => Promise<Result>;
}

/**
 * Makes a call.
 *
 * @returns A reader of its result.
 * @throws What `RpcChannel.call` throws.
 */
export function* call(procedure: Procedure, payload: Uint8Array, timeoutMs: number): Dialogue<XdrReader> {
  const [answer] = yield* callAll([{ procedure, payload }], timeoutMs);
  if (answer instanceof Error) {
    throw answer;
  }
  return new XdrReader(answer as Uint8Array, `the reply to ${procedure.name}`);
}

/**
 * Makes calls without awaiting one reply before the next call.
 *
 * @returns The answers in the order of the calls.
 * @throws What `RpcChannel.callAll` throws.
 */
export function* callAll(calls: readonly Call[], timeoutMs: number): Dialogue<Answer[]> {
  return (yield { kind: 'calls', calls, timeoutMs }) as Answer[];
}

/**
 * Lets come what comes: the answers to posted calls, and events.
 *
 * @param milliseconds How long it waits at most; it may be over early.
 * @throws What `RpcChannel.advance` throws.
 */
export function* moment(milliseconds: number): Dialogue<void> {
  yield { kind: 'moment', milliseconds };
}

/**
 * Awaits what the program has given, which may be a promise.
 *
 * @param name What gave it, for the error.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` where it is a promise, and the thread may not be left.
 */
export function* settled<Value>(value: Value | PromiseLike<Value>, name: string): Dialogue<Value> {
  return (yield { kind: 'value', value, name }) as Value;
}

/** Does what takes the processor for long, and leaves the event loop free meanwhile where there is one. */
export function* done<Result>(work: Work<Result>): Dialogue<Result> {
  return (yield { kind: 'work', work }) as Result;
}

/**
 * Holds a dialogue on a channel, blocking the thread.
 *
 * @param patience How long the daemon may take for all of its answers; without it, each has its own time only.
 */
export function converse<Result>(
  dialogue: Dialogue<Result>,
  channel: RpcChannel,
  patience: Patience = new Patience(Number.POSITIVE_INFINITY),
): Result {
  let turn = dialogue.next();
  while (turn.done !== true) {
    let answer: unknown;
    try {
      answer = answerNow(turn.value, channel, patience);
    } catch (error) {
      turn = dialogue.throw(error);
      continue;
    }
    turn = dialogue.next(answer);
  }
  return turn.value;
}

/** Holds a dialogue on a channel from the event loop; see `converse`. */
export async function converseAsync<Result>(
  dialogue: Dialogue<Result>,
  channel: RpcChannel,
  patience: Patience = new Patience(Number.POSITIVE_INFINITY),
): Promise<Result> {
  let turn = dialogue.next();
  while (turn.done !== true) {
    let answer: unknown;
    try {
      answer = await answerInLoop(turn.value, channel, patience);
    } catch (error) {
      turn = dialogue.throw(error);
      continue;
    }
    turn = dialogue.next(answer);
  }
  return turn.value;
}

function answerInLoop(step: Step, channel: RpcChannel, patience: Patience): unknown {
  switch (step.kind) {
    case 'calls': {
      const { timeoutMs, end } = patience.begin(step.timeoutMs);
      return channel.callAllAsync(step.calls, timeoutMs).finally(end);
    }
    case 'moment':
      return channel.advanceAsync(step.milliseconds);
    case 'work':
      return step.work.inBackground();
    case 'value':
      return step.value;
  }
}

function answerNow(step: Step, channel: RpcChannel, patience: Patience): unknown {
  if (step.kind === 'calls') {
    const { timeoutMs, end } = patience.begin(step.timeoutMs);
    try {
      return channel.callAll(step.calls, timeoutMs);
    } finally {
      end();
    }
  }
  if (step.kind === 'work') {
    return step.work.now();
  }
  if (step.kind === 'moment') {
    channel.advance(step.milliseconds);
    return undefined;
  }
  const { value, name } = step;
  if (typeof (value as PromiseLike<unknown> | undefined)?.then === 'function') {
    // Nobody awaits it, so that its rejection would be taken for a fault of the program.
    Promise.resolve(value).catch(() => {});
    throw new InvalidArgumentError(name, 'returned a promise, which only openConnectionAsync awaits');
  }
  return value;
}
