/** What the filters use of `node:util`: values as messages show them. */
export function inspect(value: unknown): string {
  if (typeof value === 'string') {
    return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[ ${value.map(inspect).join(', ')} ]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${inspect(each)}`)
      .join(', ')} }`;
  }
  return String(value);
}

inspect.custom = Symbol.for('nodejs.util.inspect.custom');
