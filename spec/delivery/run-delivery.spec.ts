import {
  addEventHandler,
  ConnectionClosedError,
  ConnectionLostError,
  closeConnection,
  openConnection,
  runDelivery,
  sendEvent,
  takeEvents,
} from '../../lib';
import { eventXml, openScripted } from '../support/scripted-driver';

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a run', () => {
  it('does not begin on a connection that is closed', async () => {
    const conn = openConnection();
    closeConnection(conn);
    await expect(runDelivery(conn)).rejects.toBeInstanceOf(ConnectionClosedError);
  });

  it('goes on without a connection that is closed meanwhile, and ends with the last', async () => {
    const [one, other] = [openScripted(), openScripted()];
    const seen: string[] = [];
    const listen = jest.spyOn(one.driver, 'listen');
    addEventHandler(one.conn, null, () => {
      seen.push('one');
      closeConnection(one.conn);
      listen.mockClear();
    });
    addEventHandler(other.conn, null, (_, event) => seen.push(`other ${event.sequence}`));
    const run = runDelivery([one.conn, other.conn]);
    one.driver.arrive(eventXml('t'));
    await turnOfTheLoop();
    await turnOfTheLoop();
    other.driver.arrive(eventXml('t'));
    await turnOfTheLoop();
    await turnOfTheLoop();
    other.driver.end = 'in good order';
    other.driver.arrive(eventXml('t'));
    await expect(run).resolves.toBeUndefined();
    expect(seen).toEqual(['one', 'other 1', 'other 2']);
    expect(listen).not.toHaveBeenCalled();
  });

  it('leaves a connection alone that is closed right after an event has come', async () => {
    const conns = [openConnection(), openConnection()];
    const run = runDelivery(conns);
    await turnOfTheLoop();
    for (const conn of conns) {
      sendEvent(conn, eventXml('t'));
      closeConnection(conn);
    }
    await expect(run).resolves.toBeUndefined();
  });

  it('ends with a loss, its own or one that another was told of', async () => {
    const { conn, driver } = openScripted();
    const cause = new Error('gone');
    const runs = [runDelivery(conn), runDelivery([conn, openConnection()])];
    const settled = Promise.allSettled(runs);
    driver.end = cause;
    driver.pump(() => true);
    expect(() => takeEvents(conn)).toThrow(ConnectionLostError);
    expect(await settled).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_CONNECTION_LOST', cause }) },
      { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_CONNECTION_LOST', cause }) },
    ]);
  });

  it('ends when its signal aborts, be there a loss or not', async () => {
    for (const end of [undefined, new Error('gone')]) {
      const { conn, driver } = openScripted();
      const stop = new AbortController();
      const run = runDelivery(conn, { signal: stop.signal });
      await turnOfTheLoop();
      stop.abort();
      if (end !== undefined) {
        driver.end = end;
        driver.pump(() => true);
        expect(() => takeEvents(conn)).toThrow(ConnectionLostError);
      }
      await expect(run).resolves.toBeUndefined();
    }
  });

  it('gives the event loop its turn between two deliveries', async () => {
    const conn = openConnection();
    const order: string[] = [];
    addEventHandler(conn, null, (_, event) => {
      order.push(`event ${event.sequence}`);
      if (event.sequence < 3) {
        sendEvent(conn, eventXml('t'));
        setImmediate(() => order.push('turn'));
      } else {
        closeConnection(conn);
      }
    });
    sendEvent(conn, eventXml('t'));
    await runDelivery(conn);
    expect(order).toEqual(['event 1', 'turn', 'event 2', 'turn', 'event 3']);
  });
});
