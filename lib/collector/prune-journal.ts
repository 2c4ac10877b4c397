import { resolve } from 'node:path';
import { requireOptions } from '../arguments';
import { nodeFiles } from '../journal/node-files';
import { prune } from '../journal/retention';
import { type Retention, readRetention } from './collector-options';
import { requireFolder } from './journal-events';
import { reading } from './journal-stats';

/**
 * Removes the oldest segments of a journal until no more is there than is to be kept; never the last one.
 *
 * Its writer, which does so by itself as its own options say, may live meanwhile. What a reader hasn't read yet is a gap in its place.
 *
 * @param retention What is kept; what isn't given has no limit.
 * @returns How many segments were removed.
 * @throws {OpenError} `ERR_OPEN` if the folder isn't there, or may not be changed.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
export function pruneJournal(folder: string, retention: Retention): number {
  requireFolder(folder);
  requireOptions('options', retention, ['maxBytes', 'maxAgeMs', 'keepFree']);
  const limits = readRetention(retention);
  const absolute = resolve(folder);
  return reading(absolute, () => prune(nodeFiles, absolute, limits, Date.now()));
}
