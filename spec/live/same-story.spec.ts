/**
 * Holds the remote driver against virsh: both watch the same real libvirt, in each of its forms, and tell the same events in
 * the same order, also when the daemon is killed in between.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  addEventHandler,
  type Connection,
  ConnectionLostError,
  closeConnection,
  openConnection,
  type QueuedEvent,
  runDelivery,
  takeEvents,
  waitForEvents,
} from '../../lib';
import type { ConnectionOptions } from '../../lib/delivery/open-connection';
import type { TypedParameter } from '../../lib/event/vocabulary/domain-jobs';
import { type LibvirtForm, type LiveDriver, type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { succeed } from '../support/run-program';
import { validateEvents } from '../support/validate-xsd';

const { monolithic, modular, proxied } = libvirtForms;

/** How long something may take, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 20_000;

/** Objects that are defined and undefined before a story and after it, so that all who watch know where it begins and ends. */
const marks = {
  first: { name: 'first-mark', uuid: '11111111-2222-4333-8444-5555555555f1' },
  last: { name: 'last-mark', uuid: '11111111-2222-4333-8444-5555555555f2' },
} as const;

type Mark = keyof typeof marks;

/** Whether a text tells of a mark: secrets are known by nothing but their UUID. */
const tellsOf = (text: string, mark: Mark) => text.includes(marks[mark].name) || text.includes(marks[mark].uuid);

const tellsOfAnyMark = (text: string) => tellsOf(text, 'first') || tellsOf(text, 'last');

/** A part of what virsh can watch: a command line, the types of our events that it prints, and how a mark is made in it. */
interface Part {
  readonly watch: readonly string[];
  readonly covers: (type: string) => boolean;
  readonly mark: (name: string, uuid: string) => readonly string[];
}

const lifecycleOf = (family: string): Pick<Part, 'watch' | 'covers'> => ({
  watch: [`${family}-event`, '--event', 'lifecycle'],
  covers: (type) => type === `${family === 'net' ? 'network' : family === 'pool' ? 'storage-pool' : family}-lifecycle`,
});

const domains: Part = {
  watch: ['event', '--all'],
  covers: (type) => type.startsWith('domain-'),
  mark: (name) => [`define DIR/${name}-domain.xml`, `undefine ${name}`],
};
const networks: Part = {
  ...lifecycleOf('net'),
  mark: (name) => [`net-define DIR/${name}-network.xml`, `net-undefine ${name}`],
};
const pools: Part = {
  ...lifecycleOf('pool'),
  mark: (name) => [`pool-define DIR/${name}-pool.xml`, `pool-undefine ${name}`],
};
const poolRefreshes: Part = {
  watch: ['pool-event', '--event', 'refresh'],
  covers: (type) => type === 'storage-pool-refresh',
  mark: (name) => [
    ...[`pool-define DIR/${name}-pool.xml`, `pool-start ${name}`, `pool-refresh ${name}`],
    ...[`pool-destroy ${name}`, `pool-undefine ${name}`],
  ],
};
const secrets: Part = {
  ...lifecycleOf('secret'),
  mark: (name, uuid) => [`secret-define DIR/${name}-secret.xml`, `secret-undefine ${uuid}`],
};
const secretValues: Part = {
  watch: ['secret-event', '--event', 'value-changed'],
  covers: (type) => type === 'secret-value-changed',
  mark: (name, uuid) => [
    `secret-define DIR/${name}-secret.xml`,
    `secret-set-value ${uuid} --file DIR/value --plain`,
    `secret-undefine ${uuid}`,
  ],
};

const GUEST = '11111111-2222-4333-8444-5555555555aa';
const SECRET = '11111111-2222-4333-8444-5555555555cc';

/** The files that the commands of virsh name, but for those of the marks. */
const files: Readonly<Record<string, string>> = {
  // It runs under emulation, and finds nothing to start: its disc is empty, and its other disk comes and goes.
  'guest.xml': `<domain type='qemu'><name>guest</name><uuid>${GUEST}</uuid><memory unit='MiB'>32</memory>
    <os><type arch='x86_64'>hvm</type></os><on_crash>preserve</on_crash>
    <devices><controller type='scsi' model='virtio-scsi'/>
    <disk type='file' device='cdrom'><source file='DIR/disc.img'/><target dev='sda' bus='scsi'/><readonly/></disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>`,
  'plain.xml': `<domain type='qemu'><name>plain</name><memory unit='MiB'>32</memory>
    <os><type arch='x86_64'>hvm</type></os></domain>`,
  'idle.xml': `<domain type='qemu'><name>idle</name><memory unit='MiB'>32</memory>
    <os><type arch='x86_64'>hvm</type></os></domain>`,
  'disk.xml': `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='DIR/disk.img'/>
    <target dev='sdb' bus='scsi'/></disk>`,
  'disc.img': '\0'.repeat(1 << 20),
  'disk.img': '\0'.repeat(1 << 20),
  'network.xml': networkXml('wire'),
  'pool.xml': poolXml('shelf'),
  'secret.xml': secretXml('key', SECRET),
  value: 'open sesame',
};

