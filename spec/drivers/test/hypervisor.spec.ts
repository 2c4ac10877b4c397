import fc from 'fast-check';
import type { TestDomain } from '../../../lib/drivers/test/domain';
import { InvalidArgumentError, QueueFullError, TestDomainError } from '../../../lib/errors';
import { often } from '../../support/often';
import { validateEvents } from '../../support/validate-xsd';
import { detailOfEvent, RecordedDriver } from './recorded-driver';

const uuidA = '11111111-2222-4333-8444-5555555555aa';
const uuidB = '11111111-2222-4333-8444-5555555555bb';

it('begins with libvirt\'s domain "test", which runs', () => {
  const { domains, events } = new RecordedDriver();
  const all = [...domains].map(({ name, uuid, id, state, persistent }) => ({ name, uuid, id, state, persistent }));
  const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
  expect(all).toEqual([{ name: 'test', uuid, id: 1, state: 'running', persistent: true }]);
  expect(events).toEqual([]);
});

it('finds a domain by its name and by its UUID in any spelling', () => {
  const { domains } = new RecordedDriver();
  const test = domains.get('test');
  expect(domains.get('6695eb01-f6a4-8304-79aa-97f2502e193f')).toBe(test);
  expect(domains.get('6695EB01F6A4830479AA97F2502E193F')).toBe(test);
});

it('says so if there is no such domain', () => {
  const { domains } = new RecordedDriver();
  const message = "Domain not found: no domain with matching name 'x'";
  expect(() => domains.get('x')).toThrow(new TestDomainError('ERR_DOMAIN_NOT_FOUND', message));
  expect(() => domains.get('tset')).toThrow("no domain with matching name 'tset'; did you mean 'test'?");
  expect(() => domains.get(1 as never)).toThrow(InvalidArgumentError);
});

it('finds a renamed domain by its new name only', () => {
  const { domains } = new RecordedDriver();
  const domain = domains.define({ name: 'a' });
  domain.rename('b');
  expect(domains.get('b')).toBe(domain);
  expect(() => domains.get('a')).toThrow(TestDomainError);
});

it('goes through the domains in the order of their names, whatever happens to them meanwhile', () => {
  const { domains } = new RecordedDriver();
  for (const name of ['web', 'db', 'a']) {
    domains.define({ name });
  }
  const seen: string[] = [];
  for (const domain of domains) {
    seen.push(domain.name);
    if (domain.state === 'shutoff') {
      domain.undefine();
    }
  }
  expect(seen).toEqual(['a', 'db', 'test', 'web']);
  expect(domains.size).toBe(1);
});

describe('define', () => {
  it('adds a persistent domain that is shut off', () => {
    const recorded = new RecordedDriver();
    const domain = recorded.domains.define({ name: 'a', uuid: uuidA.toUpperCase().replaceAll('-', '') });
    expect(domain).toMatchObject({ name: 'a', uuid: uuidA, id: -1, state: 'shutoff', persistent: true });
    expect(recorded.news()).toEqual(['a absent -> shutoff, defined added']);
  });

  it('changes the domain of the same name and UUID', () => {
    const recorded = new RecordedDriver();
    const domain = recorded.domains.define({ name: 'a', uuid: uuidA });
    domain.start();
    recorded.newEvents();
    expect(recorded.domains.define({ name: 'a', uuid: uuidA, onCrash: 'preserve' })).toBe(domain);
    expect(domain.onCrash).toBe('preserve');
    expect(recorded.news()).toEqual(['a running -> running, defined updated']);
  });

  it('makes up the same UUID for a name each time, and another one if that is taken', () => {
    const first = new RecordedDriver().domains.define({ name: 'a' }).uuid;
    const { domains } = new RecordedDriver();
    domains.define({ name: 'a' }).rename('b');
    const second = domains.define({ name: 'a' }).uuid;
    expect(domains.get('b').uuid).toBe(first);
    expect(second).not.toBe(first);
    expect(second).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    [{ name: 'a', uuid: uuidB }, `operation failed: domain 'a' already exists with uuid ${uuidA}`],
    [{ name: 'a' }, `operation failed: domain 'a' already exists with uuid ${uuidA}`],
    [{ name: 'b', uuid: uuidA }, `operation failed: domain 'a' is already defined with uuid ${uuidA}`],
  ])('refuses %j beside a domain "a" in the words of libvirt', (options, message) => {
    const recorded = new RecordedDriver();
    recorded.domains.define({ name: 'a', uuid: uuidA });
    recorded.newEvents();
    expect(() => recorded.domains.define(options)).toThrow(new TestDomainError('ERR_DOMAIN_EXISTS', message));
    expect(() => recorded.domains.create(options)).toThrow(new TestDomainError('ERR_DOMAIN_EXISTS', message));
    expect(recorded.domains.size).toBe(2);
    expect(recorded.news()).toEqual([]);
  });

  it.each([
    [null, 'options must be an object, but is null'],
    [{ name: 'a', uuid: 'zz' }, "options.uuid must have 32 hexadecimal digits, but is 'zz'"],
    [{ name: 'a', uuid: 5 }, 'options.uuid must have 32 hexadecimal digits, but is 5'],
    [{ name: 'a', onCrash: 'burn' }, "options.onCrash must be one of destroy, restart, preserve, but is 'burn'"],
    [{ name: 'a', memory: 5 }, 'options.memory is no option; the options are name, uuid, onCrash'],
    [{}, 'options.name must be a text, but is undefined'],
  ])('refuses %j', (options, message) => {
    const { domains } = new RecordedDriver();
    expect(() => domains.define(options as never)).toThrow(InvalidArgumentError);
    expect(() => domains.define(options as never)).toThrow(message);
  });

  it('adds nothing if the queue has no room', () => {
    const recorded = new RecordedDriver();
    recorded.room = 0;
    expect(() => recorded.domains.define({ name: 'a' })).toThrow(QueueFullError);
    expect(() => recorded.domains.create({ name: 'a' })).toThrow(QueueFullError);
    expect(recorded.domains.size).toBe(1);
  });
});

