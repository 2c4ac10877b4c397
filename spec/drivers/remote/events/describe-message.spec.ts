import fc from 'fast-check';
import { eventsMissed } from '../../../../lib/drivers/remote/events/connection-events';
import { describeMessage, messageKinds } from '../../../../lib/drivers/remote/events/describe-message';
import { foundTransition } from '../../../../lib/drivers/remote/events/lifecycle-event';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DaemonGoneError, ProtocolError } from '../../../../lib/errors';
import { connectionLost, connectionRestored, connectionWarning } from '../../../../lib/event/connection-events';
import { connectionDetails, isKnownEventType } from '../../../../lib/event/vocabulary/vocabulary';
import { isChar } from '../../../../lib/xml/chars';
import { annotatedHex } from '../../../support/annotated-hex';
import { validateEvents } from '../../../support/validate-xsd';
import { aboutWeb, contextWith, describePayload, RECEIVED, readBack, web } from './described';
import { type Fixture, fixtures } from './messages';

const table = fixtures.map((fixture) => [fixture.type, fixture] as const);

/** Every event that a test has seen, for the schema to judge. */
const seen: string[] = [];

function describeFixture({ program, procedure, payload }: Fixture, more: readonly number[] = []) {
  const bytes = Buffer.concat([annotatedHex(payload), Buffer.from(more)]);
  return readBack(describeMessage({ program, procedure, payload: bytes }, contextWith())!);
}

describe('a message of a daemon', () => {
  it.each(table)('becomes an event: %s', (type, fixture) => {
    const { xml, detail } = describeFixture(fixture);
    seen.push(xml);
    expect(xml).toBe(`<event type="${type}" timestamp="${fixture.timestamp ?? RECEIVED}">${fixture.xml}</event>`);
    expect(detail).toEqual(fixture.detail);
  });

  it.each(table)('may grow in a later libvirt: %s', (_, fixture) => {
    expect(describeFixture(fixture, [0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff])).toEqual(describeFixture(fixture));
  });

  it.each(table)(
    'is refused where it ends too early, and changes no state: %s',
    (_, { program, procedure, payload }) => {
      const bytes = annotatedHex(payload);
      for (let length = 0; length < bytes.length; length += 1) {
        const context = contextWith();
        const describeIt = () => describeMessage({ program, procedure, payload: bytes.subarray(0, length) }, context);
        expect(describeIt).toThrow(ProtocolError);
        expect(context.states.list()).toEqual(contextWith().states.list());
      }
    },
  );

  it('is nothing if this library does not know it', () => {
    const payload = annotatedHex(fixtures[0]!.payload);
    const numbers = [
      [0x20008086, 107],
      [0x20008086, 6],
      [0x20008087, 318],
      [0x6b656570, 1],
    ] as const;
    const described = numbers.map(([program, procedure]) =>
      describeMessage({ program, procedure, payload }, contextWith()),
    );
    expect(described).toEqual(numbers.map(() => undefined));
  });
});

describe('the table of messages', () => {
  it('has a fixture for each', () => {
    const numberOf = ({ program, procedure, type }: Omit<Fixture, 'payload' | 'xml' | 'detail'>) =>
      `${program} ${procedure} ${type}`;
    expect(new Set(fixtures.map(numberOf))).toEqual(new Set(messageKinds.map(numberOf)));
  });

  it('makes events of every type that the library knows, but for those that no message tells of', () => {
    const types = messageKinds.map(({ type }) => type);
    expect(types).toHaveLength(40);
    expect(types.filter((type) => !isKnownEventType(type))).toEqual([]);
    expect(Object.keys(connectionDetails).filter((type) => !types.includes(type))).toEqual([
      'connection-lost',
      'connection-restored',
      'connection-warning',
      'events-lost',
    ]);
  });
});

