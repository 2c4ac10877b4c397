import { expect as expectOfGlobals, jest as jestOfGlobals } from '@jest/globals';
import { addEventHandler, connectionStats, deliverEvents, openConnection, sendEvent, takeEvents } from '../../lib';
import { openTestConnection } from '../../lib/testing';
import '../../lib/testing/jest';
import '../../lib/testing/jest-globals';
import { eventXml, openScripted } from '../support/scripted-driver';

/** What a failing assertion says, without colours. */
function messageOf(assertion: () => unknown): string {
  try {
    assertion();
  } catch (error) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
    return (error as Error).message.replace(/\u001b\[\d+m/g, '');
  }
  throw new Error('the assertion holds');
}

function conn3() {
  const conn = openConnection();
  for (const number of [1, 2, 3]) {
    sendEvent(conn, eventXml('a', number));
  }
  return conn;
}

describe('toMatchFilter', () => {
  it('passes if the filter matches an event or its XML, and the other way round with not', () => {
    const [event] = takeEvents(conn3());
    expect(event).toMatchFilter('n = 1');
    expect(event).toMatchFilter(['a']);
    expect(event).toMatchFilter('n = $n', { variables: { n: 1 } });
    expect(event).not.toMatchFilter('n = 2');
    expect(eventXml('a', 7)).toMatchFilter({ select: 'n = 7', suppress: ['b'] });
  });

  it('says what about the filter is hardly meant, as toHaveQueued does', () => {
    const doubt = /about the filter, at 18: .*did you mean 'crashed'/;
    const filter = "transition/@to = 'crash'";
    expect(messageOf(() => expect(eventXml('a', 7)).toMatchFilter(filter))).toMatch(doubt);
    expect(messageOf(() => expect(conn3()).toHaveQueued(filter))).toMatch(doubt);
  });

  it('shows the filter, the event, and what was false', () => {
    expect(messageOf(() => expect(eventXml('a', 7)).toMatchFilter("@type = 'a' and n = 8")).split('\n')).toEqual([
      'expect(event).toMatchFilter(filter)',
      '',
      "expected: an event that matches  @type = 'a' and n = 8",
      'received: #1 a  <n>7</n>',
      "  true   attribute::type = 'a'",
      "  false  child::n = 8    (found '7')",
    ]);
    expect(messageOf(() => expect(eventXml('a', 7)).not.toMatchFilter('n = 7')).split('\n')).toEqual([
      'expect(event).not.toMatchFilter(filter)',
      '',
      'expected: no event that matches  n = 7',
      'received: #1 a  <n>7</n>',
    ]);
  });

  it('refuses what is no event, and filters and options that are none', () => {
    expect(() => expect(undefined).toMatchFilter('n')).toThrow(
      'received must be an event, or its XML, but is undefined',
    );
    expect(() => expect(5).not.toMatchFilter('n')).toThrow('received must be an event, or its XML, but is 5');
    expect(() => expect('<a/>').toMatchFilter('n')).toThrow('invalid event');
    expect(() => expect('<a/>').not.toMatchFilter('n')).toThrow('invalid event');
    expect(() => expect(eventXml('a')).not.toMatchFilter('n =')).toThrow('invalid filter');
    expect(() => expect(eventXml('a')).not.toMatchFilter('n', { limits: {} } as object)).toThrow(
      'options.limits is no option',
    );
  });

  it('stands for an event among the arguments of a call', () => {
    const conn = conn3();
    const handler = jest.fn(() => {});
    addEventHandler(conn, 'n = 2', handler);
    deliverEvents(conn);
    expect(handler).toHaveBeenCalledWith(conn, expect.toMatchFilter('n = 2'), undefined);
    expect(handler).not.toHaveBeenCalledWith(conn, expect.toMatchFilter('n = 3'), undefined);
  });

  it('is not matched, if it stands for a part of a value, by what is no event', () => {
    const [event] = takeEvents(conn3());
    expect([undefined, 5, 'text', event]).toContainEqual(expect.toMatchFilter('n = 1'));
    expect([undefined, 5, 'text']).not.toContainEqual(expect.toMatchFilter('n = 1'));
    expect([undefined, 5, 'text']).not.toContainEqual(expect.not.toMatchFilter('n = 1'));
  });

  it('is there for the expect of @jest/globals', () => {
    expectOfGlobals(eventXml('a', 7)).toMatchFilter('n = 7');
    expectOfGlobals(conn3()).not.toHaveQueued('n = 7');
    const called = jestOfGlobals.fn((_text: string) => {});
    called(eventXml('a', 7));
    expectOfGlobals(called).toHaveBeenCalledWith(expectOfGlobals.toMatchFilter('n = 7'));
  });
});

