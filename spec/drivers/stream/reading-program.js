/**
 * A program that reads a stream in a process of its own, with the compiled library: `URI MODE REPORT`.
 *
 * Its report, a file, says what came and how the standard descriptors were left.
 */
const { fstatSync, readFileSync, writeFileSync } = require('node:fs');
const { builtModule } = require('../../support/built-module');

const { systemClock } = builtModule('clock');
const { openStream } = builtModule('drivers/stream/open-stream');
const { defaultEventLimits } = builtModule('xml/limits');

const O_NONBLOCK = 0o4000;

const log = [];
let onChange = () => {};
const note = (what) => {
  log.push(what);
  onChange();
};
const sink = {
  hasRoomFor: () => true,
  event: ({ type }) => note(type),
  invalid: ({ code }) => note(code),
  ended: () => note('ended'),
  lost: ({ message }) => note(message),
};

/** Lets the event loop run until the log holds something. */
function until(what) {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 1000);
    onChange = () => {
      if (log.includes(what)) {
        clearInterval(alive);
        resolve();
      }
    };
  });
}

const readings = {
  async wait(driver) {
    while (!log.includes('ended')) {
      driver.wait(10_000);
      driver.pump(() => true);
    }
    driver.close();
  },
  async listen(driver) {
    driver.listen();
    await until('ended');
    driver.close();
  },
  async 'leave open'(driver) {
    driver.listen();
    await until('first');
  },
};

/** Whether writing to standard output may fail because it would block (Linux). */
function stdoutIsNonBlocking() {
  const [, flags] = /^flags:\s*(\d+)/m.exec(readFileSync('/proc/self/fdinfo/1', 'utf8'));
  return (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
}

async function main(uri, mode, report) {
  await readings[mode](openStream({ uri, sink, clock: systemClock, limits: defaultEventLimits, options: {} }));
  const found = { log, stdinIsOpen: fstatSync(0) !== undefined };
  if (process.platform === 'linux') {
    found.stdoutIsNonBlocking = stdoutIsNonBlocking();
  }
  writeFileSync(report, JSON.stringify(found));
}

main(...process.argv.slice(2));
