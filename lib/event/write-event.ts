import { UnwritableEventError } from '../errors';
import { describeCharacter, indexOfUncarryable, isNCName } from '../xml/chars';
import { defaultEventLimits, type EventLimits } from '../xml/limits';
import { declarationProblem, NamespaceScopes } from '../xml/namespaces';
import { EventText } from './event-text';
import type { ReadEvent } from './read-event';

/** An element of a structured event. */
export interface StructuredElement {
  /** Its name, with a prefix if need be. */
  readonly name: string;
  /** Its attributes, namespace declarations included, in this order. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** What is inside: text and elements, in this order. */
  readonly content?: readonly (string | StructuredElement)[] | undefined;
}

/**
 * An event as a structure, for programs that do not want to write XML.
 *
 * @example
 * ```ts
 * import { openConnection, type StructuredEvent, sendEvent } from 'virdeliver';
 *
 * const event: StructuredEvent = {
 *   type: 'backup-finished',
 *   attributes: { job: '17' },
 *   content: [{ name: 'domain', content: [{ name: 'name', content: ['web'] }] }],
 * };
 * sendEvent(openConnection(), event);
 * ```
 */
export interface StructuredEvent {
  /** The event's type; not empty. */
  readonly type: string;
  /** Its time stamp; not empty. The time of sending if there is none. */
  readonly timestamp?: string | undefined;
  /** More attributes of the `event` element, namespace declarations included, in this order. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** What is inside: text and elements, in this order. */
  readonly content?: readonly (string | StructuredElement)[] | undefined;
}

/**
 * Writes a structured event as XML, which is read back with the same names, values and text.
 *
 * Adjacent strings become one text. Only own enumerable properties count.
 *
 * @param limits The caps that the event must keep, as if it were read.
 * @throws {UnwritableEventError} `ERR_EVENT_UNWRITABLE` if a part is of the wrong kind, or XML cannot carry it.
 * @throws {InvalidEventError} `ERR_EVENT_TOO_LARGE` if only its bytes of UTF-8 are over the cap.
 */
export function writeEvent(
  event: StructuredEvent,
  defaultTimestamp: string,
  limits: EventLimits = defaultEventLimits,
): ReadEvent {
  return new StructureWriter(limits).write(event, defaultTimestamp);
}

/** The names that most events are made of, which need no further check. */
const PLAIN_NAME = /^[A-Za-z_][\w.-]*$/;

/** Attributes and their values, which are checked. */
type Attributes = readonly (readonly [name: string, value: string])[];

interface OpenElement {
  /** The structure that it is written from. */
  readonly source: unknown;
  readonly name: string;
  readonly content: readonly unknown[];
  /** Which part of the content is being written. */
  index: number;
}

/** Walks over the structure with a stack of its own, so that its depth costs no stack of JavaScript's. */
class StructureWriter {
  readonly #limits: EventLimits;
  /** Not there before the event's own type and time stamp have been checked. */
  #text!: EventText;
  #elements = 0;
  readonly #open: OpenElement[] = [];
  /** Not there before the first prefix, since most events have none. */
  #scopes: NamespaceScopes | undefined;

  constructor(limits: EventLimits) {
    this.#limits = limits;
  }

