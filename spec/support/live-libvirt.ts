import { describeLive, PrivateLibvirtd } from './private-libvirtd';
import { describeModular, type ModularDaemon, modularDaemons, PrivateModularLibvirt } from './private-modular-libvirt';

/** The drivers that specs ask a libvirt for. */
export type LiveDriver = 'test' | 'qemu' | 'network' | 'storage' | 'nodedev' | 'secret';

/** A private libvirt, whatever its daemons are. */
export interface LiveLibvirt {
  /** A folder for whatever a spec needs, removed with the libvirt. */
  readonly folder: string;
  /** The URI of a driver at its daemon. */
  uriOf(driver: LiveDriver): string;
  /** Kills the daemon that has the domains, or passes their events on, until `restart`. */
  kill(): Promise<void>;
  /** Starts that daemon anew. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Which process each of its daemons is; a daemon that has ended is `undefined`. */
  processes(): Record<string, string | undefined>;
}

/** What libvirt's daemons are on a machine. */
export interface LibvirtForm {
  readonly name: string;
  readonly describe: jest.Describe;
  /** Whether it has libvirt's test driver. */
  readonly hasTestDriver: boolean;
  /** Whether it is sure to have the program by which QEMU's driver writes a saved guest (`libvirt_iohelper`). */
  readonly savesGuests: boolean;
  start(): Promise<LiveLibvirt>;
}

const monolithic: LibvirtForm = {
  name: 'libvirtd',
  describe: describeLive,
  hasTestDriver: true,
  savesGuests: true,
  start: async () => {
    const daemon = await PrivateLibvirtd.start();
    return {
      folder: daemon.folder,
      uriOf: (driver) => `${driver}+unix:///${pathOf(driver)}?socket=${daemon.socket}`,
      kill: () => daemon.kill(),
      restart: () => daemon.restart(),
      stop: () => daemon.stop(),
      processes: () => ({ libvirtd: String(daemon.pid) }),
    };
  },
};

/** Which daemon has a driver. */
const DAEMON_OF: Readonly<Record<LiveDriver, ModularDaemon>> = {
  test: 'virtproxyd',
  qemu: 'virtqemud',
  network: 'virtnetworkd',
  storage: 'virtstoraged',
  nodedev: 'virtnodedevd',
  secret: 'virtsecretd',
};

/** @param front The daemon that is spoken to in place of all others. */
function modular(name: string, daemons: readonly ModularDaemon[], front?: ModularDaemon): LibvirtForm {
  return {
    name,
    describe: describeModular,
    hasTestDriver: false,
    savesGuests: false,
    start: async () => {
      const libvirt = await PrivateModularLibvirt.start(...daemons);
      return {
        folder: libvirt.folder,
        uriOf: (driver) => `${driver}:///system?socket=${libvirt.socketOf(front ?? DAEMON_OF[driver])}`,
        kill: () => libvirt.kill(front ?? 'virtqemud'),
        restart: () => libvirt.restart(front ?? 'virtqemud'),
        stop: () => libvirt.stop(),
        processes: () => libvirt.processes(),
      };
    },
  };
}

const siblings = modularDaemons.filter((daemon) => daemon !== 'virtproxyd');

/** Every form: one daemon for all; one for each driver; those with a front that stands in for the one. */
export const libvirtForms = {
  monolithic,
  modular: modular('virtqemud', siblings),
  proxied: modular('virtproxyd', modularDaemons, 'virtproxyd'),
  alone: modular('virtqemud alone', ['virtqemud']),
} as const;

function pathOf(driver: LiveDriver): string {
  return driver === 'test' ? 'default' : 'system';
}
