/** What the page about performance shows as plots. */
import { byName } from './filter-shapes';
import { toGrid } from './grid';
import type { Result } from './harness';
import { figureName, libraryName, onePercent, patience } from './many-filters';
import { draw, type Series, wholeTime } from './plot';

/** Who takes how long with how many filters, each of which matches 1 % of the events. */
export function plotManyFilters(results: readonly Result[]): string {
  const id = `many-filters/${byName.id}`;
  const result = results.find((candidate) => candidate.id === id);
  const grid = result && toGrid(result);
  if (grid === undefined) {
    throw new Error(`there is no result '${id}' to draw`);
  }
  const rows = grid.rows.filter(({ name }) => name.endsWith(onePercent.name));
  return draw({
    title: 'Time for an event over the number of filters, 1 % of which match',
    heading: 'Time for an event, from its XML to its handlers',
    subheading: 'by the number of filters, 1 % of which match; both axes are logarithmic',
    across: 'filters',
    note: `A line ends where ten times the filters would take longer than ${wholeTime(patience)}.`,
    series: rows.map(({ name, figures }): Series => {
      const plainName = name.slice(0, name.length - figureName('', onePercent).length);
      return {
        name: plainName,
        isStrong: plainName === libraryName,
        measured: figures.flatMap((figure) =>
          figure === undefined ? [] : [{ count: figure.filters!, nanoseconds: figure.value }],
        ),
      };
    }),
  });
}

/** How long an operation takes with how many of the things of which there may be many. */
export function plotGrowth(results: readonly Result[]): string {
  const grown = results.filter(({ id }) => id.startsWith('growth/'));
  if (grown.length === 0) {
    throw new Error("there is no result 'growth/…' to draw");
  }
  return draw({
    title: 'Time for each of what is done, over the number of filters, handlers, elements, events or connections',
    heading: 'Time for each of what is done, by how many there are',
    subheading: 'a level line is a cost that grows with their number; both axes are logarithmic',
    across: 'how many there are',
    note: 'What falls at first is what a delivery costs by itself, shared by more and more.',
    series: grown.map(toGrowth),
  });
}

/** From figures with names like `filters: 1,000`. */
function toGrowth({ figures, per }: Result): Series {
  const [things] = figures[0]!.name.split(': ') as [string];
  return {
    name: `${things}: each ${per}`,
    measured: figures.map(({ name, value }) => ({
      count: Number(name.slice(things.length + 2).replaceAll(',', '')),
      nanoseconds: value,
    })),
  };
}
