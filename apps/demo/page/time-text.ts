const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Time that is left, to the second: `6 days 23:59:58`, `1:02:03`, `0:42`. Never below zero. */
export function timeLeft(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / second)) * second;
  const days = Math.floor(left / day);
  const hours = Math.floor((left % day) / hour);
  const minutes = Math.floor((left % hour) / minute);
  const seconds = Math.floor((left % minute) / second);
  const clock = `${two(minutes)}:${two(seconds)}`;
  if (days > 0) return `${days} ${days === 1 ? "day" : "days"} ${two(hours)}:${clock}`;
  return hours > 0 ? `${hours}:${clock}` : `${minutes}:${two(seconds)}`;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps: readonly (readonly [size: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [day, "day"],
  [hour, "hour"],
  [minute, "minute"],
  [second, "second"],
];

/** How long ago something was: `just now`, `2 minutes ago`, `yesterday`. Clocks that disagree do not show the future. */
export function timeAgo(ms: number): string {
  if (ms < 5 * second) return "just now";
  const [size, unit] = steps.find(([length]) => ms >= length) ?? [second, "second"];
  return relative.format(-Math.floor(ms / size), unit);
}

const sameDay = new Intl.DateTimeFormat("en", { timeStyle: "short" });
const otherDay = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** A moment in the visitor's own time zone: `today, 10:31 AM`, or with its date. */
export function moment(iso: string, now: number): string {
  const at = new Date(iso);
  return at.toDateString() === new Date(now).toDateString()
    ? `today, ${sameDay.format(at)}`
    : otherDay.format(at);
}

/** A length that is a whole number of something: `1 minute`, `90 seconds`. */
export function lengthText(seconds: number): string {
  const [size, unit] =
    seconds % 3600 === 0 ? [3600, "hour"] : seconds % 60 === 0 ? [60, "minute"] : [1, "second"];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
