/** One of the words that are known today, or another that a later libvirt has. */
export type OpenWord<Known extends string> = Known | (string & Record<never, never>);

/** A word of a list that stands in the order of libvirt's numbers, or a later libvirt's. */
export type WordOf<Words extends readonly string[]> = OpenWord<Words[number]>;

/**
 * The word of a number: the one that stands at its place in the list.
 *
 * A number that has none, from a later libvirt for instance, is its own word. The words are those that `virsh event` prints,
 * in lower case with hyphens for spaces; if it prints a number or a whole phrase, they are the names of libvirt's constants.
 */
export function wordOf<Word extends string>(words: readonly Word[], number: number): OpenWord<Word> {
  return words[number] ?? String(number);
}
