import type { StructuredEvent } from '../../../event/write-event';
import type { DomainStates } from '../domain-states';
import type { XdrReader } from '../rpc/xdr-reader';

/** What events say beside what their messages hold. */
export interface EventContext {
  /** The URI of the connection. */
  readonly uri: string;
  /** The name of the hypervisor's driver in lower case: `qemu`, `xen`, … */
  readonly driverType: string;
  /** The domains' states, which lifecycle events move on. */
  readonly states: DomainStates;
}

/** What a message says: all of an event but its type. */
export type Described = Pick<StructuredEvent, 'timestamp' | 'content'>;

/** Reads a message and says what it says. */
export type Decoder = (reader: XdrReader, context: EventContext) => Described;
