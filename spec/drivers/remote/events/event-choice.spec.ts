import { readEventChoice } from '../../../../lib/drivers/remote/events/event-choice';
import { eventClasses } from '../../../../lib/drivers/remote/events/event-classes';
import { InvalidArgumentError } from '../../../../lib/errors';

const typesOf = (events?: unknown) => readEventChoice(events).classes.map(({ type }) => type);

it('asks for everything but the monitor by default', () => {
  expect(typesOf()).toHaveLength(eventClasses.length);
  expect(readEventChoice(undefined)).toMatchObject({ monitor: false, connectionClosed: true });
});

it('asks for what is chosen alone, once, in the order of the protocol', () => {
  expect(typesOf(['secret-lifecycle', 'domain-reboot', 'domain-state-transition', 'domain-reboot'])).toEqual([
    'domain-state-transition',
    'domain-reboot',
    'secret-lifecycle',
  ]);
  expect(readEventChoice(['domain-reboot'])).toMatchObject({ monitor: false, connectionClosed: false });
  expect(readEventChoice(['qemu-monitor'])).toEqual({ classes: [], monitor: true, connectionClosed: false });
  expect(readEventChoice(['connection-closed'])).toEqual({ classes: [], monitor: false, connectionClosed: true });
});

it.each<[events: unknown, problem: string]>([
  [[], 'must be a list of event type names, but is []'],
  ['domain-reboot', "must be a list of event type names, but is 'domain-reboot'"],
  [null, 'must be a list of event type names, but is null'],
  [{}, 'must be a list of event type names, but is {}'],
  [[7], "must hold types of libvirt's events, but has 7, which is none"],
  [['domain-reboot', 'lifecycle'], "has 'lifecycle', which is none"],
  [['connection-lost'], "has 'connection-lost', which no daemon sends"],
  [['events-lost'], "has 'events-lost', which no daemon sends"],
  [
    ['lifecycle'],
    "has 'lifecycle', which is none: \"lifecycle\" is libvirt's name for events whose type here is 'domain-state-transition'",
  ],
])('refuses %j', (events, problem) => {
  const read = () => readEventChoice(events);
  expect(read).toThrow(InvalidArgumentError);
  expect(read).toThrow(
    `options.events ${problem.startsWith('has') ? "must hold types of libvirt's events, but " : ''}${problem}`,
  );
});
