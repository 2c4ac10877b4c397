const { deliverEvents, ManualClock, openConnection, sendEvent } = require('virdeliver');
const { watchFleet } = require('./watch-fleet');

let clock;
let conn;
let told;
let isReachable;
let fleet;

beforeEach(() => {
  clock = new ManualClock('2026-01-02T03:00:00Z');
  // Events as a hub would bring them, without one.
  conn = openConnection('memory:', { clock });
  told = [];
  isReachable = true;
  fleet = watchFleet(conn, (text) => {
    if (isReachable) {
      told.push(text);
    }
    return isReachable;
  });
});

afterEach(() => conn.close());

function transition(host, name, { from = 'running', to, event, detail }) {
  const uuid = '00000000-0000-4000-8000-000000000001';
  sendEvent(conn, {
    type: 'domain-state-transition',
    attributes: { host },
    content: [
      {
        name: 'domain',
        attributes: { id: '1' },
        content: [
          { name: 'name', content: [name] },
          { name: 'uuid', content: [uuid] },
        ],
      },
      { name: 'transition', attributes: { from, to, event, detail } },
    ],
  });
}

test('tells of what crashed or failed, and of nothing else', () => {
  transition('kvm-1', 'web', { to: 'crashed', event: 'crashed', detail: 'panicked' });
  transition('kvm-2', 'db', { to: 'shutoff', event: 'stopped', detail: 'failed' });
  transition('kvm-2', 'mail', { to: 'shutoff', event: 'stopped', detail: 'shutdown' });
  deliverEvents(conn);
  expect(told).toEqual(['kvm-1: web has crashed', 'kvm-2: db is shutoff: failed']);
});

test('does not let go of trouble that nobody can be told of', () => {
  isReachable = false;
  transition('kvm-1', 'web', { to: 'crashed', event: 'crashed', detail: 'panicked' });
  expect(deliverEvents(conn)).toMatchObject({ stoppedBy: 'retry', remaining: 1 });
  isReachable = true;
  deliverEvents(conn);
  expect(told).toEqual(['kvm-1: web has crashed']);
});

test('tells of events that are lost', () => {
  const lost = { host: 'kvm-1', cause: 'expired', count: '3', first: '1', last: '3' };
  sendEvent(conn, { type: 'events-lost', attributes: lost });
  deliverEvents(conn);
  expect(told).toEqual(['kvm-1: 3 events lost (expired)']);
});

test('tells once of a host that falls silent, and again when it has spoken in between', () => {
  const speak = () => {
    sendEvent(conn, { type: 'collector-alive', attributes: { host: 'kvm-1' } });
    deliverEvents(conn);
  };
  speak();
  for (const minutes of [10, 6, 1]) {
    clock.advance(minutes * 60_000);
    fleet.checkHosts();
  }
  expect(told).toEqual(['kvm-1: nothing heard since 2026-01-02T03:00:00.000Z']);
  speak();
  clock.advance(16 * 60_000);
  fleet.checkHosts();
  expect(told).toHaveLength(2);
});
