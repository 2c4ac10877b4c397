/** A step on the way to the smallest list of choices with which something still fails. */
export function smallerChoices(choices: readonly number[]): number[][] {
  const smaller: number[][] = [];
  for (let length = 1 << Math.floor(Math.log2(choices.length + 1)); length >= 1; length >>= 1) {
    for (let start = 0; start < choices.length; start += length) {
      smaller.push([...choices.slice(0, start), ...choices.slice(start + length)]);
    }
  }
  choices.forEach((choice, index) => {
    for (const lower of new Set([0, choice >> 1, choice - 1])) {
      if (lower >= 0 && lower < choice) {
        smaller.push(choices.with(index, lower));
      }
    }
  });
  return smaller;
}
