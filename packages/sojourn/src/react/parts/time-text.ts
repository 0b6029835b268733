const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** A time in the past as people say it, such as `2 hours ago`; null if that is not worth saying. Times in ms. */
export function timeAgo(time: number, now: number, locale: string): string | null {
  const seconds = Math.max(0, (now - time) / 1000);
  const [unit, length] = units.find(([, one]) => seconds >= one) ?? [];
  if (unit === undefined || length === undefined) return null;
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-Math.floor(seconds / length), unit);
}

/** A time to come in minutes and seconds, such as `4:05`. */
export function countdown(seconds: number, locale: string): string {
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
  const number = new Intl.NumberFormat(locale);
  return `${number.format(Math.floor(seconds / 60))}:${two.format(seconds % 60)}`;
}

/** A moment in full. */
export function moment(time: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}
