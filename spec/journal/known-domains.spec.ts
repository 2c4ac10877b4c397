import { KnownDomains } from '../../lib/journal/known-domains';

interface Told {
  readonly uuid?: string;
  readonly name?: string;
  readonly id?: string;
  readonly to?: string;
  readonly event?: string;
  readonly more?: string;
  /** What stands before the end of the event, so that it isn't as the library writes it. */
  readonly end?: string;
}

const transition = ({
  uuid = 'u',
  name = 'web',
  id = '3',
  to = 'running',
  event = 'started',
  more = '',
  end = '',
}: Told = {}) =>
  `<event type="domain-state-transition" timestamp="s" host="kvm-17"><domain id="${id}" type="kvm"><name>${name}</name><uuid>${uuid}</uuid></domain><transition from="shutoff" to="${to}" event="${event}" detail="booted"${more}/>${end}</event>`;

function after(...events: string[]) {
  const domains = new KnownDomains();
  for (const event of events) {
    domains.fold(event);
  }
  return domains.list;
}

const web = { uuid: 'u', name: 'web', id: 3, state: 'running', persistent: undefined };

describe('the domains that a journal knows', () => {
  it.each([
    [{}, [web]],
    [{ more: ' found="by-comparison"' }, [web]],
    [{ id: '-1', to: 'shutoff' }, [{ ...web, id: -1, state: 'shutoff' }]],
    [{ name: 'a?&gt;b &amp; c' }, [{ ...web, name: 'a?>b & c' }]],
    [{ name: 'a b "c"' }, [{ ...web, name: 'a b "c"' }]],
    [{ name: 'a\r\nb' }, [{ ...web, name: 'a\nb' }]],
    [{ uuid: '&#117;' }, [web]],
    [{ to: 'run&#110;ing' }, [web]],
    [{ event: 'defined' }, [{ ...web, persistent: true }]],
    [{ event: 'undefined' }, [{ ...web, persistent: false }]],
    [{ to: 'absent' }, []],
    [{ name: '' }, []],
    [{ uuid: '' }, []],
    [{ id: '' }, []],
    [{ id: '3.5' }, []],
    [{ id: '12345678901234567890' }, []],
    [{ id: '1234567890123456' }, [{ ...web, id: 1_234_567_890_123_456 }]],
  ] satisfies [Told, unknown][])('are the same however a transition is written: %j', (told, list) => {
    expect(after(transition(told))).toEqual(list);
    expect(after(transition({ ...told, end: '<!-- a -->' }))).toEqual(list);
  });

  it('stay persistent or not until that changes', () => {
    const [define, start, undefine] = ['defined', 'started', 'undefined'].map((event) => transition({ event }));
    expect(after(define!, start!)).toEqual([{ ...web, persistent: true }]);
    expect(after(define!, undefine!, start!)).toEqual([{ ...web, persistent: false }]);
  });

  it('are told apart by their UUIDs, in the order in which they came', () => {
    const events = [transition({ uuid: 'b' }), transition({ uuid: 'a' }), transition({ uuid: 'b', to: 'paused' })];
    expect(after(...events)).toEqual([
      { ...web, uuid: 'b', state: 'paused' },
      { ...web, uuid: 'a' },
    ]);
    const known = new KnownDomains([{ ...web, persistent: true }]);
    known.fold(transition({ uuid: 'c', to: 'absent' }));
    expect(known.list).toEqual([{ ...web, persistent: true }]);
  });

  it('say whether an event is one that they follow', () => {
    const domains = new KnownDomains();
    const told = [
      transition(),
      transition({ end: '<!-- a -->' }),
      '<event type="t" timestamp="s"/>',
      '<event type="t" timestamp="s"><about>domain-state-transition</about></event>',
    ];
    expect(told.map((event) => domains.fold(event))).toEqual([true, true, false, false]);
  });

  it('stay as they are in a list that was made before, and in the one that they were taken from', () => {
    const given = [{ ...web, persistent: true }];
    const known = new KnownDomains(given);
    const before = known.list;
    known.fold(transition({ to: 'paused' }));
    expect([given, before, known.list]).toEqual([
      [{ ...web, persistent: true }],
      [{ ...web, persistent: true }],
      [{ ...web, persistent: true, state: 'paused' }],
    ]);
  });

  it('are not changed by any other event', () => {
    expect(
      after(
        '<event type="t" timestamp="s"/>',
        '<event type="t" timestamp="s"><about>domain-state-transition</about></event>',
      ),
    ).toEqual([]);
    const other = transition().replace('domain-state-transition', 'domain-state-transition-2');
    expect(after(other, '<event type="domain-state-transition" timestamp="s"/>')).toEqual([]);
  });
});
