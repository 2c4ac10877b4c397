/**
 * A collector at a real libvirt with real guests, and three readers of its journal. The daemon and the collector are killed at
 * random while the guests change, and retention overtakes the slowest reader: all tell one story all the same, and it ends as virsh says.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dist, main } from '../support/built';
import { killChild } from '../support/child-processes';
import { type LibvirtForm, type LiveLibvirt, libvirtForms } from '../support/live-libvirt';
import { often } from '../support/often';
import { run, succeed } from '../support/run-program';
import { firstSeed, oneOf, RandomChoices } from '../xpath/conformance/choices';

/** How often something is killed. */
const ROUNDS = often(5);

/** Who is killed, at first in this order, and then at random. */
const VICTIMS = ['daemon', 'collector', 'both'] as const;

/** How long something may take, in milliseconds: it ends a test that would hang, and decides no other. */
const PATIENCE = 60_000;

const GUESTS = ['one', 'two', 'three'];

/** How many events the slow reader reads before retention overtakes it; the next one a reader wants twice. */
const EARLY = 4;

/** Domains that are defined at places of the story by which those who read it know how far they are. */
const MARKS = ['middle', 'calm', 'end'];

/** What may be done with a guest in each state, to virsh. */
const DEEDS: Readonly<Record<string, readonly string[]>> = {
  absent: ['define DIR/NAME.xml', 'create DIR/NAME.xml', 'define DIR/NAME.xml; start NAME'],
  shutoff: ['start NAME', 'start NAME', 'undefine NAME'],
  running: ['suspend NAME', 'destroy NAME', 'undefine NAME', 'suspend NAME; resume NAME', 'destroy NAME; start NAME'],
  paused: ['resume NAME', 'destroy NAME'],
};

/** What is told of a domain that is defined while no collector runs, and then, when nothing is killed any more, started, and so on. */
const LAST_STORY = ['absent → shutoff by-comparison', 'shutoff → running', 'running → paused', 'paused → running'];

/** What a reader has noted down of an event. */
interface Told {
  readonly sequence: number;
  readonly key: string;
  readonly type: string;
  readonly domain?: { readonly name: string };
  readonly from?: string;
  readonly to?: string;
  readonly found?: string;
  readonly cause?: string;
  readonly count?: number;
  readonly message?: string;
}

/**
 * Notes down each event of a journal: so many if a limit is given; all that come until it is killed, if it follows; or else those up to the
 * end. Some it wants once more before it does.
 */
const READER = `
  const fs = require('node:fs');
  const { addEventHandler, deliverEvents, openConnection } = require(${JSON.stringify(dist)});
  const [folder, name, log, follow, limit] = process.argv.slice(2);
  const noted = fs.openSync(log, 'a');
  const conn = openConnection('journal:' + folder + '?reader=' + name + '&follow=' + follow, { lockWaitMs: 10000 });
  addEventHandler(conn, null, (_, event) => {
    if (event.sequence % 5 === 0 && event.attempt === 1) return 'retry';
    const { key, sequence, type, detail } = event;
    fs.writeSync(noted, JSON.stringify({ sequence, key, type, ...detail }) + '\\n');
  });
  if (limit) deliverEvents(conn, { limit: Number(limit) });
  else if (follow === 'yes') for (;;) deliverEvents(conn, { waitMs: 10000 });
  else while (deliverEvents(conn, { limit: 7 }).stoppedBy !== 'ended');
  conn.close();`;

function guestXml(name: string, number: number): string {
  return `<domain type='qemu'><name>${name}</name><uuid>11111111-2222-4333-8444-55555555550${number}</uuid>
    <memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os></domain>`;
}

/** What a reader has told so far. */
function toldIn(log: string): Told[] {
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as Told);
}

const transitionsOf = (story: readonly Told[]) => story.filter(({ type }) => type === 'domain-state-transition');

const hasStopped = (story: readonly Told[]) => story.some(({ cause }) => cause === 'stopped');

/** Whether an event begins what is told of a session at the daemon. */
const beginsSession = ({ type, cause }: Told) => type === 'connection-restored' || cause === 'stopped';

/** Whether an event says that the daemon was too slow to say what there is, so that nobody knows what a new domain was before. */
const admitsIgnorance = ({ type, message = '' }: Told) =>
  type === 'connection-warning' && message.endsWith('unknown until it does');

/**
 * The states in which a story leaves the domains that are there. Each transition has to begin where the one before it has ended; only of a domain
 * that is new may it be unknown what it was, in a session that has said so.
 */
function fold(story: readonly Told[]): Record<string, string> {
  const states: Record<string, string> = {};
  let mayBeUnknown = false;
  for (const told of story) {
    mayBeUnknown = admitsIgnorance(told) || (mayBeUnknown && !beginsSession(told));
    if (told.type === 'domain-state-transition') {
      const { name } = told.domain!;
      const { [name]: before = 'absent' } = states;
      const from = mayBeUnknown && before === 'absent' ? expect.stringMatching(/^(absent|unknown)$/) : before;
      expect(told).toMatchObject({ from });
      states[name] = told.to!;
    }
  }
  return Object.fromEntries(Object.entries(states).filter(([, state]) => state !== 'absent'));
}

