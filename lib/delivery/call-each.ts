/** Does something with each of some items; what that throws is thrown when all of them had their turn. */
export function callEach<Item>(items: Iterable<Item>, action: (item: Item) => void): void {
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
    throw new AggregateError(errors, `${errors.length} 'onRelease' functions failed`);
  }
}