describe('a number that has no word', () => {
  const numbers: readonly (readonly [type: string, payload: Uint8Array, inside: string])[] = [
    ['domain-state-transition', aboutWeb().int(9).int(4).finish(), 'from="running" to="running" event="9" detail="4"'],
    [
      'domain-state-transition',
      aboutWeb().int(-1).int(0).finish(),
      'from="running" to="running" event="-1" detail="0"',
    ],
    ['domain-state-transition', aboutWeb().int(3).int(10).finish(), 'to="paused" event="suspended" detail="10"'],
    ['domain-watchdog', aboutWeb().int(7).finish(), '<watchdog action="7"/>'],
    ['domain-watchdog', aboutWeb().int(-2147483648).finish(), '<watchdog action="-2147483648"/>'],
    ['domain-io-error', aboutWeb().string('/a').string('b').int(3).finish(), '<io-error action="3"/>'],
    [
      'domain-graphics',
      aboutWeb().int(3).int(4).string('').string('').int(5).string('').string('').string('').uint(0).finish(),
      '<graphics phase="3"><local family="4"/><remote family="5"/></graphics>',
    ],
    ['domain-block-job', aboutWeb().string('/a').int(6).int(4).finish(), '<block-job type="6" status="4"/>'],
    ['domain-disk-change', aboutWeb().bool(false).bool(false).string('a').int(2).finish(), 'reason="2"'],
    ['domain-tray-change', aboutWeb().string('a').int(2).finish(), 'reason="2"'],
    ['domain-agent-lifecycle', aboutWeb().int(3).int(4).finish(), '<agent state="3" reason="4"/>'],
    ['domain-channel-lifecycle', aboutWeb().string('c').int(3).int(4).finish(), 'state="3" reason="4"'],
    ['domain-metadata-change', aboutWeb().int(3).bool(false).finish(), '<metadata type="3"/>'],
    ['domain-memory-failure', aboutWeb().int(2).int(4).uint(0).finish(), 'recipient="2" action="4"'],
    [
      'domain-job-completed',
      aboutWeb().uint(1).string('operation').int(1).int(11).finish(),
      '<job operation="11"/><parameter name="operation" type="int">11</parameter>',
    ],
    [
      'network-lifecycle',
      new XdrWriter().int(1).string('lan').uuid(web.uuid).int(4).int(0).finish(),
      '<lifecycle event="4"/>',
    ],
    [
      'storage-pool-lifecycle',
      new XdrWriter().int(1).string('images').uuid(web.uuid).int(6).int(0).finish(),
      '<lifecycle event="6"/>',
    ],
    ['node-device-lifecycle', new XdrWriter().int(1).string('d').int(4).int(0).finish(), '<lifecycle event="4"/>'],
    [
      'secret-lifecycle',
      new XdrWriter().int(1).uuid(web.uuid).int(6).string('x').int(2).int(0).finish(),
      '<usage type="6">x</usage></secret><lifecycle event="2"/>',
    ],
    ['connection-closed', new XdrWriter().int(4).finish(), '<close reason="4"/>'],
  ];

  it.each(numbers)('stays a number: %s', (type, payload, inside) => {
    const { xml, detail } = describePayload(type, payload);
    seen.push(xml);
    expect(xml).toContain(inside);
    expect(detail).toBeDefined();
  });
});

describe('a number of 64 bits', () => {
  const extremes = [0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];

  it.each(extremes)('is exact: %s', (value) => {
    const { xml, detail } = describePayload('domain-rtc-change', aboutWeb().hyper(value).finish());
    seen.push(xml);
    expect(xml).toContain(`<rtc offset="${value}"/>`);
    expect(detail).toMatchObject({ offset: value });
  });

  it.each(extremes.map((value) => BigInt.asUintN(64, value)))('is exact without a sign: %s', (value) => {
    const { xml, detail } = describePayload('domain-balloon-change', aboutWeb().unsignedHyper(value).finish());
    seen.push(xml);
    expect(xml).toContain(`<balloon actual="${value}"/>`);
    expect(detail).toMatchObject({ actual: value });
  });
});

