import fc from 'fast-check';
import { readDomain } from '../../../../lib/drivers/remote/events/told-domain';
import { XdrReader } from '../../../../lib/drivers/remote/rpc/xdr-reader';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { often } from '../../../support/often';

const web = { name: 'web', uuid: '11111111-2222-4333-8444-5555555555aa', id: 3 };

type Facts = typeof web;

/** A domain in a message, and what follows it. */
function messageOf({ name, uuid, id }: Facts): XdrReader {
  return new XdrReader(new XdrWriter().string(name).uuid(uuid).int(id).int(77).finish(), 'a message');
}

function read(facts: Facts) {
  const reader = messageOf(facts);
  const domain = readDomain(reader);
  expect(reader.int('what follows')).toBe(77);
  return domain;
}

const factsOf = ({ name, uuid, id }: Facts): Facts => ({ name, uuid, id });

describe('a domain of which a daemon tells', () => {
  it('is the same as before if it is told of with the same bytes', () => {
    const domain = read(web);
    expect(factsOf(domain)).toEqual(web);
    expect(read(web)).toBe(domain);
    expect(read({ ...web, uuid: '11111111-2222-4333-8444-555555550000' })).not.toBe(domain);
    expect(read(web)).toBe(domain);
  });

  it('is never another one, though it shares the place of that, its UUID, or its name', () => {
    const name = fc.constantFrom(
      'web',
      'webs',
      'db',
      'ä',
      '',
      '\u0001',
      'x'.repeat(236),
      'x'.repeat(237),
      'x'.repeat(2000),
    );
    // The ends decide about the place.
    const uuid = fc.constantFrom(web.uuid, `0${web.uuid.slice(1)}`, '11111111-2222-4333-8444-5555555551aa');
    const id = fc.constantFrom(-1, 3, 4);
    fc.assert(
      fc.property(fc.array(fc.record({ name, uuid, id }), { maxLength: 30 }), (domains) => {
        for (const facts of domains) {
          expect(factsOf(read(facts))).toEqual({ ...facts, name: facts.name.replace('\u0001', '\uFFFD') });
        }
      }),
      { seed: 4, numRuns: often(400) },
    );
  });

  it('cannot be read if its bytes end early, though it is known', () => {
    read(web);
    const bytes = new XdrWriter().string(web.name).uuid(web.uuid).int(web.id).finish();
    for (let length = 0; length < bytes.length; length += 1) {
      const reader = new XdrReader(bytes.subarray(0, length), 'a message');
      expect(() => readDomain(reader)).toThrow(expect.objectContaining({ code: 'ERR_PROTOCOL' }));
    }
  });

  it('is written with the type and the number that are asked for, whatever was asked for before', () => {
    const domain = read({ ...web, name: 'a&b' });
    const asked = [['qemu'], ['qemu', -1], ['xen'], ['xen'], ['qemu']] as const;
    expect(asked.map(([type, id]) => domain.element(type, id).xml)).toEqual(
      asked.map(
        ([type, id = 3]) => `<domain id="${id}" type="${type}"><name>a&amp;b</name><uuid>${web.uuid}</uuid></domain>`,
      ),
    );
  });
});
