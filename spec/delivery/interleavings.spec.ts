import fc from 'fast-check';
import {
  addEventHandler,
  type Connection,
  closeConnection,
  deliverEvents,
  type EventIterator,
  iterateEvents,
  runDelivery,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../lib';
import { coreOf } from '../../lib/delivery/connection-core';
import { CountingClock } from '../support/counting-clock';
import { often } from '../support/often';
import { eventXml, openScripted } from '../support/scripted-driver';

/** One thing that happens to a connection; what waits meanwhile goes on in the turns of the event loop. */
type Step =
  | { readonly do: 'send' | 'arrive' | 'turn' | 'microtasks' | 'run' | 'stop' | 'end' | 'close' }
  | { readonly do: 'deliver' | 'take'; readonly limit: number }
  | { readonly do: 'wait'; readonly timeoutMs: number }
  | { readonly do: 'abort' | 'ask' | 'return'; readonly which: number }
  | { readonly do: 'advance'; readonly milliseconds: number };

const plain = (name: 'send' | 'arrive' | 'turn' | 'microtasks' | 'run' | 'stop' | 'end' | 'close', weight: number) => ({
  weight,
  arbitrary: fc.constant<Step>({ do: name }),
});
const limit = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 3 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  plain('send', 6),
  plain('arrive', 6),
  plain('turn', 6),
  plain('microtasks', 3),
  plain('run', 2),
  plain('stop', 1),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), limit }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), limit }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      timeoutMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 150 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), which: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds: fc.nat(120) }) },
);
const schedule = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
  /** How it goes out; a return ends one of the iterations in the middle of the rest. */
  last: fc.constantFrom<Step>({ do: 'turn' }, { do: 'end' }, { do: 'close' }, { do: 'return', which: 0 }),
  rest: fc.array(step, { maxLength: 15 }),
  highWaterMarks: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  /** On which events the plain handler says 'retry', and how often. */
  retries: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
});

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));
const countTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

/** Lets go on what can go on: each of a handful of events needs a few turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) {
    await turnOfTheLoop();
  }
}

/** A promise of the library's, and what has come of it. */
class Watched {
  outcome: 'pending' | 'true' | 'false' | 'rejected' = 'pending';
  readonly stop: AbortController | undefined;
  readonly promise: Promise<void>;

  constructor(promise: Promise<unknown>, stop?: AbortController) {
    this.stop = stop;
    this.promise = promise.then(
      (value) => {
        this.outcome = value === false ? 'false' : 'true';
      },
      (reason) => {
        if (reason !== 'as planned') {
          throw reason;
        }
        this.outcome = 'rejected';
      },
    );
  }
}

/** One connection and all who use it. */
class Scene {
  readonly clock = new CountingClock();
  readonly conn: Connection;
  readonly driver;
  readonly waits: Watched[] = [];
  readonly runs: Watched[] = [];
  readonly asks: Watched[] = [];
  readonly iterations: { readonly events: EventIterator; readonly seen: number[] }[];
  /** What was queued, in order; what the plain handler is done with; what was taken. */
  readonly sent: number[] = [];
  readonly handled: number[] = [];
  readonly taken: number[] = [];
  hasEnd = false;

  constructor(highWaterMarks: readonly number[], retries: readonly number[]) {
    const { conn, driver } = openScripted({ clock: this.clock });
    this.conn = conn;
    this.driver = driver;
    addEventHandler(conn, null, (_, { sequence, attempt }) => {
      if (attempt <= (retries[sequence % retries.length] as number)) {
        return 'retry';
      }
      this.handled.push(sequence);
      return undefined;
    });
    this.iterations = highWaterMarks.map((highWaterMark) => {
      return { events: iterateEvents(conn, null, { highWaterMark }), seen: [] };
    });
  }

  get isOver(): boolean {
    return this.conn.state === 'closed';
  }

