import { headerReader } from "./request-headers.ts";
import type { RequestSource } from "./verbs.ts";

/**
 * Set-Cookie values beside those that a response has. No name comes twice (RFC 6265 §4.1.1): what is written later takes
 * the place of what was written before, such as a sign-out that of a renewal.
 */
export function mergeCookies(before: readonly string[], written: readonly string[]): readonly string[] {
  const names = new Set(written.map(nameOf));
  return [...before.filter((cookie) => !names.has(nameOf(cookie))), ...written];
}

/** What a request presents after its response has changed it. */
export interface NewlyPresented {
  /** Set-Cookie values that the response carries. */
  readonly cookies: readonly string[];
  /** The access token that its client holds from now on; null where it is in a cookie. */
  readonly token: string | null;
}

/** A request as its client will send the next one, with the cookies or the token that it is given now. */
export function presenting(source: RequestSource, { cookies, token }: NewlyPresented): RequestSource {
  const read = headerReader(source);
  const { method, url, socket } = source as RequestSource & { readonly socket?: unknown };
  const cookie = cookieHeaderAfter(read("cookie"), cookies);
  const authorization = token === null ? read("authorization") : `Bearer ${token}`;
  const get = (name: string): string | null => {
    if (name === "cookie") return cookie;
    return name === "authorization" ? authorization : read(name);
  };
  return Object.assign({ get }, { method, url, socket });
}

/** The Cookie header of a browser that had this one, and has taken the Set-Cookie values since; null if it is empty. */
export function cookieHeaderAfter(header: string | null, written: readonly string[]): string | null {
  const names = new Set(written.map(nameOf));
  const kept = (header ?? "").split(";").filter((pair) => pair.trim() !== "" && !names.has(nameOf(pair)));
  const added = written.filter((cookie) => !/;\s*max-age=0(?:;|$)/i.test(cookie));
  const pairs = [...kept, ...added].map((cookie) => (cookie.split(";", 1)[0] ?? "").trim());
  return pairs.length === 0 ? null : pairs.join("; ");
}

function nameOf(cookie: string): string {
  return (cookie.split("=", 1)[0] ?? "").trim();
}
