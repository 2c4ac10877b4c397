/**
 * The numbers of libvirt's protocol: programs, calls, events and errors, as far as a client that wants events needs
 * them.
 *
 * From libvirt's virnetprotocol.x, remote_protocol.x, qemu_protocol.x and virkeepaliveprotocol.x, and its public
 * headers libvirt-*.h and virterror.h. Each number stands for good once a release has it.
 */

/** What a packet can be for: each program has calls and events of its own. */
export const program = { remote: 0x20008086, qemu: 0x20008087, keepAlive: 0x6b656570 } as const;

export const PROGRAM_VERSION = 1;

/** What a packet is (`virNetMessageType`). */
export const packetType = { call: 0, reply: 1, message: 2 } as const;

/** How a call went (`virNetMessageStatus`). */
export const packetStatus = { ok: 0, error: 1 } as const;

export const keepAliveProcedure = { ping: 1, pong: 2 } as const;

/** Upper limits on counted sequences. */
export const countLimit = {
  authTypes: 20,
  saslData: 65_536,
  domains: 16_384,
  graphicsIdentities: 20,
  tunableParameters: 2048,
  jobParameters: 64,
} as const;

export interface Procedure {
  readonly program: number;
  readonly number: number;
  /** Its name in libvirt's protocol, without the prefix that names the program. */
  readonly name: string;
}

export function remote(number: number, name: string): Procedure {
  return { program: program.remote, number, name };
}

function qemu(number: number, name: string): Procedure {
  return { program: program.qemu, number, name };
}

export const calls = {
  authList: remote(66, 'auth_list'),
  authSaslInit: remote(67, 'auth_sasl_init'),
  authSaslStart: remote(68, 'auth_sasl_start'),
  authSaslStep: remote(69, 'auth_sasl_step'),
  authPolkit: remote(70, 'auth_polkit'),
  connectOpen: remote(1, 'connect_open'),
  connectClose: remote(2, 'connect_close'),
  supportsFeature: remote(60, 'connect_supports_feature'),
  getType: remote(3, 'connect_get_type'),
  getCapabilities: remote(7, 'connect_get_capabilities'),
  getLibVersion: remote(157, 'connect_get_lib_version'),
  registerCloseCallback: remote(360, 'connect_register_close_callback'),
  listAllDomains: remote(273, 'connect_list_all_domains'),
  listAllStoragePools: remote(281, 'connect_list_all_storage_pools'),
  listAllNetworks: remote(283, 'connect_list_all_networks'),
  listAllNodeDevices: remote(285, 'connect_list_all_node_devices'),
  listAllSecrets: remote(287, 'connect_list_all_secrets'),
  domainLookupByName: remote(23, 'domain_lookup_by_name'),
  domainLookupByUuid: remote(24, 'domain_lookup_by_uuid'),
  domainGetXmlDesc: remote(14, 'domain_get_xml_desc'),
  domainGetState: remote(212, 'domain_get_state'),
  monitorEventRegister: qemu(4, 'connect_domain_monitor_event_register'),
} as const;

/** What `supportsFeature` can be asked (`VIR_DRV_FEATURE_…` of libvirt's libvirt_internal.h). */
export const feature = {
  /** To be asked when the connection is open. */
  eventCallbacks: 14,
  /** To be asked when the connection is open. */
  closeCallback: 15,
} as const;

/** How a client proves who it is, as `authList` answers it. */
export const authType = { none: 0, sasl: 1, polkit: 2 } as const;

/** The events that aren't registered one by one: the close callback's, and those of a QEMU monitor. */
export const events = {
  connectionClosed: remote(362, 'connect_event_connection_closed'),
  monitor: qemu(6, 'domain_monitor_event'),
} as const;

/** The errors of a daemon that mean something to this library (`virErrorNumber` of libvirt's virterror.h). */
export const errorNumber = {
  noSupport: 3,
  operationDenied: 29,
  noDomain: 42,
  authFailed: 45,
  operationUnsupported: 84,
  accessDenied: 88,
} as const;
