/** The bookmarks' half of the hub's program, over a stream that a test plays. */
import { Bookmarks } from '../../lib/nats/program/bookmarks';
import type { Hub } from '../../lib/nats/program/hub';

describe('A bookmark', () => {
  const subject = 'virdeliver-reader.pager';
  let written: string[];
  let bookmarks: Bookmarks;

  beforeEach(async () => {
    written = [];
    const publish = async (_: string, text: string) => ({ seq: written.push(text) });
    const life = { number: 1, isConnected: async () => {}, orBroken: <Result>(course: Result) => course };
    bookmarks = new Bookmarks({ client: { publish }, life } as unknown as Hub, 'EVENTS-readers');
    await bookmarks.claim({ stream: 'EVENTS-readers', by: 'me', places: [{ subject, text: 'first', after: 0 }] });
  });

  it('is not written for each event that comes one by one, and at once when nothing more is to come', async () => {
    for (let event = 1; event <= 50; event += 1) {
      bookmarks.keep({ subject, text: `event ${event}` });
      await new Promise(setImmediate);
    }
    expect(written).toEqual(['first']);
    expect(await bookmarks.settle()).toBeUndefined();
    expect(written).toEqual(['first', 'event 50']);
  });

  it('is written before long, though nothing more comes', async () => {
    bookmarks.keep({ subject, text: 'the only event' });
    while (written.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(written).toEqual(['first', 'the only event']);
  });
});