describe('a parameter', () => {
  const one = (type: number) => aboutWeb().uint(1).string('p').int(type);

  it.each([0, -0, 1, 0.1, -1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])(
    'that is a double is exact: %d',
    (value) => {
      const { xml, detail } = describePayload('domain-tunable', one(5).double(value).finish());
      seen.push(xml);
      expect(detail).toMatchObject({ parameters: [{ name: 'p', type: 'double', value }] });
    },
  );

  it('that is an empty string is there', () => {
    const { xml, detail } = describePayload('domain-tunable', one(7).string('').finish());
    seen.push(xml);
    expect(xml).toContain('<parameter name="p" type="string"/>');
    expect(detail).toMatchObject({ parameters: [{ name: 'p', type: 'string', value: '' }] });
  });

  it('that is a boolean is true with any number but 0', () => {
    const { detail } = describePayload('domain-tunable', one(6).int(-7).finish());
    expect(detail).toMatchObject({ parameters: [{ type: 'boolean', value: true }] });
  });

  it('of a type that is not known cannot be read', () => {
    expect(() => describePayload('domain-tunable', one(8).int(1).finish())).toThrow(
      new ProtocolError('the value of "p" is of the unknown type 8'),
    );
  });

  it.each([
    ['domain-tunable', 2048],
    ['domain-job-completed', 64],
  ])('is one of few enough: of %s, %i', (type, most) => {
    const payload = (count: number) => {
      const numbers = Array.from({ length: count }, (_, number) => number);
      return aboutWeb()
        .array(numbers, (writer, number) => writer.string(`p${number}`).int(1).int(number))
        .finish();
    };
    expect(describePayload(type, payload(most)).detail).toMatchObject({ parameters: { length: most } });
    const problem = `has ${most + 1} elements, more than the ${most} allowed`;
    expect(() => describePayload(type, payload(most + 1))).toThrow(problem);
  });

  it('called operation tells the operation only as a number', () => {
    const payload = aboutWeb().uint(1).string('operation').int(7).string('2').finish();
    expect(describePayload('domain-job-completed', payload).xml).not.toContain('<job');
  });

  it('may be none', () => {
    const { xml, detail } = describePayload('domain-tunable', aboutWeb().uint(0).finish());
    seen.push(xml);
    expect(detail).toMatchObject({ parameters: [] });
  });
});

it.each([20, 21])('identities of a client of graphics are 20 at most: %i', (count) => {
  const { program, procedure, payload } = fixtures.find(({ type }) => type === 'domain-graphics')!;
  const bytes = Buffer.from(annotatedHex(payload));
  const identity = (writer: XdrWriter) => writer.string('x509dname').string('CN=alice');
  const subject = bytes.indexOf(new XdrWriter().array([0], identity).finish().subarray(4)) - 4;
  const described = () =>
    describeMessage(
      {
        program,
        procedure,
        payload: Buffer.concat([
          bytes.subarray(0, subject),
          new XdrWriter().array(Array(count).fill(0), identity).finish(),
        ]),
      },
      contextWith(),
    );
  if (count === 20) {
    expect(readBack(described()!).xml.match(/<identity /g)).toHaveLength(20);
  } else {
    expect(described).toThrow('has 21 elements, more than the 20 allowed');
  }
});

describe("the monitor's time", () => {
  const at = (seconds: bigint, micros: number) =>
    describePayload(
      'qemu-monitor',
      aboutWeb().string('STOP').hyper(seconds).uint(micros).bool(false).finish(),
    ).xml.replace(/.*timestamp="([^"]*)".*/, '$1');

  it('is the time stamp, to the microsecond', () => {
    expect(at(0n, 0)).toBe('1970-01-01T00:00:00.000000Z');
    expect(at(1_767_323_045n, 123_457)).toBe('2026-01-02T03:04:05.123457Z');
    expect(at(253_402_300_799n, 999_999)).toBe('9999-12-31T23:59:59.999999Z');
  });

  it('gives way to the time of reception if it is none', () => {
    const none: readonly [bigint, number][] = [
      [-1n, 0],
      [-1n, 0xffff_ffff],
      [253_402_300_800n, 0],
      [2n ** 63n - 1n, 0],
      [-(2n ** 63n), 0],
      [0n, 1_000_000],
    ];
    expect(none.map(([seconds, micros]) => at(seconds, micros))).toEqual(none.map(() => RECEIVED));
  });
});

