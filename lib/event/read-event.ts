import { EncodedText, encodeShared, refuseTooLarge, type TextContext } from '../xml/encoded-text';
import { escapeAttributeValue } from '../xml/escape';
import type { EventLimits } from '../xml/limits';
import { isAt } from '../xml/markup';
import { Scanner } from '../xml/scanner';
import { treeWriter } from '../xml/tree-writer';
import { copyOf, knownTypes } from './known-types';
import type { Shape } from './shape';
import { shapes } from './shapes';
import { valueEnds } from './value-ends';

/** An event as it was read: checked, cut out of what surrounded it, and ready to be queued. */
export interface ReadEvent {
  /** The `<event>…</event>` text verbatim, with the namespaces of an enclosing `<events>` added. */
  readonly xml: string;
  /** The value of its `type` attribute. */
  readonly type: string;
  /** The value of its `timestamp` attribute. */
  readonly timestamp: string;
  /** The length of `xml` in bytes of UTF-8. */
  readonly bytes: number;
  /** Its shape, if it has a known one. */
  readonly shape?: Shape | undefined;
  /**
   * Where what was noted of it stands, and in which round of the shared array: the ends of its values if it has a shape, else its
   * tree. `UNREAD` if it is a text of the library's own, of which nothing has been noted yet.
   */
  readonly place?: number;
  readonly generation?: number | undefined;
}

/** In place of a place, if nothing was noted. */
export const UNREAD = -1;

/** An event and what was noted of it. That is no part of the event: two events that say the same are equal. */
class NotedEvent implements ReadEvent {
  readonly xml: string;
  readonly type: string;
  readonly timestamp: string;
  readonly bytes: number;
  readonly #shape: Shape | undefined;
  readonly #place: number;
  readonly #generation: number | undefined;

  constructor(
    xml: string,
    type: string,
    timestamp: string,
    bytes: number,
    shape: Shape | undefined,
    place: number,
    generation: number | undefined,
  ) {
    this.xml = xml;
    this.type = type;
    this.timestamp = timestamp;
    this.bytes = bytes;
    this.#shape = shape;
    this.#place = place;
    this.#generation = generation;
  }

  get shape(): Shape | undefined {
    return this.#shape;
  }

  get place(): number {
    return this.#place;
  }

  get generation(): number | undefined {
    return this.#generation;
  }
}

/** An event that the library has written: nothing of it needs to be read before somebody asks for it. */
export function unreadEvent(xml: string, type: string, timestamp: string, bytes: number): ReadEvent {
  return new NotedEvent(xml, type, timestamp, bytes, undefined, UNREAD, undefined);
}

/** What surrounds an event document that stands in a stream of UTF-8. */
export interface StreamContext extends TextContext {
  /** The namespaces that an enclosing `<events>` declares, by prefix; the default namespace goes by `''`. */
  readonly namespaces?: ReadonlyMap<string, string> | undefined;
}

/**
 * Checks one event document and cuts the event out of it.
 *
 * Prolog and epilog are checked and cut off. With a context, the encoding that an XML declaration names must be that of
 * the stream, and inherited namespaces that the root does not declare itself are added to its start tag.
 *
 * @throws {InvalidEventError} if the text is not well-formed, is no event, or is over a cap.
 */
export function readEvent(text: string, limits: EventLimits, context?: StreamContext): ReadEvent {
  refuseTooLarge(text, limits, context);
  const end = encodeShared(text);
  // Namespaces that are inherited are written into the event.
  if (end === text.length && context?.namespaces === undefined) {
    const shape = shapes.find(end, limits);
    if (shape !== undefined) {
      const place = valueEnds.next;
      shape.noteWords(place);
      const generation = valueEnds.keep(shape.count);
      return new NotedEvent(text, shape.type, shape.value(text, place, shape.timestamp), end, shape, place, generation);
    }
  }
  return readStrictly(new EncodedText(text, context, end), limits, context);
}

function readStrictly(doc: EncodedText, limits: EventLimits, context?: StreamContext): ReadEvent {
  const scanner = new Scanner(doc, limits, context?.namespaces);
  scanner.scan();
  return cutEvent(doc, scanner, limits, context);
}

/**
 * Checks the start tag of an `<events>` and what precedes it, and gives the namespaces that it declares.
 *
 * @param text From the XML declaration, if there is one, to the `/>` of the tag, made empty if it was not.
 * @throws {InvalidEventError} if the text is not well-formed, or the declaration names another encoding than UTF-8.
 */
export function readEventsTag(text: string, limits: EventLimits, context: StreamContext): Map<string, string> {
  const doc = new EncodedText(text, context);
  const scanner = new Scanner(doc, limits);
  scanner.scan();
  refuseOtherEncoding(doc, scanner);
  const namespaces = scanner.rootNamespaces();
  if (namespaces.get('') === '') {
    namespaces.delete('');
  }
  return namespaces;
}

/** How many bytes around an event may stay in memory with it: enough that a line end is no reason to copy it. */
const MOST_HELD = 16;

