import { withFigures } from '../../bench/documents';
import type { Figure, Result } from '../../bench/harness';
import { plotGrowth, plotManyFilters } from '../../bench/plots';
import { formatResult, type Report } from '../../bench/report';

const plain: Result = {
  id: 'filters/siblings',
  title: 'Many siblings',
  unit: 'ns',
  per: 'document',
  bytes: undefined,
  figures: [
    { name: 'ours', value: 1_500, spread: 0.02, ratio: 1 },
    { name: 'theirs', value: 4_500_000, spread: 0, ratio: 3000 },
  ],
  goals: [
    { text: 'under 2 ms', met: true },
    { text: 'under 1 ns', met: false },
  ],
};

const figure = (name: string, filters: number, value: number): Figure => {
  return { name, filters, value, spread: 0, ratio: value / 1_000 };
};

/** The slow one is not measured with as many filters as the library. */
const overFilters: Result = {
  id: 'many-filters/name',
  title: 'Many filters',
  unit: 'ns',
  per: 'event',
  bytes: undefined,
  figures: [
    figure('virdeliver, 1 % match', 1, 1_000),
    figure('slow, 1 % match', 1, 20_000),
    figure('virdeliver, 1 % match', 1000, 1_250),
    figure('slow, 1 % match', 1000, 30_000_000),
    figure('virdeliver, 1 % match', 10_000, 2_000),
  ],
  goals: [],
};

const report: Report = {
  quick: false,
  node: 'v20.19.0',
  system: 'linux x64',
  processor: 'A processor',
  cores: 2,
  results: [plain, overFilters],
};

const page = `# Performance

Before.

<!-- figures: written by npm run bench -- --docs -->
old figures
<!-- end of the figures -->

After.
`;

describe('The figures in the page about performance', () => {
  const written = withFigures(page, report);

  it('take the place of the old ones, and of nothing else', () => {
    expect(written).not.toContain('old figures');
    expect(written).toMatch(/^# Performance\n\nBefore\.\n\n<!-- figures/);
    expect(written).toMatch(/<!-- end of the figures -->\n\nAfter\.\n$/);
  });

  it('come out the same when they are written again', () => {
    expect(withFigures(written, report)).toBe(written);
  });

  it('begin with the machine and the goals', () => {
    expect(written).toContain('Node v20.19.0, linux x64, A processor, 2 cores:\n');
    expect(written).toContain('| `filters/siblings` | under 2 ms | met |\n');
    expect(written).toContain('| `filters/siblings` | under 1 ns | **not met** |\n');
  });

  it('stand with their ratios in one table', () => {
    expect(written).toContain('| **`filters/siblings`**: ours | 1.50 µs |  |\n| theirs | 4.50 ms | 3,000 × |\n');
  });

  it('stand in a table of their own where they are over the number of filters, with a dash for what was not measured', () => {
    expect(written).toContain(
      [
        '| **`many-filters/name`**: filters | 1 | 1,000 | 10,000 |',
        '|---|---:|---:|---:|',
        '| virdeliver, 1 % match | 1.00 µs | 1.25 µs | 2.00 µs |',
        '| slow, 1 % match | 20.0 µs | 30.0 ms | — |',
      ].join('\n'),
    );
  });

  it('are refused by a page that has no place for them', () => {
    expect(() => withFigures('# Performance\n', report)).toThrow('no place for figures');
  });
});

describe('The table of a result over the number of filters', () => {
  it('has a column for each number, and a dash for what was not measured', () => {
    expect(formatResult(overFilters, true).split('\n')).toEqual([
      'Many filters',
      '                               1    1,000   10,000',
      '  virdeliver, 1 % match  1.00 µs  1.25 µs  2.00 µs',
      '  slow, 1 % match        20.0 µs  30.0 ms        —',
    ]);
  });
});

describe('The plot of the time over the number of filters', () => {
  const plot = plotManyFilters([plain, overFilters]);
  const lines = [...plot.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number) as [number, number]),
  );

  it('has a line for each contestant that ends where it was last measured, the library on top', () => {
    expect(lines.map(({ length }) => length)).toEqual([2, 3]);
    expect([...plot.matchAll(/>(slow|virdeliver)<\/text><\/g>/g)].map(([, name]) => name)).toEqual([
      'slow',
      'virdeliver',
    ]);
  });

  it('puts equal ratios at equal distances on both axes', () => {
    const [slow, library] = lines as [[number, number][], [number, number][]];
    const [one, thousand, most] = library as [[number, number], [number, number], [number, number]];
    expect((thousand[0] - one[0]) / (most[0] - one[0])).toBeCloseTo(3 / 4);
    // From 20 µs to 30 ms it is as far as from 1 µs to 1.5 ms.
    const decade = (slow[0]![1] - slow[1]![1]) / Math.log10(1_500);
    expect((one[1] - most[1]) / decade).toBeCloseTo(Math.log10(2), 1);
  });

  it('labels its axes with powers of ten', () => {
    for (const label of ['1 µs', '10 µs', '1 ms', '100 ms', '1', '1,000', '10,000', 'filters']) {
      expect(plot).toContain(`>${label}</text>`);
    }
  });

  it('has colours for a dark page too', () => {
    expect(plot).toContain('@media (prefers-color-scheme: dark)');
  });

  it('wants the result that it shows', () => {
    expect(() => plotManyFilters([plain])).toThrow("no result 'many-filters/name'");
  });
});

describe('The plot of growth', () => {
  const grown = (id: string, per: string, ...figures: readonly (readonly [string, number])[]): Result => ({
    ...plain,
    id: `growth/${id}`,
    per,
    figures: figures.map(([name, value]) => ({ name, value, spread: 0, ratio: 1 })),
  });
  const level = grown('level', 'event', ['filters: 1', 1_000], ['filters: 1,000', 1_000], ['filters: 10,000', 1_000]);
  const falling = grown('falling', 'call', ['handlers: 1', 1_000], ['handlers: 100', 10]);
  const plot = plotGrowth([plain, level, falling]);
  const lines = [...plot.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number) as [number, number]),
  );

  it('has a line for each thing of which there may be many, at their numbers', () => {
    const [fewer, more] = lines as [[number, number][], [number, number][]];
    expect(new Set(more.map(([, y]) => y)).size).toBe(1);
    expect(fewer[0]).toEqual(more[0]);
    expect((fewer[1]![0] - more[0]![0]) / (more[2]![0] - more[0]![0])).toBeCloseTo(2 / 4);
    expect(fewer[1]![1]).toBeGreaterThan(more[1]![1]);
  });

  it('says what is counted, and what the time is for', () => {
    expect(plot).toContain('>filters: each event</text>');
    expect(plot).toContain('>handlers: each call</text>');
  });

  it('wants results that it shows', () => {
    expect(() => plotGrowth([plain])).toThrow("no result 'growth/…'");
  });
});
