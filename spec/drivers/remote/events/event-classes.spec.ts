import { eventClasses } from '../../../../lib/drivers/remote/events/event-classes';
import { calls, events } from '../../../../lib/drivers/remote/rpc/protocol';
import { eventDetails } from '../../../../lib/event/vocabulary/vocabulary';

const families = ['domain', 'network', 'storage-pool', 'node-device', 'secret'] as const;

const classesOf = (name: string) => eventClasses.filter(({ family }) => family === name);

describe('the tables of calls and events', () => {
  const registrations = families.map((family) => classesOf(family)[0]!.register);
  const all = [...Object.values(calls), ...Object.values(events), ...registrations];

  it('have every number and every name once', () => {
    const numbers = all.map(({ program, number }) => `${program} ${number}`);
    numbers.push(...eventClasses.map(({ procedure }) => `${calls.connectOpen.program} ${procedure}`));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(families)('have the events of a %s without a hole, each type once, by one call', (family) => {
    const classes = classesOf(family);
    expect(classes.map(({ id }) => id)).toEqual(classes.map((_, place) => place));
    expect(new Set(classes.map(({ type }) => type)).size).toBe(classes.length);
    expect(new Set(classes.map(({ register }) => register)).size).toBe(1);
  });

  it('have the types of the vocabulary, in its order', () => {
    const types = eventClasses.map(({ type }) => type);
    expect(types).toEqual(Object.keys(eventDetails).slice(0, types.length));
  });

  it('have the 30 events of domains, and two of each other family', () => {
    expect(families.map((family) => [family, classesOf(family).length])).toEqual([
      ['domain', 30],
      ['network', 2],
      ['storage-pool', 2],
      ['node-device', 2],
      ['secret', 2],
    ]);
    expect(new Set(eventClasses.map(({ family }) => family))).toEqual(new Set(families));
  });
});
