import { inspect } from 'node:util';
import type { TestDomain } from '../../../lib/drivers/test/domain';
import { ConnectionClosedError, InvalidArgumentError, QueueFullError, TestDomainError } from '../../../lib/errors';
import type { ReadEvent } from '../../../lib/event/read-event';
import { detailOfEvent, RecordedDriver } from './recorded-driver';

const operations = {
  start: (a: TestDomain) => a.start(),
  suspend: (a: TestDomain) => a.suspend(),
  resume: (a: TestDomain) => a.resume(),
  shutdown: (a: TestDomain) => a.shutdown(),
  destroy: (a: TestDomain) => a.destroy(),
  reboot: (a: TestDomain) => a.reboot(),
  crash: (a: TestDomain) => a.crash(),
  'suspend to memory': (a: TestDomain) => a.pmSuspend('mem'),
  'suspend to disk': (a: TestDomain) => a.pmSuspend('disk'),
  'wake up': (a: TestDomain) => a.pmWakeup(),
  save: (a: TestDomain) => a.save(),
  restore: (a: TestDomain) => a.restore(),
  rename: (a: TestDomain) => a.rename('b'),
  undefine: (a: TestDomain) => a.undefine(),
};
type Operation = keyof typeof operations;

/** The operations that bring a new domain into each state. */
const ways = {
  'shut off': [],
  'shut off and saved': ['start', 'save'],
  running: ['start'],
  paused: ['start', 'suspend'],
  pmsuspended: ['start', 'suspend to memory'],
  crashed: ['start', 'crash'],
} as const satisfies Record<string, readonly Operation[]>;
type State = keyof typeof ways;

/** What each operation does, in the states that allow it. */
const table: Record<State, Partial<Record<Operation, readonly string[]>>> = {
  'shut off': {
    start: ['a shutoff -> running, started booted'],
    rename: ['a shutoff -> absent, undefined renamed', 'b absent -> shutoff, defined renamed'],
    undefine: ['a shutoff -> absent, undefined removed'],
  },
  'shut off and saved': {
    start: ['a shutoff -> running, started booted'],
    restore: ['a shutoff -> running, started restored'],
    rename: ['a shutoff -> absent, undefined renamed', 'b absent -> shutoff, defined renamed'],
  },
  running: {
    suspend: ['a running -> paused, suspended paused'],
    shutdown: ['a running -> shutoff, stopped shutdown'],
    destroy: ['a running -> shutoff, stopped destroyed'],
    reboot: ['a domain-reboot'],
    crash: ['a running -> crashed, crashed panicked'],
    'suspend to memory': ['a domain-pm-suspend', 'a running -> pmsuspended, pmsuspended memory'],
    'suspend to disk': ['a domain-pm-suspend-disk', 'a running -> pmsuspended, pmsuspended disk'],
    save: ['a running -> shutoff, stopped saved'],
    undefine: ['a running -> running, undefined removed'],
  },
  paused: {
    resume: ['a paused -> running, resumed unpaused'],
    shutdown: ['a paused -> shutoff, stopped shutdown'],
    destroy: ['a paused -> shutoff, stopped destroyed'],
    reboot: ['a domain-reboot', 'a paused -> running, resumed unpaused'],
    save: ['a paused -> shutoff, stopped saved'],
    undefine: ['a paused -> paused, undefined removed'],
  },
  pmsuspended: {
    shutdown: ['a pmsuspended -> shutoff, stopped shutdown'],
    destroy: ['a pmsuspended -> shutoff, stopped destroyed'],
    reboot: ['a domain-reboot', 'a pmsuspended -> running, resumed unpaused'],
    'wake up': ['a domain-pm-wakeup', 'a pmsuspended -> running, started wakeup'],
    save: ['a pmsuspended -> shutoff, stopped saved'],
    undefine: ['a pmsuspended -> pmsuspended, undefined removed'],
  },
  crashed: {
    shutdown: ['a crashed -> shutoff, stopped shutdown'],
    destroy: ['a crashed -> shutoff, stopped destroyed'],
    reboot: ['a domain-reboot', 'a crashed -> running, resumed unpaused'],
    save: ['a crashed -> shutoff, stopped saved'],
    undefine: ['a crashed -> crashed, undefined removed'],
  },
};

