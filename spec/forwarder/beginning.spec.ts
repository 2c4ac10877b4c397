import { type Beginning, findBeginning, type HostMessage, type StreamState } from '../../lib/forwarder/beginning';
import { type KnownStream, noteOf, readNote } from '../../lib/forwarder/known-stream';

const CREATED = '2026-01-02T03:04:05.123456789Z';
const known: KnownStream = { created: CREATED, acked: 40 };

const streamOf = (changes: Partial<StreamState> = {}): StreamState => ({
  created: CREATED,
  first: 1,
  last: 50,
  isDeleted: () => false,
  ...changes,
});

const messageOf = (at: number, sequence = at): HostMessage => ({ at, journal: 'j', sequence, crc: 7 });

interface Case {
  readonly known?: KnownStream | 'moved';
  readonly stream?: Partial<StreamState>;
  readonly newest?: HostMessage;
  readonly isOurs?: boolean;
}

function beginningIn({ stream, newest, isOurs = true, ...rest }: Case): Beginning {
  return findBeginning(rest.known, streamOf(stream), newest, () => isOurs);
}

describe('a forwarder goes on', () => {
  it.each<[string, Case]>([
    ['if the stream is new to it and has nothing of its host', {}],
    [
      'if the stream is new to it and has only what another journal of its host said',
      { newest: messageOf(9), isOurs: false },
    ],
    ['if a person has moved the bookmark, whatever the stream has', { known: 'moved', newest: messageOf(9) }],
    ['if its last message was deleted by limits', { known, stream: { first: 41 } }],
    ['if the stream was emptied', { known, stream: { first: 51 } }],
    ['if its messages were deleted by their subject', { known, stream: { isDeleted: (number) => number === 40 } }],
    [
      'if its newer messages were deleted by their subject',
      { known, newest: messageOf(30), stream: { isDeleted: () => true } },
    ],
    ['if the newest message of its host is that of another journal', { known, newest: messageOf(45), isOurs: false }],
  ])('at its bookmark %s', (_, given) => {
    expect(beginningIn(given)).toBe('bookmark');
  });

  it.each<[string, Case]>([
    ['if it knows no stream yet', { newest: messageOf(9, 17) }],
    ['if that is the one that was acknowledged last', { known, newest: messageOf(40, 17) }],
    ['if it was killed before it had noted down the acknowledgement', { known, newest: messageOf(41, 17) }],
    ['if the stream was made anew', { known, newest: messageOf(3, 17), stream: { created: 'later', last: 60 } }],
    ['if the stream was set back', { known, newest: messageOf(30, 17), stream: { last: 39 } }],
    ['if others have the numbers since of what servers had lost', { known, newest: messageOf(30, 17) }],
  ])('behind the newest message of its host %s', (_, given) => {
    expect(beginningIn(given)).toEqual({ after: 17 });
  });

  it.each<[string, Case]>([
    ['was made anew', { known, stream: { created: 'later' } }],
    [
      'was made anew, and another journal of the host came first',
      { known, newest: messageOf(50), isOurs: false, stream: { created: 'later' } },
    ],
    ['was set back to a time before the host was there', { known, stream: { last: 39 } }],
    ['has lost all of the host, and others have the numbers since', { known }],
  ])('at the oldest entry of its journal if the stream %s', (_, given) => {
    expect(beginningIn(given)).toBe('oldest');
  });

  it('nowhere if its journal has not got what the stream has', () => {
    const refuse = () => {
      throw new Error('set back');
    };
    for (const one of [undefined, known]) {
      expect(() => findBeginning(one, streamOf(), messageOf(45), refuse)).toThrow('set back');
    }
    expect(findBeginning('moved', streamOf(), messageOf(45), refuse)).toBe('bookmark');
  });

  it('without asking for what was deleted, unless that makes the difference', () => {
    const isDeleted = () => {
      throw new Error('asked');
    };
    expect(beginningIn({ known, newest: messageOf(40, 17), stream: { isDeleted } })).toEqual({ after: 17 });
    expect(beginningIn({ known, stream: { first: 41, isDeleted } })).toBe('bookmark');
    expect(beginningIn({ known, stream: { last: 39, isDeleted } })).toBe('oldest');
    expect(() => beginningIn({ known, stream: { last: 40, isDeleted } })).toThrow('asked');
  });
});

describe('what is known of a stream', () => {
  it('is one word, of which the next forwarder reads the same', () => {
    expect(noteOf(known)).toBe(`40@${CREATED}`);
    expect(readNote(noteOf(known))).toEqual(known);
    const most = { created: CREATED, acked: Number.MAX_SAFE_INTEGER };
    expect(readNote(noteOf(most))).toEqual(most);
    expect(noteOf(most).length).toBeLessThan(100);
  });

  it.each([
    ['moved', 'moved'],
    [undefined, undefined],
    ['something else', undefined],
    ['7', undefined],
  ])('in %j is %j', (note, found) => {
    expect(readNote(note)).toBe(found);
  });
});
