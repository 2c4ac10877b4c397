const { openConnection } = require('virdeliver');
const { appendReport } = require('./report');

const [folder = '/var/lib/virdeliver', path = 'report.txt'] = process.argv.slice(2);
// Two runs that overlap wait for each other.
const conn = openConnection(`journal:${encodeURI(folder)}?reader=nightly-report&follow=no`, { lockWaitMs: 60_000 });
const lines = appendReport(conn, path);
conn.close();
console.log(lines.length === 0 ? 'Nothing went wrong.' : lines.join('\n'));
