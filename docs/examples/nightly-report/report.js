const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { addEventHandler, deliverEvents } = require('virdeliver');

/** What belongs into the report: machines that crashed, or were stopped by force, and events that nobody has seen. */
const TROUBLE =
  "transition[@event = 'crashed' or @detail = 'destroyed' or @detail = 'failed'] or @type = 'events-lost'";

/**
 * Appends what went wrong since the last report, a line each, and returns the new lines.
 *
 * Each line is on its way to the disk before its event is completed. So if this process is killed, the next one is given
 * the event in hand again, and the key at the end of the last line tells whether it is written already.
 *
 * @param {import('virdeliver').Connection} conn A connection to a journal, with a reader's name and follow=no.
 * @param {string} path The report.
 * @throws {Error} if it can't be written; the next run goes on there.
 */
function appendReport(conn, path) {
  const lines = [];
  let problem;
  const last = lastKey(path);
  addEventHandler(conn, TROUBLE, (_, event) => {
    if (event.key === last) {
      return;
    }
    const line = `${event.timestamp} ${describe(event)} [${event.key ?? `journal gap ${event.sequence}`}]`;
    try {
      appendFileSync(path, `${line}\n`);
    } catch (error) {
      problem = error;
      return 'retry';
    }
    lines.push(line);
  });
  // Up to the end that the journal had when it was opened, or to an event that can't be reported: the next run begins with it.
  while (deliverEvents(conn).stoppedBy === 'drained');
  if (problem !== undefined) {
    throw new Error('the report is not complete', { cause: problem });
  }
  return lines;
}

function describe(event) {
  if (event.type === 'events-lost') {
    const { count = 'an unknown number of', cause } = event.detail;
    return `${count} events lost (${cause})`;
  }
  const { domain, to, detail } = event.detail;
  return `${event.string('@host')}/${domain.name} ${to === 'crashed' ? 'crashed' : `stopped: ${detail}`}`;
}

function lastKey(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return /\[([^\]]*)\]\n$/.exec(text)?.[1];
}

module.exports = { appendReport };
