import type { EventRecord } from '../../event/event-record';
import type { Shape } from '../../event/shape';
import type { FilteredEvent } from '../filter';
import type { PathReaders } from './path-reader';
import type { Found, RouterEntry } from './route';

/** Events are told apart by no more values than these, and there are no more paths. */
const MOST_VALUES = 8;

/** Longer lists aren't kept. */
const MOST_FOUND = 16;

/** How many shapes and how many events have a place. */
const SHAPES = 64;
const EVENTS = 1024;

/** Which values tell events of a shape apart. */
interface Distinction {
  readonly shape: Shape;
  /** The version of the paths. */
  readonly paths: number;
  /** All values that any filter asks for; nothing if they are too many, or something else is asked for. */
  readonly values: readonly number[] | undefined;
}

interface Kept<Entry extends RouterEntry> {
  readonly shape: Shape;
  readonly words: readonly number[];
  /** The version of the filters. */
  readonly filters: number;
  /** All that match, in ascending order of their first entries. */
  readonly found: readonly Found<Entry>[];
}

/**
 * What events have found, for those after them that are the same in all that filters ask for.
 *
 * Much of what filters ask for says one of a few words, which are known by their numbers: a state, a reason, a short name. If an
 * event of the same shape has had the same words, nothing has to be looked up. Only what comes again is worth a place: it is kept
 * if the one that came to its place before was the same.
 */
export class RecentFindings<Entry extends RouterEntry> {
  readonly #readers: PathReaders;
  /** Another one whenever a filter has come or gone. */
  #filters = 0;
  readonly #distinctions: (Distinction | undefined)[] = new Array(SHAPES).fill(undefined);
  readonly #kept: (Kept<Entry> | undefined)[] = new Array(EVENTS).fill(undefined);
  // What came to each place last.
  readonly #shapes = new Int32Array(SHAPES);
  readonly #hashes = new Int32Array(EVENTS);
  // The event that was asked for last, if it is worth a place.
  #wanted: Distinction | undefined;
  #place = 0;
  readonly #words: number[] = [];

  constructor(readers: PathReaders) {
    this.#readers = readers;
  }

  /** Says that a filter has come or gone. */
  forget(): void {
    this.#filters += 1;
  }

  /** All filters that match an event, in ascending order of their first entries, if that is known without reading it. */
  find(event: FilteredEvent): readonly Found<Entry>[] | undefined {
    this.#wanted = undefined;
    const shape = event.notedShape;
    const distinction = shape && this.#distinctionOf(shape, event);
    const values = distinction?.values;
    if (values === undefined) {
      return undefined;
    }
    const words = this.#words;
    let hash = distinction!.shape.number;
    for (let index = 0; index < values.length; index += 1) {
      const word = (event as EventRecord).wordAt(values[index]!);
      if (word === 0) {
        return undefined;
      }
      words[index] = word;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
    }
    const place = (hash ^ (hash >>> 16)) & (EVENTS - 1);
    const kept = this.#kept[place];
    if (kept !== undefined && kept.shape === shape && this.#isGood(kept)) {
      return kept.found;
    }
    if (this.#hashes[place] === hash) {
      this.#wanted = distinction;
      this.#place = place;
    }
    this.#hashes[place] = hash;
    return undefined;
  }

  /** Whether what the event finds that was asked for last is worth a place. */
  get isWanted(): boolean {
    return this.#wanted !== undefined;
  }

  /** Keeps what the event finds that was asked for last: filters that match it, as its values alone decide. */
  keep(found: readonly Found<Entry>[]): void {
    const distinction = this.#wanted as Distinction;
    if (found.length <= MOST_FOUND) {
      const words = this.#words.slice(0, distinction.values!.length);
      this.#kept[this.#place] = { shape: distinction.shape, words, filters: this.#filters, found };
    }
  }

  #distinctionOf(shape: Shape, event: FilteredEvent): Distinction | undefined {
    const place = shape.number & (SHAPES - 1);
    const distinction = this.#distinctions[place];
    const paths = this.#readers.version;
    if (distinction !== undefined && distinction.shape === shape && distinction.paths === paths) {
      return distinction;
    }
    if (this.#shapes[place] === shape.number) {
      const values = this.#readers.valuesIn(event as EventRecord, shape, MOST_VALUES);
      this.#distinctions[place] = { shape, paths, values };
    }
    this.#shapes[place] = shape.number;
    return undefined;
  }

  /** Whether something that was kept is good for the event; if so, those found are told that it matches. */
  #isGood({ words, filters, found }: Kept<Entry>): boolean {
    if (filters !== this.#filters) {
      return false;
    }
    for (let index = 0; index < words.length; index += 1) {
      if (words[index] !== this.#words[index]) {
        return false;
      }
    }
    for (let index = 0; index < found.length; index += 1) {
      found[index]!.isDecided = true;
    }
    return true;
  }
}
