import fc from 'fast-check';
import { ManualClock } from '../../../../lib/clock';
import type { FoundTransition } from '../../../../lib/drivers/remote/states/domain-comparison';
import {
  DomainStates,
  type LifecycleChange,
  type ListedDomain,
  MOST_DOMAINS,
} from '../../../../lib/drivers/remote/states/domain-states';
import type { StateAnswer } from '../../../../lib/drivers/remote/states/state-answer';
import {
  domainStates,
  type LifecycleEvent,
  lifecycleDetails,
  lifecycleEvents,
} from '../../../../lib/event/vocabulary/domain';
import { often } from '../../../support/often';
import { detailOfEvent, RecordedDriver } from '../../test/recorded-driver';

const uuid = '11111111-2222-4333-8444-5555555555aa';

/** A list of one domain, from what it is in short: `running`, `running 4` by its number, `transient running`. */
function list(short: string, more: Partial<ListedDomain> = {}): ListedDomain[] {
  if (short === 'absent') {
    return [];
  }
  const [, transient, state = '', number] = /^(transient )?(\S+)(?: (-?\d+))?$/.exec(short) ?? [];
  const id = number === undefined ? 3 : Number(number);
  return [
    {
      name: 'web',
      uuid,
      id: state === 'shutoff' ? -1 : id,
      state: domainStates.indexOf(state as (typeof domainStates)[number]),
      persistent: transient === undefined,
      ...more,
    },
  ];
}

function statesWith(short: string): DomainStates {
  const states = new DomainStates();
  states.replace(list(short));
  return states;
}

/** A lifecycle event of the domain, from the words in short: `suspended paused`. */
function change(short: string, id = 3): LifecycleChange {
  const [event = '', detail = ''] = short.split(' ');
  return { domain: { uuid, name: 'web', id }, event, detail };
}

