import type { Transport } from "../domain/session.ts";
import { readChunked } from "./chunks.ts";
import { type CookieReading, mentionsCookie, readCookie } from "./cookie-header.ts";
import type { CookieSettings } from "./cookie-settings.ts";

/** The headers of a request that carry credentials. */
export interface CredentialHeaders {
  readonly cookie?: string | null | undefined;
  readonly authorization?: string | null | undefined;
}

/** What a request carries, as it stands there: nothing of it is opened or believed yet. */
export type Carried =
  | {
      readonly kind: "carried";
      readonly transport: Transport;
      readonly access: string | null;
      readonly refresh: string | null;
      /** A session cookie came beside a bearer token, and was not looked at. */
      readonly mixed: boolean;
    }
  /** A cookie of ours stands there twice, and nobody can say which is meant. */
  | { readonly kind: "duplicate"; readonly name: string };

/** Where a deployment's credentials travel. */
export interface Carriers {
  readonly cookies: Pick<CookieSettings, "sessionName" | "refreshName" | "chunking">;
  readonly transports: readonly Transport[];
  /** Whether there is a refresh cookie besides the session cookie. */
  readonly hasRefresh: boolean;
}

const bearer = /^Bearer +([^\s,]+)$/i;
const nothing: CookieReading = { found: "none" };

/** The token of an Authorization header (RFC 6750 §2.1), where tokens may come that way. */
export function bearerToken(
  { authorization }: CredentialHeaders,
  { transports }: Pick<Carriers, "transports">,
): string | null {
  return transports.includes("header") && authorization ? (bearer.exec(authorization)?.[1] ?? null) : null;
}

/** Takes the credentials out of a request. */
export function readCarried(headers: CredentialHeaders, carriers: Carriers): Carried {
  const { cookies, transports, hasRefresh } = carriers;
  const cookie = transports.includes("cookie") ? headers.cookie : null;
  // A bearer token decides alone: falling back to the cookie would let one request be two people.
  const token = bearerToken(headers, carriers);
  if (token !== null) {
    const names = hasRefresh ? [cookies.sessionName, cookies.refreshName] : [cookies.sessionName];
    const mixed = cookie ? mentionsCookie(cookie, names) : false;
    return { kind: "carried", transport: "header", access: token, refresh: null, mixed };
  }
  const read = (name: string): CookieReading =>
    cookie ? (cookies.chunking ? readChunked(cookie, name) : readCookie(cookie, name)) : nothing;
  const access = read(cookies.sessionName);
  if (access.found === "several") return { kind: "duplicate", name: cookies.sessionName };
  const refresh = hasRefresh ? read(cookies.refreshName) : nothing;
  if (refresh.found === "several") return { kind: "duplicate", name: cookies.refreshName };
  return {
    kind: "carried",
    transport: "cookie",
    access: access.found === "one" ? access.value : null,
    refresh: refresh.found === "one" ? refresh.value : null,
    mixed: false,
  };
}
