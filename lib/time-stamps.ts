/** A date of ISO 8601, perhaps with a time of day and an offset from UTC. */
const TIME_STAMP =
  /^[\t\n\r ]*(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?[\t\n\r ]*$/;

/**
 * The microseconds from the beginning of 1970, in UTC, to a time of ISO 8601, such as `2026-01-02T03:04:05.123456Z`; NaN for
 * any other text.
 *
 * A time without an offset is in UTC, one without a time of day is midnight, and digits after the sixth behind the point are
 * left out. Whole up to the year 2255, since JavaScript's numbers hold them exactly.
 */
export function microseconds(text: string): number {
  const match = TIME_STAMP.exec(text);
  if (match === null) {
    return Number.NaN;
  }
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const [hours, minutes, seconds] = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)];
  const date = new Date(0);
  // Date.UTC takes the years from 0 to 99 for others.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const isMidnight = hours === 24 && minutes === 0 && seconds === 0 && Number(fraction) === 0;
  // A minute has a 61st second at times.
  const isTime = (hours < 24 || isMidnight) && minutes < 60 && seconds <= 60;
  const [aheadHours, aheadMinutes] = [Number(offsetHour ?? 0), Number(offsetMinute ?? 0)];
  if (!isDate || !isTime || aheadHours > 23 || aheadMinutes > 59) {
    return Number.NaN;
  }
  const ahead = (sign === '-' ? -1 : 1) * (aheadHours * 60 + aheadMinutes);
  const sinceMidnight = (hours * 60 + minutes - ahead) * 60 + seconds;
  return date.getTime() * 1000 + sinceMidnight * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** The time that a text of ISO 8601 names, by the rules of `microseconds`; `undefined` for any other text. */
export function timeIn(text: string): Date | undefined {
  const time = microseconds(text);
  return Number.isNaN(time) ? undefined : new Date(time / 1000);
}

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds that `90s`, `10m`, `12h` or `30d` lasts; `undefined` for any other text. */
export function durationIn(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] as number);
}

/** The time that a text names: one of ISO 8601, or one before now, such as `-90s`, `-10m`, `-12h` or `-2d`. */
export function momentIn(text: string, now: number): Date | undefined {
  const ago = text.startsWith('-') ? durationIn(text.slice(1)) : undefined;
  return ago === undefined ? timeIn(text) : new Date(Math.max(0, now - ago));
}