describe('the state after an event, and the one before', () => {
  it.each([
    // A life from its definition to its end.
    ['absent', 'defined added', 'absent -> shutoff'],
    ['shutoff', 'defined updated', 'shutoff -> shutoff'],
    ['running', 'defined updated', 'running -> running'],
    ['paused', 'defined updated', 'paused -> paused'],
    ['shutoff', 'started booted', 'shutoff -> running'],
    ['running', 'suspended paused', 'running -> paused'],
    ['running', 'suspended ioerror', 'running -> paused'],
    ['paused', 'resumed unpaused', 'paused -> running'],
    ['running', 'pmsuspended memory', 'running -> pmsuspended'],
    ['running', 'pmsuspended disk', 'running -> pmsuspended'],
    ['pmsuspended', 'started wakeup', 'pmsuspended -> running'],
    ['running', 'crashed panicked', 'running -> crashed'],
    ['running', 'crashed crashloaded', 'running -> running'],
    ['crashed', 'resumed unpaused', 'crashed -> running'],
    ['crashed', 'stopped crashed', 'crashed -> shutoff'],
    ['running', 'shutdown guest', 'running -> shutdown'],
    ['running', 'shutdown guest-reset', 'running -> shutdown'],
    ['shutdown', 'stopped shutdown', 'shutdown -> shutoff'],
    ['running', 'stopped destroyed', 'running -> shutoff'],
    ['paused', 'stopped saved', 'paused -> shutoff'],
    ['pmsuspended', 'stopped destroyed', 'pmsuspended -> shutoff'],
    ['blocked', 'suspended paused', 'blocked -> paused'],
    ['nostate', 'shutdown finished', 'nostate -> shutdown'],
    ['shutoff', 'undefined removed', 'shutoff -> absent'],
    ['running', 'undefined removed', 'running -> running'],
    ['shutoff', 'undefined renamed', 'shutoff -> absent'],
    ['shutoff', 'undefined migrated', 'shutoff -> absent'],
    ['absent', 'defined renamed', 'absent -> shutoff'],
    ['running', 'undefined renamed', 'running -> running'],
    ['absent', 'defined from-snapshot', 'absent -> shutoff'],
    ['shutoff', 'defined from-snapshot', 'shutoff -> shutoff'],
    // A domain that is not defined, or becomes so while it runs.
    ['absent', 'started booted', 'absent -> running'],
    ['transient running', 'stopped destroyed', 'running -> shutoff'],
    ['transient running', 'defined added', 'running -> running'],
    // Another reason for the state that it is in.
    ['paused', 'suspended api-error', 'paused -> paused'],
    ['paused', 'suspended postcopy-failed', 'paused -> paused'],
    ['running', 'resumed migrated', 'running -> running'],
    ['running', 'resumed postcopy-failed', 'running -> running'],
    ['shutoff', 'stopped failed', 'shutoff -> shutoff'],
    // What the list had already, or what came in another order: the chain does not break.
    ['shutoff', 'defined added', 'shutoff -> shutoff'],
    ['absent', 'defined updated', 'absent -> shutoff'],
    ['absent', 'undefined removed', 'absent -> absent'],
    ['absent', 'undefined migrated', 'absent -> absent'],
    ['running', 'started booted', 'running -> running'],
    ['running', 'started wakeup', 'running -> running'],
    ['paused', 'suspended paused', 'paused -> paused'],
    ['paused', 'suspended postcopy', 'paused -> paused'],
    ['running', 'resumed unpaused', 'running -> running'],
    ['shutoff', 'resumed unpaused', 'shutoff -> running'],
    ['shutoff', 'stopped destroyed', 'shutoff -> shutoff'],
    ['absent', 'stopped destroyed', 'absent -> shutoff'],
    ['shutdown', 'shutdown guest', 'shutdown -> shutdown'],
    ['shutoff', 'shutdown guest', 'shutoff -> shutdown'],
    ['crashed', 'crashed panicked', 'crashed -> crashed'],
    ['shutoff', 'suspended paused', 'shutoff -> paused'],
    ['crashed', 'suspended paused', 'crashed -> paused'],
    // What this library does not know.
    ['running', '9 0', 'running -> running'],
    ['absent', '9 0', 'absent -> absent'],
    ['running', 'suspended 99', 'running -> paused'],
  ])('%s, then %s: %s', (before, event, transition) => {
    const states = statesWith(before);
    const { from, to } = states.follow(change(event));
    expect(`${from} -> ${to}`).toBe(transition);
    const isTransient = event.startsWith('stopped') && /absent|transient/.test(before);
    expect(states.list()).toEqual(to === 'absent' || isTransient ? [] : [expect.objectContaining({ state: to })]);
    expect(states.takeFound().map(inShort)).toEqual(isTransient ? ['shutoff -> absent, undefined removed'] : []);
    expect(states.takeFound()).toEqual([]);
  });

  it('begins where the one before has ended, for any events in any order', () => {
    const all = lifecycleEvents.flatMap((event: LifecycleEvent) =>
      [...lifecycleDetails[event], '99'].map((detail) => `${event} ${detail}`),
    );
    const before = fc.constantFrom(...domainStates, 'absent', 'transient running');
    fc.assert(
      fc.property(before, fc.array(fc.constantFrom(...all, '9 0'), { maxLength: 20 }), (first, events) => {
        const states = statesWith(first);
        let state = first.replace('transient ', '');
        for (const event of events) {
          for (const { from, to } of [states.follow(change(event)), ...states.takeFound()]) {
            expect(from).toBe(state);
            state = to;
          }
          expect(states.list()[0]?.state ?? 'absent').toBe(state);
        }
      }),
      { seed: 6, numRuns: often(1000) },
    );
  });
});

/** What a daemon answers, by its state: `paused`, or `gone`. */
function answerOf(state: string): StateAnswer {
  return state === 'gone' || state === 'unknown'
    ? state
    : { state: domainStates.indexOf(state as (typeof domainStates)[number]), reason: 0 };
}

