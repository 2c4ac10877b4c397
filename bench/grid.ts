import type { Figure, Result } from './harness';

/** A row of figures over the number of filters; `undefined` if there are more than was measured. */
export interface GridRow {
  readonly name: string;
  readonly figures: readonly (Figure | undefined)[];
}

/** Figures over the number of filters. */
export interface Grid {
  readonly filters: readonly number[];
  readonly rows: readonly GridRow[];
}

/** Arranges figures that are over the number of filters; of others nothing comes. */
export function toGrid({ figures }: Pick<Result, 'figures'>): Grid | undefined {
  const filters = [...new Set(figures.flatMap((figure) => figure.filters ?? []))].sort((one, other) => one - other);
  if (filters.length === 0) {
    return undefined;
  }
  const names = new Set(figures.map(({ name }) => name));
  const rows = [...names].map((name) => ({
    name,
    figures: filters.map((count) => figures.find((figure) => figure.name === name && figure.filters === count)),
  }));
  return { filters, rows };
}
