import { whenAborted } from '../../lib/delivery/signal-watch';

describe('what waits for a signal', () => {
  it('is called when the signal aborts, each once, with one listener for all', () => {
    const { signal, abort } = withAbort();
    const add = jest.spyOn(signal, 'addEventListener');
    const called: string[] = [];
    whenAborted(signal, () => called.push('one'));
    whenAborted(signal, () => called.push('two'));
    expect(add).toHaveBeenCalledTimes(1);
    abort();
    expect(called).toEqual(['one', 'two']);
    abort();
    expect(called).toHaveLength(2);
  });

  it('is not called once it is called off, and leaves no listener behind', () => {
    const { signal, abort } = withAbort();
    const [add, remove] = [jest.spyOn(signal, 'addEventListener'), jest.spyOn(signal, 'removeEventListener')];
    const called: string[] = [];
    const [one, two] = ['one', 'two'].map((name) => whenAborted(signal, () => called.push(name)));
    one!();
    one!();
    expect(remove).not.toHaveBeenCalled();
    two!();
    expect(remove.mock.calls).toEqual([['abort', expect.any(Function)]]);
    whenAborted(signal, () => called.push('three'));
    expect(add).toHaveBeenCalledTimes(2);
    abort();
    expect(called).toEqual(['three']);
  });

  it('has what it throws thrown when all were called', () => {
    const { signal } = withAbort();
    const add = jest.spyOn(signal, 'addEventListener');
    const called: string[] = [];
    for (const name of ['one', 'two']) {
      whenAborted(signal, () => {
        called.push(name);
        throw new Error(name);
      });
    }
    // What a listener throws is an uncaught exception when the signal aborts.
    const listener = add.mock.calls[0]![1] as (event: unknown) => void;
    expect(() => listener({ target: signal })).toThrow("2 calls upon a signal's abort failed");
    expect(called).toEqual(['one', 'two']);
  });
});

function withAbort() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
