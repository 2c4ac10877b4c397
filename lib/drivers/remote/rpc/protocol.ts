/**
 * The numbers of libvirt's protocol: programs, calls, events and errors, as far as a client that wants events needs
 * them.
 *
 * From libvirt's virnetprotocol.x, remote_protocol.x, qemu_protocol.x and virkeepaliveprotocol.x, and its public
 * headers libvirt-*.h and virterror.h. Each number stands for good once a release has it.
 */

/** What a packet can be for: each program has calls and events of its own. */
export const program = { remote: 0x20008086, qemu: 0x20008087, keepAlive: 0x6b656570 } as const;

/** The version of every program. */
export const PROGRAM_VERSION = 1;

/** What a packet is (`virNetMessageType`). */
export const packetType = { call: 0, reply: 1, message: 2 } as const;

/** How a call went (`virNetMessageStatus`). */
export const packetStatus = { ok: 0, error: 1 } as const;

/** The messages of the keepalive program. */
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

/** A call, or an event, of a program. */
export interface Procedure {
  readonly program: number;
  readonly number: number;
  /** Its name in libvirt's protocol, without the prefix that names the program. */
  readonly name: string;
}

function remote(number: number, name: string): Procedure {
  return { program: program.remote, number, name };
}

function qemu(number: number, name: string): Procedure {
  return { program: program.qemu, number, name };
}

/** The calls that are made. */
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
  getLibVersion: remote(157, 'connect_get_lib_version'),
  registerCloseCallback: remote(360, 'connect_register_close_callback'),
  listAllDomains: remote(273, 'connect_list_all_domains'),
  listAllStoragePools: remote(281, 'connect_list_all_storage_pools'),
  listAllNetworks: remote(283, 'connect_list_all_networks'),
  listAllNodeDevices: remote(285, 'connect_list_all_node_devices'),
  listAllSecrets: remote(287, 'connect_list_all_secrets'),
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

/** The events that are not registered one by one: the close callback's, and those of a QEMU monitor. */
export const events = {
  connectionClosed: remote(362, 'connect_event_connection_closed'),
  monitor: qemu(6, 'domain_monitor_event'),
} as const;

/** One kind of event of a family. */
export interface EventClass {
  /** The number by which it is registered: its own in the family. */
  readonly id: number;
  /** The name that `virsh event --list` shows. */
  readonly name: string;
  /** The procedure of the messages that bring it, in the remote program. */
  readonly procedure: number;
  /** The first libvirt that has it, as `getLibVersion` codes it; left out if all that are spoken to have it. */
  readonly since?: number;
}

/** The kinds of event that are registered by the same call. */
export interface EventFamily {
  readonly name: 'domain' | 'network' | 'storage-pool' | 'node-device' | 'secret';
  readonly register: Procedure;
  readonly deregister: Procedure;
  readonly classes: readonly EventClass[];
}

/** Every family of events that a daemon can be asked for. */
export const eventFamilies: readonly EventFamily[] = [
  {
    name: 'domain',
    register: remote(316, 'connect_domain_event_callback_register_any'),
    deregister: remote(317, 'connect_domain_event_callback_deregister_any'),
    classes: [
      { id: 0, name: 'lifecycle', procedure: 318 },
      { id: 1, name: 'reboot', procedure: 319 },
      { id: 2, name: 'rtc-change', procedure: 320 },
      { id: 3, name: 'watchdog', procedure: 321 },
      { id: 4, name: 'io-error', procedure: 322 },
      { id: 5, name: 'graphics', procedure: 323 },
      { id: 6, name: 'io-error-reason', procedure: 324 },
      { id: 7, name: 'control-error', procedure: 325 },
      { id: 8, name: 'block-job', procedure: 326 },
      { id: 9, name: 'disk-change', procedure: 327 },
      { id: 10, name: 'tray-change', procedure: 328 },
      { id: 11, name: 'pm-wakeup', procedure: 329 },
      { id: 12, name: 'pm-suspend', procedure: 330 },
      { id: 13, name: 'balloon-change', procedure: 331 },
      { id: 14, name: 'pm-suspend-disk', procedure: 332 },
      { id: 15, name: 'device-removed', procedure: 333 },
      { id: 16, name: 'block-job-2', procedure: 339, since: 1_002_006 },
      { id: 17, name: 'tunable', procedure: 346, since: 1_002_009 },
      { id: 18, name: 'agent-lifecycle', procedure: 348, since: 1_002_011 },
      { id: 19, name: 'device-added', procedure: 354, since: 1_002_015 },
      { id: 20, name: 'migration-iteration', procedure: 359, since: 1_003_002 },
      { id: 21, name: 'job-completed', procedure: 363, since: 1_003_003 },
      { id: 22, name: 'device-removal-failed', procedure: 367, since: 1_003_004 },
      { id: 23, name: 'metadata-change', procedure: 379, since: 3_000_000 },
      { id: 24, name: 'block-threshold', procedure: 385, since: 3_002_000 },
      { id: 25, name: 'memory-failure', procedure: 423, since: 6_009_000 },
      { id: 26, name: 'memory-device-size-change', procedure: 438, since: 7_009_000 },
      { id: 27, name: 'nic-mac-change', procedure: 453, since: 11_002_000 },
      { id: 28, name: 'vcpu-removed', procedure: 454, since: 12_004_000 },
      { id: 29, name: 'channel-lifecycle', procedure: 455, since: 12_004_000 },
    ],
  },
  {
    name: 'network',
    register: remote(313, 'connect_network_event_register_any'),
    deregister: remote(314, 'connect_network_event_deregister_any'),
    classes: [
      { id: 0, name: 'lifecycle', procedure: 315 },
      { id: 1, name: 'metadata-change', procedure: 446, since: 9_008_000 },
    ],
  },
  {
    name: 'storage-pool',
    register: remote(368, 'connect_storage_pool_event_register_any'),
    deregister: remote(369, 'connect_storage_pool_event_deregister_any'),
    classes: [
      { id: 0, name: 'lifecycle', procedure: 370, since: 2_000_000 },
      { id: 1, name: 'refresh', procedure: 373, since: 2_000_000 },
    ],
  },
  {
    name: 'node-device',
    register: remote(374, 'connect_node_device_event_register_any'),
    deregister: remote(375, 'connect_node_device_event_deregister_any'),
    classes: [
      { id: 0, name: 'lifecycle', procedure: 376, since: 2_002_000 },
      { id: 1, name: 'update', procedure: 377, since: 2_002_000 },
    ],
  },
  {
    name: 'secret',
    register: remote(380, 'connect_secret_event_register_any'),
    deregister: remote(381, 'connect_secret_event_deregister_any'),
    classes: [
      { id: 0, name: 'lifecycle', procedure: 382, since: 3_000_000 },
      { id: 1, name: 'value-changed', procedure: 383, since: 3_000_000 },
    ],
  },
];

/** The errors of a daemon that mean something to this library (`virErrorNumber` of libvirt's virterror.h). */
export const errorNumber = {
  noSupport: 3,
  operationDenied: 29,
  noDomain: 42,
  authFailed: 45,
  operationUnsupported: 84,
  accessDenied: 88,
} as const;
