import { headerReader } from "./request-headers.ts";
import type { RequestSource } from "./verbs.ts";

/** Whether somebody opens a page with a request: what a script fetches is none, it knows itself where it is. */
export function opensPage(request: RequestSource): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const header = headerReader(request);
  const mode = header("sec-fetch-mode");
  if (mode !== null) return mode === "navigate";
  // Over plain HTTP browsers do not tell, except on loopback hosts.
  return header("accept")?.includes("text/html") === true;
}

/** The path and query of the page that is opened with a request, to come back there later; null for anything else. */
export function pageOf(request: RequestSource): string | null {
  const { url } = request;
  if (typeof url !== "string" || !opensPage(request)) return null;
  const base = "http://localhost";
  // Two slashes at the start of a target are a path, and not a host as they would be in a link.
  const target = url.startsWith("/") ? base + url : url;
  if (!URL.canParse(target)) return null;
  const { pathname, search } = new URL(target);
  return pathname.startsWith("//") ? null : pathname + search;
}
