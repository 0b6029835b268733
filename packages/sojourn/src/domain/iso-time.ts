const dayInMs = 86_400_000;
const minuteInMs = 60_000;
const padded = (count: number, digits: number, around: (text: string) => string): readonly string[] =>
  Array.from({ length: count }, (_, n) => around(String(n).padStart(digits, "0")));
/** `00:00:` to `23:59:`, `00.` to `59.` and `000Z` to `999Z`: few long pieces are joined faster than many short ones. */
const hours = padded(24, 2, (hour) => `${hour}:`);
const minutes = hours.flatMap((hour) => padded(60, 2, (minute) => `${hour}${minute}:`));
const seconds = padded(60, 2, (second) => `${second}.`);
const milliseconds = padded(1000, 3, (ms) => `${ms}Z`);

/** Dates that were asked for, each in the slot of its day: there is one for each of 64 days in a row. */
const slots = 64;
const days = new Float64Array(slots).fill(Number.NaN);
const dates: string[] = Array.from({ length: slots }, () => "");

/**
 * `new Date(ms).toISOString()` for the hot path: a session has six times on three or four days, the
 * same for most sessions, so dates are remembered and the rest comes from tables.
 */
export function toIso(ms: number): string {
  // As Date does it: towards zero, also before 1970.
  const time = Math.trunc(ms);
  const day = Math.floor(time / dayInMs);
  const slot = day & (slots - 1);
  if (days[slot] !== day) {
    dates[slot] = new Date(day * dayInMs).toISOString().slice(0, -13);
    days[slot] = day;
  }
  const sinceMidnight = time - day * dayInMs;
  const minute = Math.floor(sinceMidnight / minuteInMs);
  const sinceMinute = sinceMidnight - minute * minuteInMs;
  const second = Math.floor(sinceMinute / 1000);
  return `${dates[slot]}${minutes[minute]}${seconds[second]}${milliseconds[sinceMinute - second * 1000]}`;
}
