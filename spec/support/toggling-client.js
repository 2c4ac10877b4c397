/**
 * A client of a daemon that suspends and resumes a domain in turn: `SOCKET`, the driver's URI, the domain's name, and how many
 * calls to make. It makes one call at a time, as fast as the daemon answers, and prints how many of each succeeded.
 */
const { builtModule } = require('./built-module');

const { systemClock } = builtModule('clock');
const { runNow } = builtModule('drivers/io/dialogue');
const { noPayload } = builtModule('drivers/remote/rpc/packet');
const { calls, program } = builtModule('drivers/remote/rpc/protocol');
const { RpcChannel } = builtModule('drivers/remote/rpc/rpc-channel');
const { SocketTransport } = builtModule('drivers/remote/transport/socket-transport');
const { XdrWriter } = builtModule('drivers/remote/rpc/xdr-writer');

/** For how many milliseconds a call may take. */
const PATIENCE = 20_000;

const lookupByName = { program: program.remote, number: 23, name: 'domain_lookup_by_name' };
const suspend = { program: program.remote, number: 34, name: 'domain_suspend' };
const resume = { program: program.remote, number: 28, name: 'domain_resume' };

const [socket, driver, name, times] = process.argv.slice(2);

const channel = new RpcChannel(SocketTransport.toPath(socket), {
  clock: systemClock,
  mayRead: () => true,
  onMessage: () => {},
  onFailure: () => {},
});

/** Makes a call, and throws why the daemon refuses it. */
function call(procedure, payload) {
  const [answer] = runNow(channel.callAll([{ procedure, payload }], PATIENCE));
  if (answer instanceof Error) {
    throw answer;
  }
  return answer;
}

/** Whether the daemon does what it is asked for: a domain that is in that state already refuses. */
function succeeds(procedure, domain) {
  try {
    call(procedure, domain);
    return true;
  } catch (error) {
    if (error.code !== 'ERR_DAEMON') {
      throw error;
    }
    return false;
  }
}

call(calls.authList, noPayload);
const uri = new XdrWriter().optional(driver, (writer, text) => writer.string(text)).uint(0);
call(calls.connectOpen, uri.finish());
const domain = call(lookupByName, new XdrWriter().string(name).finish()).slice();

const successes = { suspended: 0, resumed: 0 };
for (let turn = 0; turn < Number(times); turn += 1) {
  const [procedure, event] = turn % 2 === 0 ? [suspend, 'suspended'] : [resume, 'resumed'];
  if (succeeds(procedure, domain)) {
    successes[event] += 1;
  }
}
channel.leave(calls.connectClose);
process.stdout.write(JSON.stringify(successes));
