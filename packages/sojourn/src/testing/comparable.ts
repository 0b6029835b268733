/**
 * A value in a form in which two stores' answers can be compared: bytes become text, whatever class
 * the driver gives them, and objects plain. A name such as `__proto__` stays the object's own.
 */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${[...value].join(" ")}`;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member)]));
}
