import type { Getter } from "./next-page-request.ts";

/** What of a request decides who it is from, where from, and whether it may. */
const carried = [
  "cookie",
  "authorization",
  "user-agent",
  "origin",
  "sec-fetch-site",
  "x-forwarded-for",
  "cf-connecting-ip",
];

/**
 * A request to one of Sojourn's own routes on behalf of the one that runs a server action, so that the route's
 * rules hold for the action: whose session it is, how fresh the proof has to be, who may act as whom, which site sent it.
 */
export function ownRequest(
  host: Getter,
  source: { readonly headers: Getter },
  path: string,
  csrfToken?: string,
): Request {
  const headers = new Headers();
  for (const name of carried) {
    const value = name === "cookie" ? source.headers.get(name) : host.get(name);
    if (value !== null && value !== "") headers.set(name, value);
  }
  if (csrfToken !== undefined) headers.set("x-csrf-token", csrfToken);
  const url = `http://${host.get("host") ?? ""}`;
  return new Request(new URL(path, URL.canParse(url) ? url : "http://localhost"), {
    method: "DELETE",
    headers,
  });
}