  write(event: unknown, defaultTimestamp: string): ReadEvent {
    const own = this.#properties(event, '', ['type', 'timestamp', 'attributes', 'content']);
    const type = this.#required(own['type'], 'type');
    const timestamp = own['timestamp'] === undefined ? defaultTimestamp : this.#required(own['timestamp'], 'timestamp');
    const attributes = this.#attributes(own['attributes']);
    for (const [name] of attributes) {
      if (name === 'type' || name === 'timestamp') {
        throw this.#error(`attributes.${name}`, `must not be given: it is the event's own property '${name}'`);
      }
    }
    this.#text = new EventText(type, timestamp);
    this.#begin(event, 'event', [['type', type], ['timestamp', timestamp], ...attributes], own['content']);
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      if (++open.index < open.content.length) {
        this.#part(open.content[open.index]);
      } else {
        this.#end(open);
      }
    }
    return this.#text.finish(defaultTimestamp, this.#limits);
  }

  #part(part: unknown): void {
    if (typeof part === 'string') {
      this.#text.text(this.#string(part, ''));
      this.#requireRoom();
    } else if (typeof part === 'object' && part !== null && !Array.isArray(part)) {
      const own = this.#properties(part, '', ['name', 'attributes', 'content']);
      const name = this.#string(own['name'], 'name');
      this.#begin(part, name, this.#attributes(own['attributes']), own['content']);
    } else {
      throw this.#error('', `must be a string or an element, but is ${describeValue(part)}`);
    }
  }

  #begin(source: unknown, name: string, attributes: Attributes, content: unknown): void {
    if (this.#open.some((open) => open.source === source)) {
      throw this.#error('', 'contains itself');
    }
    if (content !== undefined && !Array.isArray(content)) {
      throw this.#error('content', `must be an array of strings and elements, but is ${describeValue(content)}`);
    }
    const { eventDepth, eventElements, eventAttributes } = this.#limits;
    const depth = this.#open.length + 1;
    if (depth > eventDepth) {
      throw this.#error('', `is nested deeper than the cap of ${eventDepth}`);
    }
    if (++this.#elements > eventElements) {
      throw this.#error('', `is one element more than the cap of ${eventElements}`);
    }
    if (attributes.length > eventAttributes) {
      throw this.#error('attributes', `are ${attributes.length}; the cap is ${eventAttributes}`);
    }
    this.#checkNames(name, attributes, depth);
    const isRoot = depth === 1;
    if (!isRoot) {
      this.#text.open(name);
    }
    // The text itself has the type and the time stamp of the event.
    for (const [attribute, value] of isRoot ? attributes.slice(2) : attributes) {
      this.#text.attribute(attribute, value);
    }
    if (content !== undefined && content.length > 0) {
      this.#requireRoom();
      this.#open.push({ source, name, content, index: -1 });
    } else if (isRoot) {
      this.#requireRoom('/'.length);
    } else {
      this.#text.close(name);
      this.#requireRoom();
      this.#scopes?.leave(depth);
    }
  }

  #end(open: OpenElement): void {
    this.#scopes?.leave(this.#open.length);
    this.#open.pop();
    if (this.#open.length === 0) {
      this.#requireRoom('</event>'.length);
    } else {
      this.#text.close(open.name);
      this.#requireRoom();
    }
  }

  /** @param more What is yet to be written, in UTF-16 code units. */
  #requireRoom(more = 0): void {
    if (this.#text.length + more > this.#limits.eventBytes) {
      throw this.#error('', `makes the event longer than the cap of ${this.#limits.eventBytes} bytes`);
    }
  }

  /** Checks the names of an element, and their prefixes, with the namespaces that it declares itself. */
  #checkNames(name: string, attributes: Attributes, depth: number): void {
    for (const [attribute, value] of attributes) {
      const prefix = attribute === 'xmlns' ? '' : attribute.startsWith('xmlns:') ? attribute.slice(6) : undefined;
      if (prefix !== undefined) {
        const problem = declarationProblem(prefix, value);
        if (problem !== undefined) {
          throw this.#error(attributePath(attribute), `is no good declaration: ${problem}`);
        }
        this.#scopes ??= new NamespaceScopes();
        this.#scopes.declare(prefix, value, depth);
      }
    }
    if (!PLAIN_NAME.test(name)) {
      this.#checkName(name, 'name');
    }
    const expandedNames = new Set<string>();
    for (const [attribute] of attributes) {
      if (PLAIN_NAME.test(attribute)) {
        continue;
      }
      const expandedName = this.#checkName(attribute, attributePath(attribute));
      if (expandedNames.has(expandedName)) {
        throw this.#error(attributePath(attribute), 'is there twice, under two prefixes of the same namespace');
      }
      expandedNames.add(expandedName);
    }
  }

  /** Checks one name, and gives it in a form that is the same for the same expanded name. */
  #checkName(name: string, path: string): string {
    this.#text.nameIsBeyondAscii();
    const parts = name.split(':');
    if (parts.length > 2 || !parts.every(isNCName)) {
      throw this.#error(path, `must be an XML name, but is ${describeValue(name)}`);
    }
    if (parts.length === 1) {
      return name;
    }
    const prefix = parts[0]!;
    this.#scopes ??= new NamespaceScopes();
    const namespace = this.#scopes.numberOf(prefix);
    if (namespace === undefined) {
      throw this.#error(path, `has the prefix '${prefix}', which is not declared`);
    }
    if (prefix === 'xmlns' && path === 'name') {
      throw this.#error(path, `must not have the prefix 'xmlns'`);
    }
    return `${namespace}:${parts[1]}`;
  }

  #attributes(attributes: unknown): Attributes {
    if (attributes === undefined) {
      return [];
    }
    return Object.entries(this.#properties(attributes, 'attributes')).map(([name, value]) => [
      name,
      this.#string(value, attributePath(name)),
    ]);
  }

  /** The own enumerable properties of an object, each read once. */
  #properties(value: unknown, path: string, known?: readonly string[]): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#error(path, `must be an object, but is ${describeValue(value)}`);
    }
    const own: Record<string, unknown> = { ...value };
    if (known !== undefined) {
      for (const key of Object.keys(own)) {
        if (!known.includes(key)) {
          throw this.#error(path, `has an unknown property ${describeValue(key)}; it may have ${known.join(', ')}`);
        }
      }
    }
    return own;
  }

  #required(value: unknown, path: string): string {
    if (value === undefined || value === '') {
      throw this.#error(path, `must be a string that is not empty, but is ${describeValue(value)}`);
    }
    return this.#string(value, path);
  }

  #string(value: unknown, path: string): string {
    if (typeof value !== 'string') {
      throw this.#error(path, `must be a string, but is ${describeValue(value)}`);
    }
    const index = indexOfUncarryable(value);
    if (index !== -1) {
      const character = describeCharacter(value.codePointAt(index)!);
      throw this.#error(path, `has ${character} at index ${index}, which XML cannot carry`);
    }
    return value;
  }

  /** @param path Where the fault lies, from the structure that is being written on. */
  #error(path: string, problem: string): UnwritableEventError {
    const steps = this.#open.map((open) => `content[${open.index}]`);
    return new UnwritableEventError([...steps, ...(path === '' ? [] : [path])].join('.') || 'event', problem);
  }
}

function attributePath(name: string): string {
  return PLAIN_NAME.test(name) || isNCName(name) ? `attributes.${name}` : `attributes[${describeValue(name)}]`;
}

/** A value in a message, as short as need be. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  }
  if (Array.isArray(value)) {
    return 'an array';
  }
  if (typeof value === 'object' && value !== null) {
    return 'an object';
  }
  return typeof value === 'function' ? 'a function' : String(value);
}
