const units: readonly (readonly [ms: number, one: string])[] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1000, "second"],
  [1, "millisecond"],
];

/** A length of time for people, exactly: `7 days`, `15 minutes`, `1 hour 30 minutes`. @param ms whole. */
export function durationText(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const [unit, one] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${one}${count === 1 ? "" : "s"}`);
  }
  return parts.length === 0 ? "0" : parts.join(" ");
}