const TYPE = Buffer.from('type');
const TIMESTAMP = Buffer.from('timestamp');

function cutEvent(doc: EncodedText, scanner: Scanner, limits: EventLimits, context?: StreamContext): ReadEvent {
  const { rootStart, rootNameEnd, rootEnd } = scanner;
  if (context !== undefined) {
    refuseOtherEncoding(doc, scanner);
  }
  if (rootNameEnd - rootStart !== '<event'.length || !isAt(doc.bytes, rootStart, '<event')) {
    const name = doc.slice(rootStart + 1, Math.min(rootNameEnd, rootStart + 40));
    throw doc.fault('ERR_EVENT_ROOT', rootStart + 1, `the root element must be 'event', but is '${name}'`);
  }
  const typeNode = requiredAttribute(doc, scanner, TYPE, 'ERR_EVENT_TYPE');
  const type = typeOf(doc, scanner, typeNode);
  const { attributes } = scanner;
  const timestampNode = requiredAttribute(doc, scanner, TIMESTAMP, 'ERR_EVENT_TIMESTAMP');
  const written = attributes.value(timestampNode);
  const bytes = rootEnd - rootStart;
  const isCut = bytes < doc.end;
  // A piece of a text keeps all of it in memory.
  const mayHold = doc.end - bytes <= MOST_HELD;
  const xml = !isCut ? doc.text : mayHold ? doc.piece(rootStart, rootEnd) : doc.slice(rootStart, rootEnd);
  const timestamp = mayHold ? written : copyOf(written);
  const namespaces = context?.namespaces;
  if (scanner.isRootAlone && namespaces === undefined) {
    if (!isCut && bytes === doc.text.length && !scanner.isQualified && !treeWriter.isAlone) {
      shapes.add({ type, end: bytes, typeNode, timestampNode });
    }
    const { root } = treeWriter;
    return new NotedEvent(xml, type, timestamp, bytes, undefined, root, treeWriter.keep());
  }
  const event: ReadEvent = { xml, type, timestamp, bytes };
  return namespaces === undefined ? event : withNamespaces(event, doc, scanner, limits, namespaces);
}

function typeOf(doc: EncodedText, scanner: Scanner, attribute: number): string {
  const { attributes } = scanner;
  const known = attributes.isPlain(attribute)
    ? knownTypes.find(doc.bytes, attributes.valueStart(attribute), attributes.valueEnd(attribute))
    : undefined;
  return known ?? knownTypes.add(attributes.value(attribute));
}

/** Finds an attribute of the root that must be there and say something. */
function requiredAttribute(
  doc: EncodedText,
  scanner: Scanner,
  name: Uint8Array,
  code: 'ERR_EVENT_TYPE' | 'ERR_EVENT_TIMESTAMP',
): number {
  const { attributes } = scanner;
  const attribute = attributes.find(name);
  if (attribute === -1) {
    throw doc.fault(code, scanner.rootStart, `the event has no '${name}' attribute`);
  }
  if (attributes.valueStart(attribute) === attributes.valueEnd(attribute)) {
    throw doc.fault(code, attributes.valueStart(attribute), `the event's '${name}' attribute is empty`);
  }
  return attribute;
}

/** Adds the inherited namespaces that the root does not declare itself to its start tag, after the name. */
function withNamespaces(
  event: ReadEvent,
  doc: EncodedText,
  scanner: Scanner,
  limits: EventLimits,
  inherited: ReadonlyMap<string, string>,
): ReadEvent {
  const own = scanner.rootNamespaces();
  let attributes = (scanner.attributes.end - scanner.attributes.first) / scanner.attributes.step;
  let declarations = '';
  for (const [prefix, namespace] of inherited) {
    if (!own.has(prefix)) {
      declarations += ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeAttributeValue(namespace)}"`;
      attributes++;
    }
  }
  if (attributes > limits.eventAttributes) {
    const problem = `the event and the 'events' around it have more attributes than the cap of ${limits.eventAttributes}`;
    throw doc.fault('ERR_EVENT_TOO_MANY_ATTRIBUTES', scanner.rootStart, problem);
  }
  const bytes = event.bytes + Buffer.byteLength(declarations);
  if (bytes > limits.eventBytes) {
    const problem = `with the namespaces of the 'events' around it, the event has ${bytes} bytes; the cap is ${limits.eventBytes}`;
    throw doc.fault('ERR_EVENT_TOO_LARGE', scanner.rootStart, problem);
  }
  const name = '<event';
  return { ...event, xml: `${name}${declarations}${event.xml.slice(name.length)}`, bytes };
}

function refuseOtherEncoding(doc: EncodedText, scanner: Scanner): void {
  const encoding = scanner.declaration?.encoding;
  if (encoding !== undefined && !/^(?:UTF[-_]?8|US-ASCII)$/i.test(encoding.name)) {
    const problem = `the encoding must be UTF-8, but the XML declaration names '${encoding.name.slice(0, 40)}'`;
    throw doc.fault('ERR_EVENT_ENCODING', encoding.position, problem);
  }
}
