/**
 * A journal: a queue of events on disk that outlives the process. One collector writes it, any number of readers come when it suits them,
 * by `openConnection('journal:DIR?reader=NAME')`.
 *
 * @packageDocumentation
 */

export { JournalError } from '../index';
export type { JournalOptions, Retention } from './collector-options';
export type { Journal } from './journal-events';
export { journalEvents } from './journal-events';
export type { EntryPlace, JournalStats, ReaderStats, WriterStats } from './journal-stats';
export { journalStats } from './journal-stats';
export { moveBookmark, removeReader } from './manage-readers';
export { pruneJournal } from './prune-journal';
export type { JournalFinding } from './verify-journal';
export { verifyJournal } from './verify-journal';
