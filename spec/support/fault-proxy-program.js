/**
 * The process of a `FaultProxy`: forwards connections between the place where it listens and a target, and does to them
 * what its messages say. Places are given as JSON, as `net.connect` takes them; it answers each message with its number.
 */
const { connect, createServer } = require('node:net');
const { setImmediate: nextTurn, setTimeout: sleep } = require('node:timers/promises');

const [place, target] = process.argv.slice(2).map((text) => JSON.parse(text));

/** Both sockets of each connection. */
const pairs = new Set();
let fragment = Number.POSITIVE_INFINITY;
let delay = 0;
/** What bytes and ends wait for while nothing may pass. */
let passage;
let openPassage;
/** Whether the next that the target says is kept back, and its connection closed. */
let isAnswerCut = false;

const actions = {
  fragment: (bytes) => {
    fragment = bytes;
  },
  delay: (milliseconds) => {
    delay = milliseconds;
  },
  halt: () => {
    passage ??= new Promise((resolve) => {
      openPassage = resolve;
    });
  },
  resume: () => {
    passage = undefined;
    openPassage?.();
  },
  cutAnswer: () => {
    isAnswerCut = true;
  },
  reset: () => forEachSocket((socket) => (target.port === undefined ? socket.destroy() : socket.resetAndDestroy())),
  close: () => forEachSocket((socket) => socket.destroy()),
};

function forEachSocket(act) {
  for (const socket of [...pairs].flat()) {
    act(socket);
  }
}

/** Copies what comes from one socket to another, to its end. */
async function forward(from, to, isAnswer) {
  for await (const chunk of from) {
    if (isAnswer && isAnswerCut) {
      isAnswerCut = false;
      throw new Error('it is cut');
    }
    if (delay > 0) {
      await sleep(delay);
    }
    for (let start = 0; start < chunk.length; start += fragment) {
      await passage;
      await new Promise((resolve) => to.write(chunk.subarray(start, start + fragment), resolve));
      // So that the next piece is a segment of its own.
      await nextTurn();
    }
  }
  await passage;
  to.end();
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
  const pair = [near, far];
  pairs.add(pair);
  for (const socket of pair) {
    socket.on('error', () => {});
  }
  Promise.all([forward(near, far, false), forward(far, near, true)])
    .catch(() => {
      near.destroy();
      far.destroy();
    })
    .finally(() => pairs.delete(pair));
});
server.listen(place, () => process.send({ port: server.address().port }));

process.on('message', ({ number, action, argument }) => {
  actions[action](argument);
  process.send({ number });
});
// It ends with the process that started it, however that ends.
process.on('disconnect', () => process.exit());
