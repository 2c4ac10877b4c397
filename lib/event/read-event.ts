import { EncodedText, type TextContext } from './encoded-text';
import { escapeAttributeValue } from './escape';
import { invalidEvent } from './excerpt';
import type { EventLimits } from './limits';
import { isAt } from './markup';
import { Scanner } from './scanner';

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
 * @throws {InvalidEventError} where the text is not well-formed, is no event, or is over a cap.
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
 * @throws {InvalidEventError} where the text is not well-formed, or the declaration names another encoding than UTF-8.
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

/**
 * Checks any XML document as strictly as an event, except that its root may have any name and attributes.
 *
 * @throws {InvalidEventError} where the text is not well-formed, or is over a cap.
 */
export function checkDocument(text: string, limits: EventLimits): void {
  refuseTooLarge(text, limits);
  new Scanner(new EncodedText(text), limits).scan();
}

const TYPE = Buffer.from('type');
const TIMESTAMP = Buffer.from('timestamp');

function cutEvent(doc: EncodedText, scanner: Scanner, limits: EventLimits, context?: StreamContext): ReadEvent {
  const { rootStart, rootNameEnd, rootEnd } = scanner;
  if (context !== undefined) {
    refuseOtherEncoding(doc, scanner);
  }
  if (rootNameEnd - rootStart !== 6 || !isAt(doc.bytes, rootStart, '<event')) {
    const name = doc.slice(rootStart + 1, Math.min(rootNameEnd, rootStart + 40));
    throw doc.fault('ERR_EVENT_ROOT', rootStart + 1, `the root element must be 'event', but is '${name}'`);
  }
  const type = requiredAttribute(doc, scanner, TYPE, 'ERR_EVENT_TYPE');
  const timestamp = requiredAttribute(doc, scanner, TIMESTAMP, 'ERR_EVENT_TIMESTAMP');
  const isCut = rootEnd - rootStart < doc.end;
  const event: ReadEvent = {
    xml: isCut ? doc.slice(rootStart, rootEnd) : doc.text,
    type: interned(isCut ? copyOf(type) : type),
    timestamp: isCut ? copyOf(timestamp) : timestamp,
    bytes: rootEnd - rootStart,
  };
  return context?.namespaces === undefined ? event : withNamespaces(event, doc, scanner, limits, context.namespaces);
}

function requiredAttribute(
  doc: EncodedText,
  scanner: Scanner,
  name: Uint8Array,
  code: 'ERR_EVENT_TYPE' | 'ERR_EVENT_TIMESTAMP',
): string {
  const { attributes } = scanner;
  const attribute = attributes.findKept(name);
  if (attribute === -1) {
    throw doc.fault(code, scanner.rootStart, `the event has no '${name}' attribute`);
  }
  const value = attributes.value(attribute);
  if (value === '') {
    throw doc.fault(code, attributes.valueStart(attribute), `the event's '${name}' attribute is empty`);
  }
  return value;
}

/** The types met so far, so that equal types are the same string; of a stream with ever new types, only the first. */
const knownTypes = new Map<string, string>();
const MOST_KNOWN_TYPES = 1024;
const LONGEST_KNOWN_TYPE = 256;

function interned(type: string): string {
  const known = knownTypes.get(type);
  if (known !== undefined || type.length > LONGEST_KNOWN_TYPE || knownTypes.size === MOST_KNOWN_TYPES) {
    return known ?? type;
  }
  const copy = copyOf(type);
  knownTypes.set(copy, copy);
  return copy;
}

/** Copies a string that is a piece of another, which would be kept in memory as a whole. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
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
  let attributes = scanner.attributes.first / scanner.attributes.step;
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
  if (encoding !== undefined && !/^(?:UTF-8|US-ASCII)$/i.test(encoding.name)) {
    const problem = `the encoding must be UTF-8, but the XML declaration names '${encoding.name.slice(0, 40)}'`;
    throw doc.fault('ERR_EVENT_ENCODING', encoding.position, problem);
  }
}

function refuseTooLarge(text: string, limits: EventLimits, context?: StreamContext): void {
  // A UTF-16 code unit takes three bytes at most, so that most texts need not be measured.
  if (text.length * 3 > limits.eventBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > limits.eventBytes) {
      const problem = `the event has ${bytes} bytes; the cap is ${limits.eventBytes}`;
      throw invalidEvent('ERR_EVENT_TOO_LARGE', problem, text, 0, context?.locate());
    }
  }
}
