import { type Procedure, remote } from '../rpc/protocol';
import type { EventRow, EventRows } from './decoder';
import { domainEvents } from './domain-events';
import { networkEvents, nodeDeviceEvents, secretEvents, storagePoolEvents } from './host-events';

/** The families of events: what they are about. */
export type EventFamily = 'domain' | 'network' | 'storage-pool' | 'node-device' | 'secret';

/** A kind of event that a daemon can be asked for by its number. */
export interface EventClass extends EventRow {
  readonly family: EventFamily;
  /** The call that asks for events of the family. */
  readonly register: Procedure;
  /** The type of the events. */
  readonly type: string;
}

/** Every kind, in the order in which a daemon is asked for them. */
export const eventClasses: readonly EventClass[] = [
  ...classesOf('domain', remote(316, 'connect_domain_event_callback_register_any'), domainEvents),
  ...classesOf('network', remote(313, 'connect_network_event_register_any'), networkEvents),
  ...classesOf('storage-pool', remote(368, 'connect_storage_pool_event_register_any'), storagePoolEvents),
  ...classesOf('node-device', remote(374, 'connect_node_device_event_register_any'), nodeDeviceEvents),
  ...classesOf('secret', remote(380, 'connect_secret_event_register_any'), secretEvents),
];

function classesOf(family: EventFamily, register: Procedure, rows: EventRows<object>): EventClass[] {
  return Object.entries<EventRow>(rows).map(([type, row]) => ({ family, register, type, ...row }));
}
