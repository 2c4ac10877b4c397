/**
 * Reads a UUID as libvirt does: 32 hexadecimal digits, with hyphens anywhere between them or none.
 *
 * @returns The UUID in lower case with hyphens in their usual places, or `undefined` if the text is none.
 */
export function readUuid(text: string): string | undefined {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) ? withHyphens(digits) : undefined;
}

/** A UUID as it is written, from its 32 digits. */
export function withHyphens(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
