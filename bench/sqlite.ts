/** SQLite as a queue on disk: one table, whose key is the number of the event. */
import { join } from 'node:path';

/** What is used of either package. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface Statement {
  run(...values: readonly (string | number)[]): unknown;
  iterate(...values: readonly (string | number)[]): IterableIterator<{ readonly xml: string }>;
  /** Only that of `node-sqlite3-wasm`, which has to be told. */
  finalize?(): void;
}

/** A table of events, as a program would make it that has no journal. */
export interface EventTable {
  /** Begins what is committed together. */
  begin(): void;
  append(xml: string): void;
  commit(): void;
  /** Reads the events from a number on. */
  readFrom(number: number): IterableIterator<{ readonly xml: string }>;
  /** Notes down how far a reader is. */
  noteReader(next: number): void;
  close(): void;
}

/** How safe a commit is: whether it reaches the disk. */
export type Synchronous = 'FULL' | 'OFF';

/** Those that this Node can have, by name: how each makes a table in a folder. */
export const sqlites: readonly (readonly [string, (folder: string, synchronous: Synchronous) => EventTable])[] = [
  ['node-sqlite3-wasm', (folder, synchronous) => tableOf(openWasm(join(folder, 'wasm.db')), synchronous, true)],
  ...(hasSqlite()
    ? [
        [
          'node:sqlite',
          (folder: string, synchronous: Synchronous) =>
            tableOf(openBuiltin(join(folder, 'node.db')), synchronous, false),
        ] as const,
      ]
    : []),
];

function hasSqlite(): boolean {
  return process.getBuiltinModule('node:module').isBuiltin('node:sqlite');
}

function openWasm(path: string): Database {
  const { Database: Wasm } = require('node-sqlite3-wasm') as { Database: new (path: string) => Database };
  return new Wasm(path);
}

function openBuiltin(path: string): Database {
  const builtin = process.getBuiltinModule as (name: string) => unknown;
  const { DatabaseSync } = builtin('node:sqlite') as { DatabaseSync: new (path: string) => Database };
  return new DatabaseSync(path);
}

/** @param inArray Whether the values of a statement are given to it as an array. */
function tableOf(db: Database, synchronous: Synchronous, inArray: boolean): EventTable {
  // Its quickest: a log that is written ahead, and no lock for each transaction.
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  db.exec('CREATE TABLE events (number INTEGER PRIMARY KEY, xml TEXT); CREATE TABLE reader (next INTEGER);');
  db.exec('INSERT INTO reader VALUES (1);');
  const [insert, update, select] = [
    'INSERT INTO events (xml) VALUES (?)',
    'UPDATE reader SET next = ?',
    'SELECT xml FROM events WHERE number >= ? ORDER BY number',
  ].map((sql) => db.prepare(sql)) as [Statement, Statement, Statement];
  const given = (value: string | number) => (inArray ? [[value]] : [value]) as [string | number];
  return {
    begin: () => db.exec('BEGIN'),
    append: (xml) => void insert.run(...given(xml)),
    commit: () => db.exec('COMMIT'),
    readFrom: (number) => select.iterate(...given(number)),
    noteReader: (next) => void update.run(...given(next)),
    close() {
      for (const statement of [insert, update, select]) {
        statement.finalize?.();
      }
      db.close();
    },
  };
}
