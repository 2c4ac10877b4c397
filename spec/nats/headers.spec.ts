import { entryHeaders, messageId, readEntryHeaders } from '../../lib/nats/headers';

const entry = {
  host: 'hôte 17\r\n',
  journal: '8b0f5a1e-6f0c-4d0e-9d9f-0d4f1f1d2c3b',
  sequence: 1041,
  crc: 4_294_967_295,
  time: '2026-01-02T03:04:05.000006Z',
};

describe('The headers of a published event', () => {
  it('say of which entry it is, whatever the host is called', () => {
    const headers = entryHeaders(entry);
    for (const value of Object.values(headers)) {
      expect(value).toMatch(/^[!-~]+$/);
    }
    expect(readEntryHeaders((name) => headers[name] ?? '')).toEqual(entry);
  });

  it.each(['Virdeliver-Host', 'Virdeliver-Journal', 'Virdeliver-Sequence', 'Virdeliver-Crc'])(
    'are none without %s',
    (missing) => {
      const headers = { ...entryHeaders(entry), [missing]: '' };
      expect(readEntryHeaders((name) => headers[name] ?? '')).toBeUndefined();
    },
  );

  it.each([
    ['Virdeliver-Sequence', '-1'],
    ['Virdeliver-Sequence', '99999999999999999'],
    ['Virdeliver-Sequence', '9999999999999999'],
    ['Virdeliver-Crc', 'f00'],
    ['Virdeliver-Host', '%ff'],
  ])('are none where %s is %s', (name, value) => {
    const headers = { ...entryHeaders(entry), [name]: value };
    expect(readEntryHeaders((header) => headers[header] ?? '')).toBeUndefined();
  });

  it('have an id that another entry of the same number does not have', () => {
    expect(messageId(entry)).toBe('8b0f5a1e-6f0c-4d0e-9d9f-0d4f1f1d2c3b:1041:4294967295');
    expect(messageId({ ...entry, crc: 7 })).not.toBe(messageId(entry));
  });
});
