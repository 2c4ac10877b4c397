import type { JournalStats, ReaderStats, WriterStats } from '../collector/index';
import { type MetricFamily, openMetricsText } from './open-metrics';
import type { Line } from './output';
import { printable } from './printable';

/** What is in a journal, as lines for a person: each with a word before it, then the readers as a table. */
export function journalLines(stats: JournalStats): Line[] {
  const { folder, id, host, source, written, oldest, newest, segments, bytes, writer, readers } = stats;
  const facts: [string, ...Line][] = [
    ['journal', printable(folder)],
    ['id', id ?? 'none, nothing was ever written'],
    ['host', printable(host ?? '-')],
    ['source', printable(source ?? '-')],
    ['collector', ...writerLine(writer)],
    ['oldest', oldest === undefined ? 'none' : `${oldest.sequence}, ${oldest.time}`],
    ['newest', newest === undefined ? 'none' : `${newest.sequence}, ${newest.time}`],
    ['entries', `${written} ever written; ${segments} ${segments === 1 ? 'segment' : 'segments'}, ${sizeText(bytes)}`],
  ];
  const lines = facts.map(([name, ...line]): Line => [[`${name.padEnd(10)} `, 'bold'], ...line]);
  return readers.length === 0 ? lines : [...lines, [], ...readerLines(readers)];
}

function writerLine(writer: WriterStats | undefined): Line {
  if (writer === undefined) {
    return ['none, or its lock file may not be read'];
  }
  const { alive, connected, pid, host, ageMs } = writer;
  const state: Line = !alive
    ? [['not running', 'red']]
    : [['running', 'green'], connected ? ', connected' : ', ', connected ? '' : ['not connected', 'yellow']];
  return [...state, `, process ${pid} on ${printable(host)}, sign of life ${ageText(ageMs)} ago`];
}

/** The readers of a journal, as a table. */
export function readerLines(readers: readonly ReaderStats[]): Line[] {
  const rows = readers.map(({ name, next, behind, attempt, ageMs }) => [
    printable(name),
    next === undefined ? '?' : String(next),
    behind === undefined ? '?' : String(behind),
    attempt === undefined ? '?' : String(attempt),
    ageMs === undefined ? '?' : `${ageText(ageMs)} ago`,
  ]);
  const table = [['READER', 'NEXT', 'BEHIND', 'ATTEMPT', 'LAST WRITTEN'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] as string).length)));
  return table.map((row, place) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return [[cells.join('  '), place === 0 ? 'bold' : undefined]];
  });
}

/** The same for a node exporter, or whatever reads OpenMetrics. */
export function journalMetrics(stats: JournalStats, now: number): string {
  const { folder, host = '', written, oldest, newest, segments, bytes, writer, readers } = stats;
  const labels = { journal: folder, host };
  const seconds = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : milliseconds / 1000);
  const timeOf = (place: { readonly time: string } | undefined) => place && Date.parse(place.time);
  const newestAt = timeOf(newest);
  const gauge = (name: string, help: string, value: number | undefined): MetricFamily => ({
    name: `virdeliver_journal_${name}`,
    type: 'gauge',
    help,
    samples: [[labels, value]],
  });
  const ofReaders = (name: string, help: string, value: (reader: ReaderStats) => number | undefined): MetricFamily => ({
    name: `virdeliver_journal_reader_${name}`,
    type: 'gauge',
    help,
    samples: readers.map((reader) => [{ ...labels, reader: reader.name }, value(reader)]),
  });
  return openMetricsText([
    {
      name: 'virdeliver_journal_entries_written',
      type: 'counter',
      help: 'Entries that were ever written.',
      samples: [[labels, written]],
    },
    gauge('segments', 'Files of the journal.', segments),
    gauge('size_bytes', 'Length of all its files.', bytes),
    gauge('oldest_entry_timestamp_seconds', 'When the oldest entry was appended.', seconds(timeOf(oldest))),
    gauge('newest_entry_timestamp_seconds', 'When the newest entry was appended.', seconds(newestAt)),
    gauge('newest_entry_age_seconds', 'How long ago that was.', newestAt && seconds(Math.max(0, now - newestAt))),
    gauge('collector_running', 'Whether the collector runs.', Number(writer?.alive ?? false)),
    gauge('collector_connected', 'Whether it can reach its daemon.', Number(writer?.connected ?? false)),
    gauge('collector_sign_of_life_age_seconds', 'How long ago it gave a sign of life.', seconds(writer?.ageMs)),
    ofReaders('next', 'The entry that the reader reads next.', ({ next }) => next),
    ofReaders('behind', 'How many entries the reader has yet to read.', ({ behind }) => behind),
    ofReaders('attempt', 'How often the next entry was offered to its handlers.', ({ attempt }) => attempt),
    ofReaders('age_seconds', 'How long ago its bookmark was written.', ({ ageMs }) => seconds(ageMs)),
  ]);
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size as a person reads it. */
function sizeText(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return unit === 0 ? `${bytes} bytes` : `${(bytes / 2 ** (10 * unit)).toFixed(1)} ${UNITS[unit]}`;
}

/** A time as a person reads it, in its largest unit. */
export function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const) {
    if (seconds >= 2 * length) {
      return `${Math.floor(seconds / length)} ${unit}`;
    }
  }
  return `${seconds} s`;
}
