import { ManualClock } from '../../../../lib/clock';
import { KeepAlive } from '../../../../lib/drivers/remote/rpc/keepalive';

function watchedPeer(): { clock: ManualClock; keepAlive: KeepAlive } {
  const clock = new ManualClock();
  return { clock, keepAlive: new KeepAlive(clock, { intervalMs: 5000, count: 2 }) };
}

describe('keepalive', () => {
  it('pings after an interval of silence, and after each further one', () => {
    const { clock, keepAlive } = watchedPeer();
    expect(keepAlive.untilDue()).toBe(5000);
    expect(keepAlive.verdict()).toBe('nothing');
    clock.advance(4999);
    expect([keepAlive.untilDue(), keepAlive.verdict()]).toEqual([1, 'nothing']);
    clock.advance(1);
    expect([keepAlive.untilDue(), keepAlive.verdict()]).toEqual([0, 'ping']);
    expect([keepAlive.untilDue(), keepAlive.verdict()]).toEqual([5000, 'nothing']);
  });

  it('takes a peer for dead an interval after the last ping that may stay unanswered', () => {
    const { clock, keepAlive } = watchedPeer();
    const judgements = Array.from({ length: 3 }, () => {
      clock.advance(5000);
      return keepAlive.verdict();
    });
    expect(judgements).toEqual(['ping', 'ping', 'dead']);
  });

  it('begins anew with whatever is heard', () => {
    const { clock, keepAlive } = watchedPeer();
    clock.advance(5000);
    keepAlive.verdict();
    clock.advance(5000);
    keepAlive.verdict();
    clock.advance(4000);
    keepAlive.restart();
    clock.advance(4000);
    expect(keepAlive.verdict()).toBe('nothing');
    clock.advance(1000);
    expect(keepAlive.verdict()).toBe('ping');
  });

  it('does not take a peer for dead because nobody has asked for a long time', () => {
    const { clock, keepAlive } = watchedPeer();
    clock.advance(3_600_000);
    expect(keepAlive.verdict()).toBe('ping');
    expect(keepAlive.verdict()).toBe('nothing');
    clock.advance(3_600_000);
    expect(keepAlive.verdict()).toBe('ping');
    clock.advance(4999);
    expect(keepAlive.verdict()).toBe('nothing');
  });

  it('with no ping that may stay unanswered, takes silence for death', () => {
    const clock = new ManualClock();
    const keepAlive = new KeepAlive(clock, { intervalMs: 10, count: 0 });
    clock.advance(10);
    expect(keepAlive.verdict()).toBe('dead');
  });
});