/** The words in which an operation is refused, in all the states that do not allow it. */
const refusals: Record<Operation, string> = {
  start: "internal error: Domain 'a' is already running",
  suspend: "internal error: domain 'a' not running",
  resume: "internal error: domain 'a' not paused",
  shutdown: "internal error: domain 'a' not running",
  destroy: 'Requested operation is not valid: domain is not running',
  reboot: 'Requested operation is not valid: domain is not running',
  crash: "internal error: domain 'a' not running",
  'suspend to memory': "internal error: domain 'a' not running",
  'suspend to disk': "internal error: domain 'a' not running",
  'wake up': "internal error: domain 'a' not pmsuspended",
  save: 'Requested operation is not valid: domain is not running',
  restore: "Requested operation is not valid: domain 'a' ",
  rename: 'Requested operation is not valid: cannot rename active domain',
  undefine: 'Requested operation is not valid: Refusing to undefine while domain managed save image exists',
};

function openIn(state: State): { recorded: RecordedDriver; a: TestDomain } {
  const recorded = new RecordedDriver();
  const a = recorded.domains.define({ name: 'a', onCrash: 'preserve' });
  for (const operation of ways[state]) {
    operations[operation](a);
  }
  recorded.newEvents();
  return { recorded, a };
}

/** All that can be seen of a domain. */
function look({ name, uuid, id, state, persistent, onCrash, saved, snapshots }: TestDomain): object {
  return { name, uuid, id, state, persistent, onCrash, saved, snapshots };
}

describe.each(Object.keys(ways) as State[])('a domain that is %s', (state) => {
  describe.each(Object.keys(operations) as Operation[])('%s', (operation) => {
    const news = table[state][operation];
    if (news === undefined) {
      it('is refused in the words of libvirt, and changes nothing', () => {
        const { recorded, a } = openIn(state);
        const before = look(a);
        expect(() => operations[operation](a)).toThrow(TestDomainError);
        expect(() => operations[operation](a)).toThrow(refusals[operation]);
        expect(look(a)).toEqual(before);
        expect(recorded.news()).toEqual([]);
      });
      return;
    }
    it(`makes the events ${news.join('; ')}`, () => {
      const { recorded, a } = openIn(state);
      operations[operation](a);
      expect(recorded.news()).toEqual(news);
    });
    it('changes nothing if the queue has no room for all of them', () => {
      const { recorded, a } = openIn(state);
      const before = look(a);
      recorded.room = news.length - 1;
      expect(() => operations[operation](a)).toThrow(QueueFullError);
      expect(look(a)).toEqual(before);
      expect([...recorded.domains].map(({ name }) => name)).toEqual(['a', 'test']);
      expect(recorded.news()).toEqual([]);
      recorded.room = news.length;
      operations[operation](a);
      expect(recorded.news()).toEqual(news);
    });
  });
});

describe('the numbers of domains', () => {
  it('are new with each start, and -1 if the domain does not run', () => {
    const { a } = openIn('shut off');
    const ids = [a.id];
    for (const act of [a.start, a.suspend, a.resume, a.reboot, a.destroy, a.start]) {
      act.call(a);
      ids.push(a.id);
    }
    expect(ids).toEqual([-1, 2, 2, 2, 2, -1, 3]);
  });

  it('are in each event as they are after it', () => {
    const { recorded, a } = openIn('shut off');
    a.start();
    a.destroy();
    expect(recorded.newEvents().map(({ xml }) => /id="(.*?)"/.exec(xml)?.[1])).toEqual(['2', '-1']);
  });
});

describe('a guest that crashes', () => {
  it('is stopped by default', () => {
    const recorded = new RecordedDriver();
    recorded.domains.get('test').crash();
    expect(recorded.news()).toEqual([
      'test running -> crashed, crashed panicked',
      'test crashed -> shutoff, stopped crashed',
    ]);
  });

  it("starts anew with onCrash 'restart'", () => {
    const recorded = new RecordedDriver();
    const domain = recorded.domains.create({ name: 'a', onCrash: 'restart' });
    recorded.newEvents();
    domain.crash();
    expect(recorded.news()).toEqual([
      'a running -> crashed, crashed panicked',
      'a domain-reboot',
      'a crashed -> running, resumed unpaused',
    ]);
  });
});

