import { EncodedText, refuseTooLarge, type TextContext } from '../xml/encoded-text';
import { escapeAttributeValue } from '../xml/escape';
import type { Generation } from '../xml/light-tree';
import type { EventLimits } from '../xml/limits';
import { isAt } from '../xml/markup';
import { Scanner } from '../xml/scanner';
import { type TreeWriter, treeWriter } from '../xml/tree-writer';
import { copyOf, knownTypes } from './known-types';

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
  /** Where in the shared array its tree was written, if it was kept: in which generation, and the entry of the root. */
  readonly treeGeneration?: Generation | undefined;
  readonly treeRoot?: number;
}

/** An event whose tree may be in the shared array. Its place there is no part of the event: two events that say the same are equal. */
class EventWithTree implements ReadEvent {
  readonly xml: string;
  readonly type: string;
  readonly timestamp: string;
  readonly bytes: number;
  readonly #treeGeneration: Generation | undefined;
  readonly #treeRoot: number;

  constructor(xml: string, type: string, timestamp: string, bytes: number, tree: TreeWriter) {
    this.xml = xml;
    this.type = type;
    this.timestamp = timestamp;
    this.bytes = bytes;
    this.#treeRoot = tree.root;
    this.#treeGeneration = tree.keep();
  }

  get treeGeneration(): Generation | undefined {
    return this.#treeGeneration;
  }

  get treeRoot(): number {
    return this.#treeRoot;
  }
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
  const doc = new EncodedText(text, context);
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
  const type = typeOf(doc, scanner);
  const { attributes } = scanner;
  const written = attributes.value(requiredAttribute(doc, scanner, TIMESTAMP, 'ERR_EVENT_TIMESTAMP'));
  const bytes = rootEnd - rootStart;
  const isCut = bytes < doc.end;
  // A piece of a text keeps all of it in memory.
  const mayHold = doc.end - bytes <= MOST_HELD;
  const xml = !isCut ? doc.text : mayHold ? doc.piece(rootStart, rootEnd) : doc.slice(rootStart, rootEnd);
  const timestamp = mayHold ? written : copyOf(written);
  const namespaces = context?.namespaces;
  if (scanner.isRootAlone && namespaces === undefined) {
    return new EventWithTree(xml, type, timestamp, bytes, treeWriter);
  }
  const event: ReadEvent = { xml, type, timestamp, bytes };
  return namespaces === undefined ? event : withNamespaces(event, doc, scanner, limits, namespaces);
}

function typeOf(doc: EncodedText, scanner: Scanner): string {
  const { attributes } = scanner;
  const attribute = requiredAttribute(doc, scanner, TYPE, 'ERR_EVENT_TYPE');
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
