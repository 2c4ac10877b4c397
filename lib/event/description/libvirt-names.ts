import {
  domainDetails,
  networkDetails,
  nodeDeviceDetails,
  secretDetails,
  storagePoolDetails,
} from '../vocabulary/vocabulary';

/** What libvirt calls a type of event. */
export interface LibvirtNames {
  /** Its number's constant in libvirt's header. */
  readonly constant: string;
  /** The command of virsh that shows such events: `event`, `net-event`, … */
  readonly command: string;
  /** The event's name there. */
  readonly name: string;
}

const LIFECYCLE = 'domain-state-transition';

/** libvirt's names by the library's, for each type that libvirt has a number for. */
export const libvirtNames: ReadonlyMap<string, LibvirtNames> = new Map([
  ...namesOf(domainDetails, 'domain-', 'VIR_DOMAIN_EVENT_ID_', 'event'),
  ...namesOf(networkDetails, 'network-', 'VIR_NETWORK_EVENT_ID_', 'net-event'),
  ...namesOf(storagePoolDetails, 'storage-pool-', 'VIR_STORAGE_POOL_EVENT_ID_', 'pool-event'),
  ...namesOf(nodeDeviceDetails, 'node-device-', 'VIR_NODE_DEVICE_EVENT_ID_', 'nodedev-event'),
  ...namesOf(secretDetails, 'secret-', 'VIR_SECRET_EVENT_ID_', 'secret-event'),
]);

function namesOf(types: object, prefix: string, constant: string, command: string): [string, LibvirtNames][] {
  return Object.keys(types).map((type) => {
    const name = type === LIFECYCLE ? 'lifecycle' : type.slice(prefix.length);
    // The header writes PMWAKEUP, PMSUSPEND and PMSUSPEND_DISK.
    const ending = name.replace(/^pm-/, 'pm').replaceAll('-', '_').toUpperCase();
    return [type, { constant: `${constant}${ending}`, command, name }];
  });
}

/** The types by libvirt's names for them, in small letters: the constants, and the names of domain events in virsh. */
const typesByName: ReadonlyMap<string, string> = new Map([
  ...[...libvirtNames].map(([type, { constant }]) => [constant.toLowerCase(), type] as const),
  ...Object.keys(domainDetails).map((type) => [libvirtNames.get(type)?.name as string, type] as const),
  ['domain-lifecycle', LIFECYCLE],
]);

/** The type that libvirt calls by this name; nothing if it has no such name. */
export function typeOfLibvirtName(name: string): string | undefined {
  return typesByName.get(name.toLowerCase());
}
