/**
 * Does something with each of some items; what that throws is thrown when all of them had their turn.
 *
 * @param what What the items are to whoever reads the error for several that failed, as in `3 'onRelease' functions failed`.
 */
export function callEach<Item>(items: Iterable<Item>, what: string, action: (item: Item) => void): void {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      action(item);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) {
    throw errors[0];
  }
  if (errors.length > 1) {
    throw new AggregateError(errors, `${errors.length} ${what} failed`);
  }
}
