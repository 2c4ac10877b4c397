const { addEventHandler, sendEvent } = require('virdeliver');

/** How a machine may stop without anybody worrying. */
const PLANNED = ['shutdown', 'saved', 'migrated'];

/**
 * Watches the machines of a connection, and sends an event of the type `vm-alert` to it when one has crashed, or stays
 * down after it was not shut down in good order.
 *
 * @param {import('virdeliver').Connection} conn
 * @param {{ graceMs?: number }} options How long a machine may be down before it is worth an alert.
 */
function watchVms(conn, { graceMs = 5000 } = {}) {
  /** What calls off the alert that is due for a machine, by its name. */
  const due = new Map();
  const callOff = (name) => {
    due.get(name)?.();
    due.delete(name);
  };
  const alert = (name, problem) => {
    due.delete(name);
    sendEvent(conn, { type: 'vm-alert', attributes: { problem }, content: [{ name: 'name', content: [name] }] });
  };

  addEventHandler(
    conn,
    ['domain-state-transition'],
    (_, { detail }) => {
      if (detail === undefined) {
        return;
      }
      const { name } = detail.domain;
      callOff(name);
      if (detail.to === 'crashed') {
        alert(name, 'crashed');
      } else if (detail.event === 'stopped' && !PLANNED.includes(detail.detail)) {
        due.set(
          name,
          // The connection's clock, so that a test can move it.
          conn.clock.schedule(graceMs, () => alert(name, 'down')),
        );
      }
    },
    undefined,
    { onRelease: () => [...due.keys()].forEach(callOff) },
  );
}

module.exports = { watchVms };
