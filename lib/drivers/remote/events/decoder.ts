import type { EventText } from '../../../event/event-text';
import type { XdrReader } from '../rpc/xdr-reader';
import type { KnownDomain } from '../states/domain-comparison';
import type { DomainStates } from '../states/domain-states';
import type { StateAnswer } from '../states/state-answer';

/** What events say besides what their messages hold. */
export interface EventContext {
  /** The URI of the connection. */
  readonly uri: string;
  /** The name of the hypervisor's driver in lower case: `qemu`, `xen`, … */
  readonly driverType: string;
  /** The domains' states, which lifecycle events move on. */
  readonly states: DomainStates;
  /**
   * What the daemon says of the domain that a message is about, if it was asked because of the message; `unasked` if it can be.
   * Otherwise an event that leaves open in which state the domain is says what is most likely.
   */
  readonly answer?: StateAnswer | 'unasked' | undefined;
}

/** Thrown if a message leaves open in which state a domain is, and the daemon can be asked. */
export class OpenState extends Error {
  readonly domain: Pick<KnownDomain, 'name' | 'uuid' | 'id'>;

  constructor(domain: Pick<KnownDomain, 'name' | 'uuid' | 'id'>) {
    super(`the state of ${domain.name} is open`);
    this.domain = domain;
  }
}

/** Reads a message, and writes into the event what it says. */
export type Decoder = (reader: XdrReader, event: EventText, context: EventContext) => void;

/** How a daemon tells of the events of a type that it is asked for by their number. */
export interface EventRow {
  /** The number by which it is asked for them: the type's own in its family. */
  readonly id: number;
  /** The procedure of the messages that bring them, in the remote program. */
  readonly procedure: number;
  /** The first libvirt that has them, as `getLibVersion` codes it; left out if all that are spoken to have them. */
  readonly since?: number;
  readonly decode: Decoder;
}

/** The rows of a family: one for each type that the vocabulary has of it. */
export type EventRows<Details> = Readonly<Record<keyof Details, EventRow>>;
