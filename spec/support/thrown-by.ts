/** What an action throws; that it throws nothing is an error. */
export function thrownBy<Thrown = unknown>(action: () => unknown): Thrown {
  try {
    action();
  } catch (error) {
    return error as Thrown;
  }
  throw new Error('nothing was thrown');
}
