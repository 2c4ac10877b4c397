import fc from 'fast-check';
import {
  addEventHandler,
  type Connection,
  closeConnection,
  connectionStats,
  deliverEvents,
  type HandlerRegistration,
  openConnection,
  QueueFullError,
  removeEventHandler,
  sendEvent,
  takeEvents,
} from '../../lib';
import { often } from '../support/often';
import { eventXml } from '../support/scripted-driver';
import { type Deed, type HandlerPlan, type Overflow, ReferenceModel } from './reference-model';

type Step =
  | { readonly do: 'send'; readonly type: string }
  | { readonly do: 'deliver'; readonly limit: number }
  | { readonly do: 'take'; readonly limit: number }
  | { readonly do: 'add'; readonly plan: HandlerPlan }
  | { readonly do: 'remove'; readonly place: number };

const type = fc.constantFrom('a', 'b', 'sent', 'events-lost');
const limit = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 4 }));
const deed = fc.oneof(
  { weight: 40, arbitrary: fc.constant<Deed>('nothing') },
  {
    weight: 60,
    arbitrary: fc.constantFrom<Deed>(
      'throw',
      'retry',
      'break',
      'remove itself',
      'remove the next',
      'add another',
      'send',
      'renew its filter',
      'look at the counts',
      'nest',
    ),
  },
  { weight: 1, arbitrary: fc.constant<Deed>('close') },
);
const plan: fc.Arbitrary<HandlerPlan> = fc.record({
  types: fc.option(fc.uniqueArray(type, { minLength: 1, maxLength: 2 })),
  once: fc.boolean(),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  deeds: fc.array(deed, { maxLength: 8 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), type: fc.constantFrom('a', 'b') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), limit }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), limit }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add' as const), plan }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), place: fc.nat(3) }) },
);

/** A connection that is driven by the same steps as the model, and keeps the same log. */
class Subject {
  readonly log: string[] = [];
  readonly conn: Connection;
  #registrations: HandlerRegistration[] = [];
  readonly #calls = new Map<HandlerRegistration, number>();
  #ids = 0;

  constructor(maxEvents: number, overflow: Overflow) {
    this.conn = openConnection('memory:', { queue: { maxEvents, overflow } });
  }

  send(type: string): 'queued' | 'refused' {
    try {
      sendEvent(this.conn, eventXml(type));
      return 'queued';
    } catch (error) {
      expect(error).toBeInstanceOf(QueueFullError);
      return 'refused';
    }
  }

  add({ types, once, maxAttempts, deeds }: HandlerPlan): void {
    this.#ids += 1;
    const id = this.#ids;
    let calls = 0;
    const registration = addEventHandler(
      this.conn,
      types,
      (conn, event) => {
        const deed = deeds[calls] ?? 'nothing';
        calls += 1;
        this.#calls.set(registration, calls);
        this.log.push(`${id} ${deed} ${event.type} ${event.sequence} attempt ${event.attempt}`);
        const place = this.#active.indexOf(registration);
        switch (deed) {
          case 'throw':
            throw new Error('as planned');
          case 'nest':
            deliverEvents(conn);
            break;
          case 'remove itself':
            this.remove(place);
            break;
          case 'remove the next':
            this.remove(place + 1);
            break;
          case 'add another':
            this.add({ types: null, once: false, maxAttempts: 1, deeds: [] });
            break;
          case 'send':
            this.log.push(this.send('sent'));
            break;
          case 'renew its filter':
            registration.setFilter(types);
            break;
          case 'look at the counts':
            // In the middle of a round.
            expect(this.counted).toEqual(this.#active.map((each) => this.#calls.get(each)));
            break;
          case 'close':
            closeConnection(conn);
            break;
          case 'retry':
          case 'break':
            return deed;
          case 'nothing':
        }
        return undefined;
      },
      undefined,
      { once, maxAttempts },
    );
    this.#calls.set(registration, 0);
    this.#registrations.push(registration);
  }

  /** What the connection says about how many times each handler that is registered was called. */
  get counted(): number[] {
    return connectionStats(this.conn).byHandler.map(({ calls }) => calls);
  }

  remove(place: number): void {
    const registration = this.#active[place];
    if (registration !== undefined) {
      removeEventHandler(this.conn, registration);
    }
  }

  get #active(): HandlerRegistration[] {
    this.#registrations = this.#registrations.filter(({ active }) => active);
    return this.#registrations;
  }
}

it('does what a simple reference model does, whatever is sent, delivered, retried, thrown, removed, added and closed', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom<Overflow>('refuse', 'drop-oldest', 'drop-newest'),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      (maxEvents, overflow, steps) => {
        const model = new ReferenceModel(maxEvents, overflow);
        const subject = new Subject(maxEvents, overflow);
        for (const next of steps) {
          if (next.do === 'send') {
            expect(subject.send(next.type)).toBe(model.send(next.type));
          } else if (next.do === 'add') {
            subject.add(next.plan);
            model.add(next.plan);
          } else if (next.do === 'remove') {
            subject.remove(next.place);
            model.remove(next.place);
          } else if (next.do === 'take') {
            const taken = takeEvents(subject.conn, { limit: next.limit });
            expect(taken.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual(model.take(next.limit));
          } else {
            const result = deliverEvents(subject.conn, { limit: next.limit, throwOnError: false });
            expect(result).toEqual(model.deliver(next.limit));
            reached
              .add(result.stoppedBy)
              .add(result.lost > 0 ? 'lost' : '')
              .add(result.failed > 0 ? 'failed' : '');
          }
          expect(subject.log).toEqual(model.log);
          expect(subject.counted).toEqual(model.closed ? [] : model.calls);
          if (model.closed) {
            expect(subject.conn.state).toBe('closed');
            return;
          }
        }
        const rest = takeEvents(subject.conn).map(({ type, sequence }) => `${type} ${sequence}`);
        expect(rest).toEqual(model.take(Number.POSITIVE_INFINITY));
      },
    ),
    { seed: 20_260_101, numRuns: often(2000) },
  );
  // The steps are worth nothing if they do not come to every kind of end.
  expect([...reached].sort()).toEqual(['', 'break', 'drained', 'ended', 'failed', 'limit', 'lost', 'retry']);
});
