import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import {
  bookmarkStream,
  bookmarkSubject,
  chosenSubject,
  encodeToken,
  eventSubject,
  isCovered,
} from '../../lib/nats/subjects';

describe('A token of a subject', () => {
  it('has letters, digits, _ and - as they are, and every other byte of UTF-8 as =XX', () => {
    expect(encodeToken('Kvm_17-a')).toBe('Kvm_17-a');
    expect(encodeToken('kvm.17')).toBe('kvm=2E17');
    expect(encodeToken('*')).toBe('=2A');
    expect(encodeToken('a>$b=c d')).toBe('a=3E=24b=3Dc=20d');
    expect(encodeToken('ü\n')).toBe('=C3=BC=0A');
    expect(encodeToken('')).toBe('=');
  });

  it('stands for one text only, whatever that is', () => {
    const decode = (token: string) =>
      token === '='
        ? ''
        : Buffer.from(
            token.replace(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          ).toString();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const token = encodeToken(text);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(decode(token)).toBe(text);
      }),
    );
  });
});

describe('The subject of an event', () => {
  it('has the partition, the host and the type', () => {
    const partition = crc32('kvm.17') % 64;
    expect(eventSubject('kvm.17', 'domain-state-transition')).toBe(
      `virdeliver.${partition}.kvm=2E17.domain-state-transition`,
    );
  });

  it('never changes for a host, or readers that share the hosts would lose it', () => {
    expect(eventSubject('kvm-17', 'reboot')).toBe('virdeliver.5.kvm-17.reboot');
    expect(eventSubject('kvm-18', 'reboot')).toBe('virdeliver.20.kvm-18.reboot');
    expect(eventSubject('hôte', 'reboot')).toBe('virdeliver.16.h=C3=B4te.reboot');
  });

  it('is chosen by host, by type, by partition and by what is given of them', () => {
    const partition = crc32('kvm-17') % 64;
    expect(chosenSubject({})).toBe('virdeliver.*.*.*');
    expect(chosenSubject({ host: 'kvm-17' })).toBe(`virdeliver.${partition}.kvm-17.*`);
    expect(chosenSubject({ type: 'reboot' })).toBe('virdeliver.*.*.reboot');
    expect(chosenSubject({ partition: 7 })).toBe('virdeliver.7.*.*');
    expect(chosenSubject({ host: 'kvm-17', type: 'reboot' })).toBe(eventSubject('kvm-17', 'reboot'));
    expect(chosenSubject({ partition: 0, type: 'reboot' })).toBe('virdeliver.0.*.reboot');
  });
});

describe('A subject covers another', () => {
  it.each([
    ['a.b.*', '>', true],
    ['a.b.*', 'a.>', true],
    ['a.b.*', 'a.b.>', true],
    ['a.b.*', 'a.b.*.>', false],
    ['a.b.*', '*.*.*', true],
    ['a.b.*', 'a.*.*', true],
    ['a.b.*', 'a.b.c', false],
    ['a.b.*', 'a.b', false],
    ['a.b.*', 'a.c.*', false],
    ['a.b.*', 'ab.>', false],
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.>', false],
  ])('%s is covered by %s: %s', (subject, by, isSo) => {
    expect(isCovered(subject, by)).toBe(isSo);
  });
});

describe('The subject of a bookmark', () => {
  it('has the name of the reader, and its partition if it shares the hosts', () => {
    expect(bookmarkSubject('pager')).toBe('virdeliver-reader.pager');
    expect(bookmarkSubject('pager', 7)).toBe('virdeliver-reader.pager.7');
    expect(bookmarkStream('EVENTS')).toBe('EVENTS-readers');
  });

  it("isn't that of another reader's partition", () => {
    expect(bookmarkSubject('pager.7')).toBe('virdeliver-reader.pager=2E7');
  });
});
