import {
  addEventHandler,
  closeConnection,
  deliverEvents,
  openConnection,
  peekEvents,
  sendEvent,
  takeEvents,
} from '../../../lib';
import { eventXml, openScripted } from '../../support/scripted-driver';

describe('peekEvents', () => {
  it('shows what is queued in order, as often as it is asked, and takes nothing', () => {
    using conn = openConnection();
    // Some are taken before, so that the queue's ring does not begin at its beginning.
    for (let number = 0; number < 40; number += 1) {
      sendEvent(conn, eventXml('a', number));
      if (number < 20) {
        takeEvents(conn, { limit: 1 });
      }
    }
    const numbers = () => peekEvents(conn).map((event) => event.number('n'));
    expect(numbers()).toEqual(Array.from({ length: 20 }, (_, place) => place + 20));
    expect(numbers()).toHaveLength(20);
    const peeked = peekEvents(conn);
    expect(takeEvents(conn)).toEqual(peeked);
    expect(peekEvents(conn)).toEqual([]);
  });

  it('pumps the driver first', () => {
    const { conn, driver } = openScripted();
    driver.transport.push(eventXml('a', 1), eventXml('a', 2));
    expect(peekEvents(conn)).toHaveLength(2);
  });

  it('shows a gap without ending its growth, and the sequence numbers of all', () => {
    using conn = openConnection('memory:', { queue: { maxEvents: 2, overflow: 'drop-oldest' } });
    for (const number of [1, 2, 3]) {
      sendEvent(conn, eventXml('a', number));
    }
    expect(peekEvents(conn).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['events-lost', 1],
      ['a', 2],
      ['a', 3],
    ]);
    sendEvent(conn, eventXml('a', 4));
    expect(peekEvents(conn)[0]?.string('@count')).toBe('2');
    expect(takeEvents(conn)[0]?.string('@count')).toBe('2');
  });

  it('is allowed to a handler, which still finds its own event there', () => {
    using conn = openConnection();
    sendEvent(conn, eventXml('a', 1));
    sendEvent(conn, eventXml('a', 2));
    const seen: number[] = [];
    addEventHandler(conn, null, () => seen.push(peekEvents(conn).length));
    deliverEvents(conn);
    expect(seen).toEqual([2, 1]);
  });

  it('is refused on a closed connection', () => {
    const conn = openConnection();
    closeConnection(conn);
    expect(() => peekEvents(conn)).toThrow('is closed');
    expect(() => peekEvents({} as never)).toThrow('conn must be a connection');
  });
});
