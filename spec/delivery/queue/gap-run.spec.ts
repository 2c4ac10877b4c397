import { Gap, type LossCause } from '../../../lib/delivery/queue/gap';
import { GapRun } from '../../../lib/delivery/queue/gap-run';
import { ProtocolError } from '../../../lib/errors';

const causes: Readonly<Record<string, LossCause>> = { o: 'overflow', i: 'invalid' };

/** Counts a loss for each letter: 'o' for overflow, 'i' for something that could not be read. */
function put(run: GapRun, letters: string, first: number, isCrowded: boolean): GapRun {
  [...letters].forEach((letter, place) => {
    const sequence = first + place;
    let gap = run.growing(causes[letter]!, isCrowded);
    if (gap === undefined) {
      gap = new Gap(causes[letter]!, sequence, `at ${sequence}`);
      run.push(gap);
    }
    if (letter === 'o') {
      gap.addOverflowed(sequence, 't');
    } else {
      gap.addInvalid(sequence, new ProtocolError('unreadable'));
    }
  });
  return run;
}

/** Each gap by its cause's letter, its count, and its first and last number. */
function gaps(run: GapRun): string[] {
  return Array.from(run, ({ cause, count, first, last }) => `${cause[0]}${count} ${first}-${last}`);
}

describe('a run of gaps', () => {
  it('has one gap for losses of one cause that follow each other', () => {
    const run = put(new GapRun(), 'ooiio', 1, false);
    expect(gaps(run)).toEqual(['o2 1-2', 'i2 3-4', 'o1 5-5']);
    expect([run.length, run.firstLast]).toEqual([3, 2]);
    expect(Array.from(run, ({ timestamp }) => timestamp)).toEqual(['at 1', 'at 3', 'at 5']);
    expect(run.shift().last).toBe(2);
    expect([run.length, run.firstLast]).toEqual([2, 4]);
  });

  it('counts into the last gap of the cause when it is crowded, and makes one of those that this had parted', () => {
    const run = put(new GapRun(), 'oi', 1, false);
    expect(gaps(put(run, 'o', 3, true))).toEqual(['i1 2-2', 'o2 1-3']);
    expect(gaps(put(run, 'o', 4, true))).toEqual(['i1 2-2', 'o3 1-4']);
    expect(gaps(put(run, 'i', 5, true))).toEqual(['o3 1-4', 'i2 2-5']);
    const long = put(new GapRun(), 'oioio', 1, false);
    expect(gaps(put(long, 'i', 6, true))).toEqual(['o1 1-1', 'i1 2-2', 'o2 3-5', 'i2 4-6']);
    expect(gaps(put(long, 'o', 7, true))).toEqual(['o1 1-1', 'i3 2-6', 'o3 3-7']);
  });

  it('makes a first gap of a cause even when it is crowded', () => {
    expect(gaps(put(put(new GapRun(), 'oo', 1, false), 'i', 3, true))).toEqual(['o2 1-2', 'i1 3-3']);
    expect(gaps(put(new GapRun(), 'i', 1, true))).toEqual(['i1 1-1']);
  });

  it('takes in the run that follows', () => {
    const merged = (one: string, other: string, isCrowded: boolean) => {
      const run = put(new GapRun(), one, 1, false);
      run.merge(put(new GapRun(), other, 1 + one.length, false), isCrowded);
      return gaps(run);
    };
    expect(merged('oi', 'io', false)).toEqual(['o1 1-1', 'i2 2-3', 'o1 4-4']);
    expect(merged('oi', 'oi', false)).toEqual(['o1 1-1', 'i1 2-2', 'o1 3-3', 'i1 4-4']);
    expect(merged('oi', 'oi', true)).toEqual(['o2 1-3', 'i2 2-4']);
    expect(merged('', 'oi', false)).toEqual(['o1 1-1', 'i1 2-2']);
    expect(merged('oi', '', false)).toEqual(['o1 1-1', 'i1 2-2']);
  });
});