describe('what an event leaves open, and the daemon is asked', () => {
  it.each([
    ['running', 'crashed panicked', 'running', 'running -> running'],
    ['running', 'crashed panicked', 'crashed', 'running -> crashed'],
    ['running', 'crashed panicked', 'paused', 'running -> paused'],
    ['paused', 'crashed crashloaded', 'running', 'paused -> running'],
    // Its end has an event of its own.
    ['running', 'crashed panicked', 'shutoff', 'running -> crashed'],
    ['running', 'crashed panicked', 'gone', 'running -> crashed'],
    ['running', 'crashed panicked', 'unknown', 'running -> crashed'],
    ['running', 'crashed crashloaded', 'unknown', 'running -> running'],
    ['running', 'stopped migrated', 'shutoff', 'running -> shutoff'],
    ['running', 'stopped migrated', 'gone', 'running -> shutoff', 'shutoff -> absent, undefined removed'],
    ['running', 'stopped migrated', 'unknown', 'running -> shutoff'],
    ['running', '9 0', 'paused', 'running -> paused'],
    ['running', '9 0', 'gone', 'running -> absent'],
    ['running', '9 0', 'unknown', 'running -> running'],
  ])('%s, then %s, answered %s: %s', (before, event, answer, transition, ...found) => {
    const states = statesWith(before);
    expect(states.leavesOpen(change(event))).toBe(true);
    const { from, to } = states.follow(change(event), answerOf(answer));
    expect(`${from} -> ${to}`).toBe(transition);
    expect(states.takeFound().map(inShort)).toEqual(found);
    const last = found.length > 0 ? 'absent' : to;
    expect(states.list().map(({ state }) => state)).toEqual(last === 'absent' ? [] : [last]);
  });

  it('is nothing else of a domain that is known', () => {
    const open = lifecycleEvents.flatMap((event: LifecycleEvent) =>
      lifecycleDetails[event]
        .map((detail) => `${event} ${detail}`)
        .filter((each) => statesWith('running').leavesOpen(change(each))),
    );
    expect(open).toEqual(['stopped migrated', 'crashed panicked', 'crashed crashloaded']);
    expect(statesWith('transient running').leavesOpen(change('stopped migrated'))).toBe(false);
  });

  it('is that a guest which had crashed is paused when it is reset', () => {
    const states = statesWith('crashed');
    expect(states.hasCrashed({ uuid })).toBe(true);
    states.reset({ uuid }, answerOf('paused'));
    expect(states.takeFound().map(inShort)).toEqual(['crashed -> paused, suspended paused']);
    expect(states.list()).toMatchObject([{ state: 'paused', id: 3 }]);
    expect(states.hasCrashed({ uuid })).toBe(false);
  });

  it('is to be asked later if the guest is said to have crashed after it was reset, or shuts down', () => {
    const states = statesWith('crashed');
    states.reset({ uuid }, answerOf('crashed'));
    const doubt = states.takeDoubt()!;
    expect(doubt).toMatchObject({ uuid, state: 'crashed' });
    expect(states.isStill(doubt)).toBe(true);
    expect(states.takeDoubt()).toBeUndefined();
    states.reset({ uuid }, answerOf('paused'));
    expect(states.takeDoubt()).toBeUndefined();
    expect(states.isStill(doubt)).toBe(false);
    states.follow(change('shutdown host'));
    expect(states.takeDoubt()).toMatchObject({ state: 'shutdown' });
  });

  it.each([
    [1, 9],
    [3, 10],
  ])('has crashed if it is in state %i because it had (%i): an event tells of that', (state, reason) => {
    expect(statesWith('running').follow(change('crashed panicked'), { state, reason }).to).toBe('crashed');
  });

  it.each(['running', 'crashed', 'shutoff', 'gone', 'unknown'])(
    'changes nothing where the guest is %s when it was reset: an event tells of that',
    (answer) => {
      const states = statesWith('crashed');
      states.reset({ uuid }, answerOf(answer));
      expect(states.takeFound()).toEqual([]);
      expect(states.list()).toMatchObject([{ state: 'crashed' }]);
    },
  );
});

