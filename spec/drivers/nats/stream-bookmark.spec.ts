import { bookmarkText, firstRecord, readBookmarkText } from '../../../lib/drivers/nats/stream-bookmark';
import { JournalError } from '../../../lib/errors';
import { thrownBy } from '../../support/thrown-by';

const facts = { created: '2026-01-02T03:04:05.123456789Z', last: 40 };
const name = { stream: 'EVENTS', subject: 'virdeliver-reader.pager' };
const read = (text: string) => readBookmarkText(text, name, facts);

describe('the bookmark in a stream', () => {
  it('remembers the next message, the stream, and what came of the event behind it', () => {
    const record = { next: 41, attempt: 3, throws: 2, isOffered: true };
    expect(read(bookmarkText(record, facts.created, 'me'))).toMatchObject(record);
    expect(firstRecord(7)).toEqual({ next: 7, attempt: 0, throws: 0, isOffered: false });
  });

  it('fits its stream wherever it stands up to the end, also before the first message that is left', () => {
    for (const next of [1, 10, 41]) {
      expect(read(bookmarkText(firstRecord(next), facts.created, 'me')).next).toBe(next);
    }
  });

  it.each([
    ['of a stream of another time', bookmarkText(firstRecord(5), '2025-01-01T00:00:00Z', 'me'), 'was made anew at'],
    ['beyond the end', bookmarkText(firstRecord(42), facts.created, 'me'), 'its last message is 40, but 41 was read'],
    ['that is no JSON', '{', "can't be read"],
    ['of another form', '{"version":2,"next":1}', "can't be read"],
    ['without a number', '{"version":1,"created":"","attempt":0,"throws":0,"isOffered":false}', "can't be read"],
    ['that is null', 'null', "can't be read"],
  ])('%s is refused', (_, text, problem) => {
    const error = thrownBy<JournalError>(() => read(text));
    expect(error).toBeInstanceOf(JournalError);
    expect(error.code).toBe('ERR_BOOKMARK');
    expect(error.message).toContain(problem);
    expect(error.message).toContain('read under another name, with from=');
  });
});