describe('a string', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('\0', '\u0001', '\uFFFE', ']]>', '<a b="c">&amp;\'', '\t\n\r', '\u0085\u2028', '😀', ' x '),
  );
  /** What becomes of the characters that XML does not have. */
  const carried = (text: string) =>
    Array.from(text, (character) => (isChar(character.codePointAt(0)!) ? character : '\uFFFD')).join('');
  /** As it is on the wire, if the writer takes no NUL. */
  const put = (writer: XdrWriter, text: string) => {
    const bytes = Buffer.from(text);
    return writer.uint(bytes.length).opaque(bytes);
  };

  it('is the same in the event, but for characters that XML cannot carry', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (one, two, three) => {
        const writer = put(put(put(aboutWeb(), one), two).int(1), three);
        const { detail } = describePayload('domain-io-error-reason', writer.finish());
        expect(detail).toMatchObject({
          disk: { path: carried(one), alias: carried(two) },
          reason: carried(three),
        });
      }),
      { seed: 1 },
    );
  });

  it('may be the text of an element or of an attribute', () => {
    fc.assert(
      fc.property(nasty, nasty, (one, two) => {
        const named = put(new XdrWriter().int(3), one).uuid(web.uuid).int(3);
        const { xml, detail } = describePayload('domain-tunable', put(put(named.uint(1), two).int(7), one).finish());
        expect(detail).toMatchObject({
          domain: { name: carried(one) },
          parameters: [{ name: carried(two), value: carried(one) }],
        });
        seen.push(xml);
      }),
      { seed: 2 },
    );
  });

  it('that is no UTF-8 is told as far as it is', () => {
    const writer = aboutWeb()
      .uint(3)
      .opaque(Buffer.from([0x61, 0xff, 0x62]));
    expect(describePayload('domain-device-added', writer.finish()).detail).toMatchObject({
      device: { alias: 'a\uFFFDb' },
    });
  });
});

describe('a lifecycle event', () => {
  const happened = (event: number, detail: number, id: number) =>
    new XdrWriter().int(3).string(web.name).uuid(web.uuid).int(id).int(event).int(detail).finish();

  it('moves the state on for the next one', () => {
    const context = contextWith();
    const steps = [happened(3, 0, 3), happened(4, 0, 3), happened(5, 1, -1)];
    const transitions = steps.map((payload) => {
      const { xml } = describePayload('domain-state-transition', payload, context);
      seen.push(xml);
      return /from="(.*?)" to="(.*?)"/.exec(xml)?.slice(1).join(' -> ');
    });
    expect(transitions).toEqual(['running -> paused', 'paused -> running', 'running -> shutoff']);
    expect(context.states.list()).toEqual([{ name: 'web', uuid: web.uuid, id: -1, state: 'shutoff' }]);
  });

  it('has no number for a domain that does not run any more', () => {
    const { detail } = describePayload('domain-state-transition', happened(5, 0, 3));
    expect(detail).toMatchObject({ domain: { id: -1 }, to: 'shutoff' });
  });
});

describe('an event of the connection itself', () => {
  const uri = 'qemu:///system';

  it('tells that the daemon is gone, and how', () => {
    const { xml, detail } = readBack(connectionLost(uri, new DaemonGoneError('eof', 'the daemon has <closed> it')));
    seen.push(xml);
    expect(detail).toEqual({ uri, reason: 'eof', message: 'the daemon has <closed> it' });
  });

  it('takes what the daemon did wrong for an error', () => {
    const { xml, detail } = readBack(connectionLost(uri, new ProtocolError('it says \u0000')));
    seen.push(xml);
    expect(detail).toEqual({ uri, reason: 'error', message: 'it says \uFFFD' });
  });

  it('tells that the daemon is there again', () => {
    const { xml, detail } = readBack(connectionRestored(uri));
    seen.push(xml);
    expect(detail).toEqual({ uri });
  });

  it('tells what is not safe about it', () => {
    const { xml, detail } = readBack(connectionWarning(uri, 'the daemon of <host> was not verified'));
    seen.push(xml);
    expect(detail).toEqual({ uri, message: 'the daemon of <host> was not verified' });
  });

  it('tells that nobody knows what was missed', () => {
    const { xml, detail } = readBack(eventsMissed('disconnected'));
    seen.push(xml);
    expect(detail).toEqual({ unknown: true, cause: 'disconnected', lost: [] });
  });

  it('tells what was found by comparison', () => {
    const found = { domain: web, from: 'running', to: 'shutoff', event: 'stopped', detail: 'failed' } as const;
    const { xml, detail } = readBack(foundTransition(found, 'qemu'));
    seen.push(xml);
    expect(detail).toMatchObject({ domain: { name: 'web', type: 'qemu' }, to: 'shutoff', found: 'by-comparison' });
  });
});

it('every event is as the schema says', async () => {
  expect(seen.length).toBeGreaterThan(fixtures.length);
  expect(await validateEvents(seen)).toEqual([]);
});