function domainXml(name: string, type: LiveDriver): string {
  return `<domain type='${type}'><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
}

/** A network onto a bridge of the host, which need not be there: to start it changes nothing on the host. */
function networkXml(name: string): string {
  return `<network><name>${name}</name><forward mode='bridge'/><bridge name='nowhere'/></network>`;
}

function poolXml(name: string): string {
  return `<pool type='dir'><name>${name}</name><target><path>DIR/${name}</path></target></pool>`;
}

function secretXml(name: string, uuid: string): string {
  return `<secret><uuid>${uuid}</uuid><usage type='volume'><volume>/${name}</volume></usage></secret>`;
}

const storyOfPools = [
  ...['pool-define DIR/pool.xml', 'pool-build shelf', 'pool-start shelf', 'pool-refresh shelf'],
  ...['pool-destroy shelf', 'pool-delete shelf', 'pool-undefine shelf'],
];

const storyOfNetworks = ['net-define DIR/network.xml', 'net-start wire', 'net-destroy wire', 'net-undefine wire'];

const storyOfSecrets = [
  ...['secret-define DIR/secret.xml', `secret-set-value ${SECRET} --file DIR/value --plain`],
  `secret-undefine ${SECRET}`,
];

const storyOfAGuest = [
  ...['define DIR/guest.xml', 'start guest', 'suspend guest', 'resume guest', 'attach-device guest DIR/disk.xml'],
  ...['blkdeviotune guest sdb --total-bytes-sec 100000'],
  ...['blockcopy guest sdb DIR/copy.img --format raw --transient-job --wait --pivot', 'detach-disk guest sdb'],
  ...['change-media guest sda --eject --force', 'desc guest --live words', 'reset guest'],
  ...['save guest DIR/image', 'restore DIR/image'],
  ...['shutdown guest', 'destroy guest', 'domrename guest host', 'undefine host'],
];

const storyOfATestDomain = [
  ...['suspend test', 'resume test', 'save test DIR/image', 'restore DIR/image', 'shutdown test', 'start test'],
  ...['snapshot-create-as test one', 'suspend test', 'snapshot-revert test one', 'snapshot-delete test one'],
  ...['destroy test', 'domrename test other', 'undefine other'],
];

/** What virsh prints for our words, if that is more than the word with a capital. */
const phrases: Readonly<Record<string, string>> = {
  'from-snapshot': 'Snapshot',
  'shutdown guest': 'Finished after guest request',
  'shutdown host': 'Finished after host request',
  pull: 'Block Pull',
  copy: 'Block Copy',
};

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

const phraseOf = (word: string, before = '') => phrases[`${before} ${word}`] ?? phrases[word] ?? capital(word);

/** A parameter as virsh prints it; if ours has a word more, in `operation`, the number is still there. */
function parameterLine({ name, value }: TypedParameter): string {
  return `\t${name}: ${typeof value === 'boolean' ? Number(value) : value}`;
}

/** Writes one of our events as virsh prints it. */
function lineOf(event: QueuedEvent): string {
  const subject = event.detail === undefined ? '' : subjectOf(event);
  const line = (name: string, rest = '') => `event '${name}' for ${subject}${rest}`;
  const plain = (rest = '') => line(event.type.replace(/^(domain|network|storage-pool|secret)-/, ''), rest);
  if (event.detail === undefined) {
    throw new Error(`an event without a detail: ${event.xml}`);
  }
  switch (event.type) {
    case 'domain-state-transition':
      return line('lifecycle', `: ${capital(event.detail.event)} ${phraseOf(event.detail.detail, event.detail.event)}`);
    case 'domain-agent-lifecycle': {
      const { state, reason } = event.detail;
      return plain(`: state: '${state}' reason: '${reason.replace('-', ' ')}'`);
    }
    case 'domain-block-job':
      return plain(`: ${phraseOf(event.detail.type)} for ${event.detail.disk.path} ${event.detail.status}`);
    case 'domain-block-job-2':
      return plain(`: ${phraseOf(event.detail.type)} for ${event.detail.disk.target} ${event.detail.status}`);
    case 'domain-device-added':
    case 'domain-device-removed':
      return plain(`: ${event.detail.device.alias}`);
    case 'domain-job-completed':
    case 'domain-tunable':
      return [plain(':'), ...event.detail.parameters.map(parameterLine)].join('\n');
    case 'domain-metadata-change':
      return plain(`: type ${event.detail.type}, uri ${event.detail.uri ?? '<null>'}`);
    case 'domain-migration-iteration':
      return plain(`: iteration: '${event.detail.iteration}'`);
    case 'domain-tray-change':
      return plain(` disk ${event.detail.disk.alias}: ${event.detail.reason}`);
    case 'network-lifecycle':
    case 'storage-pool-lifecycle':
    case 'secret-lifecycle':
      return plain(`: ${capital(event.detail.event)}`);
    case 'domain-control-error':
    case 'domain-reboot':
    case 'storage-pool-refresh':
    case 'secret-value-changed':
      return plain();
    default:
      throw new Error(`virsh's line for this is not known here: ${event.xml}`);
  }
}

