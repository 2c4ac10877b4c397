/**
 * The bytes of a fixture that says what they are: each line has some in hexadecimal, then `|` and what they mean.
 *
 * White space is free; a line may lack either part.
 */
export function annotatedHex(text: string): Uint8Array {
  const digits = text
    .split('\n')
    .map((line) => line.split('|', 1)[0]!.replace(/\s/g, ''))
    .join('');
  if (!/^([\da-f]{2})*$/i.test(digits)) {
    throw new Error(`not whole bytes in hexadecimal: ${digits}`);
  }
  return Buffer.from(digits, 'hex');
}

/** The bytes as text, to compare and to show. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
