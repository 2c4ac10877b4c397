const { addEventHandler, openConnection, runDelivery } = require('virdeliver');
const { watchVms } = require('./watch-vms');

const uri = process.argv[2] ?? 'test:///default';
const conn = openConnection(uri, { seed: 42, readOnly: true, reconnect: true });
watchVms(conn);
addEventHandler(conn, ['vm-alert'], (_, event) => {
  console.log(`${event.timestamp} ${event.string('name')}: ${event.string('@problem')}`);
});

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
console.log(`Watching the machines of ${uri}, until Ctrl-C.`);
runDelivery(conn, { signal: stop.signal }).then(() => conn.close());