/** What an event is about, as virsh names it. */
function subjectOf(event: QueuedEvent): string {
  const name = event.string('*/name');
  if (event.type.startsWith('domain-')) {
    return `domain '${name}'`;
  }
  if (event.type.startsWith('network-')) {
    return `network ${name}`;
  }
  return event.type.startsWith('secret-') ? `secret ${event.string('secret/uuid')}` : `storage pool ${name}`;
}

/** A virsh that watches one part. */
class Watcher {
  readonly part: Part;
  readonly #virsh: ChildProcessByStdio<null, Readable, null>;
  #text = '';

  constructor(uri: string, part: Part) {
    this.part = part;
    const args = ['-oL', 'virsh', '-c', uri, ...part.watch, '--loop'];
    this.#virsh = spawn('stdbuf', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#virsh.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text += chunk;
    });
  }

  /** Whether it has seen a mark; throws if it never will. */
  hasSeen(mark: Mark): boolean {
    if (this.#virsh.exitCode !== null || this.#virsh.signalCode !== null) {
      throw new Error(`virsh ${this.part.watch.join(' ')} has ended, and was to watch events`);
    }
    return tellsOf(this.#text, mark);
  }

  /** What it has printed for each event of the story. */
  get lines(): string[] {
    // The lines that follow the first one of an event begin with a tab.
    return this.#text.split(/\n(?!\t)/).filter((line) => line.startsWith('event ') && !tellsOfAnyMark(line));
  }

  stop(): Promise<void> {
    return end(this.#virsh);
  }
}

/** Ends a process, and waits until it is gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

/** Does something again and again until a condition holds; throws when that takes too long. */
async function until(isSo: () => boolean, meanwhile: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!isSo()) {
    if (performance.now() > deadline) {
      throw new Error(`waited for ${PATIENCE} ms in vain`);
    }
    await meanwhile();
  }
}

