import { createHash } from 'node:crypto';

/**
 * Reads a UUID as libvirt does: 32 hexadecimal digits, with hyphens anywhere between them or none.
 *
 * @returns The UUID in lower case with hyphens in their usual places, or `undefined` if the text is none.
 */
export function readUuid(text: string): string | undefined {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) ? withHyphens(digits) : undefined;
}

/**
 * Makes up a UUID that is always the same for the same name.
 *
 * It is of version 8 (RFC 9562 §5.8): bits of a hash, none of them random.
 *
 * @param isTaken Whether a UUID belongs to another domain, so that the next one is to be tried.
 */
export function uuidForName(name: string, isTaken: (uuid: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const hash = createHash('sha256').update(`${attempt} ${name}`).digest('hex');
    const uuid = withHyphens(`${hash.slice(0, 12)}8${hash.slice(13, 16)}8${hash.slice(17, 32)}`);
    if (!isTaken(uuid)) {
      return uuid;
    }
  }
}

function withHyphens(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
