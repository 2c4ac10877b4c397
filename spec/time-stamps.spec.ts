import { execFileSync } from 'node:child_process';
import { ManualClock } from '../lib';
import { readStart } from '../lib/drivers/reader/reader-parameters';
import { durationIn, momentIn, timeIn } from '../lib/time-stamps';
import { builtModule } from './support/built';

describe('a time of ISO 8601', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.678', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02 03:04', '2026-01-02T03:04:00.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['2026-02-30', undefined],
    ['2026', undefined],
    ['noon', undefined],
  ])('%s is %s', (text, time) => {
    expect(timeIn(text)?.toISOString()).toBe(time);
  });

  it.each(['2026-01-02T03:04:05', '2026-01-02', '2026-01-02 03:04:05'])('%s is the same in every zone', (text) => {
    const script = `
      const { readStart } = ${builtModule('drivers/reader/reader-parameters')};
      const { ManualClock } = ${builtModule('clock')};
      const text = ${JSON.stringify(text)};
      console.log(JSON.stringify([readStart('journal:x', text, 0), new ManualClock(text).now()]));`;
    const env = { ...process.env, TZ: 'America/New_York' };
    const elsewhere = execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
    expect(JSON.parse(elsewhere)).toEqual(
      JSON.parse(JSON.stringify([readStart('journal:x', text, 0), new ManualClock(text).now()])),
    );
    expect(JSON.parse(elsewhere)[0]).toEqual({ time: timeIn(text)?.toISOString() });
  });
});

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['2w', undefined],
    ['h', undefined],
    ['-1h', undefined],
    ['1h ', undefined],
  ])('%s is %s ms', (text, milliseconds) => {
    expect(durationIn(text)).toBe(milliseconds);
  });
});

describe('a moment', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);

  it.each([
    ['-1h', '2026-01-02T02:04:05.000Z'],
    ['-2d', '2025-12-31T03:04:05.000Z'],
    ['-0s', '2026-01-02T03:04:05.000Z'],
    // Before the beginning of time stamps.
    ['-999999999999d', '1970-01-01T00:00:00.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['1h', undefined],
    ['-1', undefined],
    ['-2026-01-02', undefined],
  ])('%s is %s', (text, time) => {
    expect(momentIn(text, now)?.toISOString()).toBe(time);
  });
});
