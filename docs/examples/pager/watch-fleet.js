const { addEventHandler } = require('virdeliver');

/** What somebody is to be told of: machines that crashed or failed, and events that nobody has seen. */
const TROUBLE = "transition[@event = 'crashed' or @detail = 'failed'] or @type = 'events-lost'";

/** A collector says every ten minutes that it lives; a host that says nothing for longer than this is silent. */
const SILENT_AFTER = 15 * 60_000;

/**
 * Has somebody told of the trouble that the events of a connection tell of.
 *
 * An event that could not be passed on stays where it is, and is offered again: as long as nobody can be told, nothing is done
 * with. So `tell` may fail for as long as it likes, and may be called twice for one event if the process is killed in between.
 *
 * @param {import('virdeliver').Connection} conn A connection whose events say on which host they happened.
 * @param {(text: string) => boolean} tell Passes a text on; says whether that was possible.
 * @returns {{ checkHosts(): void }} To be called now and then: tells of hosts that have fallen silent, once.
 */
function watchFleet(conn, tell) {
  /** When each host was heard of last, and whether somebody knows that it is silent. */
  const hosts = new Map();

  addEventHandler(conn, '@host', (_, event) => {
    hosts.set(event.string('@host'), { heard: Date.parse(event.timestamp), isKnown: false });
  });
  addEventHandler(conn, TROUBLE, (_, event) => (tell(describe(event)) ? undefined : 'retry'));

  return {
    checkHosts() {
      const limit = conn.clock.now() - SILENT_AFTER;
      for (const [host, state] of hosts) {
        if (!state.isKnown && state.heard < limit) {
          state.isKnown = tell(`${host}: nothing heard since ${new Date(state.heard).toISOString()}`);
        }
      }
    },
  };
}

function describe(event) {
  const host = event.string('@host') || 'the hub';
  if (event.type === 'events-lost') {
    return `${host}: ${event.string('@count') || 'an unknown number of'} events lost (${event.string('@cause')})`;
  }
  const to = event.string('transition/@to');
  const happened = to === 'crashed' ? 'has crashed' : `is ${to}: ${event.string('transition/@detail')}`;
  return `${host}: ${event.string('domain/name')} ${happened}`;
}

module.exports = { watchFleet };
