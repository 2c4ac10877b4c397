import { CompiledFilter, type TypesOfEvents, type Verdict } from './compiled-filter';
import { explainAnyIndex, explainNoIndex } from './explain-index';
import type { AnyOf, FilterExplanation, FilteredEvent, SelectSuppress } from './filter';
import { anyRequirements, noRequirements, type Requirements } from './requirements';
import { inBoth, inEither } from './types-where';
import type { FilterWarning } from './warnings';

/** `{ any: [filter, …] }`. */
export class AnyFilter extends CompiledFilter {
  readonly source: AnyOf;
  readonly parts: readonly CompiledFilter[];

  constructor(parts: readonly CompiledFilter[]) {
    super();
    this.source = Object.freeze({ any: Object.freeze(parts.map(({ source }) => source)) });
    this.parts = parts;
  }

  get requirements(): Requirements {
    return anyRequirements(this.parts.map(({ requirements }) => requirements));
  }

  decide(event: FilteredEvent): boolean {
    return this.parts.some((part) => part.decide(event));
  }

  override evaluate(event: FilteredEvent): Verdict {
    let verdict: Verdict = 'unmatched';
    for (const part of this.parts) {
      const ofPart = part.evaluate(event);
      if (ofPart === 'matched') {
        return 'matched';
      }
      if (ofPart === 'suppressed') {
        verdict = 'suppressed';
      }
    }
    return verdict;
  }

  get types(): TypesOfEvents {
    return inEither(this.parts.map(({ types }) => types));
  }

  matchesAllOf(type: string): boolean {
    return this.parts.some((part) => part.matchesAllOf(type));
  }

  explain(types?: TypesOfEvents): FilterExplanation {
    const parts = this.parts.map((part) => part.explain(types));
    const every = parts.findIndex(({ kind }) => kind === 'all');
    const warnings =
      every === -1
        ? []
        : [{ position: 0, message: `'any[${every}]' is null, every event, so this filter matches every event` }];
    const index = explainAnyIndex(
      parts.map((part) => part.index),
      this.requirements,
    );
    return { kind: 'any', source: this.source, parts, engine: engineOf(parts), index, warnings };
  }
}

/** `{ select, suppress }`. */
export class SelectSuppressFilter extends CompiledFilter {
  readonly source: SelectSuppress;
  readonly #select: CompiledFilter | undefined;
  readonly #suppress: CompiledFilter | undefined;

  constructor(select: CompiledFilter | undefined, suppress: CompiledFilter | undefined) {
    super();
    this.source = Object.freeze({
      ...(select && { select: select.source }),
      ...(suppress && { suppress: suppress.source }),
    });
    this.#select = select;
    this.#suppress = suppress;
  }

  get select(): CompiledFilter | undefined {
    return this.#select;
  }

  get suppress(): CompiledFilter | undefined {
    return this.#suppress;
  }

  /** What `select` needs, since `suppress` only takes away. */
  get requirements(): Requirements {
    const select = this.#select === undefined ? noRequirements : this.#select.requirements;
    return { ...select, isExact: select.isExact && this.#suppress === undefined };
  }

  decide(event: FilteredEvent): boolean {
    return this.evaluate(event) === 'matched';
  }

  override evaluate(event: FilteredEvent): Verdict {
    if (!(this.#select?.decide(event) ?? true)) {
      return 'unmatched';
    }
    return this.#suppress?.decide(event) ? 'suppressed' : 'matched';
  }

  get types(): TypesOfEvents {
    const types = this.#select?.types;
    return types && new Set([...types].filter((type) => !this.#isSuppressed(type)));
  }

  matchesAllOf(type: string): boolean {
    const { types } = this.#suppress ?? { types: new Set() };
    return types?.has(type) === false && (this.#select?.matchesAllOf(type) ?? true);
  }

  #isSuppressed(type: string): boolean {
    return this.#suppress?.matchesAllOf(type) ?? false;
  }

  explain(types?: TypesOfEvents): FilterExplanation {
    const select = this.#select?.explain(types);
    const selected = inBoth(types, this.#select?.types);
    const suppress = this.#suppress?.explain(selected);
    const engine = engineOf([select, suppress]);
    const warnings =
      suppress?.kind === 'all'
        ? [{ position: 0, message: "'suppress' is null, every event, so this filter never matches" }]
        : findSuppressed(this.#select?.types, (type) => this.#isSuppressed(type));
    const found = select?.index ?? explainNoIndex();
    const index = found.indexed && suppress !== undefined ? { ...found, evaluated: true } : found;
    return { kind: 'select-suppress', source: this.source, select, suppress, engine, index, warnings };
  }
}

/** What evaluates a filter that is made of others: the one that costs most. */
function engineOf(parts: readonly (FilterExplanation | undefined)[]): FilterExplanation['engine'] {
  const engines = parts.map((part) => part?.engine);
  return engines.includes('light') ? 'light' : 'none';
}

/** Says of which of the types that are selected no event gets through. */
function findSuppressed(selected: TypesOfEvents, isSuppressed: (type: string) => boolean): FilterWarning[] {
  const lost = [...(selected ?? [])].filter(isSuppressed);
  if (lost.length === 0) {
    return [];
  }
  const names = lost.map((type) => JSON.stringify(type)).join(', ');
  const what = lost.length === selected?.size ? 'so this filter never matches' : 'though they are asked for';
  return [{ position: 0, message: `events of the type ${names} are all left out, ${what}` }];
}
