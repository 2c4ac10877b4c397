/**
 * Steps of which some have to be waited for, written once for both worlds: `runNow` blocks the thread at each wait,
 * `runInLoop` leaves it to the event loop.
 */
export type Dialogue<Result> = Generator<Wait<unknown>, Result, unknown>;

/** Something that takes time. */
export interface Wait<Result> {
  /** Blocks the thread until it is over. */
  readonly now: () => Result;
  /** Leaves the event loop free meanwhile. */
  readonly inLoop: () => Result | PromiseLike<Result>;
}

export function* waitFor<Result>(wait: Wait<Result>): Dialogue<Result> {
  return (yield wait) as Result;
}

/** Runs a dialogue, blocking the thread. */
export function runNow<Result>(dialogue: Dialogue<Result>): Result {
  let turn = dialogue.next();
  while (turn.done !== true) {
    let result: unknown;
    try {
      result = turn.value.now();
    } catch (error) {
      turn = dialogue.throw(error);
      continue;
    }
    turn = dialogue.next(result);
  }
  return turn.value;
}

export async function runInLoop<Result>(dialogue: Dialogue<Result>): Promise<Result> {
  let turn = dialogue.next();
  while (turn.done !== true) {
    let result: unknown;
    try {
      result = await turn.value.inLoop();
    } catch (error) {
      turn = dialogue.throw(error);
      continue;
    }
    turn = dialogue.next(result);
  }
  return turn.value;
}