function storyAt(form: LibvirtForm): void {
  let libvirt: LiveLibvirt;
  let journal: string;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    libvirt = await form.start();
    journal = join(libvirt.folder, 'journal');
    for (const [number, name] of [...GUESTS, ...MARKS, 'last'].entries()) {
      writeFileSync(join(libvirt.folder, `${name}.xml`), guestXml(name, number));
    }
  }, PATIENCE);
  afterAll(async () => {
    await Promise.all([...children].map(kill));
    // Guests would outlive the daemon.
    for (const name of [...GUESTS, 'last']) {
      await virsh(`destroy ${name}`);
    }
    await libvirt.stop();
  }, PATIENCE);

  /** Runs commands of virsh; one that fails has changed nothing. */
  const virsh = (commands: string) =>
    run('virsh', ['-c', libvirt.uriOf('qemu'), '-q', commands.replaceAll('DIR', libvirt.folder)]);

  function start(...args: readonly string[]): ChildProcess {
    const said = openSync(join(libvirt.folder, 'said'), 'a');
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', said] });
    closeSync(said);
    children.add(child);
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child);
    await killChild(child);
  }

  const collect = (...options: readonly string[]) =>
    start(main, 'collect', libvirt.uriOf('qemu'), '--journal', journal, ...options);

  const logOf = (name: string) => join(libvirt.folder, `${name}.log`);

  const readOnce = (name: string, ...limit: readonly string[]) =>
    succeed(process.execPath, ['-e', READER, 'program', journal, name, logOf(name), 'no', ...limit]);

  /** Waits until a condition holds; throws what everybody has said when that takes too long. */
  async function until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!isSo()) {
      if (Date.now() > deadline) {
        throw new Error(`waited for ${isSo} in vain\n${readFileSync(join(libvirt.folder, 'said'), 'utf8')}`);
      }
      await pause(20);
    }
  }

  /** Defines a mark, and waits until the reader that waits has told of it. */
  async function reach(mark: string): Promise<void> {
    await virsh(`define DIR/${mark}.xml`);
    await until(() => toldIn(logOf('waiting')).some(({ domain }) => domain?.name === mark));
  }

  /** The states of all domains, as virsh has them. */
  async function statesByVirsh(): Promise<Record<string, string>> {
    const { stdout } = await virsh('list --all');
    const rows = [...stdout.matchAll(/^\s*(?:\d+|-)\s+(\S+)\s+(\S.*?)\s*$/gm)];
    return Object.fromEntries(rows.map(([, name, state]) => [name, state!.replace('shut off', 'shutoff')]).sort());
  }

  it('is the same for every reader, and ends as virsh says', async () => {
    const choices = new RandomChoices(firstSeed(Number(process.env['VIRDELIVER_SEED'] ?? 1)));
    /** Does something with a guest, whatever state that is in. */
    const change = async (): Promise<void> => {
      const name = oneOf(choices, GUESTS);
      const { [name]: state = 'absent' } = await statesByVirsh();
      await virsh(oneOf(choices, DEEDS[state] ?? ['destroy NAME']).replaceAll('NAME', name));
    };
    let collector = collect();
    await until(() => readFileSync(join(libvirt.folder, 'said'), 'utf8').includes('virdeliver: collects'));
    start('-e', READER, 'program', journal, 'waiting', logOf('waiting'), 'yes');
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = VICTIMS[round] ?? oneOf(choices, VICTIMS);
      const changing = change();
      await pause(choices.below(300));
      if (victim !== 'daemon') {
        await kill(collector);
      }
      if (victim !== 'collector') {
        await libvirt.kill();
        await libvirt.restart();
      }
      await changing;
      for (let left = choices.below(4); left > 0; left -= 1) {
        await change();
      }
      if (victim !== 'daemon') {
        collector = collect();
      }
      await change();
      await readOnce('cron');
      if (round === ROUNDS >> 1) {
        await reach('middle');
        await readOnce('slow', String(EARLY));
      }
    }
    await reach('calm');
    await kill(collector);
    await readOnce('cron');
    const before = toldIn(logOf('cron')).length;
    await until(() => toldIn(logOf('waiting')).length === before);
    await change();
    await virsh('define DIR/last.xml');
    // It keeps nothing of what there was before; the waiting reader knows it already.
    collect('--max-size', '1');
    // What it finds it may find late, when the daemon was slow to say what there is.
    await until(() => {
      const told = toldIn(logOf('waiting')).slice(before);
      return hasStopped(told) && told.some(({ domain }) => domain?.name === 'last');
    });
    for (const deed of ['start', 'suspend', 'resume']) {
      await virsh(`${deed} last`);
    }
    await reach('end');
    await readOnce('cron');
    await readOnce('slow');

    const [cron, waiting, slow] = ['cron', 'waiting', 'slow'].map((name) => toldIn(logOf(name))) as [
      Told[],
      Told[],
      Told[],
    ];
    expect(cron).toEqual(waiting);
    // Each event once, in order, and none is missing.
    const [{ sequence: first } = { sequence: 0 }] = cron;
    expect(cron.map(({ sequence }) => sequence)).toEqual(cron.map((_, at) => first + at));
    const causes = new Set(cron.map(({ cause }) => cause));
    expect([...causes].sort()).toEqual(['disconnected', 'stopped', undefined]);
    expect(fold(cron)).toEqual(await statesByVirsh());
    const last = transitionsOf(cron).filter(({ domain, from, to }) => domain?.name === 'last' && from !== to);
    expect(last.map(({ from, to, found = '' }) => `${from} → ${to} ${found}`.trim())).toEqual(LAST_STORY);
    // It was overtaken after its first events, and is told how many are gone.
    const [gap, ...rest] = slow.slice(EARLY);
    expect(slow.slice(0, EARLY)).toEqual(cron.slice(0, EARLY));
    expect(gap).toMatchObject({ cause: 'expired', count: cron.length - EARLY - rest.length });
    expect(rest).toEqual(cron.slice(-rest.length));
    expect(rest.length).toBeLessThanOrEqual(cron.length - before);
  }, 300_000);
}

const { monolithic, alone } = libvirtForms;

for (const form of [monolithic, alone]) {
  form.describe(`the story that a journal tells of guests at ${form.name}`, () => storyAt(form));
}
