import { systemClock } from '../../lib/clock';
import { SampledTime } from '../../lib/delivery/sampled-time';

describe('the sampled time', () => {
  let now: number;
  let readings: number;

  beforeEach(() => {
    now = 0;
    readings = 0;
    jest.spyOn(systemClock, 'monotonic').mockImplementation(() => {
      readings += 1;
      return now;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Goes through so many spans, each of the length that a function says. */
  function spend(time: SampledTime, spans: number, length: (span: number) => number): void {
    for (let span = 0; span < spans; span += 1) {
      time.begin();
      now += length(span);
      time.end();
    }
  }

  it('is exact for the first 64 spans', () => {
    const time = new SampledTime();
    spend(time, 64, (span) => span);
    expect(time.milliseconds).toBe((63 * 64) / 2);
  });

  it('is an estimate afterwards, for which the clock is hardly read', () => {
    const time = new SampledTime();
    spend(time, 100_000, () => 0.25);
    expect(time.milliseconds).toBeGreaterThan(0.999 * 25_000);
    expect(time.milliseconds).toBeLessThanOrEqual(25_000);
    expect(readings).toBeLessThan(2 * (64 + 100_000 / 50));
  });

  it.each([2, 32, 64, 97])('is not deceived by every span of number %i being long', (period) => {
    const time = new SampledTime();
    spend(time, 1_000_000, (span) => (span % period === 0 ? 100 : 1));
    expect(time.milliseconds / now).toBeGreaterThan(0.8);
    expect(time.milliseconds / now).toBeLessThan(1.2);
  });
});