describe('states that are not known', () => {
  const domain = { uuid, name: 'web', id: 3 };
  const withoutState = [{ ...domain, state: undefined, persistent: true }];

  it.each([
    ['suspended paused', 'unknown', 'unknown -> paused'],
    ['started booted', 'unknown', 'unknown -> running'],
    ['stopped destroyed', 'shutoff', 'unknown -> shutoff'],
    ['stopped destroyed', 'gone', 'unknown -> shutoff', 'shutoff -> absent, undefined removed'],
    ['defined updated', 'running', 'unknown -> running'],
    ['defined updated', 'shutoff', 'unknown -> shutoff'],
    ['defined added', 'unknown', 'unknown -> unknown'],
    ['undefined removed', 'gone', 'unknown -> absent'],
    ['undefined removed', 'paused', 'unknown -> paused'],
    ['undefined removed', 'unknown', 'unknown -> unknown'],
  ])('come before the list: %s, answered %s: %s', (event, answer, transition, ...found) => {
    const states = new DomainStates();
    states.expectOthers();
    expect(states.leavesOpen(change(event))).toBe(/^(stop|def|undef)/.test(event));
    const { from, to } = states.follow(change(event), answerOf(answer));
    expect(`${from} -> ${to}`).toBe(transition);
    expect(states.takeFound().map(inShort)).toEqual(found);
  });

  it('become known without a transition', () => {
    const states = new DomainStates();
    expect(states.replace(withoutState)).toEqual([]);
    expect(states.list()).toMatchObject([{ name: 'web', state: 'unknown' }]);
    expect(states.settle(domain, answerOf('paused'), states.changes)).toEqual([]);
    expect(states.list()).toMatchObject([{ name: 'web', state: 'paused' }]);
    expect(states.follow(change('resumed unpaused'))).toEqual({ from: 'paused', to: 'running' });
  });

  it('stay what they were before a reconnection, until the daemon tells them', () => {
    const states = statesWith('running');
    expect(states.replace(withoutState)).toEqual([]);
    expect(states.list()).toMatchObject([{ state: 'running' }]);
    expect(states.settle(domain, answerOf('paused'), states.changes)?.map(inShort)).toEqual([
      'running -> paused, suspended paused',
    ]);
    expect(states.settle({ ...domain, id: 4 }, answerOf('running'), states.changes)?.map(inShort)).toEqual([
      'paused -> shutoff, stopped shutdown',
      'shutoff -> running, started booted',
    ]);
    expect(states.settle(domain, 'gone', states.changes)?.map(inShort)).toEqual([
      'running -> shutoff, stopped shutdown',
      'shutoff -> absent, undefined removed',
    ]);
    expect(states.settle(domain, 'gone', states.changes)).toEqual([]);
  });

  it('are told of a domain that is new since a reconnection, when the daemon tells them', () => {
    const states = new DomainStates();
    states.replace([]);
    expect(states.replace(withoutState)).toEqual([]);
    expect(states.list()).toMatchObject([{ state: 'unknown' }]);
    expect(states.settle(domain, answerOf('running'), states.changes)?.map(inShort)).toEqual([
      'absent -> shutoff, defined added',
      'shutoff -> running, started booted',
    ]);
    expect(states.settle(domain, answerOf('paused'), states.changes)?.map(inShort)).toEqual([
      'running -> paused, suspended paused',
    ]);
  });

  it('are asked for again if an event has come since the daemon was asked', () => {
    const states = statesWith('running');
    const askedAt = states.changes;
    states.follow(change('suspended paused'));
    expect(states.settle(domain, answerOf('running'), askedAt)).toBeUndefined();
    expect(states.list()).toMatchObject([{ state: 'paused' }]);
    expect(states.settle(domain, answerOf('paused'), states.changes)).toEqual([]);
  });

  it('are not taken from a list that is older than an event', () => {
    const states = new DomainStates();
    states.expectOthers();
    const askedAt = states.changes;
    states.follow(change('started booted'));
    expect(states.replace([], askedAt)).toEqual([]);
    expect(states.list()).toMatchObject([{ state: 'running' }]);
    expect(states.replace(list('paused'), askedAt)).toEqual([]);
    expect(states.list()).toMatchObject([{ state: 'running' }]);
    expect(states.replace([], states.changes).map(inShort)).toEqual([
      'running -> shutoff, stopped shutdown',
      'shutoff -> absent, undefined removed',
    ]);
  });

  it.each<[known: string, event: string, id: number, missed: string[], transition: string]>([
    ['running', 'shutdown guest', 4, ['running -> shutoff', 'shutoff -> running'], 'running -> shutdown'],
    ['running', 'resumed unpaused', 4, ['running -> shutoff'], 'shutoff -> running'],
    ['running', 'started booted', 4, ['running -> shutoff'], 'shutoff -> running'],
    ['paused', 'suspended paused', 4, ['paused -> shutoff', 'shutoff -> running'], 'running -> paused'],
    ['transient running', 'started booted', 4, ['running -> shutoff', 'shutoff -> absent'], 'absent -> running'],
    ['shutoff', 'shutdown guest', 4, ['shutoff -> running'], 'running -> shutdown'],
    ['shutoff', 'crashed panicked', 4, ['shutoff -> running'], 'running -> crashed'],
    // What may as well be of the run that is known, or begins one.
    ['running', 'shutdown guest', 3, [], 'running -> shutdown'],
    ['running', 'stopped destroyed', -1, [], 'running -> shutoff'],
    ['running -1', 'shutdown guest', 4, [], 'running -> shutdown'],
    ['shutoff', 'resumed unpaused', 4, [], 'shutoff -> running'],
    ['running', '9 0', 4, [], 'running -> running'],
  ])(
    'lead to an event of another run than was known before the connection: %s, %s %i',
    (known, event, id, missed, transition) => {
      const states = new DomainStates();
      states.recall(list(known).map((domain) => ({ ...domain, state: domainStates[domain.state!]! })));
      states.takeFirst(undefined);
      if (!known.startsWith('transient')) {
        states.follow(change('defined updated', -1));
      }
      const { from, to } = states.follow(change(event, id));
      expect(states.takeMissed().map((found) => `${found.from} -> ${found.to}`)).toEqual(missed);
      expect(states.takeMissed()).toEqual([]);
      expect(`${from} -> ${to}`).toBe(transition);
      states.follow(change('suspended paused', 5));
      expect(states.takeMissed()).toEqual([]);
    },
  );

  it('are not made up from an event that the list was ahead of', () => {
    const states = new DomainStates();
    states.recall([{ ...domain, state: 'running' }]);
    states.takeFirst(list('running 4'));
    expect(states.follow(change('shutdown guest', 3))).toEqual({ from: 'running', to: 'shutdown' });
    expect(states.takeMissed()).toEqual([]);
  });

  it('are those of domains with names of more than 1,024 characters', () => {
    const states = new DomainStates();
    const named = (length: number) => ({ ...domain, uuid: `${length}`, name: 'x'.repeat(length) });
    states.follow({ ...change('started booted'), domain: named(1024) });
    states.follow({ ...change('started booted'), domain: named(1025) });
    expect(states.list()).toHaveLength(1);
    expect(states.follow({ ...change('suspended paused'), domain: named(1024) }).from).toBe('running');
    expect(states.follow({ ...change('suspended paused'), domain: named(1025) }).from).toBe('unknown');
  });

  it('are those of domains beyond the number that is followed', () => {
    const states = new DomainStates();
    for (let number = 0; number < MOST_DOMAINS + 10; number += 1) {
      states.follow({ ...change('started booted'), domain: { ...domain, uuid: `${number}` } });
    }
    expect(states.list()).toHaveLength(MOST_DOMAINS);
    const another = { ...change('suspended paused'), domain: { ...domain, uuid: 'another' } };
    expect(states.follow(another)).toEqual({ from: 'unknown', to: 'paused' });
    expect(states.list()).toHaveLength(MOST_DOMAINS);
    const known = { ...change('suspended paused'), domain: { ...domain, uuid: '0' } };
    expect(states.follow(known)).toEqual({ from: 'running', to: 'paused' });
  });
});

