/** What is measured, of which there may be several: each with its labels. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** The samples; one without a value is left out. */
  readonly samples: readonly (readonly [labels: Labels, value: number | undefined])[];
}

/** What a sample is of. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Writes metrics in the text form of OpenMetrics 1.0, which the text file collector of a node exporter reads, too; a family without a
 * sample is left out.
 */
export function openMetricsText(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, type, help, samples }) => {
    const suffix = type === 'counter' ? '_total' : '';
    const values = samples.flatMap(([labels, value]) =>
      value === undefined ? [] : [`${name}${suffix}${labelText(labels)} ${value}`],
    );
    return values.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values];
  });
  return [...lines, '# EOF'].join('\n');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
