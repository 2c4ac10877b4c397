import { didYouMean, nearest } from '../lib/did-you-mean';

describe('the candidate most like a name', () => {
  it.each([
    ['contain', ['contains', 'concat'], 'contains'],
    ['contians', ['contains'], 'contains'], // Two letters that changed places are two changes.
    ['xcontians', ['contains'], undefined], // Three changes are too many,
    ['cotan', ['contains'], undefined],
    ['conxxins', ['contains'], 'contains'], // and two are not.
    ['ctains', ['contains'], 'contains'],
    ['xxcontains', ['contains'], 'contains'],
    ['xxxcontains', ['contains'], undefined],
    ['conxxtains', ['contains'], 'contains'],
    ['conxxxtains', ['contains'], undefined],
    ['abc', ['abd'], 'abd'], // A name of three letters may differ in one,
    ['abc', ['ade'], undefined],
    ['abc', ['abcde'], undefined],
    ['abcd', ['abxy'], 'abxy'], // one of four in two.
    ['band', ['lang'], undefined], // But what begins and ends otherwise is another word,
    ['bang', ['lang'], 'lang'],
    ['flag', ['p:flag'], 'p:flag'],
    ['sock', ['socket'], 'socket'],
    ['yaming', ['naminy'], 'naminy'], // unless it is long.
    ['NAME', ['name'], 'name'],
    ['name', ['NAME'], 'NAME'],
    ['sum', ['sub', 'sum'], 'sum'], // The nearest, not the first,
    ['sud', ['sum', 'sub'], 'sum'], // and the first of those that are as near.
    ['suns', ['sxxs', 'sum'], 'sxxs'],
    ['', ['a', 'ab'], 'a'],
    ['', ['ab'], undefined],
    ['kitten', ['sitting'], undefined],
    ['kittin', ['sitting'], 'sitting'],
    ['ab', [], undefined],
  ])('of %j among %j is %j', (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });

  it('is asked for at the end of a message, if there is one', () => {
    expect(didYouMean('nmae', ['name'])).toBe("; did you mean 'name'?");
    expect(didYouMean('quite another', ['name'])).toBe('');
  });
});
