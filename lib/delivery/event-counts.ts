/** What became of events, counted from the opening of a connection on. */
export interface EventCounts {
  /** Events, gaps included, whose delivery is completed. */
  readonly delivered: number;
  /** Events that `takeEvents` took. */
  readonly taken: number;
  /** Events, of those delivered, that no handler's filter matched. */
  readonly unmatched: number;
  /** How many times a handler was kept from an event by the `suppress` of its filter, though `select` matched. */
  readonly suppressed: number;
  /** How many times a handler, or its filter, failed. */
  readonly failed: number;
  /** How many times an event was put off because a handler wanted it again; it grows without end in an endless retry. */
  readonly retries: number;
  /** Events that were dropped, or could not be read. */
  readonly lost: number;
}

/** What became of the events of one type. */
export interface TypeStats extends EventCounts {
  /** The type; `null` for all other events together, of the types that came after the first 128, and those that could not be read. */
  readonly type: string | null;
}

/** What a handler did, counted from its registration on. */
export interface HandlerCounts {
  /** Events that its filter matched. */
  readonly matched: number;
  /** How many times it was called. */
  readonly calls: number;
  /** How many times it was kept from an event by the `suppress` of its filter, though `select` matched. */
  readonly suppressed: number;
  /** How many times it, or its filter, failed. */
  readonly failed: number;
  /** How many times it is to be offered an event again, because it asked for that, or threw. */
  readonly retries: number;
}

/** Counts, while they grow. */
type Counts = { -readonly [Name in keyof EventCounts]: number };

/** How many types have counts of their own, so that a stream with ever new types takes no more memory. */
const COUNTED_TYPES = 128;

/** The longest type that has counts of its own, in UTF-16 code units. */
const LONGEST_TYPE = 256;

/** Counts events by their types; what is of a type too many is counted together. */
export class CountsByType {
  readonly #byType = new Map<string, Counts>();
  readonly #others: Counts = zero();
  /** The type that was asked for last: many events of one type follow each other, and equal types are mostly one string. */
  #lastType = '';
  #lastCounts: Counts = this.#others;

  /** The counts to which an event of a type belongs. */
  of(type: string): Counts {
    if (type === this.#lastType) {
      return this.#lastCounts;
    }
    const counts = this.#byType.get(type) ?? this.#begin(type);
    if (counts !== this.#others) {
      this.#lastType = type;
      this.#lastCounts = counts;
    }
    return counts;
  }

  /** The counts of all events that have none of their own. */
  get others(): Counts {
    return this.#others;
  }

  /** The sum over all types. */
  total(): EventCounts {
    const sum = zero();
    for (const counts of [...this.#byType.values(), this.#others]) {
      for (const name of NAMES) {
        sum[name] += counts[name];
      }
    }
    return sum;
  }

  /** The counts of each type, in the order of their first event; those of all others last, if there are any. */
  list(): TypeStats[] {
    const types: TypeStats[] = Array.from(this.#byType, ([type, counts]) => ({ type, ...counts }));
    if (NAMES.some((name) => this.#others[name] > 0)) {
      types.push({ type: null, ...this.#others });
    }
    return types;
  }

  #begin(type: string): Counts {
    if (this.#byType.size === COUNTED_TYPES || type.length > LONGEST_TYPE) {
      return this.#others;
    }
    const counts = zero();
    // A copy, since a piece of an event's text would keep the whole of it in memory.
    this.#byType.set(Buffer.from(type).toString(), counts);
    return counts;
  }
}

function zero(): Counts {
  return { delivered: 0, taken: 0, unmatched: 0, suppressed: 0, failed: 0, retries: 0, lost: 0 };
}

const NAMES = Object.keys(zero()) as (keyof EventCounts)[];
