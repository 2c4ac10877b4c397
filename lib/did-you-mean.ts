/**
 * The candidate most like an unknown name, or `undefined` if none is near. A short word that begins and ends
 * otherwise is another word, as `band` is beside `lang`.
 *
 * @param tolerated How many letters may be added, left out or replaced.
 */
export function nearest(
  name: string,
  candidates: Iterable<string>,
  tolerated: number = name.length < 4 ? 1 : 2,
): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = tolerated + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) < bestDistance) {
      const distance = editDistance(wanted, candidate.toLowerCase());
      const isAnother = wanted.length < 6 && distance > 1 && !sharesAnEnd(wanted, candidate.toLowerCase());
      if (distance < bestDistance && !isAnother) {
        best = candidate;
        bestDistance = distance;
      }
    }
  }
  return best;
}

/** `; did you mean 'x'?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? '' : `; did you mean '${candidate}'?`;
}

function sharesAnEnd(a: string, b: string): boolean {
  return a.at(0) === b.at(0) || a.at(-1) === b.at(-1);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