describe('a domain of QEMU', () => {
  /** Follows events, each as it came from a daemon, and tells the transitions. */
  const followAll = (states: DomainStates, ...events: string[]) =>
    events.flatMap((event) =>
      [states.follow(change(event)), ...states.takeFound()].map(({ from, to }) => `${from} -> ${to}`),
    );

  it('that boots is resumed before it is started', () => {
    const events = ['resumed unpaused', 'started booted', 'shutdown host', 'stopped destroyed'];
    expect(followAll(statesWith('shutoff'), ...events)).toEqual([
      'shutoff -> running',
      'running -> running',
      'running -> shutdown',
      'shutdown -> shutoff',
    ]);
  });

  it('that boots and is not defined comes from nowhere, and goes there', () => {
    const states = statesWith('absent');
    const events = ['resumed unpaused', 'started booted', 'stopped destroyed', 'resumed unpaused', 'started booted'];
    expect(followAll(states, ...events)).toEqual([
      'absent -> running',
      'running -> running',
      'running -> shutoff',
      'shutoff -> absent',
      'absent -> running',
      'running -> running',
    ]);
  });

  it('that is restored is started before it is resumed', () => {
    const events = ['suspended paused', 'stopped saved', 'started restored', 'resumed from-snapshot'];
    expect(followAll(statesWith('running'), ...events)).toEqual([
      'running -> paused',
      'paused -> shutoff',
      'shutoff -> running',
      'running -> running',
    ]);
  });

  it('that is undefined while it runs is gone when it stops', () => {
    const states = statesWith('running');
    expect(followAll(states, 'undefined removed', 'stopped shutdown')).toEqual([
      'running -> running',
      'running -> shutoff',
      'shutoff -> absent',
    ]);
    expect(states.list()).toEqual([]);
  });

  it('that is defined while it runs stays when it stops', () => {
    const states = statesWith('transient running');
    followAll(states, 'defined added', 'stopped shutdown');
    expect(states.list()).toEqual([{ name: 'web', uuid, id: -1, state: 'shutoff' }]);
  });

  it('that is renamed is the same domain under another name', () => {
    const states = statesWith('shutoff');
    states.follow(change('undefined renamed', -1));
    states.follow({ ...change('defined renamed', -1), domain: { uuid, name: 'shop', id: -1 } });
    expect(states.list()).toEqual([{ name: 'shop', uuid, id: -1, state: 'shutoff' }]);
  });
});

