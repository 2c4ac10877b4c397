import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConnectionLife } from '../../lib/nats/program/connection-life';
import { GoneError } from '../../lib/nats/program/problems';

/** The life of a connection that becomes what a test says, and what was told of it. */
function livingConnection() {
  let tell: (status: object) => void = () => {};
  async function* status() {
    for (;;) {
      yield await new Promise<object>((resolve) => {
        tell = resolve;
      });
    }
  }
  const told: string[] = [];
  const life = new ConnectionLife(
    { status } as never,
    (server) => told.push(`${server} is gone`),
    () => told.push('made'),
  );
  const become = async (type: string) => {
    await turn();
    tell({ type, server: 'hub' });
    await turn();
  };
  return { life, told, become };
}

const never = new Promise<never>(() => {});

describe('The life of a connection', () => {
  it('is told of, and each connection has a number', async () => {
    const { life, told, become } = livingConnection();
    expect(life.number).toBe(1);
    await become('disconnect');
    expect(life.number).toBeUndefined();
    await become('reconnect');
    expect(life.number).toBe(2);
    expect(told).toEqual(['hub is gone', 'made']);
  });

  it('ends the wait for an answer when the connection breaks, and at once while it is broken', async () => {
    const { life, become } = livingConnection();
    const answers = [life.orBroken(never), life.orBroken(never, 'no answer')].map((one) => one.catch((error) => error));
    const course = life.untilBroken(never);
    await become('disconnect');
    expect(await Promise.all(answers)).toEqual([new GoneError('the connection broke'), new GoneError('no answer')]);
    await course;
    await expect(life.orBroken(never)).rejects.toBeInstanceOf(GoneError);
    await life.untilBroken(never);
  });

  it('gives the answer, or why there is none, and lets those wait who need a connection', async () => {
    const { life, become } = livingConnection();
    expect(await life.orBroken(Promise.resolve(1))).toBe(1);
    await expect(life.orBroken(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await life.isConnected();
    await become('disconnect');
    let isThere = false;
    const wait = life.isConnected().then(() => {
      isThere = true;
    });
    await turn();
    expect(isThere).toBe(false);
    await become('reconnect');
    await wait;
  });

  it('keeps nothing of an answer that came', async () => {
    const { life } = livingConnection();
    let answer: object | undefined = {};
    const kept = new WeakRef(answer);
    await life.orBroken(Promise.resolve(answer));
    answer = undefined;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await turn();
    collect();
    expect(kept.deref()).toBeUndefined();
    expect(life.number).toBe(1);
  });
});
