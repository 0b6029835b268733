/** What a Cookie header says of one name. */
export type CookieReading =
  | { readonly found: "none" }
  | { readonly found: "one"; readonly value: string }
  /** The name stands there twice: a sibling domain or a script planted one (cookie tossing). */
  | { readonly found: "several" };

const none: CookieReading = { found: "none" };
const several: CookieReading = { found: "several" };

/**
 * Reads one cookie from a Cookie header (RFC 6265 §4.2.1) without parsing the others: this runs on
 * every request. The name is compared exactly; quotes around the value are not removed, since we
 * never write them.
 */
export function readCookie(header: string, name: string): CookieReading {
  const start = indexOfCookie(header, name, 0);
  if (start === -1) return none;
  const end = header.indexOf(";", start);
  if (end === -1) return { found: "one", value: header.slice(start).trimEnd() };
  if (indexOfCookie(header, name, end) !== -1) return several;
  return { found: "one", value: header.slice(start, end).trimEnd() };
}

/** Every value that stands there under a name, each once. */
export function everyCookie(header: string, name: string): readonly string[] {
  const values = new Set<string>();
  for (let at = indexOfCookie(header, name, 0); at !== -1; at = indexOfCookie(header, name, at)) {
    const end = header.indexOf(";", at);
    values.add(header.slice(at, end === -1 ? undefined : end).trimEnd());
  }
  return [...values];
}

/** Whether the header holds any of these names; cheaper than reading them. */
export function mentionsCookie(header: string, names: readonly string[]): boolean {
  return names.some((name) => indexOfCookie(header, name, 0) !== -1);
}

/** The names in a Cookie header that begin with `prefix`, in order, as they stand there. */
export function cookieNames(header: string, prefix: string): string[] {
  return header
    .split(";")
    .map((pair) => pair.split("=", 1)[0]?.trim() ?? "")
    .filter((name) => name.startsWith(prefix));
}

/** Where the value of `name` begins, at or after `from`; -1 if it is not there. */
function indexOfCookie(header: string, name: string, from: number): number {
  let at = header.indexOf(name, from);
  while (at !== -1) {
    const afterName = at + name.length;
    if (header.charCodeAt(afterName) === 0x3d /* = */ && beginsPair(header, at)) return afterName + 1;
    at = header.indexOf(name, afterName);
  }
  return -1;
}

/** Only white space may stand between the start of a pair and its name: `not-sid=1` is not `sid`. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (header.charCodeAt(before) === 0x20 || header.charCodeAt(before) === 0x09))
    before -= 1;
  return before < 0 || header.charCodeAt(before) === 0x3b; /* ; */
}
