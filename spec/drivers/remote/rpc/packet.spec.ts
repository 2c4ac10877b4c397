import {
  decodeLength,
  decodePacket,
  encodePacket,
  LARGEST_PACKET,
  type Packet,
} from '../../../../lib/drivers/remote/rpc/packet';
import { annotatedHex, hexOf } from '../../../support/annotated-hex';

/** Packets as a libvirt daemon and its clients were seen to send them, and what they say. */
const packets: readonly [what: string, bytes: Uint8Array, packet: Omit<Packet, 'payload'> & { payload: string }][] = [
  [
    'the call auth_list',
    annotatedHex(`
      0000001c | length: 28
      20008086 | program: remote
      00000001 | version
      00000042 | procedure: auth_list
      00000000 | type: call
      00000001 | serial
      00000000 | status: ok
    `),
    { program: 0x20008086, version: 1, procedure: 66, type: 0, serial: 1, status: 0, payload: '' },
  ],
  [
    'its answer "none"',
    annotatedHex(`
      00000024 | length: 36
      20008086 | program: remote
      00000001 | version
      00000042 | procedure: auth_list
      00000001 | type: reply
      00000001 | serial
      00000000 | status: ok
      00000001 | types: one
      00000000 | none
    `),
    { program: 0x20008086, version: 1, procedure: 66, type: 1, serial: 1, status: 0, payload: '0000000100000000' },
  ],
  [
    'the call that registers for the lifecycle of all domains',
    annotatedHex(`
      00000024 | length: 36
      20008086 | program: remote
      00000001 | version
      0000013c | procedure: connect_domain_event_callback_register_any
      00000000 | type: call
      00000004 | serial
      00000000 | status: ok
      00000000 | eventID: lifecycle
      00000000 | dom: absent
    `),
    { program: 0x20008086, version: 1, procedure: 316, type: 0, serial: 4, status: 0, payload: '0000000000000000' },
  ],
  [
    'a lifecycle event',
    annotatedHex(`
      00000044                         | length: 68
      20008086                         | program: remote
      00000001                         | version
      0000013e                         | procedure: domain_event_callback_lifecycle
      00000002                         | type: message
      00000001                         | serial: events have 1 as well
      00000000                         | status: ok
      00000000                         | callbackID
      00000004 74657374                | dom.name: "test"
      6695eb01f6a4830479aa97f2502e193f | dom.uuid
      00000001                         | dom.id
      00000003                         | event: suspended
      00000000                         | detail: paused
    `),
    {
      program: 0x20008086,
      version: 1,
      procedure: 318,
      type: 2,
      serial: 1,
      status: 0,
      payload: '0000000000000004746573746695eb01f6a4830479aa97f2502e193f000000010000000300000000',
    },
  ],
  [
    'a ping',
    annotatedHex(`
      0000001c | length: 28
      6b656570 | program: "keep"
      00000001 | version
      00000001 | procedure: ping
      00000002 | type: message
      00000000 | serial
      00000000 | status: ok
    `),
    { program: 0x6b656570, version: 1, procedure: 1, type: 2, serial: 0, status: 0, payload: '' },
  ],
];

describe.each(packets)('%s', (_, bytes, packet) => {
  it('is encoded so', () => {
    expect(hexOf(encodePacket({ ...packet, payload: Buffer.from(packet.payload, 'hex') }))).toBe(hexOf(bytes));
  });

  it('is decoded so, wherever it lies', () => {
    const around = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(5, 0xff)]);
    const decoded = decodePacket(around, 5, 5 + bytes.length);
    expect({ ...decoded, payload: hexOf(decoded.payload) }).toEqual(packet);
  });
});

it('fields of 32 bits survive at their ends', () => {
  const packet = {
    program: 2 ** 32 - 1,
    version: 2 ** 32 - 1,
    procedure: -(2 ** 31),
    type: 2 ** 31 - 1,
    serial: 2 ** 32 - 1,
    status: -1,
    payload: Buffer.alloc(0),
  };
  expect(decodePacket(encodePacket(packet) as Buffer, 0, 28)).toEqual(packet);
});

it('a payload that makes a packet too large is refused', () => {
  const packet = { program: 1, version: 1, procedure: 1, type: 0, serial: 1, status: 0 };
  expect(() => encodePacket({ ...packet, payload: new Uint8Array(LARGEST_PACKET - 27) })).toThrow(
    'payload must have at most 33554408 bytes, but has 33554409',
  );
});

describe('a length word', () => {
  it.each([28, 68, 33_554_436])('of %d is taken', (word) => {
    expect(decodeLength(word)).toBe(word);
  });

  it.each([0, 4, 24, 27, 33_554_437, 2 ** 31 - 1, 2 ** 32 - 1])('of %d is refused', (word) => {
    expect(() => decodeLength(word)).toThrow(
      expect.objectContaining({
        code: 'ERR_PROTOCOL',
        message: `a packet's length must be from 28 to 33554436 bytes, but the daemon says ${word}`,
      }),
    );
  });
});
