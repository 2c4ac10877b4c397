const { openConnection } = require('virdeliver');
const { journalStats } = require('virdeliver/journal');
const { appendReport } = require('./report');

const [folder = '/var/lib/virdeliver', path = 'report.txt'] = process.argv.slice(2);
// Two runs that overlap wait for each other.
const uri = `journal:${encodeURI(folder)}?reader=nightly-report&from=newest&follow=no`;
const conn = openConnection(uri, { lockWaitMs: 60_000 });
try {
  const lines = appendReport(conn, path);
  console.log(lines.length === 0 ? 'Nothing went wrong.' : lines.join('\n'));
} catch (error) {
  console.error(`${error.message}: ${error.cause?.message ?? error.stack}`);
  process.exitCode = 1;
} finally {
  conn.close();
}
if (journalStats(folder).writer?.alive !== true) {
  console.error('The collector does not run: what happens now is not kept.');
  process.exitCode = 1;
}