describe('a transient domain', () => {
  const openTransient = () => {
    const recorded = new RecordedDriver();
    const a = recorded.domains.create({ name: 'a' });
    recorded.newEvents();
    return { recorded, a };
  };

  it.each<[string, (a: TestDomain) => void, string[]]>([
    ['shutdown', (a) => a.shutdown(), ['a running -> shutoff, stopped shutdown']],
    ['destroy', (a) => a.destroy(), ['a running -> shutoff, stopped destroyed']],
    ['crash', (a) => a.crash(), ['a running -> crashed, crashed panicked', 'a crashed -> shutoff, stopped crashed']],
  ])('is gone when it stops by %s, which a second transition tells, as that of a daemon', (_, stop, told) => {
    const { recorded, a } = openTransient();
    stop(a);
    expect(recorded.news()).toEqual([...told, 'a shutoff -> absent, undefined removed']);
    expect(detailOfEvent(recorded.events.at(-1) as ReadEvent)).toMatchObject({ found: 'by-comparison' });
    expect([a.state, a.id]).toEqual(['absent', -1]);
    expect([...recorded.domains].map(({ name }) => name)).toEqual(['test']);
    recorded.domains.create({ name: 'a', uuid: a.uuid });
    expect(recorded.news()).toEqual(['a absent -> running, started booted']);
  });

  it('stays as it is if the queue has no room for both transitions', () => {
    const { recorded, a } = openTransient();
    recorded.room = 1;
    expect(() => a.destroy()).toThrow(QueueFullError);
    expect([a.state, recorded.news()]).toEqual(['running', []]);
  });

  it('that goes back to a snapshot is gone only if that is of a domain that is shut off', () => {
    const { recorded, a } = openTransient();
    a.createSnapshot('on');
    a.revertToSnapshot('on');
    expect(recorded.news()).toEqual([
      'a running -> shutoff, stopped from-snapshot',
      'a shutoff -> running, started from-snapshot',
    ]);
  });

  it.each(Object.keys(operations) as Operation[])('when it is gone, refuses to %s', (operation) => {
    const { recorded, a } = openTransient();
    a.destroy();
    recorded.newEvents();
    const message = `Domain not found: no domain with matching uuid '${a.uuid}' (a)`;
    expect(() => operations[operation](a)).toThrow(new TestDomainError('ERR_DOMAIN_NOT_FOUND', message));
    expect(recorded.news()).toEqual([]);
  });

  it('is neither saved nor undefined', () => {
    const { a } = openTransient();
    expect(() => a.save()).toThrow('cannot do managed save for transient domain');
    expect(() => a.undefine()).toThrow('cannot undefine transient domain');
  });

  it('becomes persistent when it is defined', () => {
    const { recorded, a } = openTransient();
    recorded.domains.define({ name: 'a', uuid: a.uuid });
    a.destroy();
    expect(recorded.news()).toEqual(['a running -> running, defined added', 'a running -> shutoff, stopped destroyed']);
    expect(a.state).toBe('shutoff');
  });
});

