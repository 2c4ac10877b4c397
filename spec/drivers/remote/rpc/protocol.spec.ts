import { calls, eventFamilies, events } from '../../../../lib/drivers/remote/rpc/protocol';

describe('the table of calls and events', () => {
  const all = [
    ...Object.values(calls),
    ...Object.values(events),
    ...eventFamilies.flatMap(({ register, deregister }) => [register, deregister]),
  ];

  it('has every number and every name once', () => {
    const remoteEvents = eventFamilies.flatMap(({ classes }) => classes.map(({ procedure }) => procedure));
    const numbers = all.map(({ program, number }) => `${program} ${number}`);
    numbers.push(...remoteEvents.map((number) => `${calls.connectOpen.program} ${number}`));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(eventFamilies.map(({ name, classes }) => [name, classes] as const))(
    'has the events of a %s without a hole, each name once',
    (_, classes) => {
      expect(classes.map(({ id }) => id)).toEqual(classes.map((_class, place) => place));
      expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length);
    },
  );

  it('has the 30 events of domains, and two of each other family', () => {
    expect(eventFamilies.map(({ name, classes }) => [name, classes.length])).toEqual([
      ['domain', 30],
      ['network', 2],
      ['storage-pool', 2],
      ['node-device', 2],
      ['secret', 2],
    ]);
  });
});
