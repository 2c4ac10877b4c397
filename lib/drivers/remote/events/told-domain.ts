import { domainElement, type NamedDomain } from '../../../event/domain-elements';
import type { WholeElement } from '../../../event/event-text';
import { paddedLength, type XdrReader } from '../rpc/xdr-reader';

/** A domain as a daemon tells of it, and the element that was written of it last. */
export class ToldDomain implements NamedDomain {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
  #element: WholeElement | undefined;
  #type = '';
  #shownId = 0;

  constructor(name: string, uuid: string, id: number) {
    this.name = name;
    this.uuid = uuid;
    this.id = id;
  }

  /** The element that says that an event is about it. */
  element(type: string, id: number = this.id): WholeElement {
    if (this.#element === undefined || this.#type !== type || this.#shownId !== id) {
      this.#element = domainElement(this, type, id);
      this.#type = type;
      this.#shownId = id;
    }
    return this.#element;
  }
}

/** How many domains are known again, and with how many bytes each at most. */
const SLOTS = 1024;
const MOST_BYTES = 256;

/** The domains that were read last, each in the slot that its UUID gives it. */
const recent: ({ readonly bytes: Uint8Array; readonly domain: ToldDomain } | undefined)[] =
  Array(SLOTS).fill(undefined);

/**
 * Reads which domain something is about (`remote_nonnull_domain` of libvirt's remote_protocol.x).
 *
 * One that was told of a while ago with the same bytes isn't read again: to compare them takes a tenth of the time.
 */
export function readDomain(reader: XdrReader): ToldDomain {
  const slot = slotOf(reader);
  const known = recent[slot];
  if (known !== undefined && reader.skip(known.bytes)) {
    return known.domain;
  }
  const start = reader.offset;
  const domain = new ToldDomain(reader.text('dom.name'), reader.uuid('dom.uuid'), reader.int('dom.id'));
  if (reader.offset - start <= MOST_BYTES) {
    recent[slot] = { bytes: reader.since(start), domain };
  }
  return domain;
}

/** The slot of the domain that comes next: the last word of its UUID, which stands behind its name, says which. */
function slotOf(reader: XdrReader): number {
  return reader.peek(4 + paddedLength(reader.peek(0)) + 12) % SLOTS;
}
