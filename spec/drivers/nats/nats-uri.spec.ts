import { readNatsUri } from '../../../lib/drivers/nats/nats-uri';
import { partitionOf } from '../../../lib/nats/subjects';

const read = (query: string, now = 0) => readNatsUri(`nats://hub/EVENTS${query}`, now);

describe('the URI of a stream, for a reader', () => {
  it('names the stream, from whose oldest on everything is read', () => {
    expect(read('')).toMatchObject({
      servers: ['hub:4222'],
      stream: 'EVENTS',
      reader: undefined,
      from: 'oldest',
      host: undefined,
      feeds: [{ subject: 'virdeliver.*.*.*', partition: undefined }],
    });
  });

  it('may name the reader, and where it begins', () => {
    expect(read('?reader=a-b_1.x&from=newest')).toMatchObject({ reader: 'a-b_1.x', from: 'newest' });
    expect(read('?from=17').from).toEqual({ sequence: 17 });
    expect(read('?from=2024-02-29').from).toEqual({ time: new Date('2024-02-29') });
    expect(read('?from=2026-01-02T03:00:00Z').from).toEqual({ time: new Date('2026-01-02T03:00:00Z') });
  });

  it('may begin at a time before now', () => {
    const { from } = read('?from=-2d', Date.UTC(2026, 0, 3));
    expect(from).toEqual({ time: new Date('2026-01-01T00:00:00Z') });
  });

  it('may choose a host, a type, or both', () => {
    const host = `virdeliver.${partitionOf('kvm.17')}.kvm=2E17`;
    expect(read('?host=kvm.17').feeds).toEqual([{ subject: `${host}.*`, partition: undefined }]);
    expect(read('?type=reboot').feeds).toEqual([{ subject: 'virdeliver.*.*.reboot', partition: undefined }]);
    expect(read('?type=reboot&host=kvm.17').feeds).toEqual([{ subject: `${host}.reboot`, partition: undefined }]);
  });

  it('may be one of several that share the hosts: together they have each partition once', () => {
    expect(read('?share=1/1').feeds).toHaveLength(64);
    expect(read('?share=3/64&type=t').feeds).toEqual([{ subject: 'virdeliver.3.*.t', partition: 3 }]);
    for (const readers of [2, 3, 5, 64]) {
      const all = Array.from({ length: readers }, (_, at) => read(`?share=${at + 1}/${readers}`).feeds).flat();
      const partitions = all.map(({ partition }) => partition as number).sort((a, b) => a - b);
      expect(partitions).toEqual(Array.from({ length: 64 }, (_, partition) => partition));
    }
  });

  it.each([
    ['?reader=', 'reader must be a name of letters'],
    ['?reader=..', 'reader must be a name of letters'],
    [
      '?from=',
      'from must be oldest, newest, the number of an event, or a time such as 2026-01-02T03:04:05Z or -1h, but is ""',
    ],
    ['?from=0', 'from must be oldest'],
    ['?from=2026-02-30', 'from must be oldest'],
    ['?from=2026-02-29T12:00:00Z', 'from must be oldest'],
    ['?host=', 'host must be the name of a host'],
    ['?type=', 'type must be the name of a type'],
    ['?share=0/2', 'share must be I/N, the Ith of N readers, of whom there are at most 64, but is "0/2"'],
    ['?share=3/2', 'share must be I/N'],
    ['?share=1/65', 'share must be I/N'],
    ['?share=1', 'share must be I/N'],
    ['?share=1/2&host=a', 'has both host and share; a host has only one reader'],
    ['?follow=no', 'unknown query parameter "follow"'],
  ])('is refused as %s: %s', (query, problem) => {
    expect(() => read(query)).toThrow(problem);
  });
});
