import { FilterError, InvalidArgumentError } from '../../lib/errors';
import { EventRecord } from '../../lib/event/event-record';
import { queryBoolean, queryNodes, queryNumber, queryString } from '../../lib/filter/queries';
import { referenceEvent } from './reference-event';

const event = new EventRecord({ xml: referenceEvent, type: 't', timestamp: 't', bytes: 300 });

describe('queries', () => {
  it('give the result in the type asked for', () => {
    expect(queryString(event, 'domain/@id')).toBe('3');
    expect(queryNumber(event, 'domain/@id')).toBe(3);
    expect(queryBoolean(event, 'domain/@id')).toBe(true);
    expect(queryNodes(event, 'domain/@id')[0]!.nodeValue).toBe('3');
    expect(queryString(event, 'true()')).toBe('true');
    expect(queryNumber(event, 'true()')).toBe(1);
    expect(queryNumber(event, "'x'")).toBeNaN();
    expect(queryBoolean(event, "''")).toBe(false);
  });

  it("select nodes of the event's own document, in document order", () => {
    const [domain, transition] = queryNodes(event, 'transition | domain');
    expect([domain!.nodeName, transition!.nodeName]).toEqual(['domain', 'transition']);
    expect(domain!.ownerDocument).toBe(event.document);
    expect(queryNodes(event, 'nothing')).toEqual([]);
    expect(queryNodes(event, '/')).toEqual([event.document]);
  });

  it('leave namespace nodes out of the selection', () => {
    expect(queryNumber(event, 'count(namespace::*)')).toBe(1);
    expect(queryNodes(event, 'namespace::*')).toEqual([]);
  });

  it.each(["'x'", '1 + 1', 'domain = 1', 'count(domain)'])('refuse to select %s', (xpath) => {
    expect(() => queryNodes(event, xpath)).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_TYPE', expression: xpath }),
    );
  });

  it('check the expression every time', () => {
    for (let time = 0; time < 2; time++) {
      expect(() => queryString(event, 'a b')).toThrow(FilterError);
      expect(() => queryString(event, '$a')).toThrow(expect.objectContaining({ code: 'ERR_FILTER_VARIABLE' }));
    }
    expect(() => queryString(event, 5 as never)).toThrow(InvalidArgumentError);
  });

  it('do not take a type name for a mistake', () => {
    expect(queryString(event, 'domain-state-transition')).toBe('');
  });

  it('evaluate with the names given, and forget them', () => {
    expect(queryString(event, '$a', { variables: { a: 1 } })).toBe('1');
    expect(queryString(event, '$a', { variables: { a: 2 } })).toBe('2');
    expect(() => queryString(event, '$a')).toThrow(FilterError);
  });

  it('stay right over more expressions than are kept', () => {
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < 600; number++) {
        expect(queryNumber(event, `${number} + 0`)).toBe(number);
      }
    }
  });
});
