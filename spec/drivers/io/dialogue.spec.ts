import { type Dialogue, runInLoop, runNow, waitFor } from '../../../lib/drivers/io/dialogue';

/** A number that takes time; 5 is refused. */
function* numberOf(number: number): Dialogue<number> {
  const decide = () => {
    if (number === 5) {
      throw new Error('no such thing');
    }
    return number;
  };
  return yield* waitFor({ now: decide, inLoop: async () => decide() });
}

function* add(): Dialogue<number> {
  return (yield* numberOf(7)) + (yield* numberOf(8));
}

function* recover(): Dialogue<string> {
  try {
    yield* numberOf(5);
    return 'was answered';
  } catch (error) {
    return `${(error as Error).message}, but ${yield* numberOf(6)}`;
  }
}

describe('a dialogue', () => {
  it('waits for one thing after another, blocking the thread', () => {
    expect(runNow(add())).toBe(15);
  });

  it('waits for the same things in the event loop', async () => {
    await expect(runInLoop(add())).resolves.toBe(15);
  });

  it('may go on after a refusal, in both worlds', async () => {
    expect(runNow(recover())).toBe('no such thing, but 6');
    await expect(runInLoop(recover())).resolves.toBe('no such thing, but 6');
  });

  it('ends with the error that it does not catch, in both worlds', async () => {
    expect(() => runNow(numberOf(5))).toThrow('no such thing');
    await expect(runInLoop(numberOf(5))).rejects.toThrow('no such thing');
  });

  it('takes a value of the event loop that is no promise', async () => {
    await expect(runInLoop(waitFor({ now: () => 3, inLoop: () => 4 }))).resolves.toBe(4);
  });
});
