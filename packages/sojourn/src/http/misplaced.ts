import type { EventLog } from "../session/event-log.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";

/** Our opaque tokens and refresh tokens, whatever they are called. */
const opaque = /^[sr]1\.[^.]+\..+$/;
/** Signed tokens (RFC 7515 §7.1). Logins have some of other parties in URLs, under names of their own. */
const signed = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/;
const names: ReadonlySet<string> = new Set(["access_token", "token", "session", "jwt"]);

/**
 * Tells of a credential in a URL. It is never read from there, but it is in the logs of every proxy by
 * now, and whoever sent it should learn of that.
 */
export function reportMisplaced(request: Request, events: EventLog, headers: RequestHeaders): void {
  const query = request.url.indexOf("?");
  if (query === -1) return;
  for (const [name, value] of new URLSearchParams(request.url.slice(query))) {
    if (opaque.test(value) || (names.has(name) && signed.test(value)))
      return events.emit({ type: "credential_misplaced" }, contextOf(headers));
  }
}