describe('toHaveQueued', () => {
  it('looks into the queue, and neither takes nor delivers', () => {
    const conn = conn3();
    const handler = jest.fn(() => {});
    addEventHandler(conn, null, handler);
    expect(conn).toHaveQueued('n = 2');
    expect(conn).not.toHaveQueued('n = 4');
    expect(handler).not.toHaveBeenCalled();
    expect(connectionStats(conn)).toMatchObject({ queued: 3, delivered: 0, taken: 0 });
    expect(takeEvents(conn).map((event) => event.number('n'))).toEqual([1, 2, 3]);
  });

  it('sees what the driver holds, and what a domain has just done', () => {
    const { conn, driver } = openScripted();
    driver.transport.push(eventXml('a', 1));
    expect(conn).toHaveQueued('n = 1');
    using hypervisor = openTestConnection();
    hypervisor.domains.get('test').suspend();
    expect(hypervisor.conn).toHaveQueued("transition/@to = 'paused'");
  });

  it('sees gaps, which go on growing', () => {
    using conn = openConnection('memory:', { queue: { maxEvents: 1, overflow: 'drop-newest' } });
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('a', 2));
    expect(conn).toHaveQueued("@type = 'events-lost' and @count = 1");
    sendEvent(conn, eventXml('a', 3));
    expect(conn).toHaveQueued("@type = 'events-lost' and @count = 2");
    expect(takeEvents(conn)).toHaveLength(2);
  });

  it('shows what is queued, and the nearest miss', () => {
    expect(messageOf(() => expect(conn3()).toHaveQueued("n = 2 and @type = 'b'")).split('\n')).toEqual([
      'expect(connection).toHaveQueued(filter)',
      '',
      "expected: an event that matches  n = 2 and @type = 'b'",
      'queued:   3 events',
      '  #1 a  <n>1</n>',
      '  #2 a  <n>2</n>',
      '  #3 a  <n>3</n>',
      'nearest: #2 a  <n>2</n>',
      '  true   child::n = 2',
      "  false  attribute::type = 'b'    (found 'a')",
    ]);
    expect(
      messageOf(() => expect(openConnection()).toHaveQueued(null))
        .split('\n')
        .slice(2),
    ).toEqual(['expected: an event', 'queued:   nothing']);
  });

  it('shows, with not, those that match', () => {
    expect(messageOf(() => expect(conn3()).not.toHaveQueued('n > 1')).split('\n')).toEqual([
      'expect(connection).not.toHaveQueued(filter)',
      '',
      'expected: no event that matches  n > 1',
      'queued:   3 events, of which 2 match',
      '  #2 a  <n>2</n>',
      '  #3 a  <n>3</n>',
    ]);
  });

  it('refuses what is no connection', () => {
    expect(() => expect({}).toHaveQueued(null)).toThrow('conn must be a connection, but is {}');
  });
});

describe('the types of the matchers', () => {
  it('know their arguments', () => {
    const conn = openConnection();
    // @ts-expect-error no filter
    expect(() => expect(conn).toHaveQueued()).toThrow();
    // @ts-expect-error no filter
    expect(() => expect(conn).toHaveQueued(5)).toThrow();
    // @ts-expect-error no option
    expect(() => expectOfGlobals(conn).toHaveQueued(null, { name: 'x' })).toThrow();
  });
});
