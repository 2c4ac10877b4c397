import { setImmediate as turn } from 'node:timers/promises';

describe('the turns of the event loop', () => {
  /** Loads it as a program does: the library first, and this when the first connection to a daemon is opened. */
  function load(between: () => void = () => {}): typeof import('../../../lib/drivers/io/loop-turns') {
    jest.resetModules();
    require('../../../lib');
    between();
    return require('../../../lib/drivers/io/loop-turns');
  }

  afterEach(() => {
    jest.useRealTimers();
  });

  it('tells whether the event loop had a turn since it was asked', async () => {
    const turns = new (load().LoopTurns)();
    expect([turns.hasTurned(), turns.hasTurned(), turns.hasTurned()]).toEqual([true, false, false]);
    await turn();
    expect([turns.hasTurned(), turns.hasTurned()]).toEqual([true, false]);
  });

  it("does so, too, if it is loaded after a test runner's fake timers are put in", async () => {
    const turns = new (load(() => jest.useFakeTimers()).LoopTurns)();
    expect(turns.hasTurned()).toBe(true);
    await turn();
    expect(turns.hasTurned()).toBe(true);
  });
});
