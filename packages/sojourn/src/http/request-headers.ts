import type { CredentialHeaders } from "../cookies/carried.ts";
import { headerReader, type HeaderSource } from "../cookies/header-source.ts";
import { longestUserAgent } from "../domain/request-context.ts";
import type { RequestContext } from "../session/event-log.ts";

export { headerReader, type HeaderSource } from "../cookies/header-source.ts";

/** The headers of a request that decide who it is from. */
export interface RequestHeaders extends CredentialHeaders {
  readonly userAgent?: string | null | undefined;
  /** The request is no sign of the user: a poll or a prefetch. */
  readonly passive?: boolean | undefined;
  /** The client's address, where the adapter knows it. */
  readonly ip?: string | null | undefined;
}

/** The header by which a client says that a request is a poll. */
const passiveHeader = "sojourn-passive";

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
