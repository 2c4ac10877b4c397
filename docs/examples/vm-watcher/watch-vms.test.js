const { join } = require('node:path');
const { ManualClock } = require('virdeliver');
const { collectEvents, expectEvent, expectNoEvent, openRecording, openTestConnection } = require('virdeliver/testing');
require('virdeliver/testing/jest');
const { watchVms } = require('./watch-vms');

describe('on a simulated hypervisor', () => {
  let hypervisor;

  beforeEach(() => {
    hypervisor = openTestConnection({
      domains: [
        { name: 'web', state: 'running' },
        { name: 'db', state: 'running', onCrash: 'restart' },
      ],
    });
    watchVms(hypervisor.conn, { graceMs: 5000 });
  });
  afterEach(() => hypervisor.conn.close());

  test('a machine that crashes is worth an alert at once', () => {
    const { conn, domains, at } = hypervisor;
    at(1000, () => domains.get('db').crash());
    const alert = expectEvent(conn, ['vm-alert'], { within: 1001 });
    expect(alert).toMatchFilter("@problem = 'crashed' and name = 'db'");
  });

  test('a machine that was stopped by force is worth an alert when it stays down', () => {
    const { conn, domains, at } = hypervisor;
    at(1000, () => domains.get('web').destroy());
    expectNoEvent(conn, ['vm-alert'], { within: 5999 });
    expectEvent(conn, "@type = 'vm-alert' and @problem = 'down' and name = 'web'", { within: 1 });
  });

  test('a machine that comes back in time is worth none', () => {
    const { conn, domains, at } = hypervisor;
    at(1000, () => domains.get('web').destroy());
    at(5000, () => domains.get('web').start());
    expectNoEvent(conn, ['vm-alert'], { within: 60_000 });
  });

  test('a machine that is defined, or renamed, has not gone down', () => {
    const { conn, domains } = hypervisor;
    domains.define({ name: 'new' }).rename('newer');
    expectNoEvent(conn, ['vm-alert'], { within: 60_000 });
  });

  test('a machine that is shut down in good order is worth none', () => {
    const { conn, domains } = hypervisor;
    domains.get('web').shutdown();
    expect(conn).toHaveQueued("transition/@detail = 'shutdown'");
    expectNoEvent(conn, ['vm-alert'], { within: 60_000 });
  });
});

test('a power cut that was recorded: one machine comes back in time, the other does not', () => {
  const conn = openRecording(join(__dirname, 'power-cut.xml'), { speed: 1, clock: new ManualClock() });
  watchVms(conn, { graceMs: 5000 });
  const alerts = collectEvents(conn, ['vm-alert'], { within: 60_000 });
  expect(alerts.map((event) => event.string("concat(name, ' ', @problem)"))).toEqual(['db down']);
});