describe('create', () => {
  it('adds a transient domain that runs', () => {
    const recorded = new RecordedDriver();
    const domain = recorded.domains.create({ name: 'a' });
    expect(domain).toMatchObject({ id: 2, state: 'running', persistent: false });
    expect(recorded.news()).toEqual(['a absent -> running, started booted']);
  });

  it('starts a domain that is defined, and refuses one that is active', () => {
    const recorded = new RecordedDriver();
    const domain = recorded.domains.define({ name: 'a', uuid: uuidA });
    recorded.newEvents();
    expect(recorded.domains.create({ name: 'a', uuid: uuidA })).toBe(domain);
    expect(recorded.news()).toEqual(['a shutoff -> running, started booted']);
    const message = "Requested operation is not valid: domain 'a' is already active";
    expect(() => recorded.domains.create({ name: 'a', uuid: uuidA })).toThrow(
      new TestDomainError('ERR_DOMAIN_STATE', message),
    );
  });
});

it('writes time stamps from the clock of the connection', () => {
  const recorded = new RecordedDriver();
  recorded.domains.get('test').suspend();
  expect(recorded.events[0]?.timestamp).toBe('2026-01-02T03:04:05.000000Z');
});

it('writes names as they are, whatever XML makes of them', async () => {
  const recorded = new RecordedDriver();
  recorded.domains.define({ name: `<a> & "b" 'ü' 🦉 ]]>` });
  expect(recorded.news()).toEqual([`<a> & "b" 'ü' 🦉 ]]> absent -> shutoff, defined added`]);
  expect(await validateEvents(recorded.events.map(({ xml }) => xml))).toEqual([]);
});

/** Something that a program may do at any time; many of them are refused. */
type Move = (recorded: RecordedDriver, domain: TestDomain) => void;

const moves = fc.constantFrom<Move>(
  (_, domain) => domain.start(),
  (_, domain) => domain.suspend(),
  (_, domain) => domain.resume(),
  (_, domain) => domain.shutdown(),
  (_, domain) => domain.destroy(),
  (_, domain) => domain.reboot(),
  (_, domain) => domain.crash(),
  (_, domain) => domain.pmSuspend('mem'),
  (_, domain) => domain.pmSuspend('disk'),
  (_, domain) => domain.pmWakeup(),
  (_, domain) => domain.save(),
  (_, domain) => domain.restore(),
  (_, domain) => domain.createSnapshot('s'),
  (_, domain) => domain.revertToSnapshot('s'),
  (_, domain) => domain.deleteSnapshot('s'),
  (_, domain) => domain.rename('b'),
  (_, domain) => domain.undefine(),
  ({ domains }) => domains.define({ name: 'a', onCrash: 'restart' }),
  ({ domains }, { name, uuid }) => domains.define({ name, uuid, onCrash: 'preserve' }),
  ({ domains }) => domains.create({ name: 'b' }),
  (recorded) => {
    recorded.room = 1;
  },
  (recorded) => {
    recorded.room = Number.POSITIVE_INFINITY;
  },
);

/** The states by UUID, absent ones left out. */
function statesIn({ domains }: RecordedDriver): Map<string, string> {
  return new Map([...domains].map(({ uuid, state }) => [uuid, state]));
}

it('keeps its promises whatever a program does', async () => {
  const written: string[] = [];
  fc.assert(
    fc.property(fc.array(fc.tuple(moves, fc.nat()), { maxLength: 60 }), (steps) => {
      const recorded = new RecordedDriver();
      const known = [...recorded.domains];
      for (const [move, pick] of steps) {
        const before = statesIn(recorded);
        const domain = known[pick % known.length] as TestDomain;
        let refused = false;
        try {
          move(recorded, domain);
        } catch (error) {
          expect(error instanceof TestDomainError || error instanceof QueueFullError).toBe(true);
          refused = true;
        }
        known.push(...[...recorded.domains].filter((present) => !known.includes(present)));
        const events = recorded.newEvents();
        written.push(...events.slice(0, 1).map(({ xml }) => xml));
        if (refused) {
          expect(events).toEqual([]);
          expect(statesIn(recorded)).toEqual(before);
        }
        // The events alone lead from the states before to the states after.
        const told = before;
        for (const detail of events.map(detailOfEvent)) {
          if (!('from' in detail)) {
            continue;
          }
          const { from, to, domain: about } = detail;
          expect(from).toBe(told.get(about.uuid) ?? 'absent');
          expect(about.id > 0).toBe(to !== 'shutoff' && to !== 'absent');
          if (to === 'absent') {
            told.delete(about.uuid);
          } else {
            told.set(about.uuid, to);
          }
        }
        expect(told).toEqual(statesIn(recorded));
      }
      const ids = [...recorded.domains].filter(({ id }) => id !== -1).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const names = [...recorded.domains].map(({ name }) => name);
      expect(names).toEqual([...new Set(names)].sort());
    }),
    { seed: 20080801, numRuns: often(300) },
  );
  expect(await validateEvents(new Set(written))).toEqual([]);
});
