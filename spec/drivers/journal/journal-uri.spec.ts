import { readJournalUri } from '../../../lib/drivers/journal/journal-uri';
import { InvalidUriError } from '../../../lib/errors';

const read = (uri: string, now = 0) => readJournalUri(uri, now);

describe('the URI of a journal', () => {
  it('names its folder', () => {
    expect(read('journal:/var/lib/virdeliver')).toEqual({
      folder: '/var/lib/virdeliver',
      bookmark: undefined,
      from: 'oldest',
      follows: true,
    });
    expect(read('journal:///var/lib/a%20b').folder).toBe('/var/lib/a b');
    expect(read('JOURNAL:events').folder).toBe(`${process.cwd()}/events`);
  });

  it('names a reader, whose bookmark is in the folder, or the bookmark itself', () => {
    expect(read('journal:/j?reader=report').bookmark).toBe('/j/readers/report');
    expect(read('journal:/j?reader=a%2Db_1.x').bookmark).toBe('/j/readers/a-b_1.x');
    expect(read('journal:/j?bookmark=/home/me/my%20place').bookmark).toBe('/home/me/my place');
    expect(read('journal:/j?bookmark=mine').bookmark).toBe(`${process.cwd()}/mine`);
  });

  it.each([
    ['oldest', 'oldest'],
    ['newest', 'newest'],
    ['5000001', { sequence: 5_000_001 }],
    ['2026-01-02T03:00:00Z', { time: new Date('2026-01-02T03:00:00Z') }],
    ['2026-01-02T03:00:00%2B01:00', { time: new Date('2026-01-02T02:00:00Z') }],
    ['2026-01-02T03:00:00+01:00', { time: new Date('2026-01-02T02:00:00Z') }],
    ['-90m', { time: new Date('2026-01-02T01:30:00Z') }],
  ])('says where a reader begins: from=%s', (value, from) => {
    expect(read(`journal:/j?from=${value}`, Date.UTC(2026, 0, 2, 3)).from).toEqual(from);
  });

  it('says whether more is waited for', () => {
    expect(read('journal:/j?follow=no').follows).toBe(false);
    expect(read('journal:/j?follow=yes&reader=a').follows).toBe(true);
  });

  it.each([
    ['journal:', 'lacks a path'],
    ['journal://host/j', 'names a host'],
    ['journal:/j%', 'holds a % that begins no UTF-8 character'],
    ['journal:/j%00', 'holds a NUL character'],
    ['journal:/j?reader', 'the query parameter reader has no value'],
    ['journal:/j?reader=a&reader=b', 'the query parameter reader is given twice'],
    [
      'journal:/j?readers=a',
      'unknown query parameter "readers"; expected reader, bookmark, from, follow (a ? in a path is written %3F)',
    ],
    ['journal:/j?reader=', 'must be a name of letters'],
    ['journal:/j?reader=..', 'must be a name of letters'],
    ['journal:/j?reader=a/b', 'must be a name of letters'],
    ['journal:/j?reader=%2e%2e', 'must be a name of letters'],
    ['journal:/j?reader=a%2Fb', 'must be a name of letters'],
    ['journal:/j?reader=.a', 'must be a name of letters'],
    [`journal:/j?reader=${'a'.repeat(65)}`, 'must be a name of letters'],
    ['journal:/j?reader=a&bookmark=/b', 'has both reader and bookmark'],
    ['journal:/j?bookmark=', 'has a bookmark that no path can be'],
    ['journal:/j?from=yesterday', 'from must be oldest, newest, the number of an event, or a time'],
    ['journal:/j?from=0', 'from must be'],
    ['journal:/j?from=1h', 'or a time such as 2026-01-02T03:04:05Z or -1h, but is "1h"'],
    ['journal:/j?from=9007199254740993', 'from must be'],
    ['journal:/j?from=2026-13-01', 'from must be'],
    ['journal:/j?from=', 'from must be'],
    ['journal:/j?follow', 'the query parameter follow has no value'],
    ['journal:/j?follow=true', 'follow must be yes or no, but is "true"'],
  ])('is refused if it is %s', (uri, problem) => {
    expect(() => read(uri)).toThrow(InvalidUriError);
    expect(() => read(uri)).toThrow(problem);
  });
});
