import { dirname, resolve } from 'node:path';
import { InvalidEventError, OpenError } from '../../errors';
import { type DomainState, domainStates } from '../../event/vocabulary/domain';
import type { EventLimits } from '../../xml/limits';
import { readTree } from '../../xml/read-tree';
import { TreeElement } from '../../xml/tree-element';
import { readRegularFile } from '../io/regular-file';
import { readUuid } from '../io/uuid';
import { problemWithName } from './domain-options';
import type { DomainRecord, OnCrash } from './domain-record';
import { uuidForName } from './uuid';

/** The namespace of the elements that only libvirt's test driver reads. */
const TEST_NAMESPACE = 'http://libvirt.org/schemas/domain/test/1.0';

/** The caps on a file, far above what a test needs and low enough to keep the process alive. */
const FILE_LIMITS: EventLimits = {
  eventBytes: 64 * 1024 * 1024,
  eventElements: 2_000_000,
  eventDepth: 256,
  eventAttributes: 256,
};

/** libvirt's words for `<on_crash>`; this driver dumps no memory and knows no renaming. */
const crashActions: ReadonlyMap<string, OnCrash> = new Map([
  ['destroy', 'destroy'],
  ['coredump-destroy', 'destroy'],
  ['restart', 'restart'],
  ['rename-restart', 'restart'],
  ['coredump-restart', 'restart'],
  ['preserve', 'preserve'],
]);

/**
 * Reads the domains of a `<node>` document, the form that libvirt's own test driver takes.
 *
 * Of each `<domain>` it reads `type`, `<name>`, `<uuid>` and `<on_crash>`, and, in libvirt's namespace for the test
 * driver, `<runstate>` (a number of `virDomainState`), `<transient>`, `<hasmanagedsave>` and `<domainsnapshot>` (with
 * `<name>` and `<state>`). A `<domain file="…"/>` or `<domainsnapshot file="…"/>` stands for the root of another file;
 * its path is taken from the folder of the file it stands in. Everything else has to be well-formed, and is not looked at.
 *
 * @param uri The connection's URI, for errors.
 * @throws {OpenError} `ERR_OPEN` naming the file, the element and the fault.
 */
export function readNodeFile(uri: string, file: string): DomainRecord[] {
  const node = new NodeElement(uri, file, '/node', load(uri, file, 'node'));
  const records: DomainRecord[] = [];
  const names = new Set<string>();
  const uuids = new Set<string>();
  for (const domain of node.children('domain')) {
    const record = readDomain(domain.inItsFile(), uuids);
    if (names.has(record.name)) {
      throw domain.fault(`another domain has the name '${record.name}'`);
    }
    if (uuids.has(record.uuid)) {
      throw domain.fault(`another domain has the UUID ${record.uuid}`);
    }
    names.add(record.name);
    uuids.add(record.uuid);
    records.push(record);
  }
  return records;
}

/** An element, and where it is, for errors. */
class NodeElement {
  readonly #uri: string;
  readonly #file: string;
  readonly #path: string;
  readonly #element: TreeElement;

  constructor(uri: string, file: string, path: string, element: TreeElement) {
    this.#uri = uri;
    this.#file = file;
    this.#path = path;
    this.#element = element;
  }

