import type { EventRecord } from '../../event/event-record';
import type { Shape } from '../../event/shape';
import { compilePathValues, type ReadValues } from '../../xpath/evaluation/path-values';
import type { FilteredEvent } from '../filter';
import type { IndexPath } from '../index-path';

/** Beyond these a set is made of a path's values when one is looked for. */
const searchedOneByOne = 8;

/** So many places for values are kept from one event to the next; to make them anew takes longer than all the rest. */
const keptPlaces = 16;

/** The values of a path in events of one shape: which of the event's values each is, or what it always is. */
type ShapeValues = readonly (number | string)[];

/** The string-values of one path, read once for each event in hand. */
export class PathReader {
  readonly path: IndexPath;
  /** How many use it. */
  users = 0;
  readonly #walk: ReadValues;
  readonly #filled: PathReader[];
  /** What the values are in events of the shapes met so far; nothing if they have to be read off the tree. */
  readonly #byShape = new WeakMap<Shape, ShapeValues | null>();
  #lastShape: Shape | undefined;
  #lastValues: ShapeValues | null = null;
  /** The values and, after them, places for more. */
  readonly #values: string[] = [];
  #count = 0;
  #valueSet: Set<string> | undefined;
  #isComplete = true;
  /** The round in which the values were read. */
  #round = 0;
  #lengthLeft = 0;

  constructor(path: IndexPath, filled: PathReader[]) {
    this.path = path;
    this.#walk = compilePathValues(path.path, path.scope);
    this.#filled = filled;
  }

  /** Makes sure that the values of an event are there. */
  read(event: FilteredEvent, round: number): void {
    if (this.#round === round) {
      return;
    }
    this.clear();
    this.#round = round;
    this.#filled.push(this);
    const { shape } = event;
    if (shape !== undefined && this.#readByShape(event as EventRecord, shape)) {
      return;
    }
    const { tree } = event;
    this.#lengthLeft = tree.text.length;
    try {
      this.#isComplete = this.#walk(tree, this.#visit);
    } catch (error) {
      if (error !== tooMuchText) {
        throw error;
      }
      this.#isComplete = false;
    }
  }

  /** Reads the values of an event with a shape, if all that has to be known of its tree is known of its shape. */
  #readByShape(event: EventRecord, shape: Shape): boolean {
    if (shape !== this.#lastShape) {
      this.#lastValues = this.valuesIn(event, shape);
      this.#lastShape = shape;
    }
    const values = this.#lastValues;
    if (values === null) {
      return false;
    }
    for (const value of values) {
      this.#values[this.#count] = typeof value === 'string' ? value : event.valueAt(value);
      this.#count += 1;
    }
    this.#isComplete = true;
    return true;
  }

  /** What the values are in events of a shape, of which one is at hand; nothing if they have to be read off the tree. */
  valuesIn(event: EventRecord, shape: Shape): ShapeValues | null {
    let known = this.#byShape.get(shape);
    if (known === undefined) {
      known = this.#valuesOf(event, shape);
      this.#byShape.set(shape, known);
    }
    return known;
  }

  #valuesOf({ tree }: FilteredEvent, shape: Shape): ShapeValues | null {
    const values: (number | string)[] = [];
    let isSimple = true;
    const isComplete = this.#walk(tree, (_, node) => {
      const value = shape.valueOfNode(tree.place(node));
      // Values that repeat may be more text than there is.
      isSimple &&= value !== undefined && (typeof value === 'string' || !values.includes(value));
      values.push(value ?? '');
    });
    if (!isSimple || !isComplete) {
      return null;
    }
    for (const value of values) {
      if (typeof value === 'number') {
        shape.expect(value);
      }
    }
    return values;
  }

  /** How many values were read. */
  get count(): number {
    return this.#count;
  }

  /** One of the values, which are in no certain order; one may come several times. */
  value(index: number): string {
    return this.#values[index] as string;
  }

  /** Whether there are no more values than those read. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  has(value: string): boolean {
    // Stryker disable next-line all: a set finds the same as a search one by one.
    if (this.#count > searchedOneByOne) {
      this.#valueSet ??= new Set(this.#values.slice(0, this.#count));
      return this.#valueSet.has(value);
    }
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#values[index] === value) {
        return true;
      }
    }
    return false;
  }

  /** Lets go of what was read. */
  clear(): void {
    // Stryker disable next-line all: how many places are kept decides about time only.
    if (this.#count > keptPlaces) {
      this.#values.length = 0;
    }
    for (let index = Math.min(this.#count, this.#values.length) - 1; index >= 0; index -= 1) {
      this.#values[index] = '';
    }
    this.#count = 0;
    this.#valueSet = undefined;
  }

  readonly #visit = (value: string): void => {
    this.#lengthLeft -= value.length;
    if (this.#lengthLeft < 0) {
      throw tooMuchText;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  };
}

/**
 * Thrown if the values of a path are longer than the text that they are pieces of, since elements of one name stand inside
 * each other. To go on could take quadratic time; an evaluation, which compares and doesn't copy, does not.
 */
const tooMuchText = new Error('more values than text');

/** The readers of a router, one for each path. */
export class PathReaders {
  readonly #byKey = new Map<string, PathReader>();
  /** Those that hold values. */
  readonly #filled: PathReader[] = [];
  #version = 0;

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Another one whenever a path has come or gone. */
  get version(): number {
    return this.#version;
  }

  /**
   * Which of the values of events of a shape, of which one is at hand, all paths together read.
   *
   * @param most How many there may be, and how many paths.
   * @returns Nothing if there are more, or a path has to be read off the tree.
   */
  valuesIn(event: EventRecord, shape: Shape, most: number): readonly number[] | undefined {
    if (this.#byKey.size > most) {
      return undefined;
    }
    const all = new Set<number>();
    for (const reader of this.#byKey.values()) {
      const values = reader.valuesIn(event, shape);
      if (values === null) {
        return undefined;
      }
      for (const value of values) {
        if (typeof value === 'number') {
          all.add(value);
        }
      }
    }
    return all.size > most ? undefined : [...all];
  }

  /** The reader of a path, until it is released as often as it was acquired. */
  acquire(path: IndexPath): PathReader {
    let reader = this.#byKey.get(path.key);
    if (reader === undefined) {
      reader = new PathReader(path, this.#filled);
      this.#byKey.set(path.key, reader);
      this.#version += 1;
    }
    reader.users += 1;
    return reader;
  }

  release(reader: PathReader): void {
    reader.users -= 1;
    if (reader.users === 0) {
      this.#byKey.delete(reader.path.key);
      this.#version += 1;
    }
  }

  /** Lets go of all values. */
  clear(): void {
    for (let reader = this.#filled.pop(); reader !== undefined; reader = this.#filled.pop()) {
      reader.clear();
    }
  }
}
