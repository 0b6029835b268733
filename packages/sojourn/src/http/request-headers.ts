import { longestUserAgent } from "../domain/request-context.ts";
import type { RequestContext } from "../session/event-log.ts";

/** The headers of a request that decide who it is from. */
export interface RequestHeaders {
  readonly cookie?: string | null | undefined;
  readonly authorization?: string | null | undefined;
  readonly userAgent?: string | null | undefined;
  /** The request is no sign of the user: a poll or a prefetch. */
  readonly passive?: boolean | undefined;
  /** The client's address, where the adapter knows it. */
  readonly ip?: string | null | undefined;
}

/** What can be asked for its headers: a web-standard Request, its Headers, or Node's request. */
export type HeaderSource =
  | { readonly headers: { get(name: string): string | null } }
  | { get(name: string): string | null }
  | { readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> };

/** The header by which a client says that a request is a poll. */
const passiveHeader = "sojourn-passive";

/** Reads a header, whatever kind of request it is. Names are in lower case. */
export function headerReader(source: HeaderSource): (name: string) => string | null {
  if ("get" in source && typeof source.get === "function") return (name) => source.get(name);
  const { headers } = source as Exclude<HeaderSource, { get(name: string): string | null }>;
  if (typeof headers.get === "function") return (name) => (headers as Headers).get(name);
  const plain = headers as Readonly<Record<string, string | readonly string[] | undefined>>;
  return (name) => {
    const value = plain[name];
    // A cookie header that was sent in pieces is one list of cookies (RFC 9113 §8.2.3).
    return typeof value === "string" ? value : (value?.join(name === "cookie" ? "; " : ", ") ?? null);
  };
}

/** The deciding headers of a request. */
export function requestHeaders(source: HeaderSource, ip: string | null): RequestHeaders {
  const read = headerReader(source);
  return {
    cookie: read("cookie"),
    authorization: read("authorization"),
    userAgent: read("user-agent")?.slice(0, longestUserAgent) ?? null,
    passive: isPassive(read),
    ip,
  };
}

/** A poll says so itself; a prefetch is announced by the browser (Sec-Purpose, or its older name). */
function isPassive(read: (name: string) => string | null): boolean {
  if (read(passiveHeader) !== null) return true;
  const purpose = read("sec-purpose") ?? read("purpose");
  return purpose !== null && purpose.includes("prefetch");
}

/** Where a request comes from. */
export function contextOf(headers: RequestHeaders): RequestContext {
  return { ip: headers.ip ?? null, userAgent: headers.userAgent ?? null };
}