/** The tests for one form of libvirt. */
function compareAt(form: LibvirtForm): void {
  let daemon: LiveLibvirt;
  const watchers = new Set<Watcher>();
  const open = new Set<Connection>();
  const togglers = new Set<ChildProcess>();

  beforeAll(async () => {
    daemon = await form.start();
    const { folder } = daemon;
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text.replaceAll('DIR', folder));
    }
    for (const { name, uuid } of Object.values(marks)) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, `${name}-network.xml`), networkXml(name));
      writeFileSync(join(folder, `${name}-pool.xml`), poolXml(name).replaceAll('DIR', folder));
      writeFileSync(join(folder, `${name}-secret.xml`), secretXml(name, uuid));
    }
  }, 60_000);
  afterEach(async () => {
    for (const conn of open) {
      closeConnection(conn);
    }
    open.clear();
    await Promise.all([...[...watchers].map((watcher) => watcher.stop()), ...[...togglers].map(end)]);
    watchers.clear();
    togglers.clear();
  });
  afterAll(async () => {
    // A guest that a failed test left behind would outlive the daemon.
    for (const name of ['guest', 'host', 'plain', 'idle']) {
      await virsh('qemu', `destroy ${name}`).catch(() => {});
    }
    await daemon.stop();
  }, 60_000);

  const virsh = (driver: LiveDriver, command: string) =>
    succeed('virsh', ['-c', daemon.uriOf(driver), '-q', command.replaceAll('DIR', daemon.folder)]);

  function connect(driver: LiveDriver, options?: ConnectionOptions): Connection {
    const conn = openConnection(daemon.uriOf(driver), options);
    open.add(conn);
    return conn;
  }

  async function make(mark: Mark, driver: LiveDriver, part: Part): Promise<void> {
    const { name, uuid } = marks[mark];
    writeFileSync(join(daemon.folder, `${name}-domain.xml`), domainXml(name, driver));
    for (const command of part.mark(name, uuid)) {
      await virsh(driver, command);
    }
  }

  /** Has virsh and a connection of ours watch a story, and compares what they tell; returns our events. */
  async function compare(
    driver: LiveDriver,
    parts: readonly Part[],
    story: readonly string[],
  ): Promise<readonly QueuedEvent[]> {
    const processes = daemon.processes();
    const all = parts.map((part) => new Watcher(daemon.uriOf(driver), part));
    for (const watcher of all) {
      watchers.add(watcher);
    }
    for (const watcher of all) {
      await until(
        () => watcher.hasSeen('first'),
        () => make('first', driver, watcher.part),
      );
    }
    const conn = connect(driver);
    const events: QueuedEvent[] = [];
    addEventHandler(conn, null, (_, event) => events.push(event));
    const stop = new AbortController();
    const delivery = runDelivery(conn, { signal: stop.signal });
    for (const command of story) {
      await virsh(driver, command);
    }
    for (const watcher of all) {
      await make('last', driver, watcher.part);
      await until(
        () =>
          watcher.hasSeen('last') && events.some(({ type, xml }) => watcher.part.covers(type) && tellsOf(xml, 'last')),
        () => new Promise(setImmediate),
      );
    }
    stop.abort();
    await delivery;
    const told = events.filter(({ xml }) => !tellsOfAnyMark(xml));
    for (const { part, lines } of all) {
      expect(told.filter(({ type }) => part.covers(type)).map(lineOf)).toEqual(lines);
      expect(lines).not.toEqual([]);
    }
    expect(told.filter(({ type }) => !parts.some(({ covers }) => covers(type)))).toEqual([]);
    expect(await validateEvents(events.map(({ xml }) => xml))).toEqual([]);
    expect(daemon.processes()).toEqual(processes);
    return told;
  }

  it('tells the same story of a real guest, networks, storage pools and secrets', async () => {
    const parts = [domains, networks, pools, poolRefreshes, secrets, secretValues];
    const ofAGuest = storyOfAGuest.filter((command) => form.savesGuests || !/^(save|restore) /.test(command));
    const story = [...ofAGuest, ...storyOfNetworks, ...storyOfPools, ...storyOfSecrets];
    const events = await compare('qemu', parts, story);
    const types = new Set(events.map(({ type }) => type));
    // Whether the daemon speaks to a QEMU that is about to end is left to chance.
    types.delete('domain-control-error');
    expect(types).toEqual(
      new Set([
        ...['domain-state-transition', 'domain-reboot', 'domain-agent-lifecycle', 'domain-device-added'],
        ...['domain-device-removed', 'domain-tunable', 'domain-block-job', 'domain-block-job-2', 'domain-tray-change'],
        ...(form.savesGuests ? ['domain-migration-iteration', 'domain-job-completed'] : []),
        ...['domain-metadata-change', 'network-lifecycle'],
        ...['storage-pool-lifecycle', 'storage-pool-refresh', 'secret-lifecycle', 'secret-value-changed'],
      ]),
    );
  }, 60_000);

  if (form.hasTestDriver) {
    it('tells the same story of the test driver', async () => {
      const story = [...storyOfATestDomain, ...storyOfNetworks, ...storyOfPools];
      const events = await compare('test', [domains, networks, pools, poolRefreshes], story);
      expect(events.length).toBeGreaterThan(20);
    }, 60_000);
  }

  it.each<[LiveDriver, readonly Part[], readonly string[]]>([
    ['network', [networks], storyOfNetworks],
    ['storage', [pools, poolRefreshes], storyOfPools],
    ['secret', [secrets, secretValues], storyOfSecrets],
  ])(
    'tells the same story of the driver %s alone',
    async (driver, parts, story) => {
      await compare(driver, parts, story);
    },
    60_000,
  );

  if (form === proxied) {
    return;
  }

  const worlds: readonly [string, (conn: Connection) => Promise<QueuedEvent[]> | QueuedEvent[]][] = [
    ['a synchronous loop', (conn) => takeEvents(conn, { waitMs: 1000 })],
    ['the event loop', (conn) => waitForEvents(conn, { timeoutMs: 1000 }).then(() => takeEvents(conn))],
  ];

  describe.each(worlds)('when the daemon is killed in the middle of a stream of events, in %s', (_, next) => {
    beforeEach(async () => {
      await virsh('qemu', 'create DIR/plain.xml');
      await virsh('qemu', 'define DIR/idle.xml');
    }, 30_000);
    afterEach(async () => {
      // This waits until a new daemon has taken the guest over; to destroy it meanwhile is an error, though it is gone then.
      await virsh('qemu', 'suspend plain');
      await virsh('qemu', 'destroy plain');
      await virsh('qemu', 'undefine idle');
    }, 30_000);

    async function takeUntil(conn: Connection, isEnough: (events: readonly QueuedEvent[]) => boolean) {
      const events: QueuedEvent[] = [];
      await until(
        () => isEnough(events),
        async () => events.push(...(await next(conn))),
      );
      return events;
    }

    const has = (type: string) => (events: readonly QueuedEvent[]) => events.some((event) => event.type === type);

    /** Has virsh suspend and resume the guest without end. */
    function toggle(): ChildProcess {
      const commands = Array(2000).fill('suspend plain; resume plain').join('; ');
      const child = spawn('virsh', ['-q', '-c', daemon.uriOf('qemu'), commands], { stdio: 'ignore' });
      togglers.add(child);
      return child;
    }

    /** Takes events of a stream, kills the daemon within it, takes what comes up to the news of that, and starts it anew. */
    async function watchItDie(conn: Connection): Promise<QueuedEvent[]> {
      const toggler = toggle();
      const before = await takeUntil(conn, (events) => events.length >= 20);
      const processes = daemon.processes();
      const death = daemon.kill();
      const after = await takeUntil(conn, has('connection-lost'));
      await Promise.all([death, end(toggler)]);
      await daemon.restart();
      const restarted = Object.entries(daemon.processes()).filter(([name, pid]) => pid !== processes[name]);
      expect(restarted).toHaveLength(1);
      return [...before, ...after];
    }

    /** The transitions of a domain. */
    function transitionsOf(name: string, events: readonly QueuedEvent[]) {
      return events.flatMap(({ type, detail }) =>
        type === 'domain-state-transition' && detail?.domain.name === name ? [detail] : [],
      );
    }

    /** The transitions of the guest that do not begin where the one before has ended. */
    function breaksIn(events: readonly QueuedEvent[]) {
      const transitions = transitionsOf('plain', events);
      return transitions.filter(({ from }, place) => place > 0 && from !== transitions[place - 1]?.to);
    }

    it('comes back with what has changed meanwhile, and the stream goes on', async () => {
      const conn = connect('qemu', { reconnect: true });
      const before = await watchItDie(conn);
      // The guest goes on; whether it was just suspended is left to chance.
      await virsh('qemu', 'start idle');
      const back = await takeUntil(conn, has('connection-restored'));
      toggle();
      const after = await takeUntil(conn, (events) => transitionsOf('plain', events).length >= 20);
      const all = [...before, ...back, ...after];
      const newsOf = (events: readonly QueuedEvent[]) =>
        events.map(({ type }) => type).filter((type) => !type.startsWith('domain-'));
      expect(newsOf(all)).toEqual(['connection-lost', 'events-lost', 'connection-restored']);
      expect(transitionsOf('idle', all)).toMatchObject([
        { from: 'shutoff', to: 'running', event: 'started', detail: 'booted', found: 'by-comparison' },
      ]);
      const place = all.findIndex(({ type }) => type === 'events-lost');
      const found = all.filter(({ detail }) => detail !== undefined && 'found' in detail && detail.found !== undefined);
      expect(found).toEqual(all.slice(place - found.length, place));
      expect(breaksIn(all)).toEqual([]);
      expect(all.filter(({ detail }) => detail === undefined)).toEqual([]);
      expect(await validateEvents(all.map(({ xml }) => xml))).toEqual([]);
      await virsh('qemu', 'destroy idle');
    }, 60_000);

    it('says so and throws once', async () => {
      const conn = connect('qemu', { events: ['domain-state-transition'] });
      const events = await watchItDie(conn);
      expect(events.map(({ type }) => type).indexOf('connection-lost')).toBe(events.length - 1);
      expect(breaksIn(events)).toEqual([]);
      await expect((async () => next(conn))()).rejects.toThrow(ConnectionLostError);
      expect(conn.state).toBe('lost');
      expect(await next(conn)).toEqual([]);
    }, 60_000);
  });
}

for (const form of [monolithic, modular, proxied]) {
  form.describe(`the remote driver beside virsh at ${form.name}`, () => compareAt(form));
}