  async perform(step: Step): Promise<void> {
    if (this.isOver && !['turn', 'microtasks', 'advance', 'ask', 'abort'].includes(step.do)) {
      return;
    }
    switch (step.do) {
      case 'send':
        // An iteration that was told the end is over, though the program may still send events of its own.
        if (!this.hasEnd) {
          sendEvent(this.conn, eventXml('e'));
        }
        break;
      case 'arrive':
        if (!this.hasEnd) {
          this.driver.arrive(eventXml('e'));
        }
        break;
      case 'turn':
        return turnOfTheLoop();
      case 'microtasks':
        return Promise.resolve();
      case 'deliver':
        deliverEvents(this.conn, { limit: step.limit });
        break;
      case 'take':
        this.taken.push(...takeEvents(this.conn, { limit: step.limit }).map(({ sequence }) => sequence));
        break;
      case 'wait': {
        const stop = new AbortController();
        const { timeoutMs } = step;
        this.waits.push(new Watched(waitForEvents(this.conn, { timeoutMs, signal: stop.signal }), stop));
        break;
      }
      case 'abort':
        this.waits[step.which]?.stop?.abort('as planned');
        break;
      case 'run': {
        const stop = new AbortController();
        this.runs.push(new Watched(runDelivery(this.conn, { signal: stop.signal, limit: 2 }), stop));
        break;
      }
      case 'stop':
        this.runs.at(-1)?.stop?.abort();
        break;
      case 'ask':
        this.ask(step.which);
        break;
      case 'return':
        await this.iterations[step.which]?.events.return();
        break;
      case 'advance':
        this.clock.advance(step.milliseconds);
        break;
      case 'end':
        this.hasEnd = true;
        this.driver.end = 'in good order';
        this.driver.arrive();
        break;
      case 'close':
        closeConnection(this.conn);
    }
  }

  ask(which: number): void {
    const iteration = this.iterations[which];
    if (iteration !== undefined) {
      const asked = iteration.events.next().then(({ value }) => {
        if (value !== undefined) {
          iteration.seen.push(value.sequence);
        }
      });
      this.asks.push(new Watched(asked));
    }
  }

  /** Nobody sleeps while there is news for him. */
  expectNoLostWakeUp(): void {
    const waiting = [...this.waits, ...this.runs, ...this.asks].filter(({ outcome }) => outcome === 'pending');
    const { isDeliverable, exhausted } = coreOf(this.conn);
    expect({ waiting: waiting.length, isDeliverable, exhausted }).toEqual({
      waiting: waiting.length,
      isDeliverable: waiting.length > 0 ? false : isDeliverable,
      exhausted: waiting.length > 0 ? false : exhausted,
    });
  }

  /** Lets all be delivered that is left, and everybody come to an end. */
  async finish(): Promise<void> {
    for (const { stop } of [...this.waits, ...this.runs]) {
      stop?.abort('as planned');
    }
    for (let round = 0; round < 200 && !this.isOver && !this.isDrained; round += 1) {
      deliverEvents(this.conn);
      this.iterations.forEach((_, which) => {
        this.ask(which);
      });
      await turnOfTheLoop();
      this.clock.advance(100);
    }
    await settle();
    if (this.iterations.length > 0) {
      closeConnection(this.conn);
    }
    for (const { events, seen } of this.iterations) {
      // What is held is handed out after the end.
      for await (const { sequence } of events) {
        seen.push(sequence);
      }
    }
    await Promise.all([...this.waits, ...this.runs, ...this.asks].map(({ promise }) => promise));
  }

  get isDrained(): boolean {
    return coreOf(this.conn).queue.length === 0 && this.driver.transport.length === 0;
  }
}

it('nobody misses an event or a wake-up and nothing is left behind, in whatever order things happen', async () => {
  const timers = countTimers();
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(schedule, async ({ steps, last, rest, highWaterMarks, retries }) => {
      const scene = new Scene(highWaterMarks, retries);
      for (const step of [...steps, last, ...rest]) {
        await scene.perform(step);
      }
      await settle();
      scene.expectNoLostWakeUp();
      scene.waits.forEach(({ outcome }) => {
        reached.add(`wait ${outcome}`);
      });
      const wasClosed = scene.isOver;
      const returned = last.do === 'return';
      await scene.finish();

      const queued = Array.from({ length: coreOf(scene.conn).queue.lastSequence }, (_, place) => place + 1);
      const offered = queued.filter((sequence) => !scene.taken.includes(sequence));
      const complete = !wasClosed;
      // In order, each once, none left out; all of them if the connection was not closed early.
      expect(scene.handled).toEqual(complete ? offered : offered.slice(0, scene.handled.length));
      scene.iterations.forEach(({ seen }, which) => {
        const all = complete && !(returned && which === 0);
        expect(seen).toEqual(all ? offered : offered.slice(0, seen.length));
        reached.add(seen.length > 5 ? 'an iteration of many' : 'an iteration of few');
      });
      expect(scene.taken).toEqual([...scene.taken].sort((a, b) => a - b));
      await settle();
      const { isListening, isClosed } = scene.driver;
      expect([scene.clock.pending.size, isListening && !isClosed]).toEqual([0, false]);
      // The test runner's own timers come and go; what a run left behind would stay and add up.
      expect(countTimers()).toBeLessThanOrEqual(timers);
    }),
    { seed: 20_260_101, numRuns: often(400) },
  );
  expect([...reached].sort()).toEqual([
    'an iteration of few',
    'an iteration of many',
    'wait false',
    'wait pending',
    'wait rejected',
    'wait true',
  ]);
}, 60_000);
