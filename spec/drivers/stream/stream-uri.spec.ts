import { parseStreamUri } from '../../../lib/drivers/stream/stream-uri';
import { InvalidUriError } from '../../../lib/errors';

describe('a stream URI', () => {
  it.each([
    ['-', { kind: 'descriptor', fd: 0 }],
    ['fd:0', { kind: 'descriptor', fd: 0 }],
    ['fd:17', { kind: 'descriptor', fd: 17 }],
    ['FD:17', { kind: 'descriptor', fd: 17 }],
    ['file:events.xml', { kind: 'file', path: 'events.xml', follow: false }],
    ['file:/var/log/events.xml', { kind: 'file', path: '/var/log/events.xml', follow: false }],
    ['file:///var/log/events.xml', { kind: 'file', path: '/var/log/events.xml', follow: false }],
    ['file://localhost/var/events.xml', { kind: 'file', path: '/var/events.xml', follow: false }],
    ['file:events.xml?follow', { kind: 'file', path: 'events.xml', follow: true }],
    ['file:a%3Fb%25c%20d', { kind: 'file', path: 'a?b%c d', follow: false }],
    ['file:///gr%C3%BC%C3%9Fe/grüße.xml', { kind: 'file', path: '/grüße/grüße.xml', follow: false }],
    ['file:a#b', { kind: 'file', path: 'a#b', follow: false }],
    ['file:a\nb', { kind: 'file', path: 'a\nb', follow: false }],
    ['fifo:events', { kind: 'fifo', path: 'events', follow: false }],
    ['FIFO:///run/events?follow', { kind: 'fifo', path: '/run/events', follow: true }],
  ])('%j is understood', (uri, address) => {
    expect(parseStreamUri(uri)).toEqual(address);
  });

  it.each([
    ['', 'expected -, fd:N, file:PATH or fifo:PATH'],
    ['--', 'expected -, fd:N, file:PATH or fifo:PATH'],
    ['events.xml', 'expected -, fd:N, file:PATH or fifo:PATH'],
    ['fd:', '"" is no descriptor; expected a number from 0 on'],
    ['fd:-1', '"-1" is no descriptor'],
    ['fd:1.5', '"1.5" is no descriptor'],
    ['fd:0x3', '"0x3" is no descriptor'],
    ['fd:2147483648', '"2147483648" is no descriptor'],
    ['fd:3?follow', 'unknown query parameter "follow"; it takes none'],
    ['file:', 'lacks a path'],
    ['fifo:', 'lacks a path'],
    ['file:?follow', 'lacks a path'],
    ['file://', 'names a host'],
    ['file://server/events.xml', 'names a host; after // comes an absolute path'],
    ['file:a%', 'a % in a path is written %25'],
    ['file:a%zz', 'a % in a path is written %25'],
    ['file:a%ff', 'a % in a path is written %25'],
    ['file:a%00b', 'NUL'],
    ['file:a?', 'unknown query parameter ""; expected follow (a ? in a path is written %3F)'],
    ['file:a?folow', 'unknown query parameter "folow"; expected follow'],
    ['file:a?follow=no', 'unknown query parameter "follow=no"'],
    ['file:a?follow&tail', 'unknown query parameter "tail"'],
    ['fifo:a?hold', 'unknown query parameter "hold"; expected follow'],
  ])('%j is refused, with what was expected', (uri, problem) => {
    const parse = () => parseStreamUri(uri);
    expect(parse).toThrow(InvalidUriError);
    expect(parse).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URI' }));
    expect(parse).toThrow(problem);
  });
});
