/** Registering handlers where there are many. */
import { EventEmitter } from 'node:events';
import { addEventHandler, openConnection, removeEventHandler } from '../lib/index';
import { type Benchmark, type Contestant, compare } from './harness';
import { sampleType } from './sample-events';

const HANDLERS = 100_000;

/** Keeps so many registered; each time the oldest goes and a new one comes. */
function changer<T>(name: string, add: () => T, remove: (one: T) => void): Contestant {
  const registered = Array.from({ length: HANDLERS }, add);
  let oldest = 0;
  return {
    name,
    run(operations) {
      for (let left = operations; left > 0; left -= 1) {
        remove(registered[oldest]!);
        registered[oldest] = add();
        oldest = (oldest + 1) % HANDLERS;
      }
      return operations;
    },
  };
}

function library(): Contestant {
  const conn = openConnection();
  return changer(
    'removeEventHandler and addEventHandler',
    () => addEventHandler(conn, [sampleType], () => {}),
    (registration) => removeEventHandler(conn, registration),
  );
}

function eventEmitter(): Contestant {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return changer(
    'EventEmitter.off and on',
    () => {
      const listener = () => {};
      emitter.on(sampleType, listener);
      return listener;
    },
    (listener) => emitter.off(sampleType, listener),
  );
}

export const handlers: readonly Benchmark[] = [
  compare({
    id: 'handlers/change',
    title: 'The oldest of 100,000 handlers removed and a new one added',
    per: 'change',
    contestants: () => [library(), eventEmitter()],
  }),
];