it('an event about the definition does not change the number of a domain that runs', () => {
  const states = statesWith('running 7');
  states.follow(change('defined updated', -1));
  expect(states.list()).toMatchObject([{ id: 7 }]);
});

it('domains are listed by name, with states that have no word as numbers', () => {
  const states = new DomainStates();
  const domain = (name: string, number: number) => ({
    name,
    uuid: uuid.replace('aa', `a${number}`),
    id: number,
    state: number,
  });
  states.replace([domain('b', 9), domain('c\0', 1), domain('a', 3)]);
  expect(states.list().map(({ name, state }) => `${name} ${state}`)).toEqual(['a paused', 'b 9', 'c\uFFFD running']);
});

/** Something that happens to domains, as the test driver tells it. */
interface Happening extends LifecycleChange {
  readonly from: string;
  readonly to: string;
  /** The domains after it and what came with it. */
  readonly after: readonly ListedDomain[];
}

/** The random life of a simulated hypervisor. */
function happenings(seed: number): { readonly before: readonly ListedDomain[]; readonly events: readonly Happening[] } {
  const clock = new ManualClock(0);
  const recorded = new RecordedDriver({ seed, clock });
  const present = () =>
    [...recorded.domains].map(({ name, uuid, id, state, persistent }) => ({
      name,
      uuid,
      id,
      state: domainStates.indexOf(state as (typeof domainStates)[number]),
      persistent,
    }));
  const before = present();
  const events: Happening[] = [];
  while (events.length < 60) {
    clock.advance(1);
    recorded.driver.pump(() => false);
    for (const event of recorded.newEvents()) {
      const detail = detailOfEvent(event);
      if ('from' in detail) {
        events.push({ ...detail, after: present() });
      }
    }
  }
  return { before, events };
}