describe('snapshots', () => {
  const stopped = 'stopped from-snapshot';
  const started = 'a shutoff -> running, started from-snapshot';
  const paused = 'a running -> paused, suspended from-snapshot';
  it.each([
    ['shut off', 'shut off', []],
    ['shut off', 'running', [started]],
    ['shut off', 'paused', [started, paused]],
    ['running', 'shut off', [`a running -> shutoff, ${stopped}`]],
    ['running', 'running', [`a running -> shutoff, ${stopped}`, started]],
    ['running', 'paused', [`a running -> shutoff, ${stopped}`, started, paused]],
    ['paused', 'shut off', [`a paused -> shutoff, ${stopped}`]],
    ['paused', 'running', [`a paused -> shutoff, ${stopped}`, started]],
    ['paused', 'paused', [`a paused -> shutoff, ${stopped}`, started, paused]],
  ] as const)('bring a domain that is %s back to %s', (now, then, news) => {
    const { recorded, a } = openIn(then);
    a.createSnapshot('s');
    expect(recorded.news()).toEqual([]);
    if (a.state !== 'shutoff') {
      a.destroy();
    }
    ways[now].forEach((operation: Operation) => {
      operations[operation](a);
    });
    recorded.newEvents();
    a.revertToSnapshot('s');
    expect(recorded.news()).toEqual(news);
  });

  it('are named once', () => {
    const { a } = openIn('running');
    a.createSnapshot('s');
    const message = 'operation failed: domain moment s already exists';
    expect(() => a.createSnapshot('s')).toThrow(new TestDomainError('ERR_SNAPSHOT_EXISTS', message));
    expect(a.snapshots).toEqual(['s']);
  });

  it('must be there to go back to, or to be deleted', () => {
    const { a } = openIn('running');
    a.createSnapshot('s');
    const message = "Domain snapshot not found: no domain snapshot with matching name 'x'";
    expect(() => a.revertToSnapshot('x')).toThrow(new TestDomainError('ERR_SNAPSHOT_NOT_FOUND', message));
    expect(() => a.deleteSnapshot('x')).toThrow(new TestDomainError('ERR_SNAPSHOT_NOT_FOUND', message));
    expect(a.snapshots).toEqual(['s']);
  });

  it.each([undefined, null, 5, {}, Object.create(null), Symbol('s')])('are not named %p', (name) => {
    const { a } = openIn('running');
    for (const act of [a.createSnapshot, a.revertToSnapshot, a.deleteSnapshot]) {
      expect(() => act.call(a, name as string)).toThrow(InvalidArgumentError);
    }
  });

  it('keep a domain that is shut off from being undefined, until they are deleted', () => {
    const { a } = openIn('shut off');
    a.createSnapshot('s');
    a.createSnapshot('t');
    expect(() => a.undefine()).toThrow('cannot delete inactive domain with 2 snapshots');
    a.deleteSnapshot('s');
    a.deleteSnapshot('t');
    a.undefine();
    expect(a.state).toBe('absent');
  });

  it('go with a renamed domain', () => {
    const { recorded, a } = openIn('shut off');
    a.createSnapshot('s');
    a.rename('b');
    expect(recorded.domains.get('b').snapshots).toEqual(['s']);
  });
});

describe('a saved domain', () => {
  it('has nothing to be restored from any more when it was started or brought back to a snapshot', () => {
    const { a } = openIn('running');
    a.createSnapshot('s');
    a.save();
    a.start();
    expect(a.saved).toBe(false);
    a.save();
    a.revertToSnapshot('s');
    expect(a.saved).toBe(false);
  });
});

describe('a name', () => {
  it('of another domain is not given twice', () => {
    const { a } = openIn('shut off');
    const message = "Requested operation is not valid: domain with name 'test' already exists";
    expect(() => a.rename('test')).toThrow(new TestDomainError('ERR_DOMAIN_EXISTS', message));
    expect(() => a.rename('a')).toThrow("Can't rename domain to itself");
  });

  it.each(['', 'a/b', 'a\nb', 'a\0', '\ud800', '\uffff', 7, null, undefined])('cannot be %j', (name) => {
    const { recorded, a } = openIn('shut off');
    expect(() => a.rename(name as string)).toThrow(InvalidArgumentError);
    expect(() => a.createSnapshot(name as string)).toThrow(InvalidArgumentError);
    expect(() => recorded.domains.define({ name: name as string })).toThrow(InvalidArgumentError);
    expect(recorded.news()).toEqual([]);
  });
});

it('shows its error if pmSuspend is called with something else', () => {
  const { a } = openIn('running');
  expect(() => a.pmSuspend('hybrid' as 'mem')).toThrow("target must be 'mem' or 'disk', but is 'hybrid'");
});

it('shows name and state when it is logged', () => {
  const { a } = openIn('running');
  expect(inspect(a)).toMatch(/^TestDomain \{ name: 'a', uuid: '.*', id: 2, state: 'running' \}$/s);
});

it('can be looked at, but not changed, when the connection is closed', () => {
  const { recorded, a } = openIn('running');
  recorded.driver.close();
  expect(a.state).toBe('running');
  expect(() => a.suspend()).toThrow(ConnectionClosedError);
  expect(() => recorded.domains.define({ name: 'b' })).toThrow(ConnectionClosedError);
  expect(() => recorded.domains.create({ name: 'a', uuid: a.uuid })).toThrow(ConnectionClosedError);
  expect(recorded.news()).toEqual([]);
});
