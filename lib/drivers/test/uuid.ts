import { createHash } from 'node:crypto';
import { withHyphens } from '../io/uuid';

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