describe('the life of a hypervisor', () => {
  const seed = fc.integer({ min: 0, max: 10_000 });

  it('is followed event by event', () => {
    fc.assert(
      fc.property(seed, (number) => {
        const { before, events } = happenings(number);
        const states = new DomainStates();
        states.replace(before);
        for (const event of events) {
          expect(states.follow(event)).toEqual({ from: event.from, to: event.to });
        }
        expect(states.list()).toEqual(listed(events.at(-1)!.after).list());
      }),
      { seed: 3, numRuns: often(20) },
    );
  });

  it('is followed from a list that had some of the changes already', () => {
    fc.assert(
      fc.property(seed, fc.nat(30), fc.nat(20), (number, first, late) => {
        const { events } = happenings(number);
        const states = listed(events[first + late]!.after);
        const state = new Map<string, string>();
        for (const event of events.slice(first)) {
          const { from, to } = states.follow(event);
          if (!/^(un)?defined/.test(event.event)) {
            expect(to).toBe(event.to);
          }
          expect(from).toBe(state.get(event.domain.uuid) ?? from);
          state.set(event.domain.uuid, states.takeFound()[0]?.to ?? to);
        }
        expect(states.list()).toEqual(listed(events.at(-1)!.after).list());
      }),
      { seed: 4, numRuns: often(40) },
    );
  });
});

function listed(domains: readonly ListedDomain[]): DomainStates {
  const states = new DomainStates();
  states.replace(domains);
  return states;
}