  fault(problem: string): OpenError {
    return new OpenError(this.#uri, `${this.#file}: ${this.#path}: ${problem}`);
  }

  children(name: string, namespace?: string): NodeElement[] {
    const elements = this.#element.children(name, namespace);
    return elements.map(
      (element, index) =>
        new NodeElement(this.#uri, this.#file, `${this.#path}/${element.name}[${index + 1}]`, element),
    );
  }

  has(name: string): boolean {
    return this.#element.children(name, TEST_NAMESPACE).length > 0;
  }

  attribute(name: string): string | undefined {
    return this.#element.attribute(name);
  }

  /** The text of a child element, which may stand between white space. */
  text(name: string): string | undefined {
    return this.#element.childText(name)?.trim();
  }

  get content(): string {
    return this.#element.text.trim();
  }

  /** The element itself, or, if it only names a file, the root of that file. */
  inItsFile(): NodeElement {
    const name = this.#element.attribute('file');
    if (name === undefined) {
      return this;
    }
    const file = resolve(dirname(this.#file), name);
    const expected = this.#element.localName;
    return new NodeElement(this.#uri, file, `/${expected}`, load(this.#uri, file, expected));
  }
}

function load(uri: string, file: string, expected: string): TreeElement {
  let text: string;
  let root: TreeElement;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readRegularFile(file, FILE_LIMITS.eventBytes));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problems: { readonly [code: string]: string } = {
      ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8',
      ENOENT: 'there is no such file',
      EISDIR: 'is a folder, not a file',
      EACCES: 'may not be read by this user',
    };
    const problem = problems[code ?? ''] ?? message;
    throw new OpenError(uri, `${file}: ${problem}`, { cause });
  }
  try {
    root = TreeElement.rootOf(readTree(text, FILE_LIMITS).detached());
  } catch (cause) {
    if (!(cause instanceof InvalidEventError)) {
      throw cause;
    }
    const { problem, line, column, excerpt } = cause;
    throw new OpenError(uri, `${file}: ${problem} at line ${line}, column ${column}\n${excerpt}`, { cause });
  }
  if (root.localName !== expected) {
    throw new OpenError(uri, `${file}: the root element must be '${expected}', but is '${root.name}'`);
  }
  return root;
}

function readDomain(domain: NodeElement, takenUuids: ReadonlySet<string>): DomainRecord {
  const type = domain.attribute('type');
  if (!type) {
    throw domain.fault("the attribute 'type' is missing");
  }
  const name = readName(domain);
  const uuid = domain.text('uuid');
  const state = readRunState(domain);
  const persistent = !domain.has('transient');
  const saved = domain.has('hasmanagedsave');
  if (!persistent && state === 'shutoff') {
    throw domain.fault('a transient domain cannot be shut off');
  }
  if (saved && state !== 'shutoff') {
    throw domain.fault('a domain with a managed save must be shut off: <runstate> 5');
  }
  return {
    name,
    uuid: uuid === undefined ? uuidForName(name, (taken) => takenUuids.has(taken)) : checkUuid(domain, uuid),
    type,
    id: -1,
    state,
    persistent,
    onCrash: readOnCrash(domain),
    saved,
    snapshots: readSnapshots(domain),
  };
}

function readName(element: NodeElement): string {
  const name = element.text('name');
  if (name === undefined) {
    throw element.fault('the element <name> is missing');
  }
  const problem = problemWithName(name);
  if (problem !== undefined) {
    throw element.fault(`<name> ${problem}, but is ${JSON.stringify(name)}`);
  }
  return name;
}

function checkUuid(domain: NodeElement, text: string): string {
  const uuid = readUuid(text);
  if (uuid === undefined) {
    throw domain.fault(`<uuid> must have 32 hexadecimal digits, but is ${JSON.stringify(text)}`);
  }
  return uuid;
}

function readOnCrash(domain: NodeElement): OnCrash {
  const text = domain.text('on_crash') ?? 'destroy';
  const action = crashActions.get(text);
  if (action === undefined) {
    const expected = [...crashActions.keys()].join(', ');
    throw domain.fault(`<on_crash> must be one of ${expected}, but is ${JSON.stringify(text)}`);
  }
  return action;
}

function readRunState(domain: NodeElement): DomainState {
  const [element] = domain.children('runstate', TEST_NAMESPACE);
  if (element === undefined) {
    return 'running';
  }
  const state = /^\d+$/.test(element.content) ? domainStates[Number(element.content)] : undefined;
  if (state === undefined) {
    const last = domainStates.length - 1;
    throw element.fault(`must be a number from 0 to ${last}, but is ${JSON.stringify(element.content)}`);
  }
  return state;
}

function readSnapshots(domain: NodeElement): ReadonlyMap<string, DomainState> {
  const snapshots = new Map<string, DomainState>();
  for (const reference of domain.children('domainsnapshot', TEST_NAMESPACE)) {
    const snapshot = reference.inItsFile();
    const name = readName(snapshot);
    const word = snapshot.text('state');
    const state = domainStates.find((each) => each === word);
    if (state === undefined) {
      const problem = word === undefined ? 'is missing' : `is ${JSON.stringify(word)}`;
      throw snapshot.fault(`<state> must be one of ${domainStates.join(', ')}, but ${problem}`);
    }
    if (snapshots.has(name)) {
      throw reference.fault(`another snapshot has the name '${name}'`);
    }
    snapshots.set(name, state);
  }
  return snapshots;
}
