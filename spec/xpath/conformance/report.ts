import type { Comparison, Fault } from './compare';
import { isOnRequest, seed } from './extent';
import { judge } from './subject';

/** The differences, to be read; none makes an empty text. */
export function report({ differences }: Comparison): string {
  return differences
    .map(({ xml, expression, about, ours, theirs }) =>
      [
        `on ${JSON.stringify(xml)}`,
        `${JSON.stringify(expression)} differs in ${about}`,
        `  ours:   ${JSON.stringify(ours)}`,
        `  theirs: ${JSON.stringify(theirs)}`,
      ].join('\n'),
    )
    .join('\n\n');
}

/** Says how often each fault excused a difference, where somebody asked for this run. */
export function tell(name: string, { cases, unjudged, excused, seconds }: Comparison): void {
  if (isOnRequest) {
    const lines = [...excused].map(([{ what }, count]) => `${String(count).padStart(8)} excused: ${what}\n`);
    process.stderr.write(
      `${name}: ${cases} cases, seed ${seed}, ${seconds.toFixed(1)} s, ${unjudged} unjudged\n${lines.join('')}`,
    );
  }
}

/** The examples of all faults, each with what it is an example of. */
export function examplesOf(
  faults: readonly Fault[],
): (readonly [xml: string, expression: string, text: string, what: string])[] {
  return faults.flatMap(({ examples, what }) => examples.map((example) => [...example, what] as const));
}

/** What the library says is the string-value of an expression. */
export function ourText(xml: string, expression: string): string | undefined {
  return judge(xml, [expression]).answers[0]?.string;
}