describe('what is found by comparison', () => {
  /** The transitions, in short. */
  const found = (before: string, after: string, more?: Partial<ListedDomain>) =>
    statesWith(before).replace(list(after, more)).map(inShort);

  it.each<[before: string, after: string, more: Partial<ListedDomain>, transitions: string[]]>([
    ['running', 'running', {}, []],
    ['shutoff', 'shutoff', {}, []],
    ['absent', 'absent', {}, []],
    ['running', 'blocked', {}, []],
    ['running', 'paused', {}, ['running -> paused, suspended paused']],
    ['running', 'paused', { reason: 5 }, ['running -> paused, suspended ioerror']],
    ['blocked', 'paused', { reason: 99 }, ['blocked -> paused, suspended paused']],
    ['paused', 'running', {}, ['paused -> running, resumed unpaused']],
    ['paused', 'running', { reason: 2 }, ['paused -> running, resumed migrated']],
    ['pmsuspended', 'running', {}, ['pmsuspended -> running, started wakeup']],
    ['running', 'pmsuspended', {}, ['running -> pmsuspended, pmsuspended memory']],
    ['running', 'crashed', {}, ['running -> crashed, crashed panicked']],
    ['running', 'shutdown', {}, ['running -> shutdown, shutdown finished']],
    ['running', 'shutoff', {}, ['running -> shutoff, stopped shutdown']],
    ['running', 'shutoff', { reason: 2 }, ['running -> shutoff, stopped destroyed']],
    ['paused', 'shutoff', { reason: 8 }, ['paused -> shutoff, stopped failed']],
    ['shutoff', 'running', {}, ['shutoff -> running, started booted']],
    ['shutoff', 'running', { reason: 3 }, ['shutoff -> running, started restored']],
    ['shutoff', 'paused', {}, ['shutoff -> running, started booted', 'running -> paused, suspended paused']],
    ['running 3', 'running 4', {}, ['running -> shutoff, stopped shutdown', 'shutoff -> running, started booted']],
    ['absent', 'shutoff', {}, ['absent -> shutoff, defined added']],
    ['absent', 'running', {}, ['absent -> shutoff, defined added', 'shutoff -> running, started booted']],
    ['absent', 'transient running', {}, ['absent -> running, started booted']],
    ['shutoff', 'absent', {}, ['shutoff -> absent, undefined removed']],
    ['running', 'absent', {}, ['running -> shutoff, stopped shutdown', 'shutoff -> absent, undefined removed']],
    [
      'transient running',
      'absent',
      {},
      ['running -> shutoff, stopped shutdown', 'shutoff -> absent, undefined removed'],
    ],
    [
      'transient running 3',
      'transient running 4',
      {},
      [
        'running -> shutoff, stopped shutdown',
        'shutoff -> absent, undefined removed',
        'absent -> running, started booted',
      ],
    ],
    [
      'transient running',
      'shutoff',
      {},
      [
        'running -> shutoff, stopped shutdown',
        'shutoff -> absent, undefined removed',
        'absent -> shutoff, defined added',
      ],
    ],
    [
      'shutoff',
      'shutoff',
      { name: 'shop' },
      ['shutoff -> absent, undefined renamed', 'absent -> shutoff, defined renamed (shop)'],
    ],
    [
      'running 3',
      'running 4',
      { name: 'shop' },
      [
        'running -> shutoff, stopped shutdown',
        'shutoff -> absent, undefined renamed',
        'absent -> shutoff, defined renamed (shop)',
        'shutoff -> running, started booted (shop)',
      ],
    ],
  ])('%s, then %s %j: %j', (before, after, more, transitions) => {
    expect(found(before, after, more)).toEqual(transitions);
  });

  it('a domain that does not run has no number', () => {
    const transitions = statesWith('running 3').replace(list('running 4'));
    expect(transitions.map(({ domain }) => domain.id)).toEqual([-1, 4]);
  });

  it('is of each domain in its turn: those that were known, then the new ones', () => {
    const other = (letter: string) => ({ uuid: uuid.replace('aa', `a${letter}`), name: letter });
    const states = listed([...list('running', other('b')), ...list('shutoff', other('c'))]);
    const transitions = states.replace([...list('running', other('a')), ...list('paused', other('b'))]);
    expect(transitions.map(inShort)).toEqual([
      'running -> paused, suspended paused (b)',
      'shutoff -> absent, undefined removed (c)',
      'absent -> shutoff, defined added (a)',
      'shutoff -> running, started booted (a)',
    ]);
  });

  const domains = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      uuid: fc.constantFrom('1', '2', '3', '4'),
      id: fc.integer({ min: 1, max: 3 }),
      state: fc.integer({ min: 0, max: 7 }),
      reason: fc.integer({ min: -1, max: 20 }),
      persistent: fc.boolean(),
    }),
    { selector: (domain) => domain.uuid },
  );
  /** As a daemon could list them: what is shut off is persistent and has no number. */
  const possible = domains.map((all) =>
    all.map((domain) => (domain.state === 5 ? { ...domain, id: -1, persistent: true } : domain)),
  );
  /** That a guest waits for a resource is as good as that it runs. */
  const coarse = (state: string) => (state === 'blocked' || state === 'nostate' ? 'running' : state);
  it('leads from what was to what is without a break', () => {
    fc.assert(
      fc.property(possible, possible, (before, after) => {
        const state = new Map(
          listed(before)
            .list()
            .map((domain) => [domain.uuid, domain.state]),
        );
        for (const { domain, from, to } of listed(before).replace(after)) {
          expect(coarse(from)).toBe(coarse(state.get(domain.uuid) ?? 'absent'));
          state.set(domain.uuid, to);
        }
        const present = [...state].filter(([, word]) => word !== 'absent');
        const now = listed(after)
          .list()
          .map((domain) => [domain.uuid, coarse(domain.state)]);
        expect(present.map(([uuid, word]) => [uuid, coarse(word)]).sort()).toEqual(now.sort());
      }),
      { seed: 5 },
    );
  });
});

function inShort({ domain, from, to, event, detail }: FoundTransition): string {
  return `${from} -> ${to}, ${event} ${detail}${domain.name === 'web' ? '' : ` (${domain.name})`}`;
}
